"""What an event says of the review queue: which alert was looked into, and what came of it."""

from __future__ import annotations

from federation.audit.form import Columns, Fields
from federation.deeds import ReviewOutcome


class EventPlace(Columns, frozen=True):
    """An event, by its place in a chain."""

    writer: str
    sequence: int


class Reviewed(Fields, frozen=True):
    """What an officer found of an alert: `of` is the event that has it, `to` whom it was for.

    What they wrote of it is in the sealed part.
    """

    of: EventPlace
    to: str
    outcome: ReviewOutcome

"""Alerts and what became of them: why each is one, what officers found, whether it waits.

Pure. An alert is of one event and for one addressee, an organisation or a node; so is every review
of it. Of several reviews the newest holds, and all are kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from federation.audit.chain import Opened
from federation.audit.done import Alert
from federation.audit.event import EventKind, Flag
from federation.audit.reviewed import EventPlace, Reviewed
from federation.audit.watch import TOLD_TO_NODES
from federation.deeds import DeedKind, ReviewOutcome, ReviewState
from federation.model import principal_of

_TO_NODE = "node:"


class AlertedKind(StrEnum):
    """What was done, or tried, that somebody is to look into."""

    VIEW = "VIEW"
    """A record was shown."""
    BREAK_GLASS = "BREAK_GLASS"
    """Emergency access was granted."""
    DECLARE_RELATIONSHIP = "DECLARE_RELATIONSHIP"
    """Somebody said on their own word that they care for the person."""
    REFUSED_VIEW = "REFUSED_VIEW"
    """A request for a record was refused."""
    REFUSED_RELATIONSHIP = "REFUSED_RELATIONSHIP"
    """Such a statement was refused."""
    REFUSED_OBJECTION = "REFUSED_OBJECTION"
    """To record an objection, or to take it back, was refused."""
    OTHER = "OTHER"
    """Something else, which the audit log names under the view's id."""


_KINDS: dict[tuple[EventKind, DeedKind | None], AlertedKind] = {
    (EventKind.VIEW, None): AlertedKind.VIEW,
    (EventKind.BREAK_GLASS, None): AlertedKind.BREAK_GLASS,
    (EventKind.DECLARE_RELATIONSHIP, None): AlertedKind.DECLARE_RELATIONSHIP,
    (EventKind.REFUSAL, None): AlertedKind.REFUSED_VIEW,
    (EventKind.REFUSAL, DeedKind.DECLARE_RELATIONSHIP): AlertedKind.REFUSED_RELATIONSHIP,
    (EventKind.REFUSAL, DeedKind.RECORD_OBJECTION): AlertedKind.REFUSED_OBJECTION,
}


class Review(Struct, frozen=True, kw_only=True):
    """What one officer found, when, and in their words."""

    at: datetime
    outcome: ReviewOutcome
    name: str | None
    note: str
    principal: str
    idempotency_key: str | None


def alerted_kind(event: Opened) -> AlertedKind:
    """What an event with alerts is. Nothing drops out of a queue for want of a name."""
    return _KINDS.get((event.plain.kind, event.plain.deed), AlertedKind.OTHER)


def alert_to(event: Opened, to: str) -> Alert | None:
    """The event's alert for this addressee."""
    return next((one for one in event.plain.alerts if one.to == to), None)


def flags_for(event: Opened, to: str) -> tuple[Flag, ...]:
    """Why the event is alerted, as far as it is told to this addressee.

    What is between an organisation and its staff is not told to nodes.
    """
    flags = event.sealed.flags
    if to.startswith(_TO_NODE):
        return tuple(flag for flag in flags if flag in TOLD_TO_NODES)
    return flags


def place_in_chain(event: Opened) -> EventPlace:
    """The event, as a review names it."""
    return EventPlace(event.writer, event.sequence)


def review_of(event: Opened, reviewed: Reviewed) -> Review:
    """The review that an event of this kind is."""
    sealed = event.sealed
    return Review(
        at=event.plain.at,
        outcome=reviewed.outcome,
        name=sealed.name,
        note=sealed.reason or "",
        principal=principal_of(sealed.issuer, sealed.subject),
        idempotency_key=sealed.idempotency_key,
    )


def state_of(outcomes: Sequence[ReviewOutcome]) -> ReviewState:
    """Where an alert stands by the outcomes of its reviews, newest first."""
    if not outcomes:
        return ReviewState.WAITING
    inquiry = outcomes[0] is ReviewOutcome.NEEDS_INQUIRY
    return ReviewState.INQUIRY if inquiry else ReviewState.CLOSED


def is_overdue(due: datetime, state: ReviewState, now: datetime) -> bool:
    """Whether its day is past and nobody has looked into it."""
    return due < now and state is ReviewState.WAITING

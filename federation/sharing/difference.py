"""What two decisions of one case differ in: whether a reader would notice, which way, and why.

The one comparison of all that try other rules: of looks that the audit log has (`replay.py`), and
of looks as they are made (`in_shadow.py`). Pure; nobody is named, for a case names nobody.
"""

from __future__ import annotations

from enum import StrEnum

from federation.flow import Decision, Outcome


class Direction(StrEnum):
    """What a reader would notice of a difference, the weightiest first."""

    CLOSES = "closes"
    HIDES = "hides"
    OPENS = "opens"
    REDACTS = "redacts"
    RESTORES = "restores"
    """Fields that were emptied are shown."""
    OBLIGES = "obliges"
    """The same is shown, and something else asked in return."""
    EXPLAINS = "explains"
    """The same is kept back, and something else told of it."""


def noticed(decision: Decision) -> tuple[object, ...]:
    """What a reader would notice of a decision: two that differ in nothing else are the same."""
    return (
        decision.outcome,
        decision.disclosure,
        decision.code,
        decision.liftable,
        frozenset(decision.redact),
        frozenset(decision.obligations),
    )


def direction(before: Decision, after: Decision) -> Direction:
    """In which direction the second goes from the first, by the most that a reader notices."""
    shown, still = before.outcome is Outcome.PERMIT, after.outcome is Outcome.PERMIT
    if not still:
        if after.hides and (shown or not before.hides):
            return Direction.HIDES
        return Direction.CLOSES if shown else Direction.EXPLAINS
    if not shown:
        return Direction.OPENS
    emptied, was = set(after.redact), set(before.redact)
    if emptied - was:
        return Direction.REDACTS
    return Direction.RESTORES if was - emptied else Direction.OBLIGES


def because(before: Decision, after: Decision) -> tuple[str, ...]:
    """The rules and agreements that make the difference; those that are gone with a `without`."""
    came = tuple(one for one in after.rules if one not in before.rules)
    went = tuple(f"without {one}" for one in before.rules if one not in after.rules)
    if after.outcome is Outcome.PERMIT and before.outcome is not Outcome.PERMIT:
        # What opens is that nothing forbids any more, if something did.
        return went or came
    # What stood in the way unheard, where no agreement opened anything, speaks once one does.
    return came or went or after.rules

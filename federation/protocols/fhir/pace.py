"""How the time of one call is shared out, so that what is late takes nothing along with it.

All moments are seconds on the event loop's clock. A call that must be answered by a moment gives
up on each of its steps before then: what the person's own resource points at, then the searches,
then what they point at. Whatever has not arrived is said to be late, and the rest is returned.
"""

from __future__ import annotations

from msgspec import Struct

_FOR_THE_PERSON = 0.5
_FOR_SEARCHES = 0.75
_FOR_ALL = 0.95
_LONGEST_RESERVE_SECONDS = 0.5
"""What reading and handing over the answer takes at most, however long the call may take."""


class Pace(Struct, frozen=True, kw_only=True):
    """By when each step of a call gives up; None: never."""

    person_by: float | None = None
    searches_by: float | None = None
    all_by: float | None = None


def pace(now: float, answer_by: float | None) -> Pace:
    """The steps of a call that begins now.

    >>> pace(100.0, 108.0)
    Pace(person_by=104.0, searches_by=106.0, all_by=107.6)
    """
    if answer_by is None:
        return Pace()
    left = max(0.0, answer_by - now)
    return Pace(
        person_by=now + left * _FOR_THE_PERSON,
        searches_by=now + left * _FOR_SEARCHES,
        all_by=max(now + left * _FOR_ALL, answer_by - _LONGEST_RESERVE_SECONDS),
    )

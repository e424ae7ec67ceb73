"""Counts of calls to one node: how many, how they ended, how long they took. Never for whom.

Times are kept in steps (`STEPS_SECONDS`), so that a day of every node is a few numbers; a quantile
is the step that it lies in, and so never better than it was.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import deque
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from operator import add

from msgspec import Struct

STEPS_SECONDS = (
    0.005,
    0.01,
    0.02,
    0.035,
    0.05,
    0.075,
    0.1,
    0.15,
    0.2,
    0.3,
    0.4,
    0.5,
    0.75,
    1.0,
    1.5,
    2.0,
    3.0,
    4.0,
    6.0,
    8.0,
)
"""Up to where each step goes; what took longer is in one more."""
SLOT = timedelta(minutes=5)
KEPT = timedelta(days=1)
AHEAD = timedelta(hours=1)


class Ended(StrEnum):
    """How a call ended."""

    ANSWERED = "ANSWERED"
    """With a record, or with the word that none is held."""
    REFUSED = "REFUSED"
    """With the node's own no: an objection, or rules of its own."""
    LATE = "LATE"
    """Not in time."""
    FAILED = "FAILED"
    """In any other way."""
    PLANNED = "PLANNED"
    """Not at all, at a time for which the node announced that it may be down."""


class Counted(Struct, frozen=True, kw_only=True):
    """One call as it is counted.

    `parts` is for how many categories a held record was answered, `whole` how many of those lacked
    nothing.
    """

    ended: Ended
    seconds: float
    parts: int = 0
    whole: int = 0


class Tally:
    """Sums of calls."""

    __slots__ = ("ended", "mismatches", "parts", "seconds", "steps", "whole")

    def __init__(self) -> None:
        self.ended = dict.fromkeys(Ended, 0)
        self.steps = [0] * (len(STEPS_SECONDS) + 1)
        self.seconds = 0.0
        self.parts = 0
        self.whole = 0
        self.mismatches = 0

    def add(self, one: Counted) -> None:
        """Count a call."""
        self.ended[one.ended] += 1
        if one.ended is Ended.PLANNED:
            # How long nobody answers who is not there says nothing of how quick they are.
            return
        self.steps[bisect_left(STEPS_SECONDS, one.seconds)] += 1
        self.seconds += one.seconds
        self.parts += one.parts
        self.whole += one.whole

    def include(self, other: Tally) -> None:
        """Add another's sums to these."""
        for ended, count in other.ended.items():
            self.ended[ended] += count
        self.steps = list(map(add, self.steps, other.steps))
        self.seconds += other.seconds
        self.parts += other.parts
        self.whole += other.whole
        self.mismatches += other.mismatches

    @property
    def calls(self) -> int:
        """How many calls there were."""
        return sum(self.ended.values())

    def quantile(self, part: float) -> float | None:
        """Within how many seconds this part of the calls ended; None: none did, or beyond steps.

        >>> tally = Tally()
        >>> for seconds in (0.004, 0.3, 0.31):
        ...     tally.add(Counted(ended=Ended.ANSWERED, seconds=seconds))
        >>> tally.quantile(0.5), tally.quantile(0.99)
        (0.3, 0.4)
        """
        left = part * sum(self.steps)
        for step, count in zip(STEPS_SECONDS, self.steps, strict=False):
            left -= count
            if count and left <= 0:
                return step
        return None


class Window(Struct, frozen=True, kw_only=True):
    """What calls came to over some time. Parts are 0 to 1, None where there was nothing to count.

    `answered` is the part of calls that a node answered, its refusals among them; `complete` the
    part of categories of held records that lacked nothing; `mismatched` answers for somebody else
    by calls. `planned` is the part of all calls that it did not answer in maintenance which it had
    announced; they count for nothing else. Within p50 seconds half of the calls ended, and so on;
    None also beyond eight.
    """

    calls: int
    answered: float | None = None
    refused: float | None = None
    late: float | None = None
    complete: float | None = None
    mismatched: float | None = None
    planned: float | None = None
    p50_seconds: float | None = None
    p95_seconds: float | None = None
    p99_seconds: float | None = None


def window_of(tally: Tally) -> Window:
    """The sums as parts."""
    planned = tally.ended[Ended.PLANNED]
    calls = tally.calls - planned
    answered = tally.ended[Ended.ANSWERED] + tally.ended[Ended.REFUSED]
    return Window(
        calls=tally.calls,
        answered=_part(answered, calls),
        refused=_part(tally.ended[Ended.REFUSED], calls),
        late=_part(tally.ended[Ended.LATE], calls),
        complete=_part(tally.whole, tally.parts),
        mismatched=_part(tally.mismatches, calls),
        planned=_part(planned, tally.calls),
        p50_seconds=tally.quantile(0.5),
        p95_seconds=tally.quantile(0.95),
        p99_seconds=tally.quantile(0.99),
    )


class Slot(Struct, kw_only=True):
    """The calls of five minutes."""

    begins: datetime
    tally: Tally


class History:
    """A day in slots, and everything since the start."""

    def __init__(self) -> None:
        self.total = Tally()
        self._slots: deque[Slot] = deque()

    def add(self, one: Counted, at: datetime) -> None:
        """Count a call that ended at `at`."""
        self.total.add(one)
        self._slot(at).add(one)

    def mismatch(self, at: datetime) -> None:
        """Count an answer that was for somebody else."""
        self.total.mismatches += 1
        self._slot(at).mismatches += 1

    def over(self, span: timedelta, now: datetime) -> Window:
        """What the calls of this last while came to, whole slots of it."""
        return window_of(_sum(one.tally for one in self.slots(now) if one.begins > now - span))

    def slots(self, now: datetime) -> Iterator[Slot]:
        """The slots of the last day that have calls, oldest first."""
        oldest = now - KEPT
        return (one for one in self._slots if one.begins > oldest)

    def _slot(self, at: datetime) -> Tally:
        begins = slot_of(at)
        # A clock that was set back counts on in the newest slot. One that was far ahead was wrong:
        # what it counted would be the last hour for as long as it was ahead.
        while self._slots and self._slots[-1].begins - begins > AHEAD:
            self._slots.pop()
        if not self._slots or self._slots[-1].begins < begins:
            self._slots.append(Slot(begins=begins, tally=Tally()))
        while self._slots[0].begins <= begins - KEPT:
            self._slots.popleft()
        return self._slots[-1].tally


def slot_of(at: datetime) -> datetime:
    """When the slot began that holds this time."""
    seconds = int(at.timestamp())
    length = int(SLOT.total_seconds())
    return datetime.fromtimestamp(seconds - seconds % length, UTC)


def _sum(tallies: Iterable[Tally]) -> Tally:
    total = Tally()
    for one in tallies:
        total.include(one)
    return total


def _part(some: int, of: int) -> float | None:
    return some / of if of else None

"""Every number that a person may rightly be known by, in memory, with a store behind it.

Learned from the tracing service whenever it answers an old number with the one in use, and from a
feed. Numbers replaced because of adoption, gender re-registration or protection are never in here:
the tracing service invalidates them without naming another.
"""

from __future__ import annotations

from collections.abc import Iterable

from federation.model import Clock, SupersededNumber
from federation.nhs_number import NhsNumber
from federation.storage.base import NumberStore


class KnownNumbers:
    """Earlier numbers by the number in use now."""

    def __init__(self, store: NumberStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._earlier: dict[NhsNumber, frozenset[NhsNumber]] = {}

    async def load(self, feed: Iterable[tuple[NhsNumber, NhsNumber]] = ()) -> None:
        """Take over what the store knows, and a feed of (earlier, in use now)."""
        for known in await self._store.all_superseded():
            self._remember(known.old, known.current)
        for old, current in feed:
            await self.learn(old, current)

    def all_of(self, number: NhsNumber) -> frozenset[NhsNumber]:
        """The number itself and every earlier one."""
        return self._earlier.get(number, frozenset()) | {number}

    async def learn(self, old: NhsNumber, current: NhsNumber) -> None:
        """Remember that `old` names the person whose number is `current`."""
        if old in self._earlier.get(current, ()) or old == current:
            return
        await self._store.learn(
            SupersededNumber(old=old, current=current, learned_at=self._clock())
        )
        self._remember(old, current)

    def _remember(self, old: NhsNumber, current: NhsNumber) -> None:
        self._earlier[current] = self._earlier.get(current, frozenset()) | {old}

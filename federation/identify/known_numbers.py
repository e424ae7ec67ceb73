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
    """Earlier numbers by the number in use now, and the other way about. The last word holds."""

    def __init__(self, store: NumberStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._replacement: dict[NhsNumber, NhsNumber] = {}
        self._replaced: dict[NhsNumber, frozenset[NhsNumber]] = {}

    async def load(self, feed: Iterable[tuple[NhsNumber, NhsNumber]] = ()) -> None:
        """Take over what the store knows, and a feed of (earlier, in use now)."""
        for known in await self._store.all_superseded():
            self._remember(known.old, known.current)
        for old, current in feed:
            await self.learn(old, current)

    def all_of(self, number: NhsNumber) -> frozenset[NhsNumber]:
        """The number itself and every earlier one, whose replacement was replaced included."""
        found, new = frozenset((number,)), frozenset((number,))
        while new:
            new = frozenset[NhsNumber]().union(*map(self._replaced_by, new)) - found
            found |= new
        return found

    def in_use(self, number: NhsNumber) -> NhsNumber:
        """The number that the person has now, as far as it is known here."""
        followed = {number}
        while (current := self._replacement.get(number, number)) not in followed:
            followed.add(number := current)
        return number

    async def learn(self, old: NhsNumber, current: NhsNumber) -> None:
        """Remember that `old` names the person whose number is `current`.

        The same number twice says that it is in use itself, whatever was heard of it before.
        """
        if self._replacement.get(old, old) == current:
            return
        await self._store.learn(
            SupersededNumber(old=old, current=current, learned_at=self._clock())
        )
        self._remember(old, current)

    def _remember(self, old: NhsNumber, current: NhsNumber) -> None:
        before = self._replacement.pop(old, None)
        if before is not None:
            self._replaced[before] = self._replaced_by(before) - {old}
        if old != current:
            self._replacement[old] = current
            self._replaced[current] = self._replaced_by(current) | {old}

    def _replaced_by(self, number: NhsNumber) -> frozenset[NhsNumber]:
        return self._replaced.get(number, frozenset())

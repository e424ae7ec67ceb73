"""The superseded NHS numbers in memory."""

from __future__ import annotations

from collections.abc import Sequence

from federation.model import SupersededNumber
from federation.nhs_number import NhsNumber


class MemoryNumbers:
    """A `NumberStore`."""

    def __init__(self) -> None:
        self._by_old: dict[NhsNumber, SupersededNumber] = {}

    async def superseded_by(self, number: NhsNumber) -> tuple[NhsNumber, ...]:
        found: set[NhsNumber] = {number}
        while (
            more := {known.old for known in self._by_old.values() if known.current in found} - found
        ):
            found |= more
        return tuple(sorted(found - {number}))

    async def all_superseded(self) -> Sequence[SupersededNumber]:
        return tuple(self._by_old[old] for old in sorted(self._by_old))

    async def learn(self, number: SupersededNumber) -> None:
        known = self._by_old.get(number.old)
        if known is None or known.current != number.current:
            self._by_old[number.old] = number

    async def learn_all(self, numbers: Sequence[SupersededNumber]) -> None:
        for number in numbers:
            await self.learn(number)

"""Rule bundles in memory: published, and in the shadow."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from federation.storage.base import BundleRow, ShadowRow


class MemoryBundles:
    """A `BundleStore`."""

    def __init__(self) -> None:
        self._rows: list[BundleRow] = []
        self._shadow: list[ShadowRow] = []

    async def publish(self, row: BundleRow) -> BundleRow:
        kept = msgspec.structs.replace(row, sequence=len(self._rows) + 1)
        self._rows.append(kept)
        return kept

    async def begin(self, row: BundleRow) -> bool:
        if any(one.owner == row.owner for one in self._rows):
            return False
        await self.publish(row)
        return True

    async def after(self, sequence: int) -> Sequence[BundleRow]:
        return tuple(self._rows[max(sequence, 0) :])

    async def shadow(self, row: ShadowRow) -> ShadowRow:
        kept = msgspec.structs.replace(row, sequence=len(self._shadow) + 1)
        self._shadow.append(kept)
        return kept

    async def shadowed_after(self, sequence: int) -> Sequence[ShadowRow]:
        return tuple(self._shadow[max(sequence, 0) :])

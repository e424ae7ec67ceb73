"""Published rule bundles in memory."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from federation.storage.base import BundleRow


class MemoryBundles:
    """A `BundleStore`."""

    def __init__(self) -> None:
        self._rows: list[BundleRow] = []

    async def publish(self, row: BundleRow) -> BundleRow:
        kept = msgspec.structs.replace(row, sequence=len(self._rows) + 1)
        self._rows.append(kept)
        return kept

    async def after(self, sequence: int) -> Sequence[BundleRow]:
        return tuple(self._rows[max(sequence, 0) :])

"""The steps by which regions and nodes join, in memory."""

from __future__ import annotations

from collections.abc import Sequence

from federation.storage.base import JoiningRow


class MemoryJoining:
    """A `JoiningStore`."""

    def __init__(self) -> None:
        self._rows: list[JoiningRow] = []

    async def append(self, row: JoiningRow) -> bool:
        if row.sequence != len(self._rows) + 1:
            return False
        self._rows.append(row)
        return True

    async def after(self, sequence: int) -> Sequence[JoiningRow]:
        return tuple(self._rows[max(sequence, 0) :])

    async def id_at(self, sequence: int) -> str | None:
        return next((row.id for row in self._rows if row.sequence == sequence), None)

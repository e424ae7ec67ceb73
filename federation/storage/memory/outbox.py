"""Events that wait to be shipped, in memory."""

from __future__ import annotations

from collections.abc import Sequence

from federation.errors import StorageError
from federation.storage.base import AuditRow, IndexEntry


class MemoryOutbox:
    """An `OutboxStore`."""

    def __init__(self) -> None:
        self._rows: dict[tuple[str, int], AuditRow] = {}
        self._index: dict[tuple[str, int], list[IndexEntry]] = {}
        self._waiting: set[tuple[str, int]] = set()

    async def put(self, rows: Sequence[AuditRow], index: Sequence[IndexEntry]) -> None:
        new = {(row.writer, row.sequence): row for row in rows}
        if len(new) < len(rows) or new.keys() & self._rows.keys():
            raise StorageError("the log on this disk could not be written")
        self._rows |= new
        self._waiting |= new.keys()
        for one in index:
            self._index.setdefault((one.writer, one.sequence), []).append(one)

    async def last(self, writer: str) -> AuditRow | None:
        mine = [row for row in self._rows.values() if row.writer == writer]
        return max(mine, key=lambda row: row.sequence, default=None)

    async def waiting(
        self, writer: str, limit: int
    ) -> tuple[Sequence[AuditRow], Sequence[IndexEntry]]:
        places = sorted(place for place in self._waiting if place[0] == writer)[:limit]
        entries = [one for place in places for one in self._index.get(place, ())]
        return tuple(self._rows[place] for place in places), tuple(entries)

    async def shipped(self, writer: str, sequence: int) -> None:
        gone = {place for place in self._rows if place[0] == writer and place[1] <= sequence}
        self._waiting -= gone
        newest = await self.last(writer)
        for place in gone:
            self._index.pop(place, None)
            if newest is not None and place[1] < newest.sequence:
                del self._rows[place]

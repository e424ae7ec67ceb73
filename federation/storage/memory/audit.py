"""The audit log in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Sequence
from datetime import datetime

from federation.errors import StorageError
from federation.model import ViewId
from federation.storage.base import AuditPlace, AuditRow, IndexEntry


class MemoryAudit:
    """An `AuditStore`."""

    def __init__(self) -> None:
        self._rows: dict[tuple[str, int], AuditRow] = {}
        self._index: set[IndexEntry] = set()

    async def append(self, rows: Sequence[AuditRow], index: Sequence[IndexEntry] = ()) -> None:
        new = {(row.writer, row.sequence): row for row in rows}
        if len(new) < len(rows) or not self._rows.keys().isdisjoint(new):
            raise StorageError("the audit log could not be written")
        self._rows.update(new)
        self._index.update(index)

    def remove(self, writer: str, first: int, last: int, index: Sequence[IndexEntry]) -> None:
        """Forget what was archived, for `MemoryKeeping` beside it."""
        for sequence in range(first, last + 1):
            self._rows.pop((writer, sequence), None)
        self._index.difference_update(index)

    async def last(self, writer: str) -> AuditRow | None:
        mine = (row for row in self._rows.values() if row.writer == writer)
        return max(mine, key=lambda row: row.sequence, default=None)

    async def read(self, writer: str | None = None) -> AsyncIterator[AuditRow]:
        for key in sorted(self._rows):
            if writer is None or key[0] == writer:
                yield self._rows[key]

    async def of_view(self, view_id: ViewId) -> tuple[AuditRow, ...]:
        return tuple([row async for row in self.read() if row.view_id == view_id])

    async def of_views(self, view_ids: Collection[ViewId], kind: str) -> tuple[AuditRow, ...]:
        rows = [row async for row in self.read() if row.kind == kind]
        return tuple(row for row in rows if row.view_id in view_ids)

    async def find(
        self,
        entries: Sequence[str],
        *,
        before: AuditPlace | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int,
    ) -> tuple[AuditRow, ...]:
        places = {
            AuditPlace(one.at, one.writer, one.sequence)
            for one in self._index
            if one.entry in entries
            and (since is None or since <= one.at)
            and (until is None or one.at < until)
        }
        rows = (
            self._rows.get((place.writer, place.sequence))
            for place in sorted(places, reverse=True)
            if before is None or place < before
        )
        return tuple(row for row in rows if row is not None and self._stands(row, places))[:limit]

    @staticmethod
    def _stands(row: AuditRow, places: set[AuditPlace]) -> bool:
        return AuditPlace(row.at, row.writer, row.sequence) in places

    async def index(self, entries: Sequence[IndexEntry]) -> int:
        known = len(self._index)
        self._index.update(entries)
        return len(self._index) - known

"""The audit log in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from federation.errors import StorageError
from federation.model import ViewId
from federation.storage.base import AuditRow


class MemoryAudit:
    """An `AuditStore`."""

    def __init__(self) -> None:
        self._rows: dict[tuple[str, int], AuditRow] = {}

    async def append(self, rows: Sequence[AuditRow]) -> None:
        new = {(row.writer, row.sequence): row for row in rows}
        if len(new) < len(rows) or not self._rows.keys().isdisjoint(new):
            raise StorageError("the audit log could not be written")
        self._rows.update(new)

    async def last(self, writer: str) -> AuditRow | None:
        mine = (row for row in self._rows.values() if row.writer == writer)
        return max(mine, key=lambda row: row.sequence, default=None)

    async def read(self, writer: str | None = None) -> AsyncIterator[AuditRow]:
        for key in sorted(self._rows):
            if writer is None or key[0] == writer:
                yield self._rows[key]

    async def of_view(self, view_id: ViewId) -> tuple[AuditRow, ...]:
        return tuple([row async for row in self.read() if row.view_id == view_id])

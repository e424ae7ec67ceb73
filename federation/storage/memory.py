"""The stores in memory, for tests: what `sql.py` does, held by the same contract suite.

Not in `STORAGES`: an audit trail that does not outlive the process is none, so no setting can
choose it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from federation.errors import StorageError
from federation.model import SupersededNumber, ViewId
from federation.nhs_number import NhsNumber
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


class MemoryStorage:
    """A `Storage`."""

    def __init__(self) -> None:
        self.audit = MemoryAudit()
        self.numbers = MemoryNumbers()

    async def close(self) -> None:
        pass

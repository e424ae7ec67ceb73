"""What is kept about the audit log, in memory."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from federation.errors import StorageError
from federation.storage.base import IndexEntry
from federation.storage.keeping import CheckpointRow, HoldRow, SegmentRow
from federation.storage.memory.audit import MemoryAudit

_NOT_WRITTEN = "what is kept about the audit log could not be written"


class MemoryKeeping:
    """A `KeepingStore` beside the events of `audit`."""

    def __init__(self, audit: MemoryAudit) -> None:
        self._audit = audit
        self._checkpoints: dict[tuple[str, int], CheckpointRow] = {}
        self._segments: dict[tuple[str, int], SegmentRow] = {}
        self._holds: dict[str, HoldRow] = {}

    async def checkpoints(self, writer: str | None = None) -> tuple[CheckpointRow, ...]:
        found = (row for _, row in sorted(self._checkpoints.items()))
        return tuple(row for row in found if writer in (None, row.writer))

    async def add_checkpoint(self, row: CheckpointRow) -> None:
        self._checkpoints.setdefault((row.writer, row.sequence), row)

    async def segments(self) -> tuple[SegmentRow, ...]:
        return tuple(row for _, row in sorted(self._segments.items()))

    async def add_segment(self, row: SegmentRow) -> None:
        if (row.writer, row.last) in self._segments:
            raise StorageError(_NOT_WRITTEN)
        self._segments[row.writer, row.last] = row

    async def remove(
        self, writer: str, first: int, last: int, index: Sequence[IndexEntry] = ()
    ) -> None:
        mine = (row for row in self._segments.values() if row.writer == writer)
        if not any(row.first <= first and last <= row.last for row in mine):
            raise StorageError(_NOT_WRITTEN)
        self._audit.remove(writer, first, last, index)

    async def purge(self, writer: str, last: int, proof: str) -> None:
        row = self._segments.get((writer, last))
        if row is None or row.purged is not None:
            raise StorageError(_NOT_WRITTEN)
        self._segments[writer, last] = replace(row, purged=proof)

    async def holds(self) -> tuple[HoldRow, ...]:
        return tuple(row for _, row in sorted(self._holds.items()))

    async def add_hold(self, row: HoldRow) -> None:
        if row.id in self._holds:
            raise StorageError(_NOT_WRITTEN)
        self._holds[row.id] = row

    async def lift_hold(self, id: str, proof: str) -> None:  # noqa: A002 - the word for it
        row = self._holds.get(id)
        if row is None or row.lifted is not None:
            raise StorageError(_NOT_WRITTEN)
        self._holds[id] = replace(row, lifted=proof)

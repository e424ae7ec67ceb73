"""What is kept about the audit log, in memory."""

from __future__ import annotations

from federation.storage.keeping import CheckpointRow


class MemoryKeeping:
    """A `KeepingStore`."""

    def __init__(self) -> None:
        self._checkpoints: dict[tuple[str, int], CheckpointRow] = {}

    async def checkpoints(self, writer: str | None = None) -> tuple[CheckpointRow, ...]:
        found = (row for _, row in sorted(self._checkpoints.items()))
        return tuple(row for row in found if writer in (None, row.writer))

    async def add_checkpoint(self, row: CheckpointRow) -> None:
        self._checkpoints.setdefault((row.writer, row.sequence), row)

"""What is kept about the audit log, in SQL. What it means is in `federation/audit/`."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from federation.storage.keeping import CheckpointRow
from federation.storage.sql.tables import AUDIT_CHECKPOINT
from federation.storage.sql.writer import Writer, as_storage_error

_NOT_READ = "what is kept about the audit log could not be read"
_NOT_WRITTEN = "what is kept about the audit log could not be written"


class SqlKeeping:
    """A `KeepingStore`."""

    def __init__(self, writer: Writer, readers: AsyncEngine) -> None:
        self._writer = writer
        self._readers = readers

    async def checkpoints(self, writer: str | None = None) -> tuple[CheckpointRow, ...]:
        table = AUDIT_CHECKPOINT
        wanted = sa.select(table).order_by(table.c.writer, table.c.sequence)
        if writer is not None:
            wanted = wanted.where(table.c.writer == writer)
        with as_storage_error(_NOT_READ):
            async with self._readers.connect() as connection:
                found = await connection.execute(wanted)
                return tuple(CheckpointRow(**row) for row in found.mappings())

    async def add_checkpoint(self, row: CheckpointRow) -> None:
        table = AUDIT_CHECKPOINT
        there = sa.select(sa.literal(1)).where(
            table.c.writer == row.writer, table.c.sequence == row.sequence
        )

        def add(connection: sa.Connection) -> None:
            if connection.execute(there).first() is None:
                values = {name: getattr(row, name) for name in row.__struct_fields__}
                connection.execute(sa.insert(table).values(values))

        with as_storage_error(_NOT_WRITTEN):
            await self._writer.transact(add)

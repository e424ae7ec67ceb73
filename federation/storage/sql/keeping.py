"""What is kept about the audit log, in SQL. What it means is in `federation/audit/`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncEngine

from federation.errors import StorageError
from federation.storage.base import IndexEntry
from federation.storage.keeping import CheckpointRow, HoldRow, SegmentRow
from federation.storage.sql.dialects import insert_missing
from federation.storage.sql.tables import (
    AUDIT_CHECKPOINT,
    AUDIT_EVENT,
    AUDIT_HOLD,
    AUDIT_INDEX,
    AUDIT_SEGMENT,
)
from federation.storage.sql.writer import Writer, as_storage_error

_NOT_READ = "what is kept about the audit log could not be read"
_NOT_WRITTEN = "what is kept about the audit log could not be written"


class SqlKeeping:
    """A `KeepingStore`."""

    def __init__(self, writer: Writer, readers: AsyncEngine) -> None:
        self._writer = writer
        self._readers = readers

    async def checkpoints(self, writer: str | None = None) -> tuple[CheckpointRow, ...]:
        columns = AUDIT_CHECKPOINT.c
        wanted = sa.select(AUDIT_CHECKPOINT).order_by(columns.writer, columns.sequence)
        if writer is not None:
            wanted = wanted.where(columns.writer == writer)
        return tuple(CheckpointRow(**row) for row in await self._rows(wanted))

    async def add_checkpoint(self, row: CheckpointRow) -> None:
        columns = {name: getattr(row, name) for name in row.__struct_fields__}
        await self._transact(
            lambda connection: insert_missing(connection, AUDIT_CHECKPOINT, [columns])
        )

    async def segments(self) -> tuple[SegmentRow, ...]:
        columns = AUDIT_SEGMENT.c
        wanted = sa.select(AUDIT_SEGMENT).order_by(columns.writer, columns.last)
        return tuple(SegmentRow(**row) for row in await self._rows(wanted))

    async def add_segment(self, row: SegmentRow) -> None:
        await self._transact(lambda connection: connection.execute(_insert(AUDIT_SEGMENT, row)))

    async def remove(
        self, writer: str, first: int, last: int, index: Sequence[IndexEntry] = ()
    ) -> None:
        segment, event = AUDIT_SEGMENT.c, AUDIT_EVENT.c
        archived = sa.select(sa.literal(1)).where(
            segment.writer == writer, segment.first <= first, segment.last >= last
        )

        def remove(connection: sa.Connection) -> None:
            if connection.execute(archived).first() is None:
                raise StorageError(_NOT_WRITTEN)
            connection.execute(
                sa.delete(AUDIT_EVENT).where(
                    event.writer == writer, event.sequence.between(first, last)
                )
            )
            if index:
                connection.execute(_delete_entry(), [_entry(one) for one in index])

        await self._transact(remove)

    async def purge(self, writer: str, last: int, proof: str) -> None:
        columns = AUDIT_SEGMENT.c
        mine = (columns.writer == writer, columns.last == last, columns.purged.is_(None))
        await self._change_one(sa.update(AUDIT_SEGMENT).where(*mine).values(purged=proof))

    async def holds(self) -> tuple[HoldRow, ...]:
        wanted = sa.select(AUDIT_HOLD).order_by(AUDIT_HOLD.c.id)
        return tuple(HoldRow(**row) for row in await self._rows(wanted))

    async def add_hold(self, row: HoldRow) -> None:
        await self._transact(lambda connection: connection.execute(_insert(AUDIT_HOLD, row)))

    async def lift_hold(self, id: str, proof: str) -> None:  # noqa: A002 - the word for it
        mine = (AUDIT_HOLD.c.id == id, AUDIT_HOLD.c.lifted.is_(None))
        await self._change_one(sa.update(AUDIT_HOLD).where(*mine).values(lifted=proof))

    async def _change_one(self, update: sa.Update) -> None:
        def change(connection: sa.Connection) -> None:
            if connection.execute(update).rowcount != 1:
                raise StorageError(_NOT_WRITTEN)

        await self._transact(change)

    async def _rows(self, wanted: sa.Select[Any]) -> Sequence[Any]:
        with as_storage_error(_NOT_READ):
            async with self._readers.connect() as connection:
                found = await connection.execute(wanted)
                return tuple(found.mappings())

    async def _transact(self, work: Callable[[sa.Connection], object]) -> None:
        with as_storage_error(_NOT_WRITTEN):
            await self._writer.transact(work)


def _insert(table: sa.Table, row: Struct) -> sa.Insert:
    return sa.insert(table).values({name: getattr(row, name) for name in row.__struct_fields__})


def _delete_entry() -> sa.Delete:
    return sa.delete(AUDIT_INDEX).where(
        *(column == sa.bindparam(f"of_{column.name}") for column in AUDIT_INDEX.c)
    )


def _entry(one: IndexEntry) -> dict[str, Any]:
    return {f"of_{name}": getattr(one, name) for name in one.__struct_fields__}

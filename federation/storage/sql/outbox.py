"""Events that wait to be shipped, in SQL: the tables of the audit log, and a mark for each."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncEngine

from federation.storage.base import AuditRow, IndexEntry
from federation.storage.sql.tables import AUDIT_EVENT, AUDIT_OUTBOX
from federation.storage.sql.writer import Writer, as_storage_error


class SqlOutbox:
    """An `OutboxStore`. Entries lie beside their row: here nobody looks anything up by them."""

    def __init__(self, writer: Writer, readers: AsyncEngine) -> None:
        self._writer = writer
        self._readers = readers

    async def put(self, rows: Sequence[AuditRow], index: Sequence[IndexEntry]) -> None:
        if not rows:
            return
        entries: dict[tuple[str, int], list[str]] = {}
        for one in index:
            entries.setdefault((one.writer, one.sequence), []).append(one.entry)
        marks = [
            {
                "writer": row.writer,
                "sequence": row.sequence,
                "entries": entries.get((row.writer, row.sequence), []),
            }
            for row in rows
        ]

        def work(connection: sa.Connection) -> None:
            connection.execute(sa.insert(AUDIT_EVENT), [_columns(row) for row in rows])
            connection.execute(sa.insert(AUDIT_OUTBOX), marks)

        with as_storage_error("the log on this disk could not be written"):
            await self._writer.transact(work)

    async def last(self, writer: str) -> AuditRow | None:
        event = AUDIT_EVENT.c
        newest = sa.select(AUDIT_EVENT).where(event.writer == writer)
        newest = newest.order_by(event.sequence.desc()).limit(1)
        with as_storage_error("the log on this disk could not be read"):
            async with self._readers.connect() as connection:
                found = (await connection.execute(newest)).mappings().one_or_none()
                return None if found is None else AuditRow(**found)

    async def waiting(
        self, writer: str, limit: int
    ) -> tuple[Sequence[AuditRow], Sequence[IndexEntry]]:
        event, mark = AUDIT_EVENT.c, AUDIT_OUTBOX.c
        same = sa.and_(event.writer == mark.writer, event.sequence == mark.sequence)
        oldest = (
            sa.select(*event, mark.entries)
            .join(AUDIT_OUTBOX, same)
            .where(mark.writer == writer)
            .order_by(mark.sequence)
            .limit(limit)
        )
        with as_storage_error("the log on this disk could not be read"):
            async with self._readers.connect() as connection:
                found = (await connection.execute(oldest)).mappings().all()
                names = AuditRow.__struct_fields__
                rows = [AuditRow(**{name: one[name] for name in names}) for one in found]
                index = [
                    IndexEntry(entry, row.at, row.writer, row.sequence)
                    for row, one in zip(rows, found, strict=True)
                    for entry in one["entries"]
                ]
                return rows, index

    async def shipped(self, writer: str, sequence: int) -> None:
        event, mark = AUDIT_EVENT.c, AUDIT_OUTBOX.c
        newest = sa.select(sa.func.max(event.sequence)).where(event.writer == writer)

        def work(connection: sa.Connection) -> None:
            last = connection.scalar(newest) or 0
            connection.execute(
                sa.delete(AUDIT_OUTBOX).where(mark.writer == writer, mark.sequence <= sequence)
            )
            # The newest stays, for the next start to go on after it.
            gone = (event.writer == writer, event.sequence <= sequence, event.sequence < last)
            connection.execute(sa.delete(AUDIT_EVENT).where(*gone))

        with as_storage_error("the log on this disk could not be written"):
            await self._writer.transact(work)


def _columns(row: Struct) -> dict[str, object]:
    return {name: getattr(row, name) for name in row.__struct_fields__}

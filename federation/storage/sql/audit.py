"""The audit log in SQL. What its rows mean is in `federation/audit/`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncEngine

from federation.model import ViewId
from federation.storage.base import AuditPlace, AuditRow, IndexEntry
from federation.storage.sql.dialects import insert_missing
from federation.storage.sql.tables import AUDIT_EVENT, AUDIT_INDEX, UtcInstant
from federation.storage.sql.writer import Writer, as_storage_error

_PAGE = 500


class SqlAudit:
    """An `AuditStore`."""

    def __init__(self, writer: Writer, readers: AsyncEngine) -> None:
        self._writer = writer
        self._readers = readers

    async def append(self, rows: Sequence[AuditRow], index: Sequence[IndexEntry] = ()) -> None:
        if not rows:
            return

        def work(connection: sa.Connection) -> None:
            connection.execute(sa.insert(AUDIT_EVENT), [_columns(row) for row in rows])
            if index:
                connection.execute(sa.insert(AUDIT_INDEX), [_columns(one) for one in index])

        with as_storage_error("the audit log could not be written"):
            await self._writer.transact(work)

    async def last(self, writer: str) -> AuditRow | None:
        newest = (
            sa.select(AUDIT_EVENT)
            .where(AUDIT_EVENT.c.writer == writer)
            .order_by(AUDIT_EVENT.c.sequence.desc())
            .limit(1)
        )
        rows = await self._rows(newest)
        return rows[0] if rows else None

    async def read(self, writer: str | None = None) -> AsyncIterator[AuditRow]:
        """Page by page: a long read neither fills memory nor keeps the log from being tidied."""
        key = sa.tuple_(AUDIT_EVENT.c.writer, AUDIT_EVENT.c.sequence)
        in_order = sa.select(AUDIT_EVENT).order_by(AUDIT_EVENT.c.writer, AUDIT_EVENT.c.sequence)
        if writer is not None:
            in_order = in_order.where(AUDIT_EVENT.c.writer == writer)
        page = await self._rows(in_order.limit(_PAGE))
        while page:
            for row in page:
                yield row
            after = sa.tuple_(sa.literal(page[-1].writer), sa.literal(page[-1].sequence))
            page = await self._rows(in_order.where(key > after).limit(_PAGE))

    async def of_view(self, view_id: ViewId) -> tuple[AuditRow, ...]:
        return await self._rows(
            sa.select(AUDIT_EVENT)
            .where(AUDIT_EVENT.c.view_id == view_id)
            .order_by(AUDIT_EVENT.c.writer, AUDIT_EVENT.c.sequence)
        )

    async def of_views(self, view_ids: Collection[ViewId], kind: str) -> tuple[AuditRow, ...]:
        event = AUDIT_EVENT.c
        return await self._rows(
            sa.select(AUDIT_EVENT)
            .where(event.view_id.in_(view_ids), event.kind == kind)
            .order_by(event.writer, event.sequence)
        )

    async def find(
        self,
        entries: Sequence[str],
        *,
        before: AuditPlace | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int,
    ) -> tuple[AuditRow, ...]:
        if not entries:
            return ()
        # Each entry by itself, so that each is read from its end and no further than the limit.
        newest = (_newest(entry, before, since, until).limit(limit) for entry in entries)
        found = sa.union(*(sa.select(each.subquery()) for each in newest)).subquery()
        place = sa.tuple_(AUDIT_EVENT.c.at, AUDIT_EVENT.c.writer, AUDIT_EVENT.c.sequence)
        return await self._rows(
            sa.select(AUDIT_EVENT)
            .join(found, place == sa.tuple_(found.c.at, found.c.writer, found.c.sequence))
            .order_by(*(column.desc() for column in place.clauses))
            .limit(limit)
        )

    async def index(self, entries: Sequence[IndexEntry]) -> int:
        with as_storage_error("the index of the audit log could not be written"):
            rows = [_columns(one) for one in entries]
            return await self._writer.transact(
                lambda connection: insert_missing(connection, AUDIT_INDEX, rows)
            )

    async def _rows(self, select: sa.Select[Any]) -> tuple[AuditRow, ...]:
        with as_storage_error("the audit log could not be read"):
            async with self._readers.connect() as connection:
                found = await connection.execute(select)
                return tuple(AuditRow(**row) for row in found.mappings())


def _columns(row: Struct) -> dict[str, Any]:
    return {name: getattr(row, name) for name in row.__struct_fields__}


def _newest(
    entry: str, before: AuditPlace | None, since: datetime | None, until: datetime | None
) -> sa.Select[Any]:
    index = AUDIT_INDEX.c
    columns = (index.at, index.writer, index.sequence)
    found = sa.select(*columns).where(index.entry == entry)
    if before is not None:
        at = sa.literal(before.at, UtcInstant())
        place = sa.tuple_(at, sa.literal(before.writer), sa.literal(before.sequence))
        found = found.where(sa.tuple_(*columns) < place)
    if since is not None:
        found = found.where(index.at >= since)
    if until is not None:
        found = found.where(index.at < until)
    return found.order_by(*(column.desc() for column in columns))

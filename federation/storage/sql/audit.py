"""The audit log in SQL. What its rows mean is in `federation/audit/`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from federation.model import ViewId
from federation.storage.base import AuditRow
from federation.storage.sql.tables import AUDIT_EVENT
from federation.storage.sql.writer import Writer, as_storage_error

_PAGE = 500


class SqlAudit:
    """An `AuditStore`."""

    def __init__(self, writer: Writer, readers: AsyncEngine) -> None:
        self._writer = writer
        self._readers = readers

    async def append(self, rows: Sequence[AuditRow]) -> None:
        if not rows:
            return
        values = [{name: getattr(row, name) for name in AuditRow.__struct_fields__} for row in rows]
        with as_storage_error("the audit log could not be written"):
            await self._writer.transact(
                lambda connection: connection.execute(sa.insert(AUDIT_EVENT), values)
            )

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

    async def _rows(self, select: sa.Select[Any]) -> tuple[AuditRow, ...]:
        with as_storage_error("the audit log could not be read"):
            async with self._readers.connect() as connection:
                found = await connection.execute(select)
                return tuple(AuditRow(**row) for row in found.mappings())

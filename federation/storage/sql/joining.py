"""The steps by which regions and nodes join, in SQL."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from federation.storage.base import JoiningRow
from federation.storage.sql.tables import JOINING_STEP
from federation.storage.sql.writer import Writer, as_storage_error


class SqlJoining:
    """A `JoiningStore`."""

    def __init__(self, writer: Writer, readers: AsyncEngine) -> None:
        self._writer = writer
        self._readers = readers

    async def append(self, row: JoiningRow) -> bool:
        def appended(connection: sa.Connection) -> bool:
            last = connection.scalar(sa.select(sa.func.max(JOINING_STEP.c.sequence)))
            if row.sequence != (last or 0) + 1:
                return False
            columns = {name: getattr(row, name) for name in JoiningRow.__struct_fields__}
            connection.execute(sa.insert(JOINING_STEP), columns)
            return True

        # Alone, so that of two writers who both saw the same end, one hears that it is taken.
        with as_storage_error("the step could not be written"):
            return await self._writer.transact(appended, alone="joining")

    async def after(self, sequence: int) -> Sequence[JoiningRow]:
        select = sa.select(JOINING_STEP).where(JOINING_STEP.c.sequence > sequence)
        with as_storage_error("the steps could not be read"):
            async with self._readers.connect() as connection:
                found = await connection.execute(select.order_by(JOINING_STEP.c.sequence))
                return tuple(JoiningRow(**columns) for columns in found.mappings())

    async def id_at(self, sequence: int) -> str | None:
        select = sa.select(JOINING_STEP.c.id).where(JOINING_STEP.c.sequence == sequence)
        with as_storage_error("the steps could not be read"):
            async with self._readers.connect() as connection:
                found: str | None = await connection.scalar(select)
                return found

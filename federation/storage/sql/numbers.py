"""The superseded NHS numbers in SQL."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from federation.model import SupersededNumber
from federation.nhs_number import NhsNumber
from federation.storage.sql.dialects import insert_or_replace
from federation.storage.sql.tables import SUPERSEDED_NUMBER
from federation.storage.sql.writer import Writer, as_storage_error


class SqlNumbers:
    """A `NumberStore`."""

    def __init__(self, writer: Writer, readers: AsyncEngine) -> None:
        self._writer = writer
        self._readers = readers

    async def superseded_by(self, number: NhsNumber) -> tuple[NhsNumber, ...]:
        table = SUPERSEDED_NUMBER
        earlier = sa.select(table.c.old).where(table.c.current == number).cte(recursive=True)
        # UNION, not UNION ALL: two numbers that replaced each other end the search instead of
        # feeding it.
        earlier = earlier.union(sa.select(table.c.old).where(table.c.current == earlier.c.old))
        select = sa.select(earlier.c.old).where(earlier.c.old != number).order_by(earlier.c.old)
        return tuple(row["old"] for row in await self._found(select))

    async def all_superseded(self) -> Sequence[SupersededNumber]:
        select = sa.select(SUPERSEDED_NUMBER).order_by(SUPERSEDED_NUMBER.c.old)
        return tuple(SupersededNumber(**row) for row in await self._found(select))

    async def learn(self, number: SupersededNumber) -> None:
        await self.learn_all((number,))

    async def learn_all(self, numbers: Sequence[SupersededNumber]) -> None:
        if not numbers:
            return
        names = SupersededNumber.__struct_fields__
        values = [{name: getattr(number, name) for name in names} for number in numbers]
        with as_storage_error("the superseded numbers could not be written"):
            await self._writer.transact(
                lambda connection: insert_or_replace(
                    connection, SUPERSEDED_NUMBER, values, differing="current"
                ),
                alone="superseded numbers",
            )

    async def _found(self, select: sa.Select[Any]) -> Sequence[sa.RowMapping]:
        with as_storage_error("the superseded numbers could not be read"):
            async with self._readers.connect() as connection:
                rows: Sequence[sa.RowMapping] = (await connection.execute(select)).mappings().all()
                return rows

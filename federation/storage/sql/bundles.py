"""Rule bundles in SQL: published, and in the shadow."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from federation.storage.base import BundleRow, ShadowRow
from federation.storage.sql.tables import RULE_BUNDLE, RULE_SHADOW
from federation.storage.sql.writer import Writer, as_storage_error

_PUBLISHING = "rule bundles"
_Row = TypeVar("_Row", BundleRow, ShadowRow)


class SqlBundles:
    """A `BundleStore`."""

    def __init__(self, writer: Writer, readers: AsyncEngine) -> None:
        self._writer = writer
        self._readers = readers

    async def publish(self, row: BundleRow) -> BundleRow:
        with as_storage_error("the rule bundle could not be published"):
            return await self._append(RULE_BUNDLE, row, _PUBLISHING)

    async def begin(self, row: BundleRow) -> bool:
        def begun(connection: sa.Connection) -> bool:
            owners = sa.select(RULE_BUNDLE.c.sequence).where(RULE_BUNDLE.c.owner == row.owner)
            if connection.scalar(owners.limit(1)) is not None:
                return False
            _appended(connection, RULE_BUNDLE, row)
            return True

        with as_storage_error("the rule bundle could not be published"):
            return await self._writer.transact(begun, alone=_PUBLISHING)

    async def after(self, sequence: int) -> Sequence[BundleRow]:
        with as_storage_error("the rule bundles could not be read"):
            return await self._after(RULE_BUNDLE, BundleRow, sequence)

    async def shadow(self, row: ShadowRow) -> ShadowRow:
        with as_storage_error("the rules in the shadow could not be changed"):
            return await self._append(RULE_SHADOW, row, "rules in the shadow")

    async def shadowed_after(self, sequence: int) -> Sequence[ShadowRow]:
        with as_storage_error("the rules in the shadow could not be read"):
            return await self._after(RULE_SHADOW, ShadowRow, sequence)

    async def _append(self, table: sa.Table, row: _Row, alone: str) -> _Row:
        return await self._writer.transact(
            lambda connection: _appended(connection, table, row), alone=alone
        )

    async def _after(self, table: sa.Table, kind: type[_Row], sequence: int) -> tuple[_Row, ...]:
        select = sa.select(table).where(table.c.sequence > sequence)
        async with self._readers.connect() as connection:
            found = await connection.execute(select.order_by(table.c.sequence))
            return tuple(_row(kind, columns) for columns in found.mappings())


def _appended(connection: sa.Connection, table: sa.Table, row: _Row) -> _Row:
    last = connection.scalar(sa.select(sa.func.max(table.c.sequence)))
    kept = msgspec.structs.replace(row, sequence=(last or 0) + 1)
    connection.execute(sa.insert(table), _columns(kept))
    return kept


def _columns(row: BundleRow | ShadowRow) -> dict[str, object]:
    columns = {name: getattr(row, name) for name in row.__struct_fields__}
    return columns | {"signatures": list(row.signatures)}


def _row(kind: type[_Row], columns: sa.RowMapping) -> _Row:
    return kind(**{**columns, "signatures": tuple(columns["signatures"])})

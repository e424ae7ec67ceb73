"""Published rule bundles in SQL."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from federation.storage.base import BundleRow
from federation.storage.sql.tables import RULE_BUNDLE
from federation.storage.sql.writer import Writer, as_storage_error


class SqlBundles:
    """A `BundleStore`."""

    def __init__(self, writer: Writer, readers: AsyncEngine) -> None:
        self._writer = writer
        self._readers = readers

    async def publish(self, row: BundleRow) -> BundleRow:
        def published(connection: sa.Connection) -> BundleRow:
            last = connection.scalar(sa.select(sa.func.max(RULE_BUNDLE.c.sequence)))
            kept = msgspec.structs.replace(row, sequence=(last or 0) + 1)
            connection.execute(sa.insert(RULE_BUNDLE), _columns(kept))
            return kept

        with as_storage_error("the rule bundle could not be published"):
            return await self._writer.transact(published, alone="rule bundles")

    async def after(self, sequence: int) -> Sequence[BundleRow]:
        select = sa.select(RULE_BUNDLE).where(RULE_BUNDLE.c.sequence > sequence)
        with as_storage_error("the rule bundles could not be read"):
            async with self._readers.connect() as connection:
                found = await connection.execute(select.order_by(RULE_BUNDLE.c.sequence))
                return tuple(_row(columns) for columns in found.mappings())


def _columns(row: BundleRow) -> dict[str, object]:
    columns = {name: getattr(row, name) for name in BundleRow.__struct_fields__}
    return columns | {"signatures": list(row.signatures)}


def _row(columns: sa.RowMapping) -> BundleRow:
    return BundleRow(**{**columns, "signatures": tuple(columns["signatures"])})

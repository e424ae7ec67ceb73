"""Looks that wait for a node, in SQL."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from federation.storage.base import KeptLook
from federation.storage.sql.tables import SECOND_LOOK
from federation.storage.sql.writer import Writer, as_storage_error


class SqlSecondLooks:
    """A `SecondLookStore`."""

    def __init__(self, writer: Writer, readers: AsyncEngine) -> None:
        self._writer = writer
        self._readers = readers

    async def put(self, look: KeptLook, at: datetime, most: int) -> bool:
        row = {name: getattr(look, name) for name in KeptLook.__struct_fields__}
        waiting = sa.select(sa.func.count()).where(SECOND_LOOK.c.node == look.node)

        def kept(connection: sa.Connection) -> bool:
            connection.execute(sa.delete(SECOND_LOOK).where(SECOND_LOOK.c.expires_at <= at))
            connection.execute(_of(look.id))
            if (connection.scalar(waiting) or 0) >= most:
                return False
            connection.execute(sa.insert(SECOND_LOOK), row)
            return True

        with as_storage_error("a look that missed a node could not be kept"):
            return await self._writer.transact(kept, alone="second looks")

    async def waiting(self, at: datetime, node: str | None = None) -> Sequence[KeptLook]:
        sought = sa.select(*_KEPT).where(SECOND_LOOK.c.expires_at > at)
        if node is not None:
            sought = sought.where(SECOND_LOOK.c.node == node)
        sought = sought.order_by(SECOND_LOOK.c.expires_at, SECOND_LOOK.c.id)
        with as_storage_error("looks that wait could not be read"):
            async with self._readers.connect() as connection:
                rows = (await connection.execute(sought)).mappings().all()
            return tuple(KeptLook(**row) for row in rows)

    async def claim(self, id: str, at: datetime, until: datetime) -> bool:  # noqa: A002
        claimed = SECOND_LOOK.c.claimed_until
        mine = (SECOND_LOOK.c.id == id, sa.or_(claimed.is_(None), claimed <= at))
        claim = sa.update(SECOND_LOOK).where(*mine).values(claimed_until=until)
        # One statement: whoever comes at the same time waits for it, and then finds it claimed.
        with as_storage_error("a look that waits could not be claimed"):
            return await self._writer.transact(
                lambda connection: connection.execute(claim).rowcount == 1
            )

    async def give_back(self, id: str) -> None:  # noqa: A002 - the row's own name for it
        back = sa.update(SECOND_LOOK).where(SECOND_LOOK.c.id == id).values(claimed_until=None)
        with as_storage_error("a look that waits could not be given back"):
            await self._writer.transact(lambda connection: connection.execute(back))

    async def done(self, id: str) -> None:  # noqa: A002 - the row's own name for it
        with as_storage_error("a look that waited could not be let go"):
            await self._writer.transact(lambda connection: connection.execute(_of(id)))


_KEPT = tuple(SECOND_LOOK.c[name] for name in KeptLook.__struct_fields__)


def _of(id: str) -> sa.Delete:  # noqa: A002 - the row's own name for it
    return sa.delete(SECOND_LOOK).where(SECOND_LOOK.c.id == id)

"""Launches on their way, in SQL."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from federation.storage.base import KeptLaunch
from federation.storage.sql.tables import LAUNCH
from federation.storage.sql.writer import Writer, as_storage_error


class SqlLaunches:
    """A `LaunchStore`. One that was taken leaves its digests behind until it expires, no more."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    async def put(self, launch: KeptLaunch, at: datetime) -> bool:
        row = {name: getattr(launch, name) for name in KeptLaunch.__struct_fields__}
        same = sa.select(LAUNCH.c.handle_digest).where(
            LAUNCH.c.message_digest == launch.message_digest
        )

        def kept(connection: sa.Connection) -> bool:
            connection.execute(_expired(at))
            if connection.scalar(same) is not None:
                return False
            connection.execute(sa.insert(LAUNCH), row)
            return True

        with as_storage_error("the launch could not be kept"):
            return await self._writer.transact(kept, alone="launches")

    async def take(self, handle_digest: bytes, at: datetime) -> KeptLaunch | None:
        this = LAUNCH.c.handle_digest == handle_digest
        # Locked where a database lets several write at once: of two who take it, one gets it.
        waiting = sa.select(LAUNCH).where(this, LAUNCH.c.sealed.is_not(None)).with_for_update()

        def taken(connection: sa.Connection) -> KeptLaunch | None:
            connection.execute(_expired(at))
            row = connection.execute(waiting).mappings().one_or_none()
            if row is None:
                return None
            connection.execute(sa.update(LAUNCH).where(this).values(sealed=None))
            return KeptLaunch(**row)

        with as_storage_error("the launch could not be taken"):
            return await self._writer.transact(taken)


def _expired(at: datetime) -> sa.Delete:
    return sa.delete(LAUNCH).where(LAUNCH.c.expires_at <= at)

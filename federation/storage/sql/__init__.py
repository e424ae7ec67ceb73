"""The stores in SQL, through SQLAlchemy Core.

One file a store; their tables are in `tables.py`, who writes in `writer.py`, what differs between
databases in `dialects.py`. How one is opened is in `sqlite.py` and `postgres.py`; how tables come
to be, in `migrations/`.
"""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncEngine

from federation.storage.sealing import Seal
from federation.storage.sql.audit import SqlAudit
from federation.storage.sql.bundles import SqlBundles
from federation.storage.sql.joining import SqlJoining
from federation.storage.sql.keeping import SqlKeeping
from federation.storage.sql.launches import SqlLaunches
from federation.storage.sql.numbers import SqlNumbers
from federation.storage.sql.outbox import SqlOutbox
from federation.storage.sql.second_looks import SqlSecondLooks
from federation.storage.sql.sharing import SqlSharing
from federation.storage.sql.tables import METADATA
from federation.storage.sql.writer import Writer

__all__ = ["METADATA", "SqlStorage"]


class SqlStorage:
    """A `Storage` over whoever writes to a database, and an engine that reads it."""

    def __init__(self, writer: Writer, readers: AsyncEngine, seal: Seal | None) -> None:
        self._readers = readers
        self._writer = writer
        self.audit = SqlAudit(self._writer, readers)
        self.keeping = SqlKeeping(self._writer, readers)
        self.numbers = SqlNumbers(self._writer, readers)
        self.sharing = SqlSharing(self._writer, readers, seal)
        self.launches = SqlLaunches(self._writer)
        self.second_looks = SqlSecondLooks(self._writer, readers)
        self.bundles = SqlBundles(self._writer, readers)
        self.joining = SqlJoining(self._writer, readers)
        self.outbox = SqlOutbox(self._writer, readers)

    async def close(self) -> None:
        # The one that may write goes last: it folds the log back into the file, which a reader may
        # not.
        await self._readers.dispose()
        await self._writer.close()

"""The stores in SQL, through SQLAlchemy Core.

How a database is opened is in `sqlite.py`; how tables come to be, in `migrations/`.

One connection writes and is held for as long as the database is open, because checking one out for
each group of audit rows costs more than writing them. Readers have connections of their own and
never wait for it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from federation.errors import StorageError
from federation.model import SupersededNumber, ViewId
from federation.nhs_number import NhsNumber
from federation.storage.base import AuditRow

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_PAGE = 500


class UtcInstant(sa.TypeDecorator[datetime]):
    """An aware instant as microseconds since 1970: exact, and the same in every database."""

    impl = sa.BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> int | None:
        return None if value is None else (value - _EPOCH) // _MICROSECOND

    def process_result_value(self, value: Any | None, dialect: sa.Dialect) -> datetime | None:
        # What somebody wrote past us may be no instant at all. None is none either, and the audit
        # chain says whose row it is.
        try:
            return _EPOCH + value * _MICROSECOND  # type: ignore[operator]  # checked by trying
        except (TypeError, OverflowError):
            return None


METADATA = sa.MetaData()

AUDIT_EVENT = sa.Table(
    "audit_event",
    METADATA,
    sa.Column("writer", sa.String(64), primary_key=True),
    sa.Column("sequence", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("at", UtcInstant, nullable=False),
    sa.Column("kind", sa.String(32), nullable=False),
    sa.Column("view_id", sa.String(64), index=True),
    sa.Column("person_key", sa.LargeBinary(32)),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Column("previous", sa.LargeBinary(32), nullable=False),
    sa.Column("hash", sa.LargeBinary(32), nullable=False),
    sa.Index("ix_audit_event_person_key_at", "person_key", "at"),
)

SUPERSEDED_NUMBER = sa.Table(
    "superseded_number",
    METADATA,
    sa.Column("old", sa.String(10), primary_key=True),
    sa.Column("current", sa.String(10), nullable=False, index=True),
    sa.Column("learned_at", UtcInstant, nullable=False),
)


@contextmanager
def _as_storage_error(what: str) -> Iterator[None]:
    try:
        yield
    except sa.exc.SQLAlchemyError as error:
        raise StorageError(what) from error


class Writer:
    """The one connection that writes, in a thread of its own; a transaction each, in turn.

    A transaction is one hop to the thread and back: hopping for each statement, as an asynchronous
    driver does, costs several times what writing does.
    """

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="storage writer")
        self._held: sa.Connection | None = None
        self._closed = False

    async def transact(self, work: Callable[[sa.Connection], object]) -> None:
        """Do the work and commit it, or raise and leave nothing of it.

        A caller that is cancelled does not break off a transaction midway, which would leave the
        connection in doubt.
        """
        if self._closed:
            raise StorageError("the database has been closed")
        await asyncio.shield(self._in_thread(self._transact, work))

    def _in_thread(self, function: Callable[..., None], *given: object) -> asyncio.Future[None]:
        return asyncio.get_running_loop().run_in_executor(self._thread, function, *given)

    def _transact(self, work: Callable[[sa.Connection], object]) -> None:
        try:
            if self._held is None:
                self._held = self._engine.connect()
            with self._held.begin():
                work(self._held)
        except BaseException:
            self._let_go()
            raise

    def _let_go(self) -> None:
        # After an error nobody knows what state the connection is in; the next caller gets a new
        # one.
        held, self._held = self._held, None
        if held is not None:
            with suppress(sa.exc.SQLAlchemyError):
                held.invalidate()
                held.close()

    async def close(self) -> None:
        """Wait for the transaction that is under way, then give the connection back."""
        if not self._closed:
            self._closed = True
            await self._in_thread(self._close)
            self._thread.shutdown(wait=False)

    def _close(self) -> None:
        if self._held is not None:
            self._held.close()
            self._held = None
        self._engine.dispose()


class SqlAudit:
    """An `AuditStore`."""

    def __init__(self, writer: Writer, readers: AsyncEngine) -> None:
        self._writer = writer
        self._readers = readers

    async def append(self, rows: Sequence[AuditRow]) -> None:
        if not rows:
            return
        values = [{name: getattr(row, name) for name in AuditRow.__struct_fields__} for row in rows]
        with _as_storage_error("the audit log could not be written"):
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
        with _as_storage_error("the audit log could not be read"):
            async with self._readers.connect() as connection:
                found = await connection.execute(select)
                return tuple(AuditRow(**row) for row in found.mappings())


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
        learn = insert(SUPERSEDED_NUMBER)
        learn = learn.on_conflict_do_update(
            index_elements=["old"],
            set_={"current": learn.excluded.current, "learned_at": learn.excluded.learned_at},
            where=SUPERSEDED_NUMBER.c.current != learn.excluded.current,
        )
        names = SupersededNumber.__struct_fields__
        values = [{name: getattr(number, name) for name in names} for number in numbers]
        with _as_storage_error("the superseded numbers could not be written"):
            await self._writer.transact(lambda connection: connection.execute(learn, values))

    async def _found(self, select: sa.Select[Any]) -> Sequence[sa.RowMapping]:
        with _as_storage_error("the superseded numbers could not be read"):
            async with self._readers.connect() as connection:
                rows: Sequence[sa.RowMapping] = (await connection.execute(select)).mappings().all()
                return rows


class SqlStorage:
    """A `Storage` over a writing and a reading engine of one database."""

    def __init__(self, writers: sa.Engine, readers: AsyncEngine) -> None:
        self._readers = readers
        self._writer = Writer(writers)
        self.audit = SqlAudit(self._writer, readers)
        self.numbers = SqlNumbers(self._writer, readers)

    async def close(self) -> None:
        # The one that may write goes last: it folds the log back into the file, which a reader may
        # not.
        await self._readers.dispose()
        await self._writer.close()

"""Who writes: a transaction is a function of one connection, done whole or not at all.

`HeldWriter` is SQLite's, `PooledWriter` is PostgreSQL's.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import Any, Protocol, TypeVar

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from federation.errors import StorageError

T = TypeVar("T")


class Writer(Protocol):
    """Whatever writes for the stores of one database."""

    async def transact(self, work: Callable[[sa.Connection], T], *, alone: str | None = None) -> T:
        """Do the work, commit it and return what it returned; or raise and leave nothing of it.

        Work that writes by what it has read names what it must be `alone` with: nobody else, in
        whichever process, does work of that name meanwhile. What others committed before is seen.

        A caller that is cancelled does not break off a transaction midway, which would leave the
        connection in doubt.
        """

    async def close(self) -> None:
        """Wait for the transactions that are under way, then give the connections back."""


@contextmanager
def as_storage_error(what: str) -> Iterator[None]:
    """Whatever a database or the way to it does, told as the stores' one error."""
    try:
        yield
    except sa.exc.DBAPIError as error:
        raise StorageError(what) from _told(error)
    except (sa.exc.SQLAlchemyError, OSError) as error:
        raise StorageError(what) from error


def _told(error: sa.exc.DBAPIError) -> BaseException:
    # PostgreSQL quotes whole rows in what it says beside its message, and its driver in its own
    # error's text: of that only the kind is passed on.
    code = getattr(error.orig, "sqlstate", None)
    if code is None:
        return error
    return sa.exc.SQLAlchemyError(f"{type(error.orig).__name__}, SQLSTATE {code}")


class HeldWriter:
    """The one connection that writes, in a thread of its own; a transaction each, in turn.

    It is held for as long as the database is open, because checking one out for each group of audit
    rows costs more than writing them. Readers have connections of their own and never wait for it.
    A transaction is one hop to the thread and back: hopping for each statement, as an asynchronous
    driver does, costs several times what writing does. Everybody is alone here: a transaction
    begins by locking the file.
    """

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="storage writer")
        self._held: sa.Connection | None = None
        self._closed = False

    async def transact(self, work: Callable[[sa.Connection], T], *, alone: str | None = None) -> T:
        if self._closed:
            raise StorageError("the database has been closed")
        return await asyncio.shield(self._in_thread(self._transact, work))

    def _in_thread(self, function: Callable[..., T], *given: object) -> asyncio.Future[T]:
        return asyncio.get_running_loop().run_in_executor(self._thread, function, *given)

    def _transact(self, work: Callable[[sa.Connection], T]) -> T:
        try:
            if self._held is None:
                self._held = self._engine.connect()
            with self._held.begin():
                return work(self._held)
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
        if not self._closed:
            self._closed = True
            await self._in_thread(self._close)
            self._thread.shutdown(wait=False)

    def _close(self) -> None:
        if self._held is not None:
            self._held.close()
            self._held = None
        self._engine.dispose()


class PooledWriter:
    """Several connections, because others write to the same database anyway.

    Who must be alone holds an advisory lock until the commit: it keeps whoever does the same
    elsewhere waiting, and nobody else, readers least of all.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._under_way: set[asyncio.Task[Any]] = set()
        self._closed = False

    async def transact(self, work: Callable[[sa.Connection], T], *, alone: str | None = None) -> T:
        if self._closed:
            raise StorageError("the database has been closed")
        task = asyncio.create_task(self._transact(work, alone))
        self._under_way.add(task)
        task.add_done_callback(self._settled)
        return await asyncio.shield(task)

    async def _transact(self, work: Callable[[sa.Connection], T], alone: str | None) -> T:
        async with self._engine.begin() as connection:
            if alone is not None:
                await connection.execute(_LOCK, {"name": f"watling {alone}"})
            return await connection.run_sync(work)

    def _settled(self, task: asyncio.Task[Any]) -> None:
        self._under_way.discard(task)
        if not task.cancelled():
            # Whoever waited has it; where nobody does any more, it is nobody's error.
            task.exception()

    async def close(self) -> None:
        if not self._closed:
            self._closed = True
            await asyncio.gather(*self._under_way, return_exceptions=True)
            await self._engine.dispose()


_LOCK = sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtextextended(sa.bindparam("name"), 0)))
"""Until the transaction ends. Each statement after it sees what was committed before it."""

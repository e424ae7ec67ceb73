"""The one connection that writes.

It is held for as long as the database is open, because checking one out for each group of audit
rows costs more than writing them. Readers have connections of their own and never wait for it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import TypeVar

import sqlalchemy as sa

from federation.errors import StorageError

T = TypeVar("T")


@contextmanager
def as_storage_error(what: str) -> Iterator[None]:
    """Whatever a database does, told as the stores' one error."""
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

    async def transact(self, work: Callable[[sa.Connection], T]) -> T:
        """Do the work, commit it and return what it returned; or raise and leave nothing of it.

        A caller that is cancelled does not break off a transaction midway, which would leave the
        connection in doubt.
        """
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

"""Opens a SQLite file: its mode, its durability, its migrations. What is in it, is in `sql/`.

A write-ahead log with full sync: a transaction that was acknowledged outlives a crash of the
process and of the machine. The file and the two that SQLite keeps beside it can be read by the
gateway's own user alone.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from federation.errors import SettingsError
from federation.storage.migrations import is_current, upgrade
from federation.storage.sealing import Seal
from federation.storage.sql import SqlStorage
from federation.storage.sql.writer import HeldWriter

_BUSY_TIMEOUT_MILLISECONDS = 5000
_PAUSE_SECONDS = 0.02
_READERS = 4


async def open_sqlite(location: str, *, read_only: bool, seal: Seal | None) -> SqlStorage:
    """Open the file of a URL: `/watling.db` is relative, `//var/lib/watling.db` absolute."""
    path = _path(location)
    try:
        return await (_open_to_read(path, seal) if read_only else _open_to_write(path, seal))
    except OSError as error:
        raise SettingsError(f"the database `{path}` cannot be opened: {error.strerror}") from error
    except sa.exc.DBAPIError as error:
        raise SettingsError(f"the database `{path}` cannot be opened: {error.orig}") from error


def _path(location: str) -> Path:
    name = location.removeprefix("/")
    if not location.startswith("/") or not name or "?" in name:
        raise SettingsError("the storage url must name a file, as `sqlite:///watling.db` does")
    return Path(name)


async def _open_to_write(path: Path, seal: Seal | None) -> SqlStorage:
    _make_private(path)
    migrating = _engine(path, "rw", pool_size=1)
    _durable(migrating.sync_engine)
    try:
        await _upgrade(migrating)
    finally:
        await migrating.dispose()
    writers = _writing_engine(path, "rw")
    _durable(writers)
    return SqlStorage(HeldWriter(writers), _engine(path, "ro", pool_size=_READERS), seal)


async def _upgrade(engine: AsyncEngine) -> None:
    loop_time = asyncio.get_running_loop().time
    until = loop_time() + _BUSY_TIMEOUT_MILLISECONDS / 1000
    while True:
        try:
            # In the loop's own thread: what applies the steps keeps its place in a module's
            # variables.
            async with engine.begin() as connection:
                await connection.run_sync(upgrade)
        except sa.exc.OperationalError as error:
            # Of two who give a new file its mode at once, SQLite lets one fail without waiting.
            code = getattr(error.orig, "sqlite_errorcode", 0)
            if code & 0xFF != sqlite3.SQLITE_BUSY or loop_time() >= until:
                raise
        else:
            return
        await asyncio.sleep(_PAUSE_SECONDS)


async def _open_to_read(path: Path, seal: Seal | None) -> SqlStorage:
    _require(path)
    readers = _engine(path, "ro", pool_size=_READERS)
    try:
        async with readers.connect() as connection:
            current = await connection.run_sync(is_current)
    except BaseException:
        await readers.dispose()
        raise
    if not current:
        await readers.dispose()
        raise SettingsError(f"the database `{path}` is of another release; start the gateway once")
    # Nobody can write: both engines are opened so that the database itself refuses.
    return SqlStorage(HeldWriter(_writing_engine(path, "ro")), readers, seal)


def _make_private(path: Path) -> None:
    # Before SQLite touches it, because the files that it makes beside it copy the mode of this one.
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    path.chmod(0o600)


def _require(path: Path) -> None:
    # Not left to the driver, whose thread may still speak of it when the loop has ended.
    with path.open("rb"):
        pass


def _engine(path: Path, mode: str, pool_size: int) -> AsyncEngine:
    engine = create_async_engine(
        _url("sqlite+aiosqlite", path, mode), pool_size=pool_size, **_SETTINGS
    )
    _patient(engine.sync_engine)
    return engine


def _writing_engine(path: Path, mode: str) -> sa.Engine:
    engine = sa.create_engine(_url("sqlite+pysqlite", path, mode), pool_size=1, **_SETTINGS)
    _patient(engine)
    return engine


def _url(driver: str, path: Path, mode: str) -> sa.URL:
    query = {"uri": "true", "mode": mode}
    return sa.URL.create(driver, database=path.absolute().as_uri(), query=query)


_SETTINGS: Mapping[str, Any] = {
    # The driver begins no transactions of its own: a reading connection needs none, a writing one
    # takes the lock at once.
    "connect_args": {"isolation_level": None},
    # Parameters are what the log is about; no error text may repeat them.
    "hide_parameters": True,
}


def _patient(engine: sa.Engine) -> None:
    _at_connect(engine, f"PRAGMA busy_timeout = {_BUSY_TIMEOUT_MILLISECONDS}")


def _durable(engine: sa.Engine) -> None:
    _at_connect(engine, "PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL")

    def begin(connection: sa.Connection) -> None:
        # A plain BEGIN would take the lock at the first write and could fail there, after reading
        # what is then out of date.
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    sa.event.listen(engine, "begin", begin)


def _at_connect(engine: sa.Engine, *pragmas: str) -> None:
    def connect(connection: Any, _record: object) -> None:
        cursor = connection.cursor()
        for pragma in pragmas:
            cursor.execute(pragma)
        cursor.close()

    sa.event.listen(engine, "connect", connect)

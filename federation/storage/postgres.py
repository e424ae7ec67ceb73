"""Opens a PostgreSQL database: how it is reached, what is waited for, its migrations.

What is in it, is in `sql/`. Any number of gateways share one. The driver is an extra
(`watling[postgres]`).
"""

from __future__ import annotations

import ipaddress
import os
import ssl
from collections.abc import Mapping
from contextlib import suppress
from importlib.util import find_spec
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from federation.errors import SettingsError, StoreAwayError
from federation.storage.migrations import is_current, upgrade
from federation.storage.sealing import Seal
from federation.storage.sql import SqlStorage
from federation.storage.sql.writer import PooledWriter

_CONNECT_SECONDS = 3.0
_PING_SECONDS = 2.0
_PARTING_SECONDS = 1.0
_READ_SECONDS = 5.0
_WRITE_SECONDS = 30.0
_MIGRATION_SECONDS = 600.0
_CONNECTIONS = 4
_READ_ONLY = {"default_transaction_read_only": "on"}
_QUERY = ("host", "ssl", "sslmode", "sslrootcert", "sslcert", "sslkey")
_MODES = ("disable", "require", "verify-ca", "verify-full")
_AWAY = ("08", "53", "57P")
"""SQLSTATEs of a server that is not there, has no room, or starts or stops."""
_MIGRATING = sa.text("SELECT pg_advisory_xact_lock(hashtextextended('watling migrations', 0))")


async def open_postgresql(location: str, *, read_only: bool, seal: Seal | None) -> SqlStorage:
    """Open the database of a URL, `user:password@host:port/database?ssl=verify-full`."""
    if find_spec("asyncpg") is None:
        raise SettingsError("a `postgresql://` storage url needs the extra `watling[postgres]`")
    url = _url(location)
    reached = _reached(url)
    url = url.difference_update_query([name for name in _QUERY if name != "host"])
    try:
        return await (_open_to_read if read_only else _open_to_write)(url, reached, seal)
    except sa.exc.DBAPIError as error:
        # Neither the address nor what the server said: the one may hold a password, the other rows.
        code = getattr(error.orig, "sqlstate", None)
        if code is None or code.startswith(_AWAY):
            raise StoreAwayError(f"the database does not answer: SQLSTATE {code}") from None
        raise SettingsError(f"the database cannot be opened: SQLSTATE {code}") from None
    except sa.exc.InvalidRequestError:
        # What the pool says of connections that end as soon as they are made.
        raise StoreAwayError("the database does not answer") from None
    except ssl.SSLCertVerificationError as error:
        raise SettingsError(
            f"the database's certificate is not believed: {error.verify_message}"
        ) from None
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else type(error).__name__
        raise StoreAwayError(f"the database cannot be reached: {reason}") from None


async def _open_to_write(url: sa.URL, reached: Mapping[str, Any], seal: Seal | None) -> SqlStorage:
    migrating = _engine(url, reached, 1, _MIGRATION_SECONDS)
    try:
        async with migrating.begin() as connection:
            # Of several that start at the same time one makes the tables, and the others find them.
            await connection.execute(_MIGRATING)
            await connection.run_sync(upgrade)
    finally:
        await migrating.dispose()
    return _storage(url, reached, seal, {})


async def _open_to_read(url: sa.URL, reached: Mapping[str, Any], seal: Seal | None) -> SqlStorage:
    looking = _engine(url, reached, 1, _READ_SECONDS, _READ_ONLY)
    try:
        async with looking.connect() as connection:
            current = await connection.run_sync(is_current)
    finally:
        await looking.dispose()
    if not current:
        raise SettingsError("the database is of another release; start the gateway once")
    return _storage(url, reached, seal, _READ_ONLY)


def _storage(
    url: sa.URL, reached: Mapping[str, Any], seal: Seal | None, writes: Mapping[str, str]
) -> SqlStorage:
    writers = _engine(url, reached, _CONNECTIONS, _WRITE_SECONDS, writes)
    readers = _engine(url, reached, _CONNECTIONS, _READ_SECONDS, _READ_ONLY)
    return SqlStorage(PooledWriter(writers), readers, seal)


def _engine(
    url: sa.URL,
    reached: Mapping[str, Any],
    connections: int,
    seconds: float,
    settings: Mapping[str, str] = {},
) -> AsyncEngine:
    milliseconds = str(int(seconds * 1000))
    engine = create_async_engine(
        url,
        pool_size=connections,
        max_overflow=0,
        pool_timeout=_CONNECT_SECONDS,
        # Parameters are what the log is about; no error text may repeat them.
        hide_parameters=True,
        connect_args={
            **reached,
            "timeout": _CONNECT_SECONDS,
            "command_timeout": seconds,
            "connection_class": _connection_class(),
            "server_settings": {
                "application_name": "watling",
                # What is acknowledged is on disk, however the database is set up otherwise.
                "synchronous_commit": "on",
                # The server, too, lets go of what nobody waits for any more.
                "statement_timeout": milliseconds,
                "idle_in_transaction_session_timeout": milliseconds,
                **settings,
            },
        },
    )
    sa.event.listen(engine.sync_engine, "checkout", _find_out_whether_it_lives)
    return engine


def _connection_class() -> type:
    import asyncpg  # noqa: PLC0415 - an extra: whoever needs no PostgreSQL has no driver

    class Parting(asyncpg.Connection):  # type: ignore[misc]  # the driver has no types
        """One that takes leave of the server, and waits for no word of one that is gone."""

        async def close(self, *, timeout: float | None = None) -> None:  # noqa: ASYNC109 - the driver's own
            with suppress(TimeoutError):
                await super().close(timeout=timeout or _PARTING_SECONDS)

    return Parting


def _find_out_whether_it_lives(connection: Any, *_: object) -> None:
    """Before a connection is used: one that died while nobody used it is replaced.

    So a database that was gone for a moment is back with the next question. In place of the pool's
    own ping, which waits for as long as a question may take, and for each connection anew: where
    another machine took the place of one that is gone, nobody says that the old ones are dead.
    """
    try:
        connection.run_async(lambda driver: driver.execute("SELECT", timeout=_PING_SECONDS))
    except Exception:  # noqa: BLE001 - whatever it says, another is opened
        # With it all that were opened before this moment.
        raise sa.exc.InvalidatePoolError from None


def _url(location: str) -> sa.URL:
    try:
        url = sa.make_url(f"postgresql+asyncpg://{location}")
    except (sa.exc.ArgumentError, ValueError):
        url = None
    if url is None or not url.database or not (url.host or url.query.get("host")):
        raise SettingsError(
            "the storage url must name a host and a database, "
            "as `postgresql://user:password@host/database` does"
        )
    if unknown := sorted(set(url.query) - set(_QUERY)):
        raise SettingsError(f"the storage url has `{unknown[0]}`, which is none of {_QUERY}")
    return url


def _reached(url: sa.URL) -> Mapping[str, Any]:
    query = {key: str(value) for key, value in url.query.items()}
    host = query.get("host") or url.host or ""
    if {"ssl", "sslmode"} <= query.keys():
        # They are two names of one thing: the weaker of two that differ is not to be guessed at.
        raise SettingsError("the storage url has both `ssl` and `sslmode`; it must have one")
    mode = query.get("ssl", query.get("sslmode")) or _default_mode(host)
    if mode not in _MODES:
        raise SettingsError(f"the storage url's `ssl` must be one of {', '.join(_MODES)}")
    return {"ssl": False if mode == "disable" else _context(mode, query)}


def _default_mode(host: str) -> str:
    """Encrypted and verified, unless it does not leave the machine."""
    if host.startswith("/") or host == "localhost":
        return "disable"
    try:
        return "disable" if ipaddress.ip_address(host).is_loopback else "verify-full"
    except ValueError:
        return "verify-full"


def _context(mode: str, query: Mapping[str, str]) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=query.get("sslrootcert"))
        if "sslcert" in query:
            context.load_cert_chain(query["sslcert"], query.get("sslkey"))
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise SettingsError(f"the storage url's certificates cannot be read: {reason}") from None
    context.check_hostname = mode == "verify-full"
    if mode == "require":
        context.verify_mode = ssl.CERT_NONE
    return context

"""What is PostgreSQL's own: its URL, who it is reached by, and what becomes of it being lost."""

from __future__ import annotations

import asyncio
import socket
import ssl
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
import sqlalchemy as sa

from federation.errors import SettingsError, StorageError, StoreAwayError
from federation.storage import Storage, open_storage
from federation.storage.postgres import _reached, _url
from tests.federation.storage.conftest import KEY
from tests.federation.storage.test_contract import a_row
from tests.postgres import PASSWORD, PostgreSQL


@pytest_asyncio.fixture
async def opened(emptied: str) -> AsyncIterator[Storage]:
    storage = await open_storage(emptied, sharing_keys=(KEY,))
    yield storage
    await storage.close()


@pytest.fixture(scope="module")
def mortal() -> Iterator[PostgreSQL]:
    """A server that may be stopped: nobody else uses it."""
    server = PostgreSQL()
    yield server
    server.end()


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("postgresql://", id="nothing"),
        pytest.param("postgresql://watling:hunter2@db", id="no database"),
        pytest.param("postgresql:///hunter2", id="no host"),
        pytest.param("postgresql://watling:hunter2@db:x/watling", id="no port"),
        pytest.param("postgresql://watling:hunter2@db/watling?ssl=hunter2", id="no such mode"),
        pytest.param("postgresql://watling:hunter2@db/watling?ssl=prefer", id="perhaps encrypted"),
        pytest.param("postgresql://watling:hunter2@db/watling?timeout=0", id="another word"),
        pytest.param("postgresql://w:hunter2@db/w?sslrootcert=/none", id="no certificates"),
        pytest.param("postgresql://watling:hunter2@127.0.0.1:1/watling", id="nobody there"),
    ],
)
@pytest.mark.parametrize("read_only", [False, True])
async def test_a_url_that_does_not_serve_is_refused(url: str, read_only: bool):
    """As a settings error, which repeats nothing of it."""
    with pytest.raises(SettingsError) as caught:
        await open_storage(url, read_only=read_only)

    assert "hunter2" not in f"{caught.value} {caught.value.__cause__}"


async def test_a_wrong_password_is_a_settings_error(emptied: str):
    """It names what the database said by its code, and nothing is to be waited for."""
    with pytest.raises(SettingsError, match="SQLSTATE 28P01") as caught:
        await open_storage(emptied.replace(PASSWORD, "hunter2"))
    assert not isinstance(caught.value, StoreAwayError)

    assert "hunter2" not in f"{caught.value} {caught.value.__cause__}"


async def test_a_server_that_is_not_there_may_be_soon(mortal: PostgreSQL):
    """Nobody at the port, one that takes nobody more, and one that ends whoever comes."""
    with pytest.raises(StoreAwayError, match="Connection refused"):
        await open_storage("postgresql://u:p@127.0.0.1:1/w")
    url = mortal.new_database()
    mortal.execute(f"ALTER DATABASE {url.rpartition('/')[2]} ALLOW_CONNECTIONS false")
    with pytest.raises(SettingsError, match="SQLSTATE 55000") as caught:
        await open_storage(url)
    assert not isinstance(caught.value, StoreAwayError)
    mortal.execute("CREATE ROLE one LOGIN PASSWORD 'one' CONNECTION LIMIT 0")
    with pytest.raises(StoreAwayError, match="SQLSTATE 53300"):
        await open_storage(mortal.url("postgres").replace(f"watling:{PASSWORD}", "one:one"))


async def test_a_server_without_encryption_is_refused_where_it_is_asked_for(emptied: str):
    """There is no way back to plain text."""
    for mode in ("require", "verify-ca", "verify-full"):
        with pytest.raises(SettingsError, match="cannot be"):
            await open_storage(f"{emptied}?ssl={mode}")


@pytest.mark.parametrize(
    ("location", "verify", "hostname"),
    [
        ("u:p@db.example/w", ssl.CERT_REQUIRED, True),
        ("u:p@10.0.0.7/w", ssl.CERT_REQUIRED, True),
        ("u:p@db.example/w?ssl=verify-full", ssl.CERT_REQUIRED, True),
        ("u:p@127.0.0.1/w?sslmode=verify-full", ssl.CERT_REQUIRED, True),
        ("u:p@db.example/w?ssl=verify-ca", ssl.CERT_REQUIRED, False),
        ("u:p@db.example/w?ssl=require", ssl.CERT_NONE, False),
    ],
)
def test_how_another_machine_is_reached(location: str, verify: object, hostname: bool):
    """Encrypted and verified, unless the URL says otherwise."""
    context = _reached(_url(location))["ssl"]

    assert context.verify_mode == verify
    assert context.check_hostname is hostname


@pytest.mark.parametrize(
    "location",
    [
        "u:p@127.0.0.1/w",
        "u:p@[::1]/w",
        "u:p@localhost/w",
        "u:p@/w?host=/run/postgresql",
        "u:p@db.example/w?ssl=disable",
    ],
)
def test_what_is_not_encrypted(location: str):
    """What does not leave the machine, and what the URL says must not be."""
    assert _reached(_url(location)) == {"ssl": False}


async def test_both_names_of_the_driver_open_it(emptied: str):
    """With and without the driver's name."""
    storage = await open_storage(emptied.replace("postgresql:", "postgresql+asyncpg:"))
    await storage.audit.append((a_row(1),))
    await storage.close()


async def test_reading_makes_nothing(postgresql: PostgreSQL):
    """A new database is an error for a reader, and stays empty."""
    url = postgresql.new_database()
    with pytest.raises(SettingsError, match="another release"):
        await open_storage(url, read_only=True)

    assert (
        postgresql.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'", url) == "0"
    )


async def test_reading_beside_a_writer(opened: Storage, emptied: str):
    """A reader sees what was committed, and cannot write itself."""
    reading = await open_storage(emptied, read_only=True)
    await opened.audit.append((a_row(1),))

    seen = [row.sequence async for row in reading.audit.read()]
    with pytest.raises(StorageError):
        await reading.audit.append((a_row(2),))
    await reading.close()

    assert seen == [1]


async def test_writes_are_durable_and_nothing_hangs(opened: Storage):
    """However the database is set up: synced at every commit, and let go of after a while."""
    found = {}

    def ask(connection: sa.Connection) -> None:
        for name in ("synchronous_commit", "statement_timeout", "application_name"):
            found[name] = connection.exec_driver_sql(f"SHOW {name}").scalar()

    await opened.audit._writer.transact(ask)  # type: ignore[attr-defined]  # SQL's own

    assert found == {
        "synchronous_commit": "on",
        "statement_timeout": "30s",
        "application_name": "watling",
    }


async def test_no_cause_of_an_error_quotes_a_row(opened: Storage):
    """PostgreSQL says which key was there, and of what row something lacks; that stays unsaid."""
    await opened.audit.append((a_row(1, "gateway-secret"),))
    for row in (a_row(1, "gateway-secret"), a_row(2, "gateway-secret", body=None)):
        with pytest.raises(StorageError) as caught:
            await opened.audit.append((row,))
        told = f"{caught.value} {caught.value.__cause__}"
        assert "SQLSTATE 23" in told
        assert "secret" not in told
        assert caught.value.__suppress_context__


async def test_a_database_that_was_gone_is_back_with_the_next_question(mortal: PostgreSQL):
    """What is asked meanwhile is an error of the store, and nothing is asked to begin anew."""
    storage = await open_storage(mortal.new_database(), sharing_keys=(KEY,))
    await storage.audit.append((a_row(1),))
    assert await storage.audit.last("gateway-1") == a_row(1)
    await asyncio.to_thread(mortal.stop)
    for _ in range(5):
        for lost in (storage.audit.append((a_row(2),)), storage.audit.last("gateway-1")):
            with pytest.raises(StorageError):
                await lost
    await asyncio.to_thread(mortal.start)

    await storage.audit.append((a_row(2),))
    assert await storage.audit.last("gateway-1") == a_row(2)

    # Not only where it was missed: connections that died unseen are replaced unseen.
    await asyncio.to_thread(mortal.stop)
    await asyncio.to_thread(mortal.start)
    await storage.audit.append((a_row(3),))
    assert await storage.audit.last("gateway-1") == a_row(3)
    await storage.close()


async def test_a_server_that_says_nothing_is_given_up():
    """One that takes connections and never answers costs seconds and no more."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        async with asyncio.timeout(30):
            with pytest.raises(SettingsError, match="cannot be reached"):
                await open_storage(f"postgresql://u:p@127.0.0.1:{port}/w")


class _Way:
    """The way to a server; `fall_silent` as when a machine is gone and another has its name."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._pumps: list[asyncio.Task[None]] = []
        self._ends: list[StreamWriter] = []

    async def take(self, reader: StreamReader, writer: StreamWriter) -> None:
        there = await asyncio.open_connection("127.0.0.1", self._port)
        for here, over in ((reader, there[1]), (there[0], writer)):
            self._pumps.append(asyncio.create_task(_pump(here, over)))
            self._ends.append(over)

    def fall_silent(self) -> None:
        """Nothing goes over any more by what is open, and nobody says that it is dead."""
        for pump in self._pumps:
            pump.cancel()

    async def aclose(self) -> None:
        self.fall_silent()
        await asyncio.gather(*self._pumps, return_exceptions=True)
        for end in self._ends:
            end.close()
        await asyncio.gather(*(end.wait_closed() for end in self._ends), return_exceptions=True)


async def _pump(reader: StreamReader, writer: StreamWriter) -> None:
    while some := await reader.read(65536):
        writer.write(some)
    writer.close()


async def test_another_server_in_the_place_of_one_that_is_gone_is_used_at_once(emptied: str):
    """No question fails, though every connection of before is dead and none says so."""
    port = sa.make_url(emptied).port
    assert port is not None
    way = _Way(port)
    async with await asyncio.start_server(way.take, "127.0.0.1", 0) as server, asyncio.timeout(60):
        url = emptied.replace(f":{port}/", f":{server.sockets[0].getsockname()[1]}/")
        storage = await open_storage(url, sharing_keys=(KEY,))
        writers = [f"gateway-{number}" for number in range(2)]
        await asyncio.gather(*(storage.audit.append((a_row(1, one),)) for one in writers))
        await asyncio.gather(*(storage.audit.last(one) for one in writers))
        way.fall_silent()

        await asyncio.gather(*(storage.audit.append((a_row(2, one),)) for one in writers))
        found = await asyncio.gather(*(storage.audit.last(one) for one in writers))
        assert found == [a_row(2, one) for one in writers]
        await storage.close()
        await way.aclose()


async def test_a_server_that_is_gone_does_not_keep_a_gateway_from_closing(emptied: str):
    """It is taken leave of, and nobody waits for what it says to that."""
    port = sa.make_url(emptied).port
    assert port is not None
    way = _Way(port)
    async with await asyncio.start_server(way.take, "127.0.0.1", 0) as server:
        url = emptied.replace(f":{port}/", f":{server.sockets[0].getsockname()[1]}/")
        storage = await open_storage(url)
        await storage.audit.append((a_row(1),))
        way.fall_silent()
        async with asyncio.timeout(20):
            await storage.close()
        await way.aclose()


async def test_a_store_that_was_closed_takes_nothing_more(emptied: str):
    """Writing after the end is an error of the store, and closing twice is none."""
    storage = await open_storage(emptied)
    await storage.close()
    await storage.close()

    with pytest.raises(StorageError):
        await storage.audit.append((a_row(1),))


async def test_a_cancelled_caller_breaks_nothing_off(emptied: str):
    """The transaction of a caller who went away is finished, also where the store is closed."""
    storage = await open_storage(emptied)
    task = asyncio.create_task(storage.audit.append((a_row(1),)))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await storage.close()

    storage = await open_storage(emptied)
    assert await storage.audit.last("gateway-1") == a_row(1)
    await storage.close()

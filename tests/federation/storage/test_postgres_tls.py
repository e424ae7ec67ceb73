"""PostgreSQL over TLS, with real certificates: whom is believed, and whom not.

The tests' own server speaks plain text alone. What stands before it does what a server does that
was built with TLS, as connection poolers do: it answers the request for TLS, and shakes hands.
"""

from __future__ import annotations

import asyncio
import ssl
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest

from federation.errors import SettingsError
from federation.storage import open_storage
from tests.certificates import HERE, Authority, Issued, server_tls
from tests.federation.storage.conftest import KEY
from tests.federation.storage.test_contract import a_row
from tests.postgres import PASSWORD, PostgreSQL

OURS, ANOTHER = Authority("Watling's databases"), Authority("Somebody")
HERS = OURS.issue(HERE, "localhost")
LONG_OVER = OURS.issue(HERE, until=datetime(2021, 1, 1, tzinfo=UTC))
ASKS_FOR_TLS = bytes.fromhex("0000000804d2162f")


class _Front:
    """Before a server: takes in who asks for TLS, and notes whose certificate it was shown."""

    def __init__(self, port: int, tls: ssl.SSLContext) -> None:
        self._port = port
        self._tls = tls
        self._pumps: list[asyncio.Task[None]] = []
        self.seen: list[object] = []

    async def take(self, reader: StreamReader, writer: StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            if await reader.readexactly(8) != ASKS_FOR_TLS:
                self.seen.append("plain text")
                writer.close()
                return
            writer.write(b"S")
            await writer.start_tls(self._tls)
            self.seen.append(writer.get_extra_info("peercert").get("subject"))
            there = await asyncio.open_connection(HERE, self._port)
            self._pumps += [
                asyncio.create_task(_pump(reader, there[1])),
                asyncio.create_task(_pump(there[0], writer)),
            ]

    async def aclose(self) -> None:
        for pump in self._pumps:
            pump.cancel()
        await asyncio.gather(*self._pumps, return_exceptions=True)


async def _pump(reader: StreamReader, writer: StreamWriter) -> None:
    try:
        while some := await reader.read(65536):
            writer.write(some)
            await writer.drain()
    except OSError:
        pass
    finally:
        writer.close()


@asynccontextmanager
async def before(url: str, shown: Issued, folder: Path) -> AsyncIterator[tuple[str, _Front]]:
    """The database of a URL behind TLS: its URL there, and what was seen of who came."""
    place, _, database = url.rpartition("/")
    user, _, port = place.rpartition(":")
    front = _Front(int(port), server_tls(shown, folder, clients_of=OURS))
    async with await asyncio.start_server(front.take, HERE, 0) as server:
        yield f"{user}:{server.sockets[0].getsockname()[1]}/{database}", front
        await front.aclose()


@pytest.fixture(scope="module")
def database(postgresql: PostgreSQL) -> str:
    return postgresql.new_database()


@pytest.fixture
def words(tmp_path: Path) -> dict[str, str]:
    """What a URL can say of files, by whose authority it believes."""
    certificate, key = OURS.issue("gateway-1", client=True).write(tmp_path, "client")
    shown = f"sslcert={certificate}&sslkey={key}"
    return {
        name: f"{shown}&sslrootcert={authority.write(tmp_path, name)}"
        for name, authority in (("ours", OURS), ("another", ANOTHER))
    }


async def refused(url: str) -> str:
    """What is said where it cannot be opened: never the password."""
    with pytest.raises(SettingsError) as caught:
        await open_storage(url)
    assert PASSWORD not in f"{caught.value!r} {caught.value.__cause__!r}"
    return str(caught.value)


@pytest.mark.parametrize("mode", ["ssl=verify-full", "sslmode=verify-full", "ssl=verify-ca"])
async def test_a_server_of_ours_is_spoken_to_encrypted(database, words, tmp_path, mode):
    """By either word, with both sides' certificates checked; all that is opened is."""
    async with before(database, HERS, tmp_path) as (url, front):
        storage = await open_storage(f"{url}?{mode}&{words['ours']}", sharing_keys=(KEY,))
        writer = mode.replace("=", "-")
        await storage.audit.append((a_row(1, writer),))
        assert await storage.audit.last(writer) == a_row(1, writer)
        await storage.close()
    assert len(front.seen) >= 3
    assert set(front.seen) == {((("commonName", "gateway-1"),),)}


@pytest.mark.parametrize(
    ("mode", "shown", "believed", "said"),
    [
        ("ssl=verify-full", HERS, "another", "in certificate chain"),
        ("ssl=verify-ca", HERS, "another", "in certificate chain"),
        ("ssl=verify-full", OURS.issue("db.example"), "ours", "IP address mismatch"),
        ("sslmode=verify-full", OURS.issue("db.example"), "ours", "IP address mismatch"),
        ("ssl=verify-full", LONG_OVER, "ours", "has expired"),
        ("ssl=verify-ca", LONG_OVER, "ours", "has expired"),
    ],
)
async def test_whose_certificate_is_not_believed(
    database, words, tmp_path, mode, shown, believed, said
):
    """Of another authority, of another host, or over: nothing is sent there."""
    async with before(database, shown, tmp_path) as (url, front):
        told = await refused(f"{url}?{mode}&{words[believed]}")
    assert told.startswith("the database's certificate is not believed: ")
    assert said in told
    assert front.seen == []


async def test_what_is_checked_less_is_taken_all_the_same(database, words, tmp_path):
    """Where the URL says so: `verify-ca` of any host, `require` of any authority, encrypted."""
    for mode, shown, believed in (
        ("verify-ca", OURS.issue("db.example"), "ours"),
        ("require", HERS, "another"),
        ("require", LONG_OVER, "another"),
    ):
        async with before(database, shown, tmp_path) as (url, front):
            await (await open_storage(f"{url}?ssl={mode}&{words[believed]}")).close()
        assert front.seen
        assert "plain text" not in front.seen


async def test_nobody_falls_back_to_another_way(database, words, tmp_path):
    """Plain text that is refused is not tried encrypted; TLS that fails is not tried plainly."""
    async with before(database, HERS, tmp_path) as (url, front):
        await refused(f"{url}?ssl=disable")
        assert front.seen == ["plain text"]
        without_certificate = words["ours"].partition("&")[2].partition("&")[2]
        await refused(f"{url}?ssl=verify-full&{without_certificate}")
        assert front.seen == ["plain text"]


@pytest.mark.parametrize(
    "said",
    [
        "ssl=disable&sslmode=verify-full",
        "ssl=verify-full&sslmode=disable",
        "ssl=require&ssl=disable",
    ],
)
async def test_a_url_that_says_two_things_is_refused(said):
    """Which of them was meant nobody can tell: neither is taken."""
    assert "`ssl`" in await refused(f"postgresql://u:{PASSWORD}@{HERE}:1/w?{said}")

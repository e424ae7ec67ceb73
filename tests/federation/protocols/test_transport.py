"""The transport: one engine behind httpx's interface, and one way to read an answer."""

import asyncio
import contextlib
import gzip
import ssl

import aiohttp
import httpx
import pytest
from aiohttp import client_exceptions
from hypothesis import given, settings
from hypothesis import strategies as st

from federation.protocols import open_transport
from federation.protocols.engine import translate
from federation.protocols.transport import Allowance, TlsError, TooLargeError, Wiring, exchange
from tests.stubs.http import Answer, serving

MOST = 1_000_000


def get(url, **timeout):
    return httpx.Request("GET", url, extensions={"timeout": timeout} if timeout else {})


# ── errors ────────────────────────────────────────────────────────────────────────────────────────


ENGINE_ERRORS = [
    kind
    for name in client_exceptions.__all__
    if issubclass(kind := getattr(client_exceptions, name), aiohttp.ClientError)
]
"""Every exception that aiohttp's client makes public."""


@pytest.mark.parametrize("kind", ENGINE_ERRORS, ids=lambda kind: kind.__name__)
def test_no_error_of_the_engine_passes_through(kind):
    """Every exception of aiohttp becomes a particular one of httpx, in fixed words."""
    error = kind.__new__(kind)
    found = translate(error)
    assert type(found) is not httpx.TransportError
    assert isinstance(found, httpx.TransportError)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (aiohttp.ConnectionTimeoutError("http://x/9990000018"), httpx.ConnectTimeout),
        (aiohttp.SocketTimeoutError("http://x/9990000018"), httpx.ReadTimeout),
        (aiohttp.ServerDisconnectedError("9990000018"), httpx.RemoteProtocolError),
        (aiohttp.ClientPayloadError("9990000018"), httpx.RemoteProtocolError),
        (aiohttp.ClientConnectionResetError("9990000018"), httpx.WriteError),
        (aiohttp.InvalidURL("http://x/9990000018"), httpx.UnsupportedProtocol),
        (TimeoutError("9990000018"), httpx.WriteTimeout),
        (ConnectionResetError("9990000018"), httpx.ReadError),
        (ssl.SSLError("9990000018"), TlsError),
        (ValueError("9990000018"), httpx.LocalProtocolError),
        (RuntimeError("9990000018"), httpx.TransportError),
    ],
)
def test_what_errors_become(error, expected):
    """Each engine error has its kind, and nothing of the address is in it."""
    found = translate(error)
    assert type(found) is expected
    assert "9990000018" not in repr(found)


def test_a_client_certificate_that_was_refused():
    """TLS that breaks after the handshake is still TLS."""
    error = aiohttp.ClientOSError("x")
    error.__cause__ = ssl.SSLError("alert")
    assert type(translate(error)) is TlsError


async def test_errors_carry_no_address(transport):
    """Nothing that an error drags along names the address that was asked for."""
    async with serving(lambda _request: Answer(hang_up=True)) as server:
        with pytest.raises(httpx.HTTPError) as caught:
            await exchange(transport, get(f"{server.url}/Patient/9990000018"), most=MOST)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


# ── time limits ───────────────────────────────────────────────────────────────────────────────────


async def test_a_full_pool_has_its_own_time_limit():
    """Waiting for a connection that others hold ends in PoolTimeout, and the slot is not lost."""
    transport = open_transport(Wiring(connections_per_host=1))
    async with serving(lambda _request: Answer(silent=True)) as server:
        holder = asyncio.create_task(exchange(transport, get(server.url), most=MOST))
        await server.arrived.wait()
        with pytest.raises(httpx.PoolTimeout):
            await exchange(transport, get(server.url, pool=0.01), most=MOST)
        holder.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await holder
        server.handler = lambda _request: Answer(body=b"free again")
        answer = await exchange(transport, get(server.url, pool=5), most=MOST)
    assert answer.body == b"free again"
    await transport.aclose()


async def test_a_peer_that_does_not_read(transport):
    """A large request to a peer that never reads it ends in WriteTimeout."""

    async def ignore(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.transport.pause_reading()
        await released.wait()
        writer.transport.abort()

    released = asyncio.Event()
    listener = await asyncio.start_server(ignore, "127.0.0.1", 0)
    port = listener.sockets[0].getsockname()[1]
    request = httpx.Request(
        "POST",
        f"http://127.0.0.1:{port}",
        content=b"x" * 64_000_000,
        extensions={"timeout": {"write": 0.05}},
    )
    with pytest.raises(httpx.WriteTimeout):
        await exchange(transport, request, most=MOST)
    released.set()
    listener.close()
    await listener.wait_closed()


async def test_connections_are_used_again(transport):
    """Two requests one after the other share a connection."""
    ports = set()
    async with serving(lambda _request: Answer(body=b"{}")) as server:
        for _ in range(3):
            await exchange(transport, get(server.url), most=MOST)
            session = transport._session
            ports |= {id(p) for pool in session.connector._conns.values() for p, _ in pool}
    assert len(ports) == 1


async def test_cookies_are_not_kept(transport):
    """What one answer sets is not sent with another person's request."""
    async with serving(lambda _request: Answer(headers={"set-cookie": "seen=yes"})) as server:
        await exchange(transport, get(server.url), most=MOST)
        await exchange(transport, get(server.url), most=MOST)
        assert all("cookie" not in request.headers for request in server.requests)


async def test_only_what_was_asked_for_is_sent(transport):
    """The engine adds no header of its own but those that HTTP needs."""
    async with serving(lambda _request: Answer()) as server:
        await exchange(transport, get(server.url), most=MOST)
        assert set(server.requests[0].headers) <= {"host", "content-length"}


# ── reading under a cap ───────────────────────────────────────────────────────────────────────────


def answering(body, **headers):
    """A transport that gives one answer, in chunks."""

    async def chunks():
        for start in range(0, len(body), 1000):
            yield body[start : start + 1000]

    return httpx.MockTransport(
        lambda _request: httpx.Response(200, headers=headers, stream=Chunks(chunks()))
    )


class Chunks(httpx.AsyncByteStream):
    """An asynchronous body."""

    def __init__(self, chunks):
        self._chunks = chunks

    def __aiter__(self):
        return self._chunks


@settings(deadline=None, max_examples=50)
@given(body=st.binary(max_size=5000), compressed=st.booleans(), most=st.integers(0, 6000))
async def test_the_cap_counts_what_is_read(body, compressed, most):
    """A body is read whole if it fits when decompressed, and refused if it does not."""
    sent = gzip.compress(body) if compressed else body
    headers = {"content-encoding": "gzip"} if compressed else {}
    transport = answering(sent, **headers)
    if len(body) <= most:
        answer = await exchange(transport, get("http://node.example"), most=most)
        assert answer.body == body
    else:
        with pytest.raises(TooLargeError):
            await exchange(transport, get("http://node.example"), most=most)


async def test_a_bomb_is_stopped_early():
    """A small body that would grow a thousandfold is not grown further than the cap."""
    bomb = gzip.compress(b"\0" * 50_000_000)
    transport = answering(bomb, **{"content-encoding": "gzip"})
    with pytest.raises(TooLargeError):
        await exchange(transport, get("http://node.example"), most=100_000)


async def test_a_declared_length_is_enough():
    """What announces itself as too large is not read at all."""
    transport = answering(b"x", **{"content-length": "2000000"})
    with pytest.raises(TooLargeError):
        await exchange(transport, get("http://node.example"), most=MOST)


async def test_compression_that_breaks_off():
    """Half a compressed body is no body."""
    transport = answering(gzip.compress(b"x" * 9000)[:-10], **{"content-encoding": "gzip"})
    with pytest.raises(httpx.DecodingError):
        await exchange(transport, get("http://node.example"), most=MOST)


async def test_what_shares_an_allowance_is_counted_together():
    """Answers that are small one by one, read at the same time, cannot be too much together."""
    allowance = Allowance(2500)
    outcomes = await asyncio.gather(
        *(
            exchange(answering(b"x" * 1000), get("http://node.example"), most=allowance)
            for _ in range(3)
        ),
        return_exceptions=True,
    )
    assert [type(one) for one in outcomes].count(TooLargeError) == 1

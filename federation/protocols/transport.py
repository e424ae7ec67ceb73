"""The wire: HTTP through httpx's transport interface, with aiohttp's engine behind it.

The seam is `httpx.AsyncBaseTransport`, so that every caller can be given `httpx.MockTransport` or
another engine; the transport is called directly, because httpx's client costs more than the rest
of a call. It follows no redirect, keeps no cookie, reads no environment and never decompresses by
itself. `exchange` is the one way to send a request and read what comes back under a cap.

What a failure means for the record is not decided here but in `failures.py`. Raised errors carry
fixed words and no cause: the engine's own texts name the address, and the address of a tracing
request names a person.
"""

from __future__ import annotations

import asyncio
import ssl
import zlib
from collections.abc import AsyncIterator, Callable, Mapping
from functools import lru_cache

import aiohttp
import httpx
from msgspec import Struct
from yarl import URL

# Under the five seconds after which common servers close an idle connection: a request must not
# race that close.
_IDLE_SECONDS = 4.0
_READ_BUFFER = 256 * 1024
# A larger body than the engine buffers can stall on a peer that does not read.
_BUFFERED_BODY = 64 * 1024
_CHUNK = 64 * 1024
_NOT_FORWARDED = frozenset((b"host", b"content-length", b"transfer-encoding"))


class TlsError(httpx.ConnectError):
    """The peer could not be trusted, or does not speak TLS as it should."""


class TooLargeError(httpx.TransportError):
    """The answer is longer than the caller takes in, counted after decompression."""


class HttpAnswer(Struct, frozen=True, kw_only=True):
    """One HTTP answer, whole and decompressed."""

    status: int
    headers: httpx.Headers
    body: bytes

    @property
    def media_type(self) -> str:
        """The content type without its parameters, in lower case."""
        return str(self.headers.get("content-type", "")).partition(";")[0].strip().lower()


def open_transport(
    *, tls: ssl.SSLContext | None = None, connections_per_host: int = 64
) -> httpx.AsyncBaseTransport:
    """A transport for the life of the application; `aclose` it at the end.

    `tls` is one shared context (with the client certificate for mutual TLS); None trusts the
    machine's authorities.
    """
    return AiohttpTransport(tls=tls, connections_per_host=connections_per_host)


async def exchange(
    transport: httpx.AsyncBaseTransport, request: httpx.Request, *, most: int
) -> HttpAnswer:
    """Send a request and read the whole answer of at most `most` bytes.

    Raises `httpx.HTTPError`: `TooLargeError` beyond the cap, `TlsError` where the peer cannot be
    trusted, httpx's own for the rest. However it ends, cancellation included, the connection is
    given back or closed before this returns.
    """
    response = await transport.handle_async_request(request)
    try:
        body = await _read(response, most)
    finally:
        await response.aclose()
    return HttpAnswer(status=response.status_code, headers=response.headers, body=body)


async def _read(response: httpx.Response, most: int) -> bytes:
    if _declared_length(response) > most:
        raise TooLargeError("the answer is too large")
    take = _decoder(response.headers.get("content-encoding"), most)
    stream = response.stream
    assert isinstance(stream, httpx.AsyncByteStream)  # noqa: S101 - narrows httpx's union of streams
    chunks: list[bytes] = []
    length = 0
    async for raw in stream:
        for chunk in take(raw):
            length += len(chunk)
            if length > most:
                raise TooLargeError("the answer is too large")
            chunks.append(chunk)
    chunks.extend(take(None))
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def _declared_length(response: httpx.Response) -> int:
    text = response.headers.get("content-length", "")
    return int(text) if text.isascii() and text.isdigit() else 0


Take = Callable[[bytes | None], "list[bytes]"]
"""Turns a raw chunk into decoded ones; None says that the body has ended."""


def _decoder(encoding: str | None, most: int) -> Take:
    name = (encoding or "identity").strip().lower()
    if name == "identity":
        return lambda raw: [] if raw is None else [raw]
    if name in {"gzip", "x-gzip"}:
        return _Gunzip(most)
    raise httpx.DecodingError("unknown content encoding")


class _Gunzip:
    """Decompresses step by step, so that a body which would grow without end stops at the cap."""

    def __init__(self, most: int) -> None:
        self._stream = zlib.decompressobj(16 + zlib.MAX_WBITS)
        self._left = most + 1

    def __call__(self, raw: bytes | None) -> list[bytes]:
        if raw is None:
            if not self._stream.eof:
                raise httpx.DecodingError("compressed body broke off")
            return []
        found: list[bytes] = []
        while raw and self._left > 0 and not self._stream.eof:
            found.append(self._step(raw))
            raw = self._stream.unconsumed_tail
        return found

    def _step(self, raw: bytes) -> bytes:
        try:
            chunk = self._stream.decompress(raw, min(_CHUNK, self._left))
        except zlib.error:
            chunk = None
        if chunk is None:
            raise httpx.DecodingError("compressed body cannot be read")
        self._left -= len(chunk)
        return chunk


# ── the engine ──────────────────────────────────────────────────────────────────────────────────


class AiohttpTransport(httpx.AsyncBaseTransport):
    """One shared aiohttp session behind httpx's interface."""

    def __init__(self, *, tls: ssl.SSLContext | None, connections_per_host: int) -> None:
        self._tls = tls
        self._per_host = connections_per_host
        self._slots: dict[bytes, asyncio.Semaphore] = {}
        self._session: aiohttp.ClientSession | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        limits: Mapping[str, float | None] = request.extensions.get("timeout", {})
        slot = await self._acquire(request.url.netloc, limits.get("pool"))
        try:
            answer = await self._send(request, limits)
        except BaseException:
            slot.release()
            raise
        return httpx.Response(
            answer.status,
            headers=list(answer.raw_headers),
            stream=_Body(answer, slot),
            extensions={"http_version": b"HTTP/1.1"},
        )

    async def _acquire(self, host: bytes, wait: float | None) -> asyncio.Semaphore:
        slot = self._slots.get(host)
        if slot is None:
            slot = self._slots[host] = asyncio.Semaphore(self._per_host)
        if not slot.locked():
            await slot.acquire()
            return slot
        try:
            async with asyncio.timeout(wait):
                await slot.acquire()
                return slot
        except TimeoutError:
            pass
        raise httpx.PoolTimeout("every connection to the host is in use")

    async def _send(
        self, request: httpx.Request, limits: Mapping[str, float | None]
    ) -> aiohttp.ClientResponse:
        session = self._session or self._open()
        body = await request.aread()
        try:
            return await session.request(
                request.method,
                _url(str(request.url)),
                data=_payload(body, limits.get("write")),
                headers=_headers(request),
                timeout=_timeout(limits.get("connect"), limits.get("read")),
                allow_redirects=False,
            )
        except _ENGINE_ERRORS as error:
            failed = translate(error)
        raise failed

    def _open(self) -> aiohttp.ClientSession:
        # Here and not in __init__: a session belongs to the running loop.
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                limit=0,  # the slots limit, so that waiting for one has its own time limit
                ssl=self._tls or True,
                keepalive_timeout=_IDLE_SECONDS,
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            read_bufsize=_READ_BUFFER,
            skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding", "Content-Type"),
        )
        return self._session

    async def aclose(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None


class _Body(httpx.AsyncByteStream):
    """The body of one answer; closing it early closes the connection."""

    def __init__(self, answer: aiohttp.ClientResponse, slot: asyncio.Semaphore) -> None:
        self._answer = answer
        self._slot: asyncio.Semaphore | None = slot

    async def __aiter__(self) -> AsyncIterator[bytes]:
        read = self._answer.content.readany
        while True:
            try:
                chunk = await read()
            except _ENGINE_ERRORS as error:
                failed = translate(error)
            else:
                if not chunk:
                    return
                yield chunk
                continue
            raise failed

    async def aclose(self) -> None:
        # A body read to its end has given its connection back already; any other connection is
        # closed by this.
        self._answer.close()
        if self._slot is not None:
            self._slot.release()
            self._slot = None


class _TimedBody(aiohttp.BytesPayload):
    """A large request body with a time limit on its writing."""

    seconds: float | None = None

    async def write_with_length(self, writer: object, content_length: int | None) -> None:
        async with asyncio.timeout(self.seconds):
            await super().write_with_length(writer, content_length)  # type: ignore[arg-type]  # aiohttp's writer, private by name


def _payload(body: bytes, seconds: float | None) -> bytes | aiohttp.BytesPayload | None:
    if len(body) <= _BUFFERED_BODY:
        return body or None
    payload = _TimedBody(body)
    payload.seconds = seconds
    return payload


@lru_cache(maxsize=256)
def _url(text: str) -> URL:
    return URL(text, encoded=True)


@lru_cache(maxsize=256)
def _timeout(connect: float | None, read: float | None) -> aiohttp.ClientTimeout:
    return aiohttp.ClientTimeout(total=None, connect=connect, sock_read=read)


def _headers(request: httpx.Request) -> list[tuple[str, str]]:
    return [
        (name.decode("ascii"), value.decode("latin-1"))
        for name, value in request.headers.raw
        if name.lower() not in _NOT_FORWARDED
    ]


# ── the engine's errors ─────────────────────────────────────────────────────────────────────────

_ENGINE_ERRORS = (aiohttp.ClientError, OSError, ValueError)
"""What aiohttp raises; its time-outs and TLS errors are OSErrors, a wrong address a ValueError."""

_TRANSLATION: tuple[tuple[type[Exception], type[httpx.TransportError], str], ...] = (
    # First match wins, so the narrow come before the wide; a test holds that nothing of aiohttp
    # is missing.
    (aiohttp.ConnectionTimeoutError, httpx.ConnectTimeout, "no connection in time"),
    (aiohttp.ServerTimeoutError, httpx.ReadTimeout, "no answer in time"),
    (ssl.SSLError, TlsError, "the peer's certificate or protocol was not accepted"),
    (aiohttp.ClientSSLError, TlsError, "the peer's certificate or protocol was not accepted"),
    (aiohttp.ServerFingerprintMismatch, TlsError, "the peer's certificate is another one"),
    (aiohttp.ClientConnectorError, httpx.ConnectError, "the host cannot be reached"),
    (aiohttp.ServerDisconnectedError, httpx.RemoteProtocolError, "the peer hung up"),
    (aiohttp.ClientPayloadError, httpx.RemoteProtocolError, "the body broke off"),
    (aiohttp.ClientResponseError, httpx.RemoteProtocolError, "the answer is not HTTP"),
    (aiohttp.ClientConnectionResetError, httpx.WriteError, "the connection was cut"),
    (aiohttp.InvalidURL, httpx.UnsupportedProtocol, "the address cannot be used"),
    (aiohttp.NonHttpUrlClientError, httpx.UnsupportedProtocol, "the address cannot be used"),
    (TimeoutError, httpx.WriteTimeout, "the request could not be sent in time"),
    (aiohttp.ClientError, httpx.ReadError, "the connection was lost"),
    (OSError, httpx.ReadError, "the connection was lost"),
    (ValueError, httpx.LocalProtocolError, "the request cannot be sent"),
)


def translate(error: Exception) -> httpx.TransportError:
    """An engine's error as httpx's, in fixed words."""
    if isinstance(error, aiohttp.ClientOSError) and isinstance(error.__cause__, ssl.SSLError):
        return TlsError("the peer broke off the TLS session")
    for theirs, ours, words in _TRANSLATION:
        if isinstance(error, theirs):
            return ours(words)
    return httpx.TransportError("the exchange failed")

"""The engine behind the transport: aiohttp, through httpx's transport interface.

It follows no redirect, keeps no cookie, reads no environment and decompresses nothing. Errors are
translated here, by one table, into httpx's: with fixed words and no cause, because the engine's
own texts name the address, and the address of a tracing request names a person. What is sent and
how it is read is `transport.py`.
"""

from __future__ import annotations

import asyncio
import io
import ssl
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from functools import lru_cache
from typing import TypedDict

import aiohttp
import httpx
from aiohttp.abc import AbstractResolver
from msgspec import Struct
from yarl import URL

from federation.addresses import IpNetwork
from federation.protocols.connector import (
    Certificates,
    Connector,
    NotAllowedError,
    check_before_proxy,
)

_READ_BUFFER = 256 * 1024
# A larger body than the engine buffers can stall on a peer that does not read.
_BUFFERED_BODY = 64 * 1024
_NOT_FORWARDED = frozenset((b"host", b"content-length", b"transfer-encoding"))


class TlsError(httpx.ConnectError):
    """The peer could not be trusted, or does not speak TLS as it should.

    `reason` is the word of the TLS library for it, which names nothing of the peer.
    """

    reason: str | None = None


class AddressNotAllowedError(httpx.ConnectError):
    """The peer's address is outside the networks that it may be in; nothing was sent."""


class Wiring(Struct, frozen=True, kw_only=True):
    """Where a transport may connect to, what it trusts, and how it gets there.

    `tls` gives the context of the next connection: one that gives another from now on changes no
    connection that is in use, and leaves those that idle. None trusts the machine's authorities.
    `server_name` is what the certificate is for, where that is not the address. `proxy` is the
    address of an egress proxy. `resolver` None: the machine's.
    """

    tls: Callable[[], ssl.SSLContext] | None = None
    server_name: str | None = None
    allowed: Collection[IpNetwork] | None = None
    proxy: str | None = None
    resolver: AbstractResolver | None = None
    connections_per_host: int = 64


class _Secured(TypedDict, total=False):
    """What the engine is told of one request's TLS; nothing, where it is as for any other."""

    ssl: ssl.SSLContext
    server_hostname: str


class AiohttpTransport(httpx.AsyncBaseTransport):
    """One aiohttp session behind httpx's interface."""

    def __init__(self, wiring: Wiring) -> None:
        self.certificates = Certificates()
        self._wiring = wiring
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
            slot = self._slots[host] = asyncio.Semaphore(self._wiring.connections_per_host)
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
            if self._wiring.proxy is not None:
                check_before_proxy(request.url.host, self._wiring.allowed)
            return await session.request(
                request.method,
                _url(str(request.url)),
                data=_payload(body, limits.get("write")),
                headers=_headers(request),
                timeout=_timeout(limits.get("connect"), limits.get("read")),
                allow_redirects=False,
                **self._secured(),
            )
        except _ENGINE_ERRORS as error:
            failed = translate(error)
        raise failed

    def _secured(self) -> _Secured:
        if self._wiring.tls is None:
            return {}
        # Told with each request, so that the pool keeps apart what another context opened.
        secured: _Secured = {"ssl": self._wiring.tls()}
        if self._wiring.server_name is not None:
            secured["server_hostname"] = self._wiring.server_name
        return secured

    def _open(self) -> aiohttp.ClientSession:
        # Here and not in __init__: a session belongs to the running loop.
        self._session = aiohttp.ClientSession(
            connector=Connector(
                self._wiring.allowed,
                self.certificates,
                through_proxy=self._wiring.proxy is not None,
                resolver=self._wiring.resolver,
            ),
            proxy=self._wiring.proxy,
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


class _TimedBody(aiohttp.BytesIOPayload):
    """A large request body with a time limit on its writing."""

    seconds: float | None = None

    async def write_with_length(self, writer: object, content_length: int | None) -> None:
        async with asyncio.timeout(self.seconds):
            await super().write_with_length(writer, content_length)  # type: ignore[arg-type]  # aiohttp's writer, private by name


def _payload(body: bytes, seconds: float | None) -> bytes | aiohttp.Payload | None:
    if len(body) <= _BUFFERED_BODY:
        return body or None
    payload = _TimedBody(io.BytesIO(body))
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

NOT_ALLOWED = "its address is outside the networks that it may be in"
_TRANSLATION: tuple[tuple[type[Exception], type[httpx.TransportError], str], ...] = (
    # First match wins, so the narrow come before the wide; a test holds that nothing of aiohttp
    # is missing.
    (aiohttp.ConnectionTimeoutError, httpx.ConnectTimeout, "no connection in time"),
    (aiohttp.ServerTimeoutError, httpx.ReadTimeout, "no answer in time"),
    (ssl.SSLError, TlsError, "the peer's certificate or protocol was not accepted"),
    (aiohttp.ClientSSLError, TlsError, "the peer's certificate or protocol was not accepted"),
    (aiohttp.ServerFingerprintMismatch, TlsError, "the peer's certificate is another one"),
    (NotAllowedError, AddressNotAllowedError, NOT_ALLOWED),
    (aiohttp.ClientHttpProxyError, httpx.ProxyError, "the proxy does not connect"),
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


def _with_reason(failed: httpx.TransportError, error: BaseException) -> httpx.TransportError:
    if isinstance(failed, TlsError):
        inside = (error, error.__cause__, getattr(error, "certificate_error", None))
        reasons = (getattr(one, "reason", None) for one in inside)
        failed.reason = next((one for one in reasons if isinstance(one, str)), None)
    return failed


def translate(error: Exception) -> httpx.TransportError:
    """An engine's error as httpx's, in fixed words."""
    if isinstance(error, aiohttp.ClientOSError) and isinstance(error.__cause__, ssl.SSLError):
        return _with_reason(TlsError("the peer broke off the TLS session"), error)
    if isinstance(error.__cause__, NotAllowedError):
        return AddressNotAllowedError(NOT_ALLOWED)
    for theirs, ours, words in _TRANSLATION:
        if isinstance(error, theirs):
            return _with_reason(ours(words), error)
    return httpx.TransportError("the exchange failed")

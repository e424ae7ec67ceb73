"""The wire: HTTP through httpx's transport interface, with aiohttp's engine behind it.

The seam is `httpx.AsyncBaseTransport`, so that every caller can be given `httpx.MockTransport` or
another engine; the transport is called directly, because httpx's client costs more than the rest of
a call. `exchange` is the one way to send a request and read what comes back, decompressed, under a
cap.

What a failure means for the record is not decided here but in `failures.py`; the engine is
`engine.py`.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable

import httpx
from msgspec import Struct

from federation.protocols.engine import (
    AddressNotAllowedError,
    AiohttpTransport,
    TlsError,
    Wiring,
)

__all__ = [
    "AddressNotAllowedError",
    "Allowance",
    "AnotherAnswerError",
    "HttpAnswer",
    "NotAuthenticatedError",
    "TlsError",
    "TooLargeError",
    "Wiring",
    "exchange",
    "open_transport",
]

_CHUNK = 64 * 1024


class TooLargeError(httpx.TransportError):
    """The answer is longer than the caller takes in, counted after decompression."""


class NotAuthenticatedError(httpx.TransportError):
    """Who was to vouch for the gateway gave no token; the text is in fixed words."""


class AnotherAnswerError(httpx.TransportError):
    """The answer is to another request, or does not say to which; the text is in fixed words."""


class Allowance:
    """How many bytes may still be read, by everything that shares it."""

    def __init__(self, most: int) -> None:
        self.left = most

    def take(self, length: int) -> None:
        """Use so many; raises `TooLargeError` where there are not so many left."""
        self.left -= length
        if self.left < 0:
            raise TooLargeError("the answer is too large")


class HttpAnswer(Struct, frozen=True, kw_only=True):
    """One HTTP answer, whole and decompressed."""

    status: int
    headers: httpx.Headers
    body: bytes

    @property
    def media_type(self) -> str:
        """The content type without its parameters, in lower case."""
        return str(self.headers.get("content-type", "")).partition(";")[0].strip().lower()


def open_transport(wiring: Wiring | None = None) -> AiohttpTransport:
    """A transport for the life of the application; `aclose` it at the end.

    A node's own is `node_transports.py`'s affair.
    """
    return AiohttpTransport(wiring or Wiring())


async def exchange(
    transport: httpx.AsyncBaseTransport, request: httpx.Request, *, most: int | Allowance
) -> HttpAnswer:
    """Send a request and read the whole answer of at most `most` bytes, or what is left of them.

    Raises `httpx.HTTPError`: `TooLargeError` beyond the cap, `TlsError` where the peer cannot be
    trusted, httpx's own for the rest. However it ends, cancellation included, the connection is
    given back or closed before this returns.
    """
    response = await transport.handle_async_request(request)
    try:
        body = await _read(response, most if isinstance(most, Allowance) else Allowance(most))
    finally:
        await response.aclose()
    return HttpAnswer(status=response.status_code, headers=response.headers, body=body)


async def _read(response: httpx.Response, allowance: Allowance) -> bytes:
    if _declared_length(response) > allowance.left:
        raise TooLargeError("the answer is too large")
    take = _decoder(response.headers.get("content-encoding"), allowance.left)
    stream = response.stream
    assert isinstance(stream, httpx.AsyncByteStream)  # noqa: S101 - narrows httpx's union of streams
    chunks: list[bytes] = []
    async for raw in stream:
        for chunk in take(raw):
            allowance.take(len(chunk))
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

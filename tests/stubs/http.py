"""A small HTTP server on loopback that does exactly what it is told, broken things included.

It knows nothing of nodes: `native_node.py` and `fhir_node.py` answer through it. Every request is
kept, so that a test can look at what was sent; `closed` is set once a client has gone away before
it was answered.
"""

from __future__ import annotations

import asyncio
import gzip
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Request:
    """One request as it arrived."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes
    certificate: Mapping[str, object] | None = None
    """What the caller showed, where TLS asked for one."""


@dataclass(frozen=True)
class Answer:
    """What to answer, and how badly."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    chunked: bool = False
    compressed: bool = False
    cut_short: bool = False
    """Promise more than is sent, then hang up."""
    silent: bool = False
    """Never answer."""
    hang_up: bool = False
    """Close without a word."""
    raw: bytes | None = None
    """Send these bytes in place of HTTP."""


TLS_HELLO = b"\x16"
"""What a client that speaks TLS begins with; a plain server takes it for nonsense."""

_TURNS_OF_AN_ACCEPT = 6
"""Of the event loop, until a connection that was just made has its task, which can be ended."""

Handler = Callable[[Request], Answer]


class Server:
    """A running server."""

    def __init__(self, handler: Handler) -> None:
        self.handler = handler
        self.requests: list[Request] = []
        self.arrived = asyncio.Event()
        self.closed = asyncio.Event()
        self.url = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while (request := await _read(reader, writer)) is not None:
                self.requests.append(request)
                answer = self.handler(request)
                self.arrived.set()
                if not await self._answer(answer, reader, writer):
                    break
        except (ConnectionError, asyncio.IncompleteReadError):
            self.closed.set()
        finally:
            writer.close()

    async def _answer(
        self, answer: Answer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        """Whether the connection stays open."""
        if answer.silent:
            await reader.read(1)
            self.closed.set()
            return False
        if answer.hang_up:
            return False
        writer.write(answer.raw if answer.raw is not None else _wire(answer))
        await writer.drain()
        return not answer.cut_short and answer.raw is None


async def _read(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Request | None:
    first_byte = await reader.read(1)
    if first_byte == TLS_HELLO:
        writer.write(_wire(Answer(400)))
    if first_byte in {b"", TLS_HELLO}:
        return None
    head = first_byte + await reader.readuntil(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").rstrip("\r\n").split("\r\n")
    method, target, _ = first.split(" ")
    headers = dict(line.lower().split(": ", 1) for line in lines)
    kept = {name: _exact(lines, name) for name in headers}
    body = await reader.readexactly(int(kept.get("content-length", "0")))
    return Request(method, target, kept, body, writer.get_extra_info("peercert"))


def _exact(lines: list[str], name: str) -> str:
    return next(line.split(": ", 1)[1] for line in lines if line.lower().startswith(f"{name}: "))


def _wire(answer: Answer) -> bytes:
    body = gzip.compress(answer.body) if answer.compressed else answer.body
    headers = {"content-length": str(len(body) + (100 if answer.cut_short else 0))}
    if answer.chunked:
        headers = {"transfer-encoding": "chunked"}
        body = b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body) if body else b"0\r\n\r\n"
    if answer.compressed:
        headers["content-encoding"] = "gzip"
    lines = [f"HTTP/1.1 {answer.status} X"]
    lines += [f"{name}: {value}" for name, value in (headers | dict(answer.headers)).items()]
    return "\r\n".join((*lines, "", "")).encode("latin-1") + body


@asynccontextmanager
async def serving(
    handler: Handler, *, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1", port: int = 0
) -> AsyncIterator[Server]:
    """A server on loopback, an ephemeral port, closed at the end with all its connections."""
    server = Server(handler)
    tasks: set[asyncio.Task[None]] = set()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(server.serve(reader, writer))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    listener = await asyncio.start_server(accept, host, port, ssl=tls)
    port = listener.sockets[0].getsockname()[1]
    server.url = f"{'https' if tls else 'http'}://{host}:{port}"
    try:
        yield server
    finally:
        listener.close()
        for _ in range(_TURNS_OF_AN_ACCEPT):
            await asyncio.sleep(0)
        for task in tuple(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

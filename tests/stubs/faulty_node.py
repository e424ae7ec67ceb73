"""A record node that misbehaves, as a process of its own.

The first segment of a path says how, the second names who is watching, the third the port of a
healthy node to stand in front of: `/hang/some-test/40123/graphql`. Whatever speaks HTTP can be
treated so, which is why one stub serves every protocol.

| fault         | what the caller meets |
|---------------|-----------------------|
| `watched`     | the healthy node itself, each request counted |
| `hang`        | accepted and never answered |
| `refuse`      | 401, credentials not accepted |
| `forbid`      | 403, likewise |
| `error`       | 500 with a page for people |
| `text`        | 200 and prose |
| `shape`       | 200 and JSON that is no answer |
| `large`       | 200 and chunks without end, until the caller has had enough |
| `redirect`    | 302 to another port, where visitors are counted |
| `drop`        | a body that breaks off |
| `drip`        | a body that comes byte by byte for ever |
| `stranger`    | the healthy node's own answer for somebody else |
| `unreadable`  | a healthy FHIR node's own answers, each with a resource that cannot be read |
| `foreign`     | the same, each with a resource about somebody else |
| `short`       | the same, each cut after its first small page |
| `expired`     | a healthy FHIR node that has forgotten every page link it gave |
| `unstated`    | a healthy FHIR node without a capability statement |

A question that it changes on the way is vouched for anew, with the gateway's own key: the healthy
node would not answer it otherwise. What it passes on says that it answers the gateway's request.

`GET /seen/<watcher>` says what has happened so far; `GET /wait/<watcher>/<what>/<count>` answers as
soon as it has happened so often. It keeps no log: what it is asked names people.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from typing import NamedTuple

from federation.protocols.requester_token import ANSWER_HEADER, digest_of
from gateway.requester_keys import load_requester_keys
from tests.stubs import faulty_fhir
from tests.vouching import vouched_anew

HOST = "127.0.0.1"
CHUNK = b" " * 65_536
MOST_CHUNKS = 400
"""Some 26 MB: more than any gateway takes, and an end if one does take it."""
DRIP_SECONDS = 0.05
_NUMBER = re.compile(rb"(?<!\d)999\d{7}(?!\d)")
_TOKEN = re.compile(rb"(?i)\r\nwatling-requester: *(\S+)")
_ECHO = re.compile(rb"(?i)\r\nwatling-request-hash: *\S+")
_NOT_PASSED_ON = ("content-length:", "connection:", "accept-encoding:")
_IN_SMALL_PAGES = frozenset(("short", "expired"))
_ANSWERED = "answered"
ABANDONED = "abandoned"
"""Counted when the caller closes the connection before it has had an answer."""
_PAGE = b"<html><body><h1>Something broke</h1></body></html>"
_NO_ANSWER = json.dumps({"resourceType": "Basic", "data": {"records": 7}}).encode()


class Asked(NamedTuple):
    """One request as it came in."""

    path: str
    head: bytes
    body: bytes


class Tally:
    """What happened, by watcher, for whoever waits for it."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str]] = Counter()
        self._changed = asyncio.Condition()

    async def add(self, watcher: str, what: str) -> None:
        async with self._changed:
            self._counts[watcher, what] += 1
            self._changed.notify_all()

    def seen(self, watcher: str) -> dict[str, int]:
        return {what: count for (who, what), count in self._counts.items() if who == watcher}

    async def wait(self, watcher: str, what: str, count: int) -> None:
        async with self._changed:
            await self._changed.wait_for(lambda: self._counts[watcher, what] >= count)


class FaultyNode:
    """One process, every fault."""

    def __init__(self, stranger: bytes, vouch: Callable[[bytes, bytes], bytes]) -> None:
        self.elsewhere = 0
        self._stranger = stranger
        self._vouch = vouch
        self._tally = Tally()
        self._faults: dict[str, Callable[[Connection], Awaitable[None]]] = {
            "watched": self._relay,
            "stranger": self._relay,
            "unreadable": _spoiling(faulty_fhir.with_an_unreadable_resource),
            "foreign": _spoiling(faulty_fhir.with_somebody_elses_resource),
            "short": _spoiling(faulty_fhir.without_further_pages),
            "expired": _without(re.compile(r"/_page/"), 410),
            "unstated": _without(re.compile(r"/metadata$"), 404),
            "hang": _hang,
            "refuse": _answering(401, "application/json", b"{}"),
            "forbid": _answering(403, "application/json", b"{}"),
            "error": _answering(500, "text/html", _PAGE),
            "text": _answering(200, "text/plain", b"the record is in the blue folder"),
            "shape": self._shape,
            "large": _send_without_end,
            "redirect": self._redirect,
            "drop": _drop,
            "drip": _drip,
        }

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, which carries one request."""
        try:
            asked = await _read(reader)
            await self._answer(asked, reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def count_visitor(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Somebody followed the redirect: the watcher is the path's last segment."""
        try:
            asked = await _read(reader)
            await self._tally.add(asked.path.rpartition("/")[2], "elsewhere")
            writer.write(_response(200, "application/json", b"{}"))
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _answer(
        self, asked: Asked, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        first, watcher, *rest = asked.path.strip("/").split("/")
        if first == "seen":
            found = json.dumps(self._tally.seen(watcher)).encode()
            writer.write(_response(200, "application/json", found))
        elif first == "wait":
            await self._tally.wait(watcher, rest[0], int(rest[1]))
            writer.write(_response(200, "application/json", b"{}"))
        else:
            connection = Connection(first, watcher, rest, asked, reader, writer, self._vouch)
            await self._misbehave(connection)
        await writer.drain()

    async def _misbehave(self, connection: Connection) -> None:
        await self._tally.add(connection.watcher, "asked")
        outcome = ABANDONED
        try:
            await self._faults[connection.fault](connection)
            await connection.writer.drain()
            outcome = ABANDONED if connection.reader.at_eof() else _ANSWERED
        finally:
            await self._tally.add(connection.watcher, outcome)

    async def _shape(self, connection: Connection) -> None:
        fhir = b"fhir" in connection.asked.head.lower()
        media = "application/fhir+json" if fhir else "application/json"
        connection.writer.write(_response(200, media, _NO_ANSWER))

    async def _redirect(self, connection: Connection) -> None:
        address = f"http://{HOST}:{self.elsewhere}/{connection.watcher}"
        connection.writer.write(
            f"HTTP/1.1 302 Found\r\nLocation: {address}\r\nContent-Length: 0\r\n"
            "Connection: close\r\n\r\n".encode()
        )

    async def _relay(self, connection: Connection) -> None:
        """Let the healthy node answer; `stranger` has it speak of somebody else."""
        body = connection.asked.body
        if connection.fault == "stranger":
            body = _NUMBER.sub(self._stranger, body)
        async with _healthy(connection, body) as upstream:
            head = await upstream.readuntil(b"\r\n\r\n")
            connection.writer.write(_ECHO.sub(_echo(connection), head))
            while chunk := await upstream.read(65_536):
                connection.writer.write(chunk)


class Connection(NamedTuple):
    """One request on its way to its fault."""

    fault: str
    watcher: str
    rest: list[str]
    asked: Asked
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    vouch: Callable[[bytes, bytes], bytes]


async def _read(reader: asyncio.StreamReader) -> Asked:
    head = await reader.readuntil(b"\r\n\r\n")
    path = head.split(b" ", 2)[1].decode()
    length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
    return Asked(path, head, await reader.readexactly(int(length[1])) if length else b"")


@asynccontextmanager
async def _healthy(connection: Connection, body: bytes) -> AsyncIterator[asyncio.StreamReader]:
    """The healthy node's whole answer, head and body, to what was asked; uncompressed."""
    port, *path = connection.rest
    if connection.fault in _IN_SMALL_PAGES:
        body = faulty_fhir.in_small_pages(body)
    head = connection.asked.head
    if body != connection.asked.body:
        head = connection.vouch(head, body)
    method = head.split(b" ", 1)[0].decode()
    lines = [f"{method} /{'/'.join(path)} HTTP/1.1", *_kept(head)]
    lines += [f"Content-Length: {len(body)}", "Connection: close", "", ""]
    upstream, sender = await asyncio.open_connection(HOST, int(port))
    sender.write("\r\n".join(lines).encode() + body)
    await sender.drain()
    yield upstream
    sender.close()


def _kept(head: bytes) -> list[str]:
    """The request's own headers, but for those about its connection, its length and packing."""
    lines = head.decode("latin-1").split("\r\n")[1:]
    return [line for line in lines if line and not line.lower().startswith(_NOT_PASSED_ON)]


def _response(status: int, media: str, body: bytes, echo: str = "") -> bytes:
    return (
        f"HTTP/1.1 {status} X\r\nContent-Type: {media}\r\nContent-Length: {len(body)}{echo}\r\n"
        "Connection: close\r\n\r\n"
    ).encode() + body


def _echo(connection: Connection) -> bytes:
    """The header that says which request an answer is to; nothing where nobody was asked about."""
    token = _TOKEN.search(connection.asked.head)
    return f"\r\n{ANSWER_HEADER}: {digest_of(token[1])}".encode() if token else b""


def _answering(status: int, media: str, body: bytes) -> Callable[[Connection], Awaitable[None]]:
    async def answer(connection: Connection) -> None:
        connection.writer.write(_response(status, media, body))

    return answer


def _spoiling(spoil: Callable[[bytes], bytes]) -> Callable[[Connection], Awaitable[None]]:
    async def answer(connection: Connection) -> None:
        head, body = await _whole(connection)
        status, media = _status_and_media(head)
        echo = _echo(connection).decode()
        connection.writer.write(_response(status, media, spoil(body), echo))

    return answer


def _without(path: re.Pattern[str], status: int) -> Callable[[Connection], Awaitable[None]]:
    refused = _answering(status, "application/fhir+json", faulty_fhir.OUTCOME)
    healthy = _spoiling(lambda body: body)

    async def answer(connection: Connection) -> None:
        refuses = path.search(connection.asked.path)
        await (refused if refuses else healthy)(connection)

    return answer


async def _whole(connection: Connection) -> tuple[bytes, bytes]:
    """The healthy node's answer, its own addresses made those under which it was asked."""
    async with _healthy(connection, connection.asked.body) as upstream:
        head, _, body = (await upstream.read()).partition(b"\r\n\r\n")
    host = re.search(rb"(?i)\r\nhost: *(\S+)", connection.asked.head)
    itself = b"http://" + (host[1] if host else b"") + b"/"
    way = f"{connection.fault}/{connection.watcher}/{connection.rest[0]}/"
    return head, body.replace(itself, itself + way.encode())


def _status_and_media(head: bytes) -> tuple[int, str]:
    media = re.search(rb"(?i)\r\ncontent-type: *([^\r]+)", head)
    return int(head.split(b" ", 2)[1]), media[1].decode() if media else "application/json"


async def _hang(connection: Connection) -> None:
    await connection.reader.read()


async def _send_without_end(connection: Connection) -> None:
    connection.writer.write(_head("Transfer-Encoding: chunked"))
    for _ in range(MOST_CHUNKS):
        connection.writer.write(b"%x\r\n%s\r\n" % (len(CHUNK), CHUNK))
        await connection.writer.drain()
    connection.writer.write(b"0\r\n\r\n")


async def _drop(connection: Connection) -> None:
    connection.writer.write(_head("Content-Length: 1000") + b'{"data": {"records": [')


async def _drip(connection: Connection) -> None:
    connection.writer.write(_head("Content-Length: 1000000"))
    while not connection.reader.at_eof():
        connection.writer.write(b" ")
        await connection.writer.drain()
        with suppress(TimeoutError):
            async with asyncio.timeout(DRIP_SECONDS):
                await connection.reader.read(1)


def _head(framing: str) -> bytes:
    return f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n{framing}\r\n\r\n".encode()


async def run(ready_file: Path, stranger: bytes, requester_keys: Path) -> None:
    """Serve until the process is ended; the ready file names the port."""
    signing = load_requester_keys(requester_keys).keys[0].key
    node = FaultyNode(stranger, partial(vouched_anew, signing, stranger.decode()))
    elsewhere = await asyncio.start_server(node.count_visitor, HOST, 0)
    node.elsewhere = elsewhere.sockets[0].getsockname()[1]
    server = await asyncio.start_server(node.serve, HOST, 0)
    port = server.sockets[0].getsockname()[1]
    unready = ready_file.with_suffix(".unready")
    unready.write_text(json.dumps({"port": port}))
    unready.rename(ready_file)
    await server.serve_forever()


def main() -> None:
    """Read the command line; a number does not belong there, so the stranger's comes in a file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ready-file", type=Path, required=True)
    parser.add_argument("--stranger-file", type=Path, required=True)
    parser.add_argument("--requester-keys", type=Path, required=True)
    given = parser.parse_args()
    stranger = given.stranger_file.read_bytes().strip()
    asyncio.run(run(given.ready_file, stranger, given.requester_keys))


if __name__ == "__main__":
    main()

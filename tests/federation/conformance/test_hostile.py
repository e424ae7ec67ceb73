"""A node that means harm to whoever checks it: a run ends, stays small, and is not passed."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from functools import partial
from xml.etree.ElementTree import fromstring

import httpx
import pytest

from demo.model import HERTS, LONDON
from federation.conformance import CHECKS, Outcome, canonical, junit, page, run
from federation.conformance.check import Finding
from federation.conformance.speakers import base
from federation.joining.lifecycle import EXAMINED_WITHIN
from federation.protocols.node_transports import NodeTransports
from tests.builders import a_node
from tests.federation.conformance.given import target, tools
from tests.stubs.http import Answer, serving

EVIL = "<script>alert(1)</script>\x1b[2J\u202eABC"
BOMB = gzip.compress(b" " * (64 * 1024 * 1024))
ANSWERS = {
    "a bomb": Answer(headers={"content-encoding": "gzip"}, body=BOMB),
    "giant headers": Answer(headers={"x-giant": "y" * 1_000_000}),
    "deep": Answer(body=b'{"data":{"records":' + b"[" * 100_000 + b"]" * 100_000 + b"}}"),
    "elsewhere": Answer(302, headers={"location": "http://169.254.169.254/latest"}),
    "broken off": Answer(body=b'{"data":', cut_short=True),
    "hung up": Answer(hang_up=True),
    "no HTTP": Answer(raw=EVIL.encode() + b"\r\n\r\n"),
}


def quick(letters: str):
    return tuple(check for check in CHECKS if check.letter in letters)


async def checked(node, url, checks, **given):
    transports = NodeTransports(lambda *_: None)
    known = a_node(endpoint=url)
    async with aclosing(transports):
        ready = tools(transports.of(known), apart=partial(transports.apart, known))
        meant = target(node, endpoint=url, hooks=None, **given)
        return await run(meant, ready, checks=checks)


@asynccontextmanager
async def dripping(head: bytes) -> AsyncIterator[str]:
    """A byte, whenever the loop comes round, for as long as anybody listens."""

    async def drip(reader, writer) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(head)
            while not writer.is_closing():
                writer.write(b" ")
                await writer.drain()
                await asyncio.sleep(0.01)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(drip, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


@pytest.mark.parametrize("node", [LONDON, HERTS])
@pytest.mark.parametrize("what", ANSWERS)
async def test_whatever_comes(node, what) -> None:
    """The run ends, is not passed, and tells nothing that a page or a terminal would obey."""
    async with serving(lambda _request: ANSWERS[what]) as server:
        report = await checked(node, server.url, quick("abcdfijklmnoprtwy"))
    assert not report.passed
    assert all(one.outcome is not Outcome.PASS for one in report.results if one.mandatory)
    text = "\n".join((page(report), junit(report).decode(), canonical(report).decode()))
    assert "<script" not in text
    assert all(letter.isprintable() or letter == "\n" for letter in text)
    assert len(text) < 100_000
    assert fromstring(junit(report)).tag == "testsuites"  # noqa: S314 - our own, read back


@pytest.mark.parametrize("head", [b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.1 200 OK\r\nx: "])
async def test_a_drip_is_not_waited_for(head) -> None:
    """Each byte comes in time, and the answer never: the request is over all the same."""
    (check,) = quick("a")
    async with dripping(head) as url:
        limits = {"timeout_seconds": 0.1, "connect_timeout_seconds": 0.1}
        async with asyncio.timeout(20):
            report = await checked(LONDON, url, (replace(check, seconds=600.0),), **limits)
    (one,) = report.results
    assert one.outcome is Outcome.FAIL
    assert "TimeoutError" in one.evidence[0]


async def test_small_as_it_comes_and_large_once_it_is_read() -> None:
    """A million empty objects are not made, however few bytes they are."""
    dense = b'{"data":{"records":[' + b"{}," * 600_000 + b"{}]}}"
    report = await checked_by(dense, "a")
    assert "TooLargeError" in report.results[0].evidence[0]


async def test_a_run_reads_so_much_and_no_more(monkeypatch) -> None:
    """What all answers come to is counted together, that of those which are open at once too."""
    monkeypatch.setattr(base, "MOST_BYTES", 100_000)
    body = b'{"data":{"records":[]}, "more":"' + b"x" * 30_000 + b'"}'
    sent: list[int] = []

    def answer(_request: httpx.Request) -> httpx.Response:
        sent.append(1)
        return httpx.Response(200, content=body)

    met: list[str] = []

    async def look(exam) -> Finding:
        person = exam.anybody()
        came = await asyncio.gather(*(exam.ask(person) for _ in range(10)))
        met.extend(one.refusal or "read" for one in came)
        return Finding(outcome=Outcome.PASS, evidence=("asked",))

    asked = replace(CHECKS[0], look=look)
    await run(target(LONDON, hooks=None), tools(httpx.MockTransport(answer)), checks=(asked,))
    assert sorted(met) == ["TooLargeError"] * 7 + ["read"] * 3


async def checked_by(body: bytes, letters: str):
    transport = httpx.MockTransport(lambda _request: httpx.Response(200, content=body))
    return await run(target(LONDON, hooks=None), tools(transport), checks=quick(letters))


async def test_a_million_faults_in_brief() -> None:
    """A report is signed and kept: one check fills no more than its share of it."""

    async def look(_exam) -> Finding:
        return Finding(outcome=Outcome.FAIL, evidence=tuple(["x" * 10_000] * 1_000))

    asked = replace(CHECKS[0], look=look)
    transport = httpx.MockTransport(lambda _request: httpx.Response(200))
    report = await run(target(LONDON, hooks=None), tools(transport), checks=(asked,))
    evidence = report.results[0].evidence
    assert (len(evidence), evidence[-1]) == (201, "and 800 more")
    assert max(map(len, evidence)) == 500


async def test_others_go_on_while_all_of_it_is_looked_at() -> None:
    """Between one person's record and the next the loop comes round, cached or not."""
    turns: list[int] = []

    async def look(exam) -> Finding:
        person = exam.anybody()
        await exam.heard(person)
        asyncio.get_running_loop().call_soon(turns.append, 1)
        await exam.heard(person)
        turns.append(2)
        return Finding(outcome=Outcome.PASS, evidence=("looked",))

    asked = replace(CHECKS[0], look=look)
    transport = httpx.MockTransport(lambda _request: httpx.Response(503))
    await run(target(LONDON, hooks=None), tools(transport), checks=(asked,))
    assert turns == [1, 2]


def test_a_run_is_over_before_another_gateway_takes_it_on() -> None:
    """All checks that take as long as they may, with their load, come to less than the hour."""
    assert sum(check.seconds + 10.0 for check in CHECKS) < EXAMINED_WITHIN.total_seconds()

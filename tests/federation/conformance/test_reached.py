"""Where a checker goes: by the way of all traffic, and nowhere else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from urllib.parse import urlsplit

import pytest

from demo.model import HERTS, LONDON
from federation.conformance import CHECKS, Outcome, run
from federation.model import BackendServices, NodeTls
from federation.protocols.credentials import read_credential
from federation.protocols.node_transports import NodeTransports
from tests.builders import NOW, a_node
from tests.certificates import Authority, server_tls
from tests.federation.conformance.given import target, tools
from tests.federation.protocols.proofs import key_file
from tests.federation.protocols.test_connecting import METADATA, Names
from tests.stubs.http import Answer, serving
from tests.stubs.proxy import proxying

NAMED = "https://test.example/graphql"
INSIDE = ("10.20.0.0/16",)


@asynccontextmanager
async def counted() -> AsyncIterator[tuple[int, list[int]]]:
    """A socket, and a mark for each connection that was made to it."""
    met: list[int] = []

    def accept(_reader, writer) -> None:
        met.append(1)
        writer.close()

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1], met


async def checked(node, endpoint, *names, **given):
    transports = NodeTransports(lambda *_: None, resolver=Names(*names))
    checked = a_node(endpoint=endpoint, allowed_addresses=INSIDE, **given)
    credential = read_credential(checked)
    transport = transports.of(checked)
    ready = tools(
        transport,
        apart=partial(transports.apart, checked),
        authenticator=credential(transport, lambda: NOW) if credential else None,
    )
    report = await run(target(node, endpoint=endpoint, hooks=None), ready)
    await transports.aclose()
    return report


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("node", [LONDON, HERTS])
async def test_a_name_that_leads_out_of_the_networks(node, scheme) -> None:
    """No connection is made by any check, TLS among them, and whatever asks says so by its code."""
    async with counted() as (port, met):
        endpoint = f"{scheme}://test.example:{port}/r4"
        report = await checked(node, endpoint, ["127.0.0.1"])
    assert met == []
    assert not report.passed
    asked = [one for one in report.results if one.outcome is Outcome.FAIL]
    plain = ("the endpoint is not https",)
    codes = {one.letter: one.evidence for one in asked if one.evidence != plain}
    assert all(said[0].startswith("ADDRESS_NOT_ALLOWED: ") for said in codes.values()), codes
    assert {"a", "e", "j", "w", "z"} <= codes.keys()
    assert ("x" in codes) is (scheme == "https")


async def test_a_name_that_turns() -> None:
    """A name that leads to a cloud's credentials, or turns meanwhile, is refused at each look."""
    async with counted() as (port, met):
        report = await checked(
            LONDON, f"https://test.example:{port}", ["10.99.0.1"], [METADATA], ["127.0.0.1"]
        )
    assert met == []
    assert (
        next(one for one in report.results if one.letter == "x")
        .evidence[0]
        .startswith("ADDRESS_NOT_ALLOWED: ")
    )


async def test_through_the_proxy_alone(tmp_path) -> None:
    """Every connection, those that look at TLS among them, goes the way of all traffic."""
    authority = Authority("ours")
    tls = server_tls(authority.issue("test.example"), tmp_path)
    async with (
        serving(lambda _request: Answer(404), tls=tls) as server,
        proxying(urlsplit(server.url).port or 0) as proxy,
    ):
        transports = NodeTransports(lambda *_: None, proxy=proxy.url, resolver=Names(["10.99.0.1"]))
        node = a_node(endpoint=NAMED, tls=NodeTls(ca=authority.pem.decode()))
        ready = tools(transports.of(node), apart=partial(transports.apart, node))
        looks = tuple(one for one in CHECKS if one.letter in "ax")
        report = await run(target(LONDON, endpoint=NAMED, hooks=None), ready, checks=looks)
        await transports.aclose()
    assert [one.outcome for one in report.results if one.letter == "x"] == [Outcome.PASS]
    assert set(proxy.asked_for) == {"test.example:443"}
    assert len(proxy.asked_for) >= 4  # the questions, and each of three looks


async def test_a_token_endpoint_out_of_the_networks(tmp_path, client_key) -> None:
    """Where a node says that tokens come from is held to the same."""
    async with counted() as (port, met):
        settings = BackendServices(
            client_id="watling",
            key_file=key_file(tmp_path, client_key),
            token_url=f"http://127.0.0.1:{port}/token",
        )
        report = await checked(
            HERTS, f"https://test.example:{port}", ["127.0.0.1"], authentication=settings
        )
    assert met == []
    assert report.results[0].evidence[0].startswith("ADDRESS_NOT_ALLOWED: ")

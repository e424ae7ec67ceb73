"""Where a node's transport connects to: the addresses that were checked, and no other."""

from __future__ import annotations

import dataclasses
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import httpx
import pytest
from aiohttp.abc import AbstractResolver, ResolveResult
from msgspec.structs import replace

from federation.flow import Failure, Reply
from federation.model import BackendServices
from federation.protocols.node_transports import NodeTransports
from federation.protocols.transport import AddressNotAllowedError, exchange
from tests.federation.protocols.proofs import key_file
from tests.federation.protocols.speakers import Fhir, Native, a_node_at, fetch
from tests.stubs.http import Answer, serving

HERE = ("127.0.0.0/8",)
INSIDE = ("10.20.0.0/16",)
METADATA = "169.254.169.254"


class Names(AbstractResolver):
    """Answers each look-up with the next of these, and counts them."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        self.asked.append(host)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return [
            ResolveResult(
                hostname=host,
                host=number,
                port=port,
                family=socket.AF_INET6 if ":" in number else socket.AF_INET,
                proto=0,
                flags=0,
            )
            for number in answer
        ]

    async def close(self) -> None:
        pass


def unreported(_path, reason):
    raise AssertionError(reason)


@asynccontextmanager
async def transports_of(*answers: Sequence[str]) -> AsyncIterator[tuple[NodeTransports, Names]]:
    names = Names(*answers)
    transports = NodeTransports(unreported, resolver=names)
    yield transports, names
    await transports.aclose()


def named(url: str, host: str = "node.example") -> str:
    return f"http://{host}:{urlsplit(url).port}"


def verdict(failure: Failure) -> tuple[str, str, str]:
    return (failure.state, failure.code, failure.origin)


REFUSED = ("UNAVAILABLE", "CONNECTION_REFUSED", "GATEWAY")


async def test_a_name_that_leads_inside():
    """A node is asked where its name leads into its networks, and its name is looked up once."""
    speaker = Native()
    async with serving(speaker.holding()) as server, transports_of(["127.0.0.1"]) as (ours, names):
        node = replace(a_node_at(speaker, named(server.url)), allowed_addresses=HERE)
        assert isinstance(await fetch(node, ours.of(node)), Reply)
    assert names.asked == ["node.example"]


@pytest.mark.parametrize(
    "answer",
    [["127.0.0.1"], ["::1"], ["::ffff:127.0.0.1"], [METADATA], ["127.0.0.1", "::1"]],
)
async def test_a_name_that_leads_elsewhere(answer):
    """A name that leads out of the networks is not connected to, and the row says whose doing."""
    speaker = Native()
    async with serving(speaker.holding()) as server, transports_of(answer) as (ours, _):
        node = replace(a_node_at(speaker, named(server.url)), allowed_addresses=INSIDE)
        failure = await fetch(node, ours.of(node))
        assert server.requests == []
    assert isinstance(failure, Failure)
    assert verdict(failure) == REFUSED
    assert failure.detail == "its address is outside the networks that it may be in"


async def test_a_name_that_turns():
    """A name that led inside a moment ago and leads to this machine now is refused (rebinding)."""
    speaker = Native()
    stub = speaker.holding()

    def once(request):
        return replace_headers(stub(request), connection="close")

    async with (
        serving(once) as server,
        serving(stub, host="::1", port=urlsplit(server.url).port or 0) as other,
        transports_of(["127.0.0.1"], ["::1"], [METADATA]) as (ours, names),
    ):
        inside = ("127.0.0.1/32",)
        node = replace(a_node_at(speaker, named(server.url)), allowed_addresses=inside)
        transport = ours.of(node)
        assert isinstance(await fetch(node, transport), Reply)
        for _ in range(2):
            transport._session.connector.clear_dns_cache()  # as if its ten seconds were over
            failure = await fetch(node, transport)
            assert isinstance(failure, Failure)
            assert verdict(failure) == REFUSED
        assert len(server.requests) == 1
        assert other.requests == []
    assert len(names.asked) == 3


def replace_headers(answer: Answer, **headers: str) -> Answer:
    return dataclasses.replace(answer, headers=dict(answer.headers) | headers)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", METADATA, "[::ffff:7f00:1]"])
async def test_a_number_in_the_address(host):
    """A number needs no look-up, and is checked all the same."""
    async with (
        serving(lambda _request: Answer()) as server,
        transports_of(["127.0.0.1"]) as (
            ours,
            _,
        ),
    ):
        node = replace(a_node_at(Native(), server.url), allowed_addresses=INSIDE)
        request = httpx.Request("GET", named(server.url, host))
        with pytest.raises(AddressNotAllowedError):
            await exchange(ours.of(node), request, most=1000)
        assert server.requests == []


@pytest.mark.parametrize("host", ["127.1", "2130706433", "0x7f000001", "017700000001"])
async def test_a_number_in_disguise(host):
    """Forms of numbers that only some programs read are no way around the check."""
    async with serving(lambda _request: Answer()) as server:
        # The machine's own resolver, which reads some of them.
        transports = NodeTransports(unreported)
        node = replace(a_node_at(Native(), server.url), allowed_addresses=INSIDE)
        request = httpx.Request("GET", named(server.url, host))
        with pytest.raises(httpx.TransportError):
            await exchange(transports.of(node), request, most=1000)
        assert server.requests == []
        await transports.aclose()


async def test_what_no_list_lets_through():
    """Without a list a node is wherever its operators say, but never at the cloud's own address."""
    speaker = Native()
    async with serving(speaker.holding()) as server, transports_of([METADATA]) as (ours, _):
        node = a_node_at(speaker, server.url)
        assert isinstance(await fetch(node, ours.of(node)), Reply)
        elsewhere = replace(node, endpoint=named(server.url) + "/graphql")
        failure = await fetch(elsewhere, ours.of(elsewhere))
    assert isinstance(failure, Failure)
    assert verdict(failure) == REFUSED


async def test_one_of_several_addresses():
    """Of several addresses those are used that may be."""
    speaker = Native()
    async with (
        serving(speaker.holding()) as server,
        transports_of([METADATA, "fe80::1", "127.0.0.1"]) as (ours, _),
    ):
        node = replace(a_node_at(speaker, named(server.url)), allowed_addresses=HERE)
        assert isinstance(await fetch(node, ours.of(node)), Reply)


async def test_a_token_endpoint_is_held_to_the_same(tmp_path, client_key):
    """Where a node's tokens come from is inside its networks too."""
    speaker = Fhir()
    async with (
        serving(speaker.holding()) as server,
        serving(lambda _request: Answer()) as tokens,
        transports_of(["10.20.0.1"]) as (ours, _),
    ):
        settings = BackendServices(
            client_id="watling",
            key_file=key_file(tmp_path, client_key),
            token_url=f"{tokens.url}/token",
        )
        node = replace(
            a_node_at(speaker, named(server.url)),
            allowed_addresses=INSIDE,
            authentication=settings,
        )
        failure = await fetch(node, ours.of(node))
        assert tokens.requests == []
        assert server.requests == []
    assert isinstance(failure, Failure)
    assert verdict(failure) == REFUSED


# ── one transport for each way ────────────────────────────────────────────────────────────────────


async def test_nodes_that_are_reached_alike_share_a_transport():
    """Connections are pooled for all that differ in nothing, and kept apart for all others."""
    async with transports_of([]) as (ours, _):
        one, two, three, four = (
            replace(a_node_at(Native(), "https://node.example"), id=name) for name in "abcd"
        )
        three, four = (replace(node, allowed_addresses=INSIDE) for node in (three, four))
        assert ours.of(one) is ours.of(two) is ours.to("https://tracing.example")
        assert ours.of(three) is ours.of(four)
        assert ours.of(one) is not ours.of(three)


async def test_what_no_node_is_left_for_is_closed():
    """A node that leaves has its connections closed, once what was under way must be over."""
    now = [0.0]
    transports = NodeTransports(unreported, steady=lambda: now[0])
    speaker = Native()
    async with serving(speaker.holding()) as server:
        stays = a_node_at(speaker, server.url)
        leaves = replace(stays, id="leaves", allowed_addresses=HERE)
        transport = transports.of(leaves)
        transports.of(stays)
        await fetch(leaves, transport)
        await transports.keep([stays])
        await transports.refresh()
        assert isinstance(await fetch(leaves, transport), Reply)
        now[0] = 120.0
        await transports.refresh()
        assert transport._session is None
        assert isinstance(await fetch(stays, transports.of(stays)), Reply)
    await transports.aclose()

"""Through an egress proxy: everything outside, with TLS between gateway and node."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import pytest
from msgspec.structs import replace

from federation.flow import Failure, Reply
from federation.model import NodeTls
from federation.protocols.node_transports import NodeTransports
from tests.certificates import FAR_OFF, Authority, server_tls
from tests.federation.protocols.speakers import Native, a_node_at, fetch
from tests.stubs.http import Server, serving
from tests.stubs.proxy import Proxy, proxying

OURS = Authority("the network's own authority")
OTHERS = Authority("somebody else's authority")
NODE = "https://node.example"
INSIDE = ("10.20.0.0/16",)


def unreported(_path, reason):
    raise AssertionError(reason)


@asynccontextmanager
async def behind_a_proxy(tmp_path, **given) -> AsyncIterator[tuple[Server, Proxy]]:
    """A node for `node.example`, and a proxy that leads there."""
    tls = server_tls(OURS.issue("node.example"), tmp_path)
    async with (
        serving(Native().holding("Penicillin"), tls=tls) as server,
        proxying(urlsplit(server.url).port or 0, **given) as proxy,
    ):
        yield server, proxy


@asynccontextmanager
async def through(proxy: str) -> AsyncIterator[NodeTransports]:
    transports = NodeTransports(unreported, proxy=proxy)
    yield transports
    await transports.aclose()


def a_node_of(authority: Authority, url: str = NODE, **given):
    tls = NodeTls(ca=authority.pem.decode("ascii"))
    return replace(a_node_at(Native(), url), tls=tls, **given)


def verdict(outcome: Reply | Failure) -> tuple[str, str, str]:
    assert isinstance(outcome, Failure)
    return (outcome.state, outcome.code, outcome.origin)


async def test_a_node_behind_a_proxy(tmp_path):
    """The proxy is told the name and sees no more; the node's certificate is seen to its end."""
    async with behind_a_proxy(tmp_path) as (server, proxy), through(proxy.url) as ours:
        node = a_node_of(OURS, allowed_addresses=INSIDE)
        assert isinstance(await fetch(node, ours.of(node)), Reply)
        assert isinstance(await fetch(node, ours.of(node)), Reply)
        assert proxy.asked_for == ["node.example:443"]
        assert len(server.requests) == 2
        assert ours.certificate_expires(node.id) == FAR_OFF


async def test_what_is_pinned_stays_pinned(tmp_path):
    """A proxy that leads to somebody else is found out before anything is sent."""
    async with behind_a_proxy(tmp_path) as (server, proxy), through(proxy.url) as ours:
        node = a_node_of(OTHERS)
        assert verdict(await fetch(node, ours.of(node))) == ("UNAVAILABLE", "TLS_FAILED", "NETWORK")
        assert server.requests == []


@pytest.mark.parametrize("host", ["10.21.0.1", "169.254.169.254", "[fe80::1]", "8.8.8.8"])
async def test_what_is_seen_without_a_look_up_is_refused(tmp_path, host):
    """A number outside the node's networks is not even asked of the proxy."""
    async with behind_a_proxy(tmp_path) as (_, proxy), through(proxy.url) as ours:
        node = a_node_of(OURS, f"https://{host}", allowed_addresses=INSIDE)
        outcome = await fetch(node, ours.of(node))
        assert verdict(outcome) == ("UNAVAILABLE", "CONNECTION_REFUSED", "GATEWAY")
        assert proxy.heads == []


async def test_this_machine_is_reached_without_it():
    """What runs beside the gateway is no affair of the proxy's, and is checked as ever."""
    speaker = Native()
    async with (
        serving(speaker.holding()) as server,
        proxying(0) as proxy,
        through(proxy.url) as ours,
    ):
        node = a_node_at(speaker, server.url)
        assert isinstance(await fetch(node, ours.of(node)), Reply)
        elsewhere = replace(node, allowed_addresses=INSIDE)
        outcome = await fetch(elsewhere, ours.of(elsewhere))
        assert verdict(outcome) == ("UNAVAILABLE", "CONNECTION_REFUSED", "GATEWAY")
        assert proxy.heads == []


async def test_a_proxy_that_does_not_connect(tmp_path):
    """A proxy that refuses, or is not there, is a network that does not lead to the node."""
    refused = ("UNAVAILABLE", "CONNECTION_REFUSED", "NETWORK")
    node = a_node_of(OURS)
    async with behind_a_proxy(tmp_path, refuses=True) as (_, proxy), through(proxy.url) as ours:
        assert verdict(await fetch(node, ours.of(node))) == refused
    async with through(proxy.url) as ours:
        assert verdict(await fetch(node, ours.of(node))) == refused


async def test_what_the_proxy_is_shown_is_for_the_proxy_alone(tmp_path):
    """User and password go to the proxy, and not on to the node."""
    async with behind_a_proxy(tmp_path) as (server, proxy):
        address = proxy.url.replace("http://", "http://watling:secret@")
        async with through(address) as ours:
            node = a_node_of(OURS)
            assert isinstance(await fetch(node, ours.of(node)), Reply)
        assert "proxy-authorization: basic d2f0bgluzzpzzwnyzxq=" in proxy.heads[0].lower()
        assert not any("proxy" in name for name in server.requests[0].headers)


async def test_the_environments_proxy_is_not_heeded(monkeypatch):
    """A variable that somebody set leads no person's number elsewhere."""
    speaker = Native()
    async with serving(speaker.holding()) as server, proxying(0) as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        transports = NodeTransports(unreported)
        node = a_node_at(speaker, server.url)
        assert isinstance(await fetch(node, transports.of(node)), Reply)
        await transports.aclose()
        assert proxy.heads == []

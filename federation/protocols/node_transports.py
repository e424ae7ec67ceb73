"""One transport for each way in which nodes are reached.

Nodes of which nothing is said share one. A node with networks or certificates of its own has
another, which it shares with no node that differs in either. Certificates that change on disk are
taken over by the next connection; what is under way goes on with those it began with.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import httpx
from aiohttp.abc import AbstractResolver
from msgspec.structs import replace

from federation.addresses import networks_of, number_of
from federation.followed import Followed
from federation.model import Clock, Node, NodeId, NodeTls
from federation.protocols.engine import AiohttpTransport, Wiring
from federation.protocols.tls import context_of, counting_on, files_of
from federation.records.partial_date import LOCAL, shifted

_HTTPS = 443
_LINGER_SECONDS = 120.0
"""For how long a transport that no node is left for stays open: twice what a call may take."""
Report = Callable[[Path, str], None]
ChangeTls = Callable[[ssl.SSLContext], None]
_Way = tuple[NodeTls | None, tuple[str, ...] | None, bool]
"""What sets one transport apart: certificates, networks, and whether a proxy is passed."""


class NodeTransports:
    """The transports of all nodes. `report` is told of a file that could not be taken, and why.

    `certificate` is what the gateway shows to a node that asks for a certificate and of which no
    other is said. `proxy` is the address of the egress proxy; this machine is reached without it.
    `clock` tells the day, on which authorities may come to their end; None: none does.
    """

    def __init__(
        self,
        report: Report,
        *,
        certificate: NodeTls | None = None,
        proxy: str | None = None,
        resolver: AbstractResolver | None = None,
        steady: Callable[[], float] = time.monotonic,
        clock: Clock | None = None,
        connections_per_host: int = 64,
    ) -> None:
        self._steady = steady
        self._clock = clock
        self._connections_per_host = connections_per_host
        self._report = report
        self._certificate = certificate or NodeTls()
        self._proxy = proxy
        self._resolver = resolver
        self._contexts: dict[NodeTls, Callable[[], ssl.SSLContext]] = {}
        self._followed: dict[NodeTls, Followed[ssl.SSLContext]] = {}
        self._leaving: list[tuple[float, AiohttpTransport]] = []
        self._transports: dict[_Way, AiohttpTransport] = {}
        self._nodes: dict[NodeId, Node] = {}

    def of(self, node: Node) -> httpx.AsyncBaseTransport:
        """The node's transport; raises `SettingsError` where a file of its TLS cannot be used."""
        self._nodes[node.id] = node
        return self._transport(self._way(node))

    def to(self, url: str) -> httpx.AsyncBaseTransport:
        """The transport to an address that the operators named, and that is no node."""
        return self._transport((None, None, self._needs_proxy(url)))

    def apart(
        self, node: Node, change: ChangeTls, *, shows_certificate: bool = True
    ) -> AiohttpTransport:
        """A transport by the same way with its TLS changed, for one look; the caller closes it.

        Raises `SettingsError` as `of` does.
        """
        tls, allowed, proxied = self._way(node)
        told = tls or NodeTls()
        if not shows_certificate:
            told = replace(told, client_certificate_file=None, key_file=None)
        context = context_of(told)
        change(context)
        return self._opened((told, allowed, proxied), lambda: context)

    def shows_certificate(self, node: Node) -> bool:
        """Whether the gateway has a certificate of its own for this node."""
        tls = self._tls_of(node)
        return tls is not None and tls.client_certificate_file is not None

    def certificate_expires(self, node_id: NodeId) -> datetime | None:
        """When the certificate ends that the node showed last; None where it has shown none."""
        node = self._nodes.get(node_id)
        transport = self._transports.get(self._way(node)) if node is not None else None
        if node is None or transport is None:
            return None
        parts = urlsplit(node.endpoint)
        return transport.certificates.ends(parts.hostname or "", parts.port or _HTTPS)

    async def keep(self, nodes: Iterable[Node]) -> None:
        """Forget all but these nodes; what only the others used is closed when calls are over.

        One that is about to change stands here twice, as it is served and as it is tried.
        """
        kept = tuple(nodes)
        # Of several versions of a node the first is the one that is served.
        self._nodes = {node.id: node for node in reversed(kept)}
        used = {self._way(node) for node in kept}
        gone = [way for way in self._transports if way not in used and way[:2] != (None, None)]
        until = self._steady() + _LINGER_SECONDS
        self._leaving.extend((until, self._transports.pop(way)) for way in gone)
        named = {tls for tls, _, _ in self._transports}
        named |= {self._today(tls) for tls in named if tls is not None}
        self._contexts = {tls: one for tls, one in self._contexts.items() if tls in named}
        self._followed = {tls: one for tls, one in self._followed.items() if tls in named}

    async def refresh(self) -> None:
        """Take over the files that have changed, where they are good."""
        for followed in tuple(self._followed.values()):
            await followed.refresh()
        await self._close_left()

    async def _close_left(self) -> None:
        now = self._steady()
        over = [one for until, one in self._leaving if until <= now]
        self._leaving = [(until, one) for until, one in self._leaving if until > now]
        for one in over:
            await one.aclose()

    async def aclose(self) -> None:
        """Close every connection."""
        for transport in (*self._transports.values(), *(one for _, one in self._leaving)):
            await transport.aclose()
        self._transports.clear()
        self._leaving.clear()
        self._nodes.clear()

    def _tls_of(self, node: Node) -> NodeTls | None:
        tls, ours = node.tls or NodeTls(), self._certificate
        if tls.client_certificate_file is None and ours.client_certificate_file is not None:
            tls = replace(
                tls,
                client_certificate_file=ours.client_certificate_file,
                key_file=ours.key_file,
            )
        return None if tls == NodeTls() else tls

    def _way(self, node: Node) -> _Way:
        return (self._tls_of(node), node.allowed_addresses, self._needs_proxy(node.endpoint))

    def _needs_proxy(self, url: str) -> bool:
        here = number_of(urlsplit(url).hostname or "")
        return self._proxy is not None and not (here is not None and here.is_loopback)

    def _transport(self, way: _Way) -> AiohttpTransport:
        if way not in self._transports:
            tls = way[0]
            context = self._context(tls) if tls is not None else None
            self._transports[way] = self._opened(way, context)
        return self._transports[way]

    def _opened(self, way: _Way, context: Callable[[], ssl.SSLContext] | None) -> AiohttpTransport:
        tls, allowed, proxied = way
        return AiohttpTransport(
            Wiring(
                tls=context,
                server_name=tls.server_name if tls is not None else None,
                allowed=networks_of(allowed) if allowed is not None else None,
                proxy=self._proxy if proxied else None,
                resolver=self._resolver,
                connections_per_host=self._connections_per_host,
            )
        )

    def _context(self, tls: NodeTls) -> Callable[[], ssl.SSLContext]:
        if tls not in self._contexts:
            self._contexts[tls] = self._made(tls)
        return self._contexts[tls]

    def _today(self, tls: NodeTls) -> NodeTls:
        return counting_on(tls, shifted(self._clock(), LOCAL).date()) if self._clock else tls

    def _context_today(self, tls: NodeTls) -> ssl.SSLContext:
        # Looked at for each connection: a day ends while the gateway runs.
        return self._context(self._today(tls))()

    def _made(self, tls: NodeTls) -> Callable[[], ssl.SSLContext]:
        if self._clock is not None and tls.ca_until:
            self._context(self._today(tls))
            return partial(self._context_today, tls)
        files = files_of(tls)
        if not files:
            context = context_of(tls)
            return lambda: context
        followed = Followed(files[0], partial(context_of, tls), self._report, with_it=files[1:])
        self._followed[tls] = followed
        return followed.now

"""What stands between the engine and the network: which addresses, and whose certificate.

The engine asks for a socket for every number that it is about to connect to, whether it stood in
the address or came from a look-up, and connects to that number and no other: nothing is looked up
again in between, so that a name cannot mean one machine when it is checked and another when it is
called.
"""

from __future__ import annotations

import errno
import socket
from collections.abc import Callable, Collection
from datetime import UTC, datetime
from ipaddress import ip_address
from ssl import SSLObject, cert_time_to_seconds
from typing import Any, NamedTuple
from weakref import WeakSet

import aiohttp
from aiohttp.abc import AbstractResolver
from aiohttp.connector import Connection

from federation.addresses import IpNetwork, may_connect, number_of

# Under the five seconds after which common servers close an idle connection: a request must not
# race that close.
_IDLE_SECONDS = 4.0
_LOOKED_UP_SECONDS = 10
AddressInfo = tuple[Any, ...]
"""One row of `getaddrinfo`: family, kind, protocol, name, and the numeric address with its port."""


class NotAllowedError(OSError):
    """No connection may be made to this address; in fixed words, so that several are one."""

    def __init__(self) -> None:
        super().__init__(errno.EACCES, "the address is not allowed")


class Met(NamedTuple):
    """How a peer was last met: the protocol, the cipher, and what it showed, as DER."""

    protocol: str
    cipher: str
    certificate: bytes


class Certificates:
    """How peers were last met by TLS, and when the certificates end that they showed."""

    def __init__(self) -> None:
        self._ends: dict[tuple[str, int], str] = {}
        self._met: dict[tuple[str, int], Met] = {}
        self._noted: WeakSet[SSLObject] = WeakSet()

    def note(self, host: str, port: int, layer: SSLObject | None) -> None:
        """Keep what a verified certificate says; without TLS there is none."""
        # Once a connection, and not with each request that goes over it: reading it takes long.
        if layer is None or layer in self._noted:
            return
        self._noted.add(layer)
        cipher = layer.cipher()
        self._met[host, port] = Met(
            layer.version() or "TLS",
            cipher[0] if cipher else "",
            layer.getpeercert(binary_form=True) or b"",
        )
        shown = layer.getpeercert()
        if shown:
            self._ends[host, port] = str(shown["notAfter"])

    def ends(self, host: str, port: int) -> datetime | None:
        """When it ends; None where none was seen."""
        said = self._ends.get((host, port))
        return datetime.fromtimestamp(cert_time_to_seconds(said), UTC) if said else None

    def met(self, host: str, port: int) -> Met | None:
        """How the peer was met; None where it was not, or without TLS."""
        return self._met.get((host, port))


class Connector(aiohttp.TCPConnector):
    """Connects to nothing but what `allowed` lets it, and notes the certificates that it is shown.

    `allowed` None: wherever the operators say (`federation/addresses.py`). `through_proxy`: what is
    connected to is the operators' proxy, which looks names up and answers for what it reaches.
    """

    def __init__(
        self,
        allowed: Collection[IpNetwork] | None,
        certificates: Certificates,
        *,
        through_proxy: bool = False,
        resolver: AbstractResolver | None = None,
    ) -> None:
        super().__init__(
            limit=0,  # the transport limits, so that waiting has its own time limit
            keepalive_timeout=_IDLE_SECONDS,
            ttl_dns_cache=_LOOKED_UP_SECONDS,
            resolver=resolver,
            socket_factory=None if through_proxy else _guarded(allowed),
        )
        self._certificates = certificates

    async def connect(
        self,
        req: aiohttp.ClientRequest,
        traces: list[aiohttp.tracing.Trace],
        timeout: aiohttp.ClientTimeout,  # noqa: ASYNC109 - the engine's own interface
    ) -> Connection:
        connection = await super().connect(req, traces, timeout)
        wire = connection.transport
        if wire is not None and req.is_ssl():
            self._certificates.note(req.host, req.port or 0, wire.get_extra_info("ssl_object"))
        return connection


def _guarded(allowed: Collection[IpNetwork] | None) -> Callable[[AddressInfo], socket.socket]:
    def make(info: AddressInfo) -> socket.socket:
        family, kind, protocol, _, address = info
        if not may_connect(ip_address(address[0]), allowed):
            raise NotAllowedError
        return socket.socket(family, kind, protocol)

    return make


def check_before_proxy(host: str, allowed: Collection[IpNetwork] | None) -> None:
    """Refuse what is seen to be wrong without a look-up; raises `NotAllowedError`."""
    number = number_of(host)
    if number is not None and not may_connect(number, allowed):
        raise NotAllowedError

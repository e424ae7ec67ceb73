"""What is checked, and what it is checked with."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

import httpx
from msgspec import Struct

from federation.conformance.people import People
from federation.model import Category, Clock, NodeId, NodeProtocol
from federation.protocols.authentication import Authenticator
from federation.protocols.engine import AiohttpTransport
from federation.protocols.node_transports import ChangeTls
from federation.protocols.requester_token import RequesterKey


class Target(Struct, frozen=True, kw_only=True):
    """One node's test endpoint, and what its region declares of it.

    `node` is what the node calls itself (`aud` of the tokens), `gateway` who is to vouch for
    requesters (`iss`). `hooks` is where a native node in test mode tells of its log and takes
    objections and merges. `checks_requesters`: the node verifies `Watling-Requester`, which every
    node is sent; a FHIR server that is bought as it is knows the gateway's own credentials alone.
    `descriptor_digest` is the
    SHA-256 of the descriptor that says all this, where one does. `rotation_seconds`: for so long
    the node's certificate is watched, because it is renewed meanwhile; 0: it is not.
    """

    name: str
    node: NodeId
    gateway: str
    protocol: NodeProtocol
    endpoint: str
    categories: tuple[Category, ...]
    people: People
    descriptor_digest: str | None = None
    hooks: str | None = None
    checks_requesters: bool = True
    rate_per_second: float = 5.0
    p95_seconds: float = 3.0
    load_seconds: float = 10.0
    timeout_seconds: float = 10.0
    connect_timeout_seconds: float = 10.0
    max_response_bytes: int = 16 * 1024 * 1024
    rotation_seconds: float = 0.0


class Apart(Protocol):
    """Opens a transport to the node, by the way that all the others take, with its TLS changed."""

    def __call__(
        self, change: ChangeTls, *, shows_certificate: bool = True
    ) -> AiohttpTransport: ...


class Tools(Struct, frozen=True, kw_only=True):
    """What a run is made with: the world outside, passed in.

    `key` vouches for requesters and is one that the node trusts, `stranger` one that it does not.
    `now` counts seconds, `sleep` waits for some. `apart` is for looks at the node's TLS, None where
    there is none. `shows_certificate`: the transport shows the gateway's own.
    """

    transport: httpx.AsyncBaseTransport
    clock: Clock
    key: RequesterKey
    stranger: RequesterKey
    make_id: Callable[[], str]
    now: Callable[[], float]
    sleep: Callable[[float], Awaitable[None]]
    authenticator: Authenticator | None = None
    apart: Apart | None = None
    shows_certificate: bool = False

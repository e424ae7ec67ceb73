"""What a check is run against, from the command line: an address, or a region's descriptor."""

from __future__ import annotations

import secrets
import ssl
import time
from asyncio import sleep
from collections.abc import Sequence
from pathlib import Path

import httpx
from joserfc.jwk import ECKey
from msgspec import Struct

from federation.conformance import People, Target, Tools, Waiver, read_people, read_waiver
from federation.errors import SettingsError
from federation.joining.descriptor import Descriptor, check_beside, digest_of, read_descriptor
from federation.joining.rows import ClientCredentials
from federation.model import (
    BackendServices,
    BearerToken,
    Category,
    Node,
    NodeId,
    NodeProtocol,
    NodeState,
    RegionId,
)
from federation.protocols.authentication import Authenticator
from federation.protocols.credentials import read_credential
from federation.protocols.requester_token import RequesterKey
from gateway.cli.sharing.terminal import now
from gateway.requester_keys import load_requester_keys

_ADDRESSES = ("http://", "https://")
OPTIONS_OF_AN_ADDRESS = ("--node", "--protocol", "--people")


class Chosen(Struct, frozen=True, kw_only=True):
    """The options of the command, as they were given."""

    what: str
    gateway: str
    key: Path
    node: str | None = None
    protocol: NodeProtocol | None = None
    people: Path | None = None
    categories: tuple[Category, ...] = ()
    hooks: str | None = None
    rate: float | None = None
    p95: float | None = None
    load_seconds: float = 10.0
    requester_tokens: bool = True
    token_file: Path | None = None
    client_key: Path | None = None
    authority: Path | None = None


def target_of(chosen: Chosen) -> tuple[Target, Descriptor | None]:
    """What is checked; raises `SettingsError`."""
    if chosen.what.startswith(_ADDRESSES):
        return _by_address(chosen), None
    descriptor = _descriptor(Path(chosen.what))
    return _by_descriptor(chosen, descriptor), descriptor


def _by_address(chosen: Chosen) -> Target:
    if chosen.node is None or chosen.protocol is None or chosen.people is None:
        needed = ", ".join(f"`{one}`" for one in OPTIONS_OF_AN_ADDRESS)
        raise SettingsError(f"an address needs {needed}; a descriptor says all of them")
    return Target(
        name=chosen.node,
        node=NodeId(chosen.node),
        gateway=chosen.gateway,
        protocol=chosen.protocol,
        endpoint=chosen.what,
        categories=chosen.categories or tuple(Category),
        people=_people(chosen.people),
        hooks=chosen.hooks,
        checks_requesters=chosen.requester_tokens,
        rate_per_second=chosen.rate or 5.0,
        p95_seconds=chosen.p95 or 3.0,
        load_seconds=chosen.load_seconds,
    )


def _by_descriptor(chosen: Chosen, said: Descriptor) -> Target:
    beside = Path(chosen.what).parent / said.expectations.file
    check_beside(said, "expectations", _bytes(beside))
    return Target(
        name=said.node.name,
        node=NodeId(said.node.id),
        gateway=chosen.gateway,
        protocol=said.node.protocol,
        endpoint=said.test.endpoint,
        categories=said.offered,
        people=_people(beside),
        descriptor_digest=digest_of(_bytes(Path(chosen.what))),
        hooks=said.test.hooks,
        checks_requesters=chosen.requester_tokens,
        rate_per_second=said.limits.calls_per_second,
        p95_seconds=said.limits.p95_seconds,
        load_seconds=chosen.load_seconds,
        timeout_seconds=said.limits.timeout_seconds,
        max_response_bytes=said.limits.max_response_bytes,
    )


def tools_of(chosen: Chosen, said: Descriptor | None, transport: httpx.AsyncBaseTransport) -> Tools:
    """What the run is made with; raises `SettingsError`."""
    key = load_requester_keys(chosen.key).signing(now())
    return Tools(
        transport=transport,
        clock=now,
        key=key.key,
        stranger=RequesterKey(ECKey.generate_key("P-256"), key.kid),
        make_id=lambda: f"check-{secrets.token_hex(12)}",
        now=time.monotonic,
        sleep=sleep,
        authenticator=_authenticator(chosen, said, transport),
        authority=str(chosen.authority) if chosen.authority else None,
    )


def tls_of(authority: Path | None) -> ssl.SSLContext | None:
    """What certificates are checked by; raises `SettingsError`."""
    if authority is None:
        return None
    try:
        return ssl.create_default_context(cafile=str(authority))
    except (OSError, ssl.SSLError):
        raise SettingsError(f"`{authority}`: holds no certificate of an authority") from None


def waivers_of(files: Sequence[Path], keys: Sequence[ECKey]) -> tuple[Waiver, ...]:
    """The waivers of these files; raises `SettingsError` for one that nobody known signed."""
    return tuple(_waiver(file, keys) for file in files)


def _waiver(file: Path, keys: Sequence[ECKey]) -> Waiver:
    try:
        return read_waiver(_bytes(file).decode("ascii", "replace"), keys)
    except SettingsError as fault:
        raise SettingsError(f"`{file}`: {fault}") from None


def _authenticator(
    chosen: Chosen, said: Descriptor | None, transport: httpx.AsyncBaseTransport
) -> Authenticator | None:
    if chosen.token_file is not None:
        settings: BearerToken | BackendServices = BearerToken(token_file=str(chosen.token_file))
    elif said is not None and said.authentication is not None:
        settings = _client(said.authentication, chosen.client_key)
    else:
        return None
    credential = read_credential(_asked_node(chosen, said, settings))
    return credential(transport, now) if credential else None


def _client(said: ClientCredentials, key: Path | None) -> BackendServices:
    if key is None:
        raise SettingsError("the descriptor names a client; `--client-key` has its key")
    return BackendServices(
        client_id=said.client_id,
        key_file=str(key),
        scope=said.scope,
        token_url=said.token_url,
    )


def _asked_node(
    chosen: Chosen, said: Descriptor | None, settings: BearerToken | BackendServices
) -> Node:
    """The node as far as proving ourselves to it goes."""
    return Node(
        id=NodeId(said.node.id if said else chosen.node or ""),
        name="",
        region="",
        region_id=RegionId(""),
        state=NodeState.CONFORMANCE,
        protocol=said.node.protocol if said else chosen.protocol or NodeProtocol.GRAPHQL,
        endpoint=said.test.endpoint if said else chosen.what,
        categories=(),
        authentication=settings,
    )


def _descriptor(path: Path) -> Descriptor:
    return read_descriptor(_bytes(path), path.name)


def _people(path: Path) -> People:
    return read_people(_bytes(path), path.name)


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise SettingsError(f"`{path}`: cannot be read ({error.strerror})") from None

"""What a check is run against, from the command line: an address, or a region's descriptor."""

from __future__ import annotations

import secrets
import time
from asyncio import sleep
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from joserfc.jwk import ECKey
from msgspec import Struct
from msgspec.structs import replace

from federation.addresses import networks_of
from federation.conformance import People, SignedWaiver, Target, Tools, read_people, read_waiver
from federation.errors import SettingsError
from federation.joining.descriptor import (
    Descriptor,
    check_beside,
    checked_node,
    digest_of,
    read_descriptor,
)
from federation.model import (
    BackendServices,
    BearerToken,
    Category,
    Node,
    NodeId,
    NodeProtocol,
    NodeState,
    NodeTls,
    RegionId,
)
from federation.protocols.credentials import read_credential
from federation.protocols.node_transports import NodeTransports
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
    rotation_seconds: float | None = None
    requester_tokens: bool | None = None
    token_file: Path | None = None
    client_key: Path | None = None
    authority: Path | None = None
    client_certificate: Path | None = None
    client_certificate_key: Path | None = None
    allowed: tuple[str, ...] = ()
    proxy: str | None = None


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
        checks_requesters=chosen.requester_tokens is not False,
        rate_per_second=chosen.rate or 5.0,
        p95_seconds=chosen.p95 or 3.0,
        load_seconds=chosen.load_seconds,
        rotation_seconds=chosen.rotation_seconds or 0.0,
    )


def _by_descriptor(chosen: Chosen, said: Descriptor) -> Target:
    beside = Path(chosen.what).parent / said.expectations.file
    asked = chosen.requester_tokens
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
        checks_requesters=said.node.verifies_requesters if asked is None else asked,
        rate_per_second=said.limits.calls_per_second,
        p95_seconds=said.limits.p95_seconds,
        load_seconds=chosen.load_seconds,
        rotation_seconds=chosen.rotation_seconds or 0.0,
        timeout_seconds=said.limits.timeout_seconds,
        connect_timeout_seconds=said.limits.connect_timeout_seconds,
        max_response_bytes=said.limits.max_response_bytes,
    )


def transports_of(chosen: Chosen, at_once: int) -> NodeTransports:
    """The transports of one run: this checker's certificate and proxy; raises `SettingsError`."""
    try:
        networks_of(chosen.allowed)
    except ValueError:
        raise SettingsError("`--allow` takes networks in CIDR notation") from None
    if chosen.client_certificate_key is not None and chosen.client_certificate is None:
        raise SettingsError("`--client-certificate-key` needs `--client-certificate`")
    return NodeTransports(
        _unfollowed,
        certificate=NodeTls(
            client_certificate_file=_named(chosen.client_certificate),
            key_file=_named(chosen.client_certificate_key),
        ),
        proxy=chosen.proxy,
        clock=now,
        connections_per_host=at_once,
    )


def tools_of(chosen: Chosen, said: Descriptor | None, transports: NodeTransports) -> Tools:
    """What the run is made with; raises `SettingsError`."""
    key = load_requester_keys(chosen.key).signing(now())
    node = _node_of(chosen, said)
    credential = read_credential(node)
    transport = transports.of(node)
    return Tools(
        transport=transport,
        clock=now,
        key=key.key,
        stranger=RequesterKey(ECKey.generate_key("P-256"), key.kid),
        make_id=lambda: f"check-{secrets.token_hex(12)}",
        now=time.monotonic,
        sleep=sleep,
        authenticator=credential(transport, now) if credential else None,
        apart=partial(transports.apart, node),
        shows_certificate=transports.shows_certificate(node),
    )


def _unfollowed(file: Path, fault: str) -> None:
    """Files are read once in a run, and not followed."""
    raise SettingsError(f"`{file}`: {fault}")


def _named(file: Path | None) -> str | None:
    return str(file) if file is not None else None


def waivers_of(files: Sequence[Path], keys: Sequence[ECKey]) -> tuple[SignedWaiver, ...]:
    """The waivers of these files; raises `SettingsError` for one that nobody known signed."""
    return tuple(_waiver(file, keys) for file in files)


def _waiver(file: Path, keys: Sequence[ECKey]) -> SignedWaiver:
    try:
        return read_waiver(_bytes(file).decode("ascii", "replace"), keys)
    except SettingsError as fault:
        raise SettingsError(f"`{file}`: {fault}") from None


def _node_of(chosen: Chosen, said: Descriptor | None) -> Node:
    """The node as it is spoken to: as its descriptor says, but for what the options say."""
    node = checked_node(said) if said is not None else _at_address(chosen)
    tls = node.tls
    if chosen.authority is not None:
        tls = replace(tls or NodeTls(), ca=None, ca_file=str(chosen.authority))
    return replace(
        node,
        tls=tls,
        allowed_addresses=chosen.allowed or None,
        authentication=_authentication(chosen, node.authentication),
    )


def _at_address(chosen: Chosen) -> Node:
    return Node(
        id=NodeId(chosen.node or ""),
        name="",
        region="",
        region_id=RegionId(""),
        state=NodeState.CONFORMANCE,
        protocol=chosen.protocol or NodeProtocol.GRAPHQL,
        endpoint=chosen.what,
        categories=(),
    )


def _authentication(
    chosen: Chosen, said: BearerToken | BackendServices | None
) -> BearerToken | BackendServices | None:
    if chosen.token_file is not None:
        return BearerToken(token_file=str(chosen.token_file))
    if not isinstance(said, BackendServices):
        return None
    if chosen.client_key is None:
        raise SettingsError("the descriptor names a client; `--client-key` has its key")
    return replace(said, key_file=str(chosen.client_key))


def _descriptor(path: Path) -> Descriptor:
    return read_descriptor(_bytes(path), path.name)


def _people(path: Path) -> People:
    return read_people(_bytes(path), path.name)


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise SettingsError(f"`{path}`: cannot be read ({error.strerror})") from None

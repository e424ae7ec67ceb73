"""A node's descriptor: one file in which a region says what its node is and who answers for it.

It is read here, and whatever is wrong with it is told with its line, all at once. The file is
signed over its exact bytes (`signing.py`); what becomes of it is `lifecycle.py`. Every key is
in `docs/descriptor.md`.

    [node]
    id = "chiltern-care-record"
    name = "Chiltern Care Record"
    region = "Chiltern"
    region_id = "chiltern"
    version = "1"
    protocol = "GRAPHQL"
    contact_route = "01632 960800"
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from hashlib import sha256
from typing import Annotated

from msgspec import Meta
from msgspec.structs import replace

from federation.authorities import authorities_of
from federation.errors import FaultyFileError
from federation.joining.addresses import IpNetwork, address_fault
from federation.joining.rows import (
    Certificates,
    ClientCredentials,
    Contacts,
    Controller,
    FileNamed,
    KeyNamed,
    KeyUse,
    LiveEndpoint,
    NodeLimits,
    NodeTable,
    Offer,
    Row,
    TestEndpoint,
)
from federation.model import (
    BackendServices,
    Category,
    Maintenance,
    Node,
    NodeId,
    NodeProtocol,
    NodeState,
    NodeTls,
    RegionId,
)
from federation.nhs_number import NhsNumber, check_digit, parse_nhs_number
from federation.toml import TomlPath, Wrong, mixes_scripts, read_toml, refuse

GATEWAYS_OWN = "the gateway's own"
"""Stands for the file of a key that the operator chooses; no descriptor can name a file."""


class Descriptor(Row, frozen=True, kw_only=True):
    """Everything that a region says of one node."""

    node: NodeTable
    controllers: Annotated[tuple[Controller, ...], Meta(min_length=1, max_length=50)]
    test: TestEndpoint
    live: LiveEndpoint
    categories: Annotated[tuple[Offer, ...], Meta(min_length=1)]
    limits: NodeLimits
    maintenance: Annotated[tuple[Maintenance, ...], Meta(max_length=20)] = ()
    contacts: Contacts
    keys: Annotated[tuple[KeyNamed, ...], Meta(min_length=1, max_length=20)]
    sharing: FileNamed
    expectations: FileNamed
    authentication: ClientCredentials | None = None
    tls: Certificates | None = None

    @property
    def offered(self) -> tuple[Category, ...]:
        """What the node holds, in the file's order."""
        return tuple(offer.category for offer in self.categories)


def digest_of(body: bytes) -> str:
    """What a descriptor is approved by: the SHA-256 of its exact bytes, in hexadecimal digits."""
    return sha256(body).hexdigest()


def read_descriptor(
    body: bytes, file: str = "descriptor.toml", allowed: Collection[IpNetwork] | None = None
) -> Descriptor:
    """The descriptor; raises `FaultyFileError` with every fault and its line.

    `allowed` are the networks that the region's endpoints may be in, once it is known which region
    that is.
    """
    descriptor = read_toml(body, Descriptor, file)
    refuse(file, body.decode("utf-8"), _wrong(descriptor, allowed))
    return descriptor


def node_of(descriptor: Descriptor, state: NodeState) -> Node:
    """The node as the registry knows it: reached at its live endpoint."""
    said, limits = descriptor.node, descriptor.limits
    return Node(
        id=NodeId(said.id),
        name=said.name,
        region=said.region,
        region_id=RegionId(said.region_id),
        state=state,
        protocol=said.protocol,
        endpoint=descriptor.live.endpoint,
        categories=descriptor.offered,
        contact_route=said.contact_route,
        timeout_seconds=limits.timeout_seconds,
        connect_timeout_seconds=limits.connect_timeout_seconds,
        max_response_bytes=limits.max_response_bytes,
        max_pages=limits.max_pages,
        authentication=_authentication(descriptor.authentication),
        tls=_tls(descriptor),
        echoes_request=said.echoes_request,
        probe_person=_number(descriptor.live.probe_person),
        calls_per_second=limits.calls_per_second,
        current_within=tuple(
            (offer.category, offer.current_within_minutes) for offer in descriptor.categories
        ),
        maintenance=descriptor.maintenance,
    )


def checked_node(descriptor: Descriptor) -> Node:
    """The same node as it is checked: reached at its test endpoint, and so by all else."""
    test = descriptor.test
    node = replace(node_of(descriptor, NodeState.CONFORMANCE), endpoint=test.endpoint)
    if test.token_url is not None and isinstance(node.authentication, BackendServices):
        node = replace(node, authentication=replace(node.authentication, token_url=test.token_url))
    if test.server_name is not None:
        node = replace(node, tls=replace(node.tls or NodeTls(), server_name=test.server_name))
    return node


def _number(said: str | None) -> NhsNumber | None:
    return parse_nhs_number(said) if said is not None else None


def _tls(descriptor: Descriptor) -> NodeTls | None:
    said = descriptor.tls
    if said is None:
        return None
    return NodeTls(
        ca=said.ca,
        server_name=said.server_name,
        ca_until=tuple(
            (key.sha256, key.until)
            for key in descriptor.keys
            if key.use is KeyUse.TLS_AUTHORITY and key.until is not None
        ),
    )


def _authentication(said: ClientCredentials | None) -> BackendServices | None:
    if said is None:
        return None
    return BackendServices(
        client_id=said.client_id,
        key_file=GATEWAYS_OWN,
        scope=said.scope,
        token_url=said.token_url,
    )


def check_beside(descriptor: Descriptor, what: str, body: bytes) -> None:
    """Raise `FaultyFileError` unless these are the bytes that the descriptor names.

    `what` is `sharing` or `expectations`.
    """
    named: FileNamed = getattr(descriptor, what)
    found = digest_of(body)
    if found != named.sha256:
        raise FaultyFileError(
            f"`{what}.sha256`: is not the SHA-256 of `{named.file}`, which is {found}"
        )


def _wrong(said: Descriptor, allowed: Collection[IpNetwork] | None) -> Iterator[Wrong]:
    yield from _addresses(said, allowed)
    for key in ("name", "region"):
        if mixes_scripts(getattr(said.node, key)):
            yield Wrong(("node", key), "has letters of several scripts in one word")
    yield from _repeated("categories", "category", said.offered)
    yield from _repeated("keys", "sha256", [key.sha256 for key in said.keys])
    yield from _controllers(said.controllers)
    yield from _authorities(said)
    if not any(key.use is KeyUse.SIGNING for key in said.keys):
        yield Wrong(("keys",), "none is the region's: one needs `use` SIGNING")
    for place, window in enumerate(said.maintenance):
        if window.begins == window.ends:
            yield Wrong(("maintenance", place, "until"), "is the time at which it begins")
    if said.limits.connect_timeout_seconds > said.limits.timeout_seconds:
        yield Wrong(("limits", "connect_timeout_seconds"), "is longer than `timeout_seconds`")
    if said.node.protocol is NodeProtocol.GRAPHQL and not said.node.verifies_requesters:
        yield Wrong(("node", "verifies_requesters"), "a native node verifies who asks")
    if said.test.token_url is not None and said.authentication is None:
        yield Wrong(("test", "token_url"), "is of no use without `[authentication]`")
    if (
        said.authentication
        and said.authentication.token_url is None
        and said.node.protocol is not NodeProtocol.FHIR_R4
    ):
        yield Wrong(("authentication",), "`token_url` is missing: only FHIR can name its own")


def _addresses(said: Descriptor, allowed: Collection[IpNetwork] | None) -> Iterator[Wrong]:
    given: list[tuple[TomlPath, str | None]] = [
        (("test", "endpoint"), said.test.endpoint),
        (("test", "hooks"), said.test.hooks),
        (("test", "token_url"), said.test.token_url),
        (("live", "endpoint"), said.live.endpoint),
        (
            ("authentication", "token_url"),
            said.authentication.token_url if said.authentication else None,
        ),
    ]
    for path, address in given:
        if address is not None and (fault := address_fault(address, allowed)):
            yield Wrong(path, fault)
    probe = said.live.probe_person
    if probe is not None and check_digit(probe[:9]) != int(probe[9]):
        yield Wrong(("live", "probe_person"), "has a wrong check digit")
    if said.test.endpoint == said.live.endpoint:
        yield Wrong(("test", "endpoint"), "is the live one: invented people are kept apart")


def _repeated(table: str, key: str, values: Sequence[str]) -> Iterator[Wrong]:
    for place, value in enumerate(values):
        if value in values[:place]:
            yield Wrong((table, place, key), "is named twice")


def _controllers(controllers: Sequence[Controller]) -> Iterator[Wrong]:
    for place, one in enumerate(controllers):
        if one.ends is not None and one.ends <= one.begins:
            yield Wrong(("controllers", place, "until"), "is not after `from`")


def _authorities(said: Descriptor) -> Iterator[Wrong]:
    """An authority that is named and not given would be trusted by nobody, and hold nobody off."""
    named = {key.sha256 for key in said.keys if key.use is KeyUse.TLS_AUTHORITY}
    if said.tls is None:
        if named:
            yield Wrong(("keys",), "one is a TLS_AUTHORITY, and there is no `[tls]` with its `ca`")
        return
    try:
        given = set(authorities_of(said.tls.ca))
    except ValueError:
        yield Wrong(("tls", "ca"), "must be the certificates of authorities, in PEM")
        return
    if given != named:
        yield Wrong(("tls", "ca"), "must be those that `[[keys]]` has with `use` TLS_AUTHORITY")

"""The network file: which nodes there are, and how they are reached.

Reads and checks; it does not talk to a node. What a node may share with whom stands in bundles of
sharing rules (`federation/sharing`). A file with a fault is refused whole, naming file and row.

    [[node]]
    id = "milton-keynes"
    name = "Milton Keynes"
    region = "Milton Keynes"
    region_id = "milton-keynes"
    state = "LIVE"
    protocol = "GRAPHQL"
    endpoint = "https://node.mk.example/graphql"
    categories = ["DEMOGRAPHICS", "ALLERGIES"]
    contact_route = "01908 000000"
    probe_person = "9990000018"

    [node.authentication]
    kind = "bearer"
    token_file = "secrets/milton-keynes.token"

    [node.tls]
    ca_file = "tls/milton-keynes-ca.pem"
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from federation.errors import InvalidNhsNumberError, SettingsError
from federation.model import (
    Agreement,
    BackendServices,
    BearerToken,
    Category,
    Maintenance,
    Node,
    NodeId,
    NodeProtocol,
    NodeState,
    NodeTls,
)
from federation.nhs_number import NOBODYS, NhsNumber, parse_nhs_number
from federation.registry.authentication import beside, check_address, check_authentication
from federation.registry.wiring import check_wiring, tls_beside
from federation.toml import ONE_LINE

Id = Annotated[str, Meta(pattern=r"\A[a-z0-9]+(-[a-z0-9]+)*\Z", max_length=64)]
Words = Annotated[str, Meta(pattern=ONE_LINE, max_length=200)]
Seconds = Annotated[float, Meta(gt=0, le=60)]


class Network(Struct, frozen=True, kw_only=True):
    """Every node, and the agreements that are in force with their regions, as one value.

    `version` names what it says of sharing. The file has no agreements: they come from bundles.
    `shadow` are nodes, and new versions of nodes, that may be asked beside the traffic: nothing of
    them is ever shown, and no view looks at them. `left` are nodes that have left the network:
    nobody asks them, and their officers still read what was asked of them.
    """

    nodes: tuple[Node, ...]
    shadow: tuple[Node, ...] = ()
    left: tuple[Node, ...] = ()
    agreements: tuple[Agreement, ...] = ()
    version: str

    def node_of_log(self, node_id: NodeId) -> Node | None:
        """Whose log it is: a node of the network, or one that has left; None for any other."""
        return next((one for one in (*self.nodes, *self.left) if one.id == node_id), None)


class NodeRow(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One `[[node]]` of the file."""

    id: Id
    name: Words
    region: Words
    region_id: Id
    state: NodeState
    protocol: NodeProtocol
    endpoint: Words
    categories: Annotated[tuple[Category, ...], Meta(min_length=1)]
    contact_route: Words | None = None
    timeout_seconds: Seconds = 8.0
    connect_timeout_seconds: Seconds = 2.0
    max_response_bytes: Annotated[int, Meta(ge=1024, le=64 * 1024 * 1024)] = 16 * 1024 * 1024
    max_pages: Annotated[int, Meta(ge=1, le=500)] = 50
    calls_per_second: Annotated[float, Meta(gt=0, le=10_000)] | None = None
    maintenance: Annotated[tuple[Maintenance, ...], Meta(max_length=20)] = ()
    authentication: BearerToken | BackendServices | None = None
    echoes_request: bool = False
    probe_person: str | None = None
    allowed_addresses: Annotated[tuple[str, ...], Meta(min_length=1)] | None = None
    tls: NodeTls | None = None
    testers: frozenset[Annotated[str, Meta(pattern=r"\A[A-Z0-9]{2,12}\Z")]] = frozenset()


class NetworkFile(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The file before its rows are read, so that a fault can name its row."""

    node: Annotated[tuple[dict[str, Any], ...], Meta(min_length=1)]


def load_network(path: Path) -> Network:
    """Read the network file; raises `SettingsError`, naming the file and the row that is wrong."""
    file = _read(path)
    nodes = tuple(_nodes(file, path))
    return Network(nodes=nodes, version=_version(nodes))


def _read(path: Path) -> NetworkFile:
    try:
        return msgspec.toml.decode(path.read_bytes(), type=NetworkFile)
    except OSError as fault:
        raise SettingsError(f"{path}: cannot be read: {fault.strerror}") from fault
    except (msgspec.DecodeError, UnicodeDecodeError) as fault:
        raise SettingsError(f"{path}: {_lowered(fault)}") from fault


def _nodes(file: NetworkFile, path: Path) -> Iterator[Node]:
    for place, row in _rows(file.node, NodeRow, f"{path}: node"):
        check_address(row.endpoint, "endpoint", place)
        _check_unrepeated(row.categories, place)
        fields = {field: getattr(row, field) for field in NodeRow.__struct_fields__}
        if row.authentication is not None:
            check_authentication(row.authentication, row.protocol, row.endpoint, place)
            fields["authentication"] = beside(row.authentication, path.parent)
        if row.probe_person is not None:
            fields["probe_person"] = probe_person(row.probe_person, place)
        if any(window.begins == window.ends for window in row.maintenance):
            raise SettingsError(f"{place}: `maintenance` ends at the time at which it begins")
        check_wiring(row.endpoint, row.allowed_addresses, row.tls, place)
        if row.tls is not None:
            fields["tls"] = tls_beside(row.tls, path.parent)
        yield Node(**fields)


def probe_person(said: str, place: str) -> NhsNumber:
    """Whom probes ask for; raises `SettingsError` for anybody who could exist."""
    try:
        number = parse_nhs_number(said)
    except InvalidNhsNumberError:
        number = None
    if number is None or not number.startswith(NOBODYS):
        raise SettingsError(f"{place}: `probe_person` must be an NHS number that begins with 999")
    return number


def _rows(
    raw_rows: Iterable[Mapping[str, Any]], kind: type[NodeRow], what: str
) -> Iterator[tuple[str, NodeRow]]:
    """Each row with the place that a fault names: `network.toml: node 2 (`milton-keynes`)`."""
    seen: set[str] = set()
    for number, raw in enumerate(raw_rows, start=1):
        place = f"{what} {number} (`{raw.get('id', 'without an id')}`)"
        try:
            row = msgspec.convert(raw, kind)
        except msgspec.ValidationError as fault:
            raise SettingsError(f"{place}: {_lowered(fault)}") from fault
        if row.id in seen:
            raise SettingsError(f"{place}: an earlier row has the same id")
        seen.add(row.id)
        yield place, row


def _check_unrepeated(categories: tuple[Category, ...], place: str) -> None:
    if len(set(categories)) != len(categories):
        raise SettingsError(f"{place}: `categories` names one twice")


def _version(nodes: tuple[Node, ...]) -> str:
    # Endpoints and limits say how a node is reached, not who may see what of it.
    said = [(node.id, node.region_id, node.state, node.categories) for node in nodes]
    return hashlib.sha256(msgspec.json.encode(said, order="deterministic")).hexdigest()[:16]


def _lowered(fault: Exception) -> str:
    text = str(fault)
    return text[:1].lower() + text[1:]

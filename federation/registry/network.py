"""The network file: which nodes there are, and which agreements their regions have with whom.

Reads and checks; it does not talk to a node and does not decide what an agreement permits (that is
`federation/sharing`). A file with a fault is refused whole, naming the file and the row.

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

    [node.authentication]
    kind = "bearer"
    token_file = "secrets/milton-keynes.token"

    [[agreement]]
    id = "milton-keynes-to-london"
    version = "1"
    source = "milton-keynes"
    requester_region = "london"
    organisation_kinds = ["gp", "acute"]
    roles = ["R0260", "R0050"]
    categories = ["DEMOGRAPHICS", "ALLERGIES"]
    purposes = ["DIRECT_CARE"]
    valid_from = 2026-04-01
    valid_until = 2027-04-01
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import Meta, Struct

from federation.errors import SettingsError
from federation.model import (
    Agreement,
    BackendServices,
    BearerToken,
    Category,
    Node,
    NodeId,
    NodeProtocol,
    NodeState,
    Purpose,
    RegionId,
)
from federation.registry.authentication import beside, check_address, check_authentication

Id = Annotated[str, Meta(pattern=r"\A[a-z0-9]+(-[a-z0-9]+)*\Z", max_length=64)]
Words = Annotated[str, Meta(pattern=r"\A\S(.*\S)?\Z", max_length=200)]
RoleCode = Annotated[str, Meta(pattern=r"\A[A-Z][A-Z0-9_]*\Z", max_length=64)]
Seconds = Annotated[float, Meta(gt=0, le=60)]


class Network(Struct, frozen=True, kw_only=True):
    """Every node and every agreement, as one value; `version` names what it says of sharing."""

    nodes: tuple[Node, ...]
    agreements: tuple[Agreement, ...]
    version: str


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
    authentication: BearerToken | BackendServices | None = None
    echoes_request: bool = False


class AgreementRow(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One `[[agreement]]` of the file."""

    id: Id
    version: Words
    source: Id
    requester_region: Id
    organisation_kinds: Annotated[frozenset[Id], Meta(min_length=1)]
    roles: Annotated[frozenset[RoleCode], Meta(min_length=1)]
    categories: Annotated[frozenset[Category], Meta(min_length=1)]
    purposes: Annotated[frozenset[Purpose], Meta(min_length=1)]
    valid_from: date
    valid_until: date | None = None


class NetworkFile(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The file before its rows are read, so that a fault can name its row."""

    node: Annotated[tuple[dict[str, Any], ...], Meta(min_length=1)]
    agreement: tuple[dict[str, Any], ...] = ()


def load_network(path: Path) -> Network:
    """Read the network file; raises `SettingsError`, naming the file and the row that is wrong."""
    file = _read(path)
    nodes = tuple(_nodes(file, path))
    agreements = tuple(_agreements(file, path, frozenset(node.id for node in nodes)))
    return Network(nodes=nodes, agreements=agreements, version=_version(nodes, agreements))


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
        yield Node(**fields)


def _agreements(file: NetworkFile, path: Path, known: frozenset[NodeId]) -> Iterator[Agreement]:
    for place, row in _rows(file.agreement, AgreementRow, f"{path}: agreement"):
        source = NodeId(row.source)
        if source not in known:
            raise SettingsError(f"{place}: source `{source}` is not a node of this file")
        if row.valid_until is not None and row.valid_until <= row.valid_from:
            raise SettingsError(f"{place}: `valid_until` is not after `valid_from`")
        yield Agreement(
            id=row.id,
            version=row.version,
            source=source,
            requester_region=RegionId(row.requester_region),
            organisation_kinds=row.organisation_kinds,
            roles=row.roles,
            categories=row.categories,
            purposes=row.purposes,
            valid_from=row.valid_from,
            valid_until=row.valid_until,
        )


R = TypeVar("R", NodeRow, AgreementRow)


def _rows(
    raw_rows: Iterable[Mapping[str, Any]], kind: type[R], what: str
) -> Iterator[tuple[str, R]]:
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


def _version(nodes: tuple[Node, ...], agreements: tuple[Agreement, ...]) -> str:
    # Endpoints and limits say how a node is reached, not who may see what of it.
    said = ([(node.id, node.region_id, node.state, node.categories) for node in nodes], agreements)
    return hashlib.sha256(msgspec.json.encode(said, order="deterministic")).hexdigest()[:16]


def _lowered(fault: Exception) -> str:
    text = str(fault)
    return text[:1].lower() + text[1:]

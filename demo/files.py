"""The files that a run of the demo writes: keys, the network with its addresses, settings, status.

The network's template is `network.toml` beside this file; nodes get their addresses only when they
have started.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from datetime import date, datetime
from importlib.resources import files
from typing import Any

from demo.host_systems import host_systems
from demo.issuer import ALGORITHM, AUDIENCE, ISSUERS, client_id
from demo.model import GATEWAY
from demo.organisations import organisation_rows
from demo.personas import DeviceWord, IssuerId
from demo.place import Place
from demo.relationships import relationship_rows
from demo.role_tables import role_table_rows, write_role_tables
from demo.signing import make_signers, signer_rows, write_sharing
from demo.ties import mark_rows, proxy_rows
from federation.model import NodeId
from gateway.keys import make_key
from gateway.private_file import write_private

_MAPPINGS: dict[IssuerId, str] = {"cis2": "cis2", "nhs-login": "nhs-login", "staff": "oidc"}
_DEVICES: tuple[DeviceWord, ...] = ("managed", "mobile", "shared")


def node_names() -> dict[NodeId, str]:
    """The nodes of the demo network and what people call them."""
    return {NodeId(row["id"]): row["name"] for row in _template()["node"]}


def make_keys(place: Place, now: datetime) -> None:
    """Make the keys that are not there yet; the audit log is worth nothing with new ones."""
    place.keys.mkdir(parents=True, exist_ok=True)
    place.issuer.make_keys()
    make_signers(place)
    for system in host_systems(place.keys):
        system.make_key()
    for name in ("id.key", "cursor.key", "sharing.key"):
        if not (place.keys / name).exists():
            make_key(place.keys / name)
    if not (place.keys / "audit.toml").exists():
        # Once in a demo's life, and its imports would make every start slower.
        from gateway.audit_keys import make_audit_keys  # noqa: PLC0415

        make_audit_keys(place.keys / "audit.toml", "demo")
    if not (place.keys / "checkpoints.json").exists():
        from gateway.checkpoint_keys import make_checkpoint_keys  # noqa: PLC0415 - likewise

        make_checkpoint_keys(place.keys / "checkpoints.json", now)
    if not place.requester_keys.exists():
        from gateway.requester_keys import make_requester_keys  # noqa: PLC0415 - likewise

        make_requester_keys(place.requester_keys, now)


def write_network(place: Place, endpoints: Mapping[NodeId, str]) -> None:
    """The template with the address of each node."""
    network = _template()
    for row in network["node"]:
        row["endpoint"] = endpoints[NodeId(row["id"])]
    write_private(place.network, toml_of(network))


def write_organisations(place: Place, today: date) -> None:
    """The directory of organisations, and the signed tables of those without smartcards."""
    write_role_tables(place.role_tables, today)
    write_private(place.organisations, toml_of({"organisation": organisation_rows(today)}))


def write_relationships(place: Place, today: date) -> None:
    """The feeds: who treats whom, who acts for whom, marks; empty where nobody has been made."""
    numbers = {one.slug: one.nhs_number for one in place.people()}
    told = {
        place.relationships: relationship_rows,
        place.proxies: proxy_rows,
        place.marks: mark_rows,
    }
    for path, rows_of in told.items():
        rows = rows_of(numbers, today) if numbers else []
        write_private(path, json.dumps(rows, default=str, indent=1))


def write_settings(
    place: Place, *, host: str, port: int, tracing_url: str, examine_nodes: bool = True
) -> None:
    """What the demo's gateway is run with, the bundles that it starts with among it."""
    write_sharing(place)
    settings: dict[str, Any] = {
        "network_file": str(place.network),
        "organisations_file": str(place.organisations),
        "storage_url": f"sqlite:///{place.database}",
        "audit_key_file": str(place.keys / "audit.toml"),
        "audit_writer": "demo",
        "audit_checkpoint_key_file": str(place.keys / "checkpoints.json"),
        "audit_checkpoint_file": str(place.checkpoints),
        "id_key_file": str(place.keys / "id.key"),
        "cursor_key_file": str(place.keys / "cursor.key"),
        "sharing_key_file": str(place.keys / "sharing.key"),
        "gateway_id": GATEWAY,
        "requester_keys_file": str(place.requester_keys),
        "operator_organisation": "Z99900",
        "examine_nodes": examine_nodes,
        "sharing_folder": str(place.sharing),
        "tracing_url": tracing_url,
        "superseded_numbers_file": str(place.population / "superseded.json"),
        "feeds": [
            {"kind": "relationship", "name": "demo", "feed_file": str(place.relationships)},
            {"kind": "proxy", "name": "demo", "feed_file": str(place.proxies)},
            {"kind": "mark", "name": "demo", "feed_file": str(place.marks)},
        ],
        "graphiql": True,
        "graphiql_examples_file": str(place.examples),
        "host": host,
        "port": port,
        "public_url": f"http://{host}:{port}/graphql",
        "issuers": [
            {
                "id": issuer,
                "issuer": url,
                "audience": AUDIENCE,
                "mapping": _MAPPINGS[issuer],
                "algorithms": [ALGORITHM],
                "jwks_file": str(place.issuer.jwks_file(issuer)),
            }
            for issuer, url in ISSUERS.items()
        ],
        "role_tables": list(role_table_rows(place.role_tables)),
        "clients": [
            {
                "issuer": issuer,
                "id": client_id(device),
                "name": f"Demo application, {device}",
                "device": device.upper(),
            }
            for issuer in ISSUERS
            for device in _DEVICES
        ],
        "launch_hosts": [system.row() for system in host_systems(place.keys)],
        "signers": signer_rows(place),
    }
    write_private(place.settings, toml_of(settings))


def _template() -> dict[str, Any]:
    return tomllib.loads(files("demo").joinpath("network.toml").read_text("utf-8"))


def toml_of(document: Mapping[str, Any]) -> str:
    """A TOML document of plain values and lists of flat tables, all that is written here."""
    lines = [f"{key} = {_value(value)}" for key, value in document.items() if not _is_tables(value)]
    for name, value in document.items():
        for table in value if _is_tables(value) else ():
            lines += ["", f"[[{name}]]"]
            lines += [f"{key} = {_value(inner)}" for key, inner in table.items()]
    return "\n".join(lines) + "\n"


def _is_tables(value: object) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict)


def _value(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list):
        return f"[{', '.join(map(_value, value))}]"
    if isinstance(value, dict):
        return f"{{ {', '.join(f'{key} = {_value(inner)}' for key, inner in value.items())} }}"
    # JSON's texts, numbers and truth values are TOML's too.
    return json.dumps(value, ensure_ascii=False)

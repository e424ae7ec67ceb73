"""The files that a run of the demo writes: keys, the network with its addresses, settings, status.

The network's template is `network.toml` beside this file; nodes get their addresses only when they
have started.
"""

from __future__ import annotations

import json
import os
import tomllib
from collections.abc import Mapping
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Any

from demo.issuer import ALGORITHM, AUDIENCE, ISSUER
from demo.place import Place
from federation.model import NodeId
from gateway.keys import make_key


def node_names() -> dict[NodeId, str]:
    """The nodes of the demo network and what people call them."""
    return {NodeId(row["id"]): row["name"] for row in _template()["node"]}


def make_keys(place: Place) -> None:
    """Make the keys that are not there yet; the audit log is worth nothing with new ones."""
    place.keys.mkdir(parents=True, exist_ok=True)
    place.issuer.make_key()
    for name in ("id.key", "cursor.key"):
        if not (place.keys / name).exists():
            make_key(place.keys / name)
    if not (place.keys / "audit.toml").exists():
        # Once in a demo's life, and its imports would make every start slower.
        from gateway.audit_keys import make_audit_keys  # noqa: PLC0415

        make_audit_keys(place.keys / "audit.toml", "demo")


def write_network(place: Place, endpoints: Mapping[NodeId, str]) -> None:
    """The template with the address of each node."""
    network = _template()
    for row in network["node"]:
        row["endpoint"] = endpoints[NodeId(row["id"])]
    write_private(place.network, toml_of(network))


def write_settings(place: Place, *, host: str, port: int, tracing_url: str) -> None:
    """What the demo's gateway is run with."""
    settings: dict[str, Any] = {
        "network_file": str(place.network),
        "storage_url": f"sqlite:///{place.database}",
        "audit_key_file": str(place.keys / "audit.toml"),
        "audit_writer": "demo",
        "id_key_file": str(place.keys / "id.key"),
        "cursor_key_file": str(place.keys / "cursor.key"),
        "tracing_url": tracing_url,
        "superseded_numbers_file": str(place.population / "superseded.json"),
        "graphiql": True,
        "graphiql_examples_file": str(place.examples),
        "host": host,
        "port": port,
        "issuers": [
            {
                "issuer": ISSUER,
                "audience": AUDIENCE,
                "algorithms": [ALGORITHM],
                "jwks_file": str(place.issuer.jwks_file),
            }
        ],
    }
    write_private(place.settings, toml_of(settings))


def write_private(path: Path, text: str) -> None:
    """Write a file whole, for its owner's eyes alone."""
    beside = path.with_name(f"{path.name}.new")
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
    beside.replace(path)


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
    # JSON's texts, numbers and truth values are TOML's too.
    return json.dumps(value, ensure_ascii=False)

"""A demo's folder with all that a gateway needs, and a network of which nothing is up."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

from demo.files import (
    make_keys,
    node_names,
    write_network,
    write_organisations,
    write_relationships,
    write_settings,
)
from demo.place import Place
from gateway.app import utc_now

NUMBER = "9990000018"
REFERRED = {
    "number": NUMBER,
    "kind": "REFERRAL",
    "organisation": "Z99101",
    "from": "2026-01-01",
}
NOWHERE = "http://127.0.0.1:9/nobody"


def a_place(folder: Path, address: str = NOWHERE) -> Place:
    """The folder; `address` is that of every node and of the tracing service."""
    made = Place(folder)
    made.run.mkdir(parents=True)
    made.population.mkdir()
    (made.population / "superseded.json").write_text("[]")
    make_keys(made, utc_now())
    write_network(made, dict.fromkeys(node_names(), address))
    write_organisations(made, date(2026, 11, 2))
    write_relationships(made, utc_now().date())
    made.relationships.write_text(json.dumps([REFERRED]))
    write_settings(made, host="127.0.0.1", port=0, tracing_url=address)
    return made

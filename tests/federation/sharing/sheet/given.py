"""Bundle files as text, with defaults, so that a test shows only what matters."""

from __future__ import annotations

import json
from typing import Any

from federation.sharing.sheet import Sheet, read_sheet

HEAD = """
[bundle]
owner = "{owner}"
version = "3"
effective_from = 2026-01-01T00:00:00Z
title = "What we share"
"""


def a_body(
    *rules: dict[str, Any],
    agreements: tuple[dict[str, Any], ...] = (),
    owner: str = "node:london-care-record",
    more: str = "",
) -> bytes:
    """A bundle file of these rows."""
    parts = [HEAD.format(owner=owner)]
    parts += [_table("rule", {"id": "one", "reason": "because", **row}) for row in rules]
    parts += [_table("agreement", AGREEMENT | row) for row in agreements]
    return "\n".join((more, *parts)).encode()


def a_sheet(*rules: dict[str, Any], **given: Any) -> Sheet:
    """The sheet of such a file."""
    return read_sheet(a_body(*rules, **given), "london.toml")


AGREEMENT: dict[str, Any] = {
    "id": "to-london",
    "version": "1",
    "requester_region": "london",
    "organisation_kinds": ["gp", "acute"],
    "roles": ["R0260", "R0050"],
    "categories": ["ALLERGIES", "RESULTS"],
    "purposes": ["DIRECT_CARE"],
    "valid_from": "2026-04-01",
}


def _table(name: str, row: dict[str, Any]) -> str:
    # JSON's texts, numbers, truth values and lists are TOML's too.
    lines = (f"{key} = {json.dumps(value)}" for key, value in row.items() if value is not None)
    return "\n".join((f"[[{name}]]", *lines))

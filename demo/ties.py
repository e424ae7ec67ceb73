"""The demo's feeds of proxies and of marks, written from `ties.toml` for the day it starts on."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import date
from importlib.resources import files
from typing import Any

from demo.organisations import counted
from demo.personas import Persona, personas


def proxy_rows(numbers: Mapping[str, str], today: date) -> list[dict[str, Any]]:
    """Who may act for whom; `numbers` are those of the curated people, by slug."""
    known = personas()
    return [_proxy(row, known[row.pop("persona")], numbers) for row in _template("proxy", today)]


def mark_rows(numbers: Mapping[str, str], today: date) -> list[dict[str, Any]]:
    """What is known of people, and of some who ask about them."""
    return [_mark(row, numbers) for row in _template("mark", today)]


def _proxy(row: dict[str, Any], persona: Persona, numbers: Mapping[str, str]) -> dict[str, Any]:
    if persona.proxy is None or persona.person is None:
        raise LookupError(f"`{persona.slug}` acts for nobody")
    return {"id": persona.proxy.id, "number": numbers[persona.person], **_named(persona), **row}


def _mark(row: dict[str, Any], numbers: Mapping[str, str]) -> dict[str, Any]:
    speaks_of = row.get("persona")
    named = _named(personas()[speaks_of]) if speaks_of else {}
    return {"number": numbers[row["person"]], "kind": row["kind"], **named}


def _named(persona: Persona) -> dict[str, str]:
    return {"issuer": persona.issuer, "subject": persona.subject}


def _template(table: str, today: date) -> list[dict[str, Any]]:
    text = files("demo").joinpath("ties.toml").read_text("utf-8")
    rows: list[dict[str, Any]] = counted(tomllib.loads(text)[table], today)
    return rows

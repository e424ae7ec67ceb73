"""The demo's feed of relationships, written from `relationships.toml` for the day it starts on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from importlib.resources import files
from typing import Any

import msgspec
from msgspec import Struct

from demo.organisations import counted, organisation_rows
from demo.personas import personas

_BEGAN = "today - 30"


class _Tie(
    Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"begins": "from"}
):
    person: str
    organisation: str
    kind: str
    begins: str
    until: str | None = None
    evidence: str


class _People(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    people: tuple[str, ...]


class _File(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    usual: dict[str, str]
    only_below: _People
    relationship: tuple[_Tie, ...]


def relationship_rows(numbers: Mapping[str, str], today: date) -> list[dict[str, Any]]:
    """The rows of the feed; `numbers` are those of the curated people, by slug.

    Raises `LookupError` where the template speaks of a person or an organisation that is not there.
    """
    text = files("demo").joinpath("relationships.toml").read_bytes()
    template = msgspec.toml.decode(text, type=_File)
    kinds = _kinds(today)
    if unknown := set(template.only_below.people) - numbers.keys():
        raise LookupError(f"nobody is called {', '.join(sorted(unknown))}")
    if unknown := {tie.organisation for tie in template.relationship} - kinds.keys():
        raise LookupError(f"no organisation has the code {', '.join(sorted(unknown))}")
    ties = (*_usual(template, kinds, numbers), *template.relationship)
    return [_row(tie, numbers[tie.person], today) for tie in ties]


def _usual(template: _File, kinds: Mapping[str, str], people: Mapping[str, str]) -> Iterator[_Tie]:
    codes = {role.organisation: None for one in personas().values() for role in one.roles}
    for code in codes:
        kind = template.usual.get(kinds[code])
        for count, slug in enumerate(people if kind else (), start=1):
            if kind and slug not in template.only_below.people:
                evidence = f"{code}-{count:04}"
                yield _Tie(
                    person=slug, organisation=code, kind=kind, begins=_BEGAN, evidence=evidence
                )


def _kinds(today: date) -> dict[str, str]:
    """What kind of organisation each is today."""
    return {
        row["code"]: next(
            one["kind"] for one in row["belongs"] if today < one.get("until", date.max)
        )
        for row in organisation_rows(today)
        if any(today < one.get("until", date.max) for one in row["belongs"])
    }


def _row(tie: _Tie, number: str, today: date) -> dict[str, Any]:
    row = {
        "number": number,
        "kind": tie.kind,
        "organisation": tie.organisation,
        "from": tie.begins,
        "until": tie.until,
        "evidence": tie.evidence,
    }
    told: dict[str, Any] = counted({key: value for key, value in row.items() if value}, today)
    return told

"""Exports as a table and as lines of our own, and which events are wanted."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta

import pytest
from msgspec.structs import replace

from federation.audit import Opened
from federation.audit.event import EventKind
from federation.audit.export import FORMS, Names
from federation.audit.export.table import HEADER
from federation.audit.wanted import Wanted
from federation.model import NodeId
from tests.builders import HERTS, LONDON, NOW, NUMBER, OTHER_NUMBER
from tests.federation.audit.every_kind import SEALER, every_kind, opened

EVENTS = opened(every_kind())
VIEW = EVENTS[0]


def exported(*events: Opened, form: str, identities: bool = False) -> bytes:
    made = FORMS[form](Names(SEALER, identities=identities), "https://gateway.example")
    return made.head + b"".join(map(made.line, events))


def rows(*events: Opened, identities: bool = False) -> list[dict[str, str]]:
    text = exported(*events, form="csv", identities=identities).decode()
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_every_event_is_a_row() -> None:
    """Under a header, with who, whom, what and what came of it; lists are parted by `; `."""
    table = rows(*EVENTS, identities=True)
    assert len(table) == len(EVENTS)
    assert tuple(table[0]) == HEADER
    view = table[0]
    assert view["whom"] == NUMBER
    assert view["who"] == VIEW.sealed.subject
    assert (view["role"], view["organisation"], view["purpose"]) == ("R0050", "RRV", "DIRECT_CARE")
    assert view["nodes"] == "london-care-record; herts-west-essex; milton-keynes"
    assert view["withheld"] == "herts-west-essex ALLERGIES: 3"
    assert [row["outcome"] for row in table[1:4]] == ["1 records", "0 records", "TIMED_OUT"]
    assert {row["kind"] for row in table} == set(EventKind)


@pytest.mark.parametrize("form", sorted(FORMS))
def test_without_identities_nobody_is_named(form: str) -> None:
    """In no form."""
    text = exported(*EVENTS, form=form).decode()
    for event in EVENTS:
        sealed = event.sealed
        for secret in (sealed.number, sealed.subject, sealed.name, sealed.reason):
            assert secret is None or secret not in text
    assert "allergy-london-1" not in text
    assert SEALER.pseudonym("person", NUMBER) in text


@pytest.mark.parametrize("form", sorted(FORMS))
def test_with_identities_they_are(form: str) -> None:
    """For whoever is entitled to that and asked for it."""
    text = exported(*EVENTS, form=form, identities=True).decode()
    assert NUMBER in text
    assert "on my ward since this morning" in text


@pytest.mark.parametrize(
    "typed", ["=1+1", "+1", "-1", "@sum", "\t=1", "\r=1", "  =1+1", "\n=1", "\uff1d1", "\u00a0=1"]
)
def test_no_cell_is_a_formula(typed: str) -> None:
    """Whatever somebody typed as a reason, also behind what a spreadsheet would cut off."""
    event = replace(VIEW, sealed=replace(VIEW.sealed, reason=typed, name=typed))
    (row,) = rows(event, identities=True)
    assert (row["reason"], row["who_name"]) == (f"'{typed}", f"'{typed}")


def test_what_is_no_formula_stays_as_it_is() -> None:
    """A comma, a quote or a new line are quoted and nothing else."""
    said = 'he said "come", twice\nand left = gone'
    event = replace(VIEW, sealed=replace(VIEW.sealed, reason=said))
    assert rows(event, identities=True)[0]["reason"] == said


def test_lines_of_our_own_have_every_field_by_its_name() -> None:
    """One object a line; what was sealed only with identities."""
    plain = [json.loads(line) for line in exported(*EVENTS, form="json").splitlines()]
    assert [one["plain"]["kind"] for one in plain] == [event.plain.kind for event in EVENTS]
    assert all("sealed" not in one for one in plain)
    view = plain[0]
    assert view["plain"]["rows"][0] == {
        "node": "london-care-record",
        "category": "DEMOGRAPHICS",
        "state": "FRESH",
    }
    assert (view["writer"], view["sequence"]) == ("gateway-1", 1)
    sealed = json.loads(exported(VIEW, form="json", identities=True))["sealed"]
    assert sealed["withheld"] == [{"node": HERTS.id, "category": "ALLERGIES", "items": 3}]


DAY = NOW.date()
TYPED = replace(VIEW, sealed=replace(VIEW.sealed, asked_number=OTHER_NUMBER))
ABOUT_RULES = next(one for one in EVENTS if one.plain.kind is EventKind.RULES_PUBLISHED)


@pytest.mark.parametrize(
    ("event", "given", "meant"),
    [
        (VIEW, {}, True),
        (VIEW, {"organisation": "RRV"}, True),
        (VIEW, {"organisation": "RAL"}, False),
        (ABOUT_RULES, {"organisation": "RRV"}, False),
        (VIEW, {"node": LONDON.id}, True),
        (VIEW, {"node": "universal-care-plan"}, False),
        (ABOUT_RULES, {"node": "milton-keynes"}, True),
        (ABOUT_RULES, {"node": LONDON.id}, False),
        (VIEW, {"kinds": frozenset((EventKind.VIEW,))}, True),
        (VIEW, {"kinds": frozenset((EventKind.REFUSAL,))}, False),
        (VIEW, {"persons": frozenset((NUMBER,))}, True),
        (VIEW, {"persons": frozenset((OTHER_NUMBER,))}, False),
        (TYPED, {"persons": frozenset((OTHER_NUMBER,))}, True),
        (ABOUT_RULES, {"persons": frozenset((NUMBER,))}, False),
    ],
)
def test_which_events_are_wanted(event: Opened, given: dict, meant: bool) -> None:
    """By asker's organisation, node asked or spoken of, kind, and the numbers of a person."""
    assert Wanted(**given).means(event) is meant


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ({"since": DAY, "until": DAY}, True),
        ({"since": DAY + timedelta(days=1)}, False),
        ({"until": DAY - timedelta(days=1)}, False),
    ],
)
def test_days_are_local_and_both_included(given: dict, meant: bool) -> None:
    """By when it was asked for."""
    assert Wanted(**given).means(VIEW) is meant


def test_a_node_is_one_s_own_name() -> None:
    """No part of another's."""
    assert not Wanted(node=NodeId("london")).means(VIEW)

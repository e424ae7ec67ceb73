"""Nothing about a protected person's answer tells which node holds something of them."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from federation.flow import Released
from federation.merge import merge
from federation.model import Assertion, Category, Organisation
from federation.records import CATEGORIES, DEFINITIONS
from federation.sharing import conceal
from federation.sharing.conceal import SERVICE_DESK
from federation.sharing.notice import notice_for
from federation.sharing.places import TAKEN_OUT, Places, places_in
from federation.status import FaultOrigin, SourceCode, SourceState, row
from tests.builders import (
    GP_PRACTICE,
    HERTS,
    KEY,
    LONDON,
    MILTON_KEYNES,
    NOW,
    a_person,
    a_question,
    a_reference,
    an_address,
)
from tests.federation.sharing.given import a_part, a_professional, held, verified_of
from tests.filled import Filling
from tests.items import a_concept, an_allergy, an_item

NODES = (LONDON, HERTS, MILTON_KEYNES)
QUESTION = a_question(requester=a_professional())
REFERENCE = a_reference(restricted=True)


def _released(node: Any, *items: Any, state: SourceState | None = None, **more: Any) -> Released:
    """A node that answered with these, each under its own category."""
    by_category = {
        category: tuple(one for one in items if type(one) is DEFINITIONS[category].item)
        for category in DEFINITIONS
    }
    rows = {
        category: row(
            node,
            category,
            state or (SourceState.FRESH if by_category.get(category) else SourceState.FRESH_EMPTY),
            retrieved_at=NOW,
            **more,
        )
        for category in Category
    }
    return Released(
        node=node,
        items={category: some for category, some in by_category.items() if some},
        rows=rows,
        restricted=True,
    )


def _empty(node: Any) -> Released:
    told = {
        category: row(node, category, SourceState.NO_RECORD_HELD, retrieved_at=NOW)
        for category in Category
    }
    return Released(node=node, rows=told, restricted=True)


def _concealed(*released: Released, key: bytes = KEY, verified: Any = ()) -> tuple[Released, ...]:
    return conceal(QUESTION, REFERENCE, released, verified, key)


def _record(released: tuple[Released, ...]) -> Any:
    return merge(
        QUESTION,
        REFERENCE,
        released,
        notice=notice_for(QUESTION.requester),
        obligations=(),
        cursor_key=KEY,
    )


def _at(holder: Any) -> tuple[Released, ...]:
    items = [an_item(category, node=holder) for category in DEFINITIONS]
    return tuple(_released(node, *items) if node is holder else _empty(node) for node in NODES)


@pytest.mark.parametrize("holder", NODES, ids=lambda node: node.id)
def test_whoever_holds_it_the_rows_are_the_same(holder: Any) -> None:
    """Rows, counts and headlines are one and the same, whichever node holds the whole record."""
    ours, londons = _record(_concealed(*_at(holder))), _record(_concealed(*_at(LONDON)))
    assert ours.coverage == londons.coverage
    for category, section in ours.sections.items():
        assert section.coverage == londons.sections[category].coverage
        assert section.warnings == londons.sections[category].warnings


@pytest.mark.parametrize("holder", NODES, ids=lambda node: node.id)
def test_no_node_is_named_anywhere(holder: Any) -> None:
    """No id, name, region or number of a node, nor a source's own id, is in the answer."""
    record = _record(_concealed(*_at(holder)))
    said = repr(record)
    for node in NODES:
        for word in (node.id, node.name, f"'{node.region_id}'", node.contact_route, node.endpoint):
            assert word not in said
    assert "source_id='i1'" not in said
    assert SERVICE_DESK in {one.contact_route for one in record.coverage.rows}


def test_a_deployment_says_whom_to_ring() -> None:
    """Its own service desk stands in every row, in place of the sources' own numbers."""
    released = _at(HERTS)
    concealed = conceal(QUESTION, REFERENCE, released, (), KEY, "the desk, 01632 960009")
    told = {row.contact_route for one in concealed for row in one.rows.values()}
    assert told == {"the desk, 01632 960009"}


def test_every_node_has_one_row_under_a_stand_in() -> None:
    """As many rows as nodes, all alike but for the stand-in's number."""
    concealed = _concealed(*_at(HERTS))
    assert {one.node.id for one in concealed} == {"source-1", "source-2", "source-3"}
    for category in Category:
        rows = {replace(one.rows[category], source=LONDON, message="") for one in concealed}
        assert len(rows) == 1


def test_which_stand_in_is_whose_hangs_on_the_key() -> None:
    """Fixed for one person and requester, so that pages fit; another key mixes otherwise."""
    ways = {
        tuple(one.node.id for one in _concealed(*_at(LONDON), key=bytes([number]) * 32))
        for number in range(40)
    }
    assert len(ways) > 3
    assert len({tuple(one.node.id for one in _concealed(*_at(node))) for node in NODES}) == 1
    others = replace(QUESTION, requester=a_professional(subject="subject-2"))
    more = {
        tuple(
            one.node.id
            for one in conceal(
                replace(others, requester=a_professional(subject=f"s{n}")),
                REFERENCE,
                _at(LONDON),
                (),
                KEY,
            )
        )
        for n in range(40)
    }
    assert len(more) > 3


def test_nobody_else_is_concealed() -> None:
    """Where no protection is asked for, what was released stays as it is."""
    released = tuple(replace(one, restricted=False) for one in _at(LONDON))
    assert conceal(QUESTION, REFERENCE, released, (), KEY) is released


def test_sources_that_disagree_are_still_two() -> None:
    """Two doses of one medicine from two nodes stand apart, with the conflict on both."""
    ours = an_item(Category.MEDICATIONS, "m1", LONDON, dosage="one a day")
    theirs = an_item(Category.MEDICATIONS, "m1", HERTS, dosage="two a day")
    record = _record(
        _concealed(_released(LONDON, ours), _released(HERTS, theirs), _empty(MILTON_KEYNES))
    )
    entries = record.sections[Category.MEDICATIONS].entries
    assert len(entries) == 2
    assert all(entry.conflicts for entry in entries)


def test_an_item_keeps_what_it_says_and_loses_where_it_is() -> None:
    """Its source, its own id and version go, and a redaction says so."""
    item = an_allergy("a1", HERTS, version="7")
    concealed = _concealed(_empty(LONDON), _released(HERTS, item), _empty(MILTON_KEYNES))
    (shown,) = (one for part in concealed for one in part.items.get(Category.ALLERGIES, ()))
    assert shown.substance == item.substance
    assert shown.version is None
    assert shown.source_id != "a1"
    assert [one.field for one in shown.redactions] == ["source"]


def test_when_it_was_fetched_is_one_time_for_all() -> None:
    """Nodes answer at their own pace, by which they could be told apart."""
    later = NOW.replace(minute=59)
    ours, theirs = an_allergy("a1", LONDON), an_allergy("a1", HERTS, retrieved_at=later)
    concealed = _concealed(_released(LONDON, ours), _released(HERTS, theirs))
    shown = [one for part in concealed for one in part.items[Category.ALLERGIES]]
    assert {one.retrieved_at for one in shown} == {NOW}


def test_a_letter_still_points_at_what_replaced_it() -> None:
    """Pointers within one source's record lead where they led."""
    old = an_item(Category.DOCUMENTS, "d1", superseded_by="d2")
    new = an_item(Category.DOCUMENTS, "d2")
    (concealed,) = _concealed(_released(LONDON, old, new))
    first, second = concealed.items[Category.DOCUMENTS]
    assert first.superseded_by == second.source_id != "d2"


FAILED = {"code": SourceCode.DEADLINE_EXCEEDED, "origin": FaultOrigin.NODE}
COLLAPSED = [
    # states of two nodes beside one that answered empty, what all rows say
    ((SourceState.FRESH_EMPTY, SourceState.NO_RECORD_HELD), SourceState.FRESH_EMPTY),
    ((SourceState.FRESH_EMPTY, SourceState.TIMED_OUT), SourceState.PARTIAL),
    ((SourceState.FRESH_EMPTY, SourceState.NOT_ASKED), SourceState.FRESH_EMPTY),
    ((SourceState.TIMED_OUT, SourceState.UNAVAILABLE), SourceState.UNAVAILABLE),
    ((SourceState.NOT_ASKED, SourceState.NOT_ASKED), SourceState.NOT_ASKED),
    ((SourceState.WITHHELD, SourceState.NOT_ASKED), SourceState.WITHHELD),
    ((SourceState.IDENTITY_MISMATCH, SourceState.FRESH_EMPTY), SourceState.PARTIAL),
]


@pytest.mark.parametrize(("states", "expected"), COLLAPSED)
def test_rows_collapse_to_one(states: Any, expected: SourceState) -> None:
    """What the nodes did comes to one state for all, in either order."""
    for ours, theirs in (states, states[::-1]):
        concealed = _concealed(_released(LONDON, state=ours), _released(HERTS, state=theirs))
        assert {one.rows[Category.PROBLEMS].state for one in concealed} == {expected}


def test_none_known_is_kept_only_where_it_holds() -> None:
    """`None known` is said by all if it is all that is said; beside items it contradicts them."""
    none = {"assertion": Assertion.NONE_KNOWN}
    both = _concealed(_released(LONDON, **none), _released(HERTS, **none))
    assert {one.rows[Category.ALLERGIES].assertion for one in both} == {Assertion.NONE_KNOWN}
    one = _concealed(_released(LONDON, **none), _released(HERTS))
    assert {part.rows[Category.ALLERGIES].assertion for part in one} == {Assertion.NONE_KNOWN}
    against = _concealed(_released(LONDON, **none), _released(HERTS, an_allergy(node=HERTS)))
    assert {part.rows[Category.ALLERGIES].assertion for part in against} == {Assertion.NONE_KNOWN}


PLACES = Places(["77 Foxbury Close, Harlow", "Harlow", "CM20", "Roding Valley Health Centre"])


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Lives at 77 Foxbury Close,\nharlow.", "Lives at [not shown]."),
        ("CM20 6YA", TAKEN_OUT),
        ("Now in N19 5EC", "Now in [not shown]"),
        ("Seen at Roding Valley Health  Centre", "Seen at [not shown]"),
        ("Ring 07700 900124 or +44 20 7946 0000.", "Ring [not shown] or [not shown]."),
        (
            "Vitamin B12 low; CD4 200; H1 antihistamine",
            "Vitamin B12 low; CD4 200; H1 antihistamine",
        ),
        ("Harlowe is her surname", "Harlowe is her surname"),
        ("Penicillin 500 mg", "Penicillin 500 mg"),
    ],
)
def test_places_are_taken_out_of_words(text: str, left: str) -> None:
    """Postcodes, telephone numbers and every place that the record names."""
    assert PLACES.without(text) == left


@pytest.mark.parametrize("category", [one.category for one in CATEGORIES])
def test_places_are_taken_out_of_every_text(category: Category) -> None:
    """At any depth of any category, whatever the rules left of it."""
    item = Filling(say=lambda _path: "near Harlow").item(category)
    left = PLACES.taken_out_of(replace(item, security_labels=(), identifiers=()))
    said = msgspec.json.encode(replace(left, source=LONDON, source_id="i", version=None)).decode()
    assert said.count(TAKEN_OUT) > 0
    # What `said.py` leaves out: ids and codes, telephones, people's names, amounts.
    for word in ("display", "originalText", "note", "summary", "narrative", "reason"):
        assert f'"{word}":"near Harlow"' not in said


def test_an_alert_loses_the_place_that_the_echo_names() -> None:
    """An alert may not be hidden; its text loses where the person lives and is registered."""
    person = a_person(address=an_address(), gp_practice=GP_PRACTICE)
    alert = an_item(
        Category.ALERTS,
        kind=a_concept(display="Violence"),
        text=f"Ex-partner knows {GP_PRACTICE.name} and the Riverside Refuge.",
        custodian=Organisation(name="Riverside Refuge"),
    )
    verified = (verified_of(LONDON, held(person, alerts=a_part(Category.ALERTS, alert))),)
    (concealed,) = _concealed(_released(LONDON, alert), verified=verified)
    (shown,) = concealed.items[Category.ALERTS]
    assert shown.text == f"Ex-partner knows {TAKEN_OUT} and the {TAKEN_OUT}."


def test_places_of_nobody_take_nothing_but_shapes() -> None:
    """Where nothing is named, postcodes and telephone numbers go all the same."""
    assert places_in((), ()).without("Harlow, N19 5EC") == f"Harlow, {TAKEN_OUT}"

"""Linking: why items stand on one line, and how lines of one fact are told apart."""

from __future__ import annotations

from dataclasses import replace

import pytest

from federation.merge.link import MOST_COMPARED, link
from federation.model import Category
from federation.records import DEFINITIONS
from federation.records.base import Basis
from tests.builders import HERTS, LONDON, MILTON_KEYNES, a_node
from tests.items import a_concept, a_medication, an_allergy, an_item

ALLERGIES, MEDICATIONS = DEFINITIONS[Category.ALLERGIES], DEFINITIONS[Category.MEDICATIONS]
CONTACTS = DEFINITIONS[Category.CONTACTS]
PENICILLIN = a_concept("764146007", "Penicillin")


def _ids(lines):
    return sorted(sorted(item.source_id for item in line.items) for line in lines)


def _tied(source_id, node, *values):
    return an_item(
        Category.CONTACTS,
        source_id,
        node,
        identifiers=[("https://example/id", one) for one in values],
    )


@pytest.mark.parametrize(
    ("identifiers", "together", "why"),
    [
        ([["1"], ["1"], ["2"]], [["0", "1"], ["2"]], "one identifier"),
        ([["1"], ["1", "2"], ["2"]], [["0", "1", "2"]], "a chain of identifiers"),
        ([["1"], ["2"], ["2", "1"]], [["0", "1", "2"]], "a chain that closes late"),
        ([["1"], [], []], [["0"], ["1"], ["2"]], "none"),
    ],
)
def test_items_link_by_identifiers(identifiers, together, why):
    """Identifiers tie items, over others in between as well."""
    held = [
        [_tied(str(place), node, *values)]
        for place, (node, values) in enumerate(
            zip((LONDON, HERTS, MILTON_KEYNES), identifiers, strict=True)
        )
    ]
    lines = link(CONTACTS, held)
    assert _ids(lines) == together, why
    assert all(line.basis is Basis.SAME_IDENTIFIER for line in lines if len(line.items) > 1)


def test_the_same_value_of_another_system_ties_nothing():
    """An identifier is its system and its value."""
    ours = an_item(Category.CONTACTS, "a", LONDON, identifiers=[("https://one", "1")])
    theirs = an_item(Category.CONTACTS, "b", HERTS, identifiers=[("https://two", "1")])
    assert _ids(link(CONTACTS, [[ours], [theirs]])) == [["a"], ["b"]]


def test_a_line_says_why_its_items_stand_together():
    """By identifier only where identifiers alone join all of them."""
    one = [("https://example/id", "1")]
    a, b, c = (
        an_allergy("a", LONDON, identifiers=one),
        an_allergy("b", HERTS, identifiers=one),
        an_allergy("c", MILTON_KEYNES),
    )
    assert [line.basis for line in link(ALLERGIES, [[a], [b]])] == [Basis.SAME_IDENTIFIER]
    assert [line.basis for line in link(ALLERGIES, [[a], [b], [c]])] == [Basis.SAME_CONCEPT]
    assert [line.basis for line in link(ALLERGIES, [[a]])] == [Basis.SINGLE]


def test_a_category_may_link_by_fact_alone():
    """Where identifiers are switched off they neither tie items nor are given as the reason."""
    by_fact = replace(ALLERGIES, links_by_identifier=False)
    one = [("https://example/id", "1")]
    held = [[an_allergy("a", identifiers=one)], [an_allergy("b", HERTS, identifiers=one)]]
    assert [line.basis for line in link(by_fact, held)] == [Basis.SAME_CONCEPT]


def test_what_may_not_link_stays_apart_under_one_fact():
    """Two courses of one medicine are two lines, whose facts say whose they are."""
    first = a_medication("a", LONDON, start="2019", end="2020")
    second = a_medication("b", HERTS, start="2021", end="2022")
    lines = link(MEDICATIONS, [[first], [second]])
    assert _ids(lines) == [["a"], ["b"]]
    fact = MEDICATIONS.same_fact(first)
    assert {line.fact for line in lines} == {
        (*fact, "of", "london-care-record", "a"),
        (*fact, "of", "herts-west-essex", "b"),
    }


def test_an_item_joins_only_what_it_is_tied_to():
    """Items of a chain whose middle may not link do not meet behind its back."""
    dose = {"start": "2026-01-10"}
    one, two = [("https://example/id", "1")], [("https://example/id", "2")]
    left = a_medication("a", LONDON, identifiers=one, dosage=None, **dose)
    middle = a_medication(
        "b", HERTS, identifiers=[*one, *two], dosage=None, route="intravenous", **dose
    )
    right = a_medication("c", MILTON_KEYNES, identifiers=two, dosage=None, **dose)
    assert _ids(link(MEDICATIONS, [[left], [middle], [right]])) == [["a"], ["b"], ["c"]]


def test_an_item_leaves_those_that_another_source_contradicts():
    """What may stand with either of two that differ goes with the newer; names stay as they were.

    A degraded vaccine contradicts no other, so that it links with either of the other two.
    """
    definition = DEFINITIONS[Category.IMMUNISATIONS]
    one = {"identifiers": [("https://example/id", "1")], "given": True}
    degraded = a_concept("196421000000109", "Transfer-degraded", degraded=True)
    kept = an_item(
        Category.IMMUNISATIONS, "a", LONDON, vaccine=a_concept("1", "One"), effective_at=None, **one
    )
    torn = an_item(Category.IMMUNISATIONS, "b", LONDON, vaccine=degraded, effective_at=None, **one)
    other = an_item(
        Category.IMMUNISATIONS,
        "c",
        HERTS,
        vaccine=a_concept("2", "Two"),
        effective_at="2026-09-01",
        **one,
    )
    alone = ("identifier", "https://example/id", "1")
    (together,) = link(definition, [[kept, torn]])
    assert (together.fact, together.items) == (alone, (kept, torn))
    assert {line.fact: line.items for line in link(definition, [[kept, torn], [other]])} == {
        alone: (kept,),
        ("immunisation", "vaccine", "2", "2026-09-01", "given"): (other, torn),
    }


def test_a_fact_is_what_is_stated_and_not_who_holds_it():
    """An entry keeps its fact when another source comes to hold it too, or holds it alone."""
    here, there = an_allergy("a", LONDON), an_allergy("b", HERTS)
    facts = [link(ALLERGIES, held)[0].fact for held in ([[here]], [[there]], [[here], [there]])]
    assert facts == [("allergy", "372687004", "ALLERGY")] * 3


@pytest.mark.parametrize(
    ("item", "fact"),
    [
        (_tied("a", LONDON, "9", "1"), ("identifier", "https://example/id", "1")),
        (_tied("a", LONDON), ("item", "london-care-record", "a")),
        (
            an_item(Category.ALERTS, "a", LONDON, identifiers=[("https://example/id", "1")]),
            ("item", "london-care-record", "a"),
        ),
    ],
)
def test_what_states_no_fact_is_named_by_its_identifier_or_its_source(item, fact):
    """An item that nobody else could state is still always the same item."""
    category = Category.ALERTS if item.__class__.__name__ == "Alert" else Category.CONTACTS
    assert link(DEFINITIONS[category], [[item]])[0].fact == fact


def test_one_id_used_for_two_things_loses_neither():
    """A source's fault costs a name, never an item, and the order of arrival does not matter."""
    text = a_concept(None, "free text")
    one, other = an_allergy("a", substance=text), an_allergy("a", substance=text, severity="mild")
    lines = link(ALLERGIES, [[one, other, one]])
    assert {line.items for line in lines} == {(one,), (other,)}
    assert len({line.fact for line in lines}) == 2
    again = link(ALLERGIES, [[other, one]])
    assert {(line.fact, line.items) for line in again} == {
        (line.fact, line.items) for line in lines
    }


def test_more_than_can_be_compared_stand_alone():
    """A flood of one fact is shown line by line, at the cost of no comparison."""
    nodes = [a_node(f"node-{place:03}") for place in range(MOST_COMPARED + 1)]
    held = [[an_allergy("a", node)] for node in nodes]
    assert len(link(ALLERGIES, held[:-1])) == 1
    assert len(link(ALLERGIES, held)) == MOST_COMPARED + 1


def test_items_of_a_line_stand_newest_first():
    """By date, then by when the source last changed it; undated last."""
    items = [
        an_allergy("undated", LONDON),
        an_allergy("old", HERTS, onset="2001"),
        an_allergy("new", MILTON_KEYNES, onset="2020"),
        an_allergy("changed", a_node("x"), onset="2020", last_updated_at="2026-01-01T00:00:00Z"),
    ]
    (line,) = link(ALLERGIES, [[item] for item in items])
    assert [item.source_id for item in line.items] == ["changed", "new", "old", "undated"]
    assert line.date == "2020"


def test_no_item_no_line():
    """Nothing held is no line."""
    assert link(ALLERGIES, []) == link(ALLERGIES, [[], ()]) == []


def test_a_penicillin_is_not_its_class():
    """The class and its ingredient are two lines."""
    held = [[an_allergy("a")], [an_allergy("b", HERTS, substance=PENICILLIN)]]
    assert _ids(link(ALLERGIES, held)) == [["a"], ["b"]]

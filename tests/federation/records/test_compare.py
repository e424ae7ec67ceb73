"""How what sources wrote is compared, and how it is said."""

from __future__ import annotations

import pytest

from federation.records.base import Coding
from federation.records.clinical import CodedValue, Quantity, TextValue, same_value
from federation.records.compare import (
    MOST_VALUES,
    at_instant,
    codes_differ,
    differ,
    places,
    plain,
    same_source,
    shared_code,
    snomed_code,
    values_said,
)
from tests.builders import HERTS, LONDON, MILTON_KEYNES, SNOMED, an_organisation
from tests.items import a_concept, an_allergy


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Take ONE tablet daily.", "take one  tablet daily", True),
        ("500 mg", "500mg", True),
        ("10 units", "10units", True),
        ("1 in 2 days", "12 days", False),
        ("2 x 5mg", "25mg", False),
        (".5 mg daily", "5 mg daily", False),
        ("Take 5mg daily .", "take 5mg daily", True),
        (None, "", True),
    ],
)
def test_texts_are_compared_without_case_spacing_and_closing_marks(one, other, same):
    """What changes no meaning is left out, and nothing else."""
    assert (plain(one) == plain(other)) is same


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("a", "b", True),
        ("a", "A", False),
        ("a", None, False),
        (None, None, False),
        ("", "b", False),
    ],
)
def test_only_what_both_say_can_differ(one, other, expected):
    """A gap disagrees with nothing."""
    assert differ(one, other) is expected


def test_only_snomed_codes_that_kept_their_meaning_count():
    """dm+d is SNOMED CT; a local code, free text and a degraded code are not compared."""
    assert snomed_code(a_concept("1", system="https://dmd.nhs.uk")) == "1"
    assert snomed_code(a_concept("1", system="https://local.example")) is None
    assert snomed_code(a_concept(None, "words")) is None
    assert snomed_code(a_concept("1", degraded=True)) is None
    assert snomed_code(a_concept("196461000000101")) is None


def test_an_instant_is_the_same_in_every_notation():
    """Offsets do not matter; days are no instants."""
    assert at_instant("2026-09-01T08:00:00+01:00") == at_instant("2026-09-01T07:00Z")
    assert at_instant("2026-09-01") is None
    assert at_instant(None) is None


def test_places_are_named_once_and_in_order():
    """Sources are named by name, whoever came first."""
    items = [an_allergy("a", MILTON_KEYNES), an_allergy("b", LONDON), an_allergy("c", LONDON)]
    assert places(items[1:]) == "London Care Record"
    assert places(items) == "London Care Record and Milton Keynes"
    assert places([*items, an_allergy("d", HERTS)]) == (
        "Hertfordshire and West Essex, London Care Record and Milton Keynes"
    )


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ((LONDON, "RRV"), (LONDON, "RRV"), True),
        ((LONDON, "RRV"), (LONDON, "RAL"), False),
        ((LONDON, "RRV"), (HERTS, "RRV"), False),
        ((LONDON, None), (LONDON, None), False),
    ],
)
def test_a_source_is_a_custodian_at_a_node(one, other, same):
    """Custodians that are not known may be two."""
    items = [
        an_allergy(node=node, custodian=an_organisation(code) if code else None)
        for node, code in (one, other)
    ]
    assert same_source(*items) is same


def test_no_source_can_flood_a_conflict():
    """More values than anybody could read are cut short."""
    items = [an_allergy(str(place), severity=f"{place:04}") for place in range(2 * MOST_VALUES)]
    said = values_said(items, lambda item: item.severity)
    assert [value.value for value in said] == [f"{place:04}" for place in range(MOST_VALUES)]


LOINC = "http://loinc.org"


@pytest.mark.parametrize(
    ("one", "other", "different", "why"),
    [
        (a_concept("1"), a_concept("2"), True, "two codes"),
        (a_concept("1"), a_concept("1", system="https://dmd.nhs.uk"), False, "one, by two names"),
        (a_concept("1"), a_concept("2", system=LOINC), False, "two systems are not compared"),
        (a_concept("1"), a_concept(None, "words"), False, "words are not compared"),
        (a_concept("1"), None, False, "nothing is not compared"),
        (a_concept("1"), a_concept("2", degraded=True), False, "it lost its meaning"),
        (a_concept("1"), a_concept("196421000000109"), False, "it lost its meaning, unnoticed"),
        (
            a_concept(
                "1", codings=(Coding(system=SNOMED, code="1"), Coding(system=LOINC, code="9"))
            ),
            a_concept(
                "2", codings=(Coding(system=SNOMED, code="2"), Coding(system=LOINC, code="9"))
            ),
            True,
            "different in one system",
        ),
        (
            a_concept(
                "1", codings=(Coding(system=SNOMED, code="1"), Coding(system=SNOMED, code="2"))
            ),
            a_concept("2"),
            False,
            "one of two is the same",
        ),
    ],
)
def test_codes_differ_only_within_a_system(one, other, different, why):
    """What cannot be compared is no difference, and one system that tells two apart is enough."""
    assert codes_differ(one, other) is codes_differ(other, one) is different, why


@pytest.mark.parametrize(
    ("concept", "code"),
    [
        (a_concept("1"), "1"),
        (a_concept("1", system=LOINC), "http://loinc.org|1"),
        (a_concept("1", system="urn:oid:2.16.840.1.113883.6.1"), "http://loinc.org|1"),
        (a_concept("1", system=LOINC, degraded=True), None),
        (a_concept("196461000000101", system=LOINC), None),
        (a_concept(None, "words"), None),
    ],
)
def test_a_code_of_another_system_is_shared_with_its_system(concept, code):
    """SNOMED CT first; what lost its meaning is shared with nobody."""
    assert shared_code(concept) == code


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (
            CodedValue(concept=a_concept("1", "Yes")),
            CodedValue(concept=a_concept("1", "yes!")),
            True,
        ),
        (
            CodedValue(concept=a_concept("1", "Yes")),
            CodedValue(concept=a_concept("2", "Yes")),
            False,
        ),
        (
            CodedValue(concept=a_concept(None, "Yes")),
            CodedValue(concept=a_concept("1", "yes")),
            True,
        ),
        (
            CodedValue(concept=a_concept(None, "Yes")),
            CodedValue(concept=a_concept("1", "no")),
            False,
        ),
        (CodedValue(concept=a_concept(None, "Yes")), TextValue(text="Yes"), False),
        (Quantity(value=1.0), Quantity(value=1.0, comparator="<"), False),
        (Quantity(value=1.0, unit="mg"), Quantity(value=1.0, ucum="mg"), True),
        (Quantity(value=1.0, unit="mg"), Quantity(value=1.0), False),
        (Quantity(value=1.0, unit="x", ucum="mm"), Quantity(value=1.0, unit="x", ucum="Mm"), False),
        (None, None, True),
        (None, Quantity(value=1.0), False),
    ],
)
def test_values_are_the_same_by_what_they_mean(one, other, same):
    """Numbers with their unit, codes, or words; one kind is never another."""
    assert same_value(one, other) is same_value(other, one) is same

"""How what sources wrote is compared, and how it is said."""

from __future__ import annotations

import pytest

from federation.records.compare import (
    MOST_VALUES,
    at_instant,
    differ,
    places,
    plain,
    same_source,
    snomed_code,
    values_said,
)
from tests.builders import HERTS, LONDON, MILTON_KEYNES, an_organisation
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

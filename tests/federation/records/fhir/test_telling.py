"""What resources that are pointed at are called, and whose they must be to be named."""

import pytest
from msgspec import convert

from federation.records.fhir_elements import Quantity, Reference
from federation.records.fhir_resources import Range, Ratio
from federation.records.fhir_telling import between, counted, is_of, length, linked, per
from tests.federation.records.fhir.reading import SELF, changed, known, parse

CONDITION = {"resourceType": "Condition", "id": "c1", "subject": SELF, "code": {"text": "Angina"}}
POINTER = {"reference": "Condition/c1"}
UNSHOWN = "Condition that is not shown here"


@pytest.mark.parametrize(
    ("pointer", "changes", "about", "expected"),
    [
        (None, {}, SELF, None),
        ({}, {}, SELF, None),
        (POINTER, {}, SELF, "Angina"),
        (POINTER | {"display": "chest pain"}, {}, SELF, "chest pain"),
        (POINTER, {}, {"reference": "https://node.example/r4/Patient/p1/_history/2"}, "Angina"),
        (POINTER, {"subject": {"reference": "Patient/p2"}}, SELF, UNSHOWN),
        (POINTER, {"subject": ...}, SELF, UNSHOWN),
        (POINTER, {}, None, UNSHOWN),
        (POINTER, {}, {"display": "nobody"}, UNSHOWN),
        (POINTER, {"status": "entered-in-error"}, SELF, UNSHOWN),
        (POINTER, {"code": ...}, SELF, UNSHOWN),
        (POINTER, {"code": ["of another shape"]}, SELF, UNSHOWN),
        ({"reference": "Condition/gone"}, {}, SELF, UNSHOWN),
        ({"reference": "urn:uuid:1"}, {}, SELF, "an entry that is not shown here"),
        ({"identifier": {"value": "1"}}, {}, SELF, "an entry that is not shown here"),
        ({"type": "Condition"}, {}, SELF, UNSHOWN),
    ],
)
def test_what_is_pointed_at(pointer, changes, about, expected):
    """A resource is named by its own words if it is the same person's and no mistake."""
    references = known(changed(CONDITION, **changes))
    pointing = convert(pointer, Reference) if pointer is not None else None
    whom = convert(about, Reference) if about else None
    assert linked(pointing, references, whom) == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, True),
        ({"subject": ..., "patient": SELF}, True),
        ({"subject": {"reference": "Patient/p2"}}, False),
        ({"subject": {"display": "me"}}, False),
        ({"code": 4}, False),
    ],
)
def test_whose_it_is(changes, expected):
    """Silence and what cannot be read are not believed."""
    found = parse(changed(CONDITION, **changes))
    assert is_of(found, convert(SELF, Reference)) is expected


HOUR, TWO = Quantity(value=1, code="h", unit="h"), Quantity(value=2, code="h")


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (length(None), None),
        (length(HOUR), "1 hour"),
        (length(TWO), "2 hours"),
        (length(Quantity(value=2, code="h", comparator=">")), "> 2 hours"),
        (length(Quantity(value=2, unit="tablet")), "2 tablet"),
        (length(Quantity(code="h")), None),
        (counted(1.5, "d"), "1.5 days"),
        (counted(2, "fortnight"), "2 fortnight"),
        (counted(2, None), "2"),
        (between(None), None),
        (between(Range()), None),
        (between(Range(low=HOUR, high=TWO)), "1 hour to 2 hours"),
        (per(None), None),
        (per(Ratio()), None),
        (per(Ratio(numerator=HOUR, denominator=TWO)), "1 hour in 2 hours"),
    ],
)
def test_amounts_of_time(said, expected):
    """Units of time are written out, all others as they stand."""
    assert said == expected

"""What resources that are pointed at are called, and whose they must be to be named."""

import pytest
from msgspec import convert

from federation.records.fhir.elements import Reference
from federation.records.fhir.pointers import is_of, linked, pointed_at, type_of
from federation.records.fhir.resource import References
from tests.federation.records.fhir.reading import SELF, changed, coded, known, parse

NOTHING = References.none()
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
def test_what_is_linked(pointer, changes, about, expected):
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


@pytest.mark.parametrize(
    ("resource", "expected"),
    [
        ({"code": {"text": "asthma"}}, "asthma"),
        ({"type": {"text": "letter"}}, "letter"),
        ({"title": "My plan"}, "My plan"),
        ({"description": "what it says"}, "what it says"),
        ({"type": "allergy"}, None),
        ({"description": {"text": "walk to the shop"}}, "walk to the shop"),
        ({}, None),
        ({"code": 7}, None),
        ({"code": {"text": "asthma"}, "status": "entered-in-error"}, None),
        ({"code": {"text": "asthma"}, "verificationStatus": coded("entered-in-error")}, None),
    ],
)
def test_what_a_reference_points_at(resource, expected):
    """A resource that is no mistake gives its name, and the reference's own words come first."""
    there = known({"resourceType": "Condition", "id": "c"} | resource)
    assert pointed_at(Reference(reference="Condition/c"), there) == expected
    assert pointed_at(Reference(reference="Condition/c", display="hay fever"), there) == "hay fever"
    assert pointed_at(Reference(reference="Condition/d"), there) is None


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        (Reference(reference="Patient/7"), "Patient"),
        (Reference(reference="https://x.example/fhir/Patient/7/_history/2"), "Patient"),
        (Reference(type="Location"), "Location"),
        (Reference(reference="urn:uuid:7"), None),
        (Reference(reference="https://x.example/7"), None),
        (Reference(), None),
    ],
)
def test_the_type_that_a_reference_points_at(reference, expected):
    """The address says it, or the reference itself."""
    assert type_of(reference, NOTHING) == expected

"""What the smaller elements say in words, and where a thing was done."""

import msgspec
import pytest

from federation.model import Organisation
from federation.records.fhir import r4
from federation.records.fhir.elements import (
    Annotation,
    CodeableConcept,
    Extension,
    FhirLocation,
    Meta,
    Reference,
)
from federation.records.fhir.resource import UnreadableError
from federation.records.systems import ODS_SYSTEM
from tests.federation.records.fhir.reading import known, parse

HOUSE = {
    "resourceType": "Organization",
    "id": "o",
    "name": "Example Trust",
    "identifier": [{"system": ODS_SYSTEM, "value": "RZZ"}],
    "telecom": [{"system": "phone", "value": "01632 960001"}],
}
WARD = {
    "resourceType": "Location",
    "id": "l",
    "name": "Ward 4",
    "managingOrganization": {"reference": "Organization/o"},
}
BY_CODE = {"identifier": {"system": ODS_SYSTEM, "value": "RZZ"}}


@pytest.mark.parametrize(
    ("element", "shape", "expected"),
    [
        ({"text": "well"}, Annotation, "well"),
        ({"text": "well", "time": "2024-01"}, Annotation, "well (2024-01)"),
        ({"text": "well", "authorString": "Dr A"}, Annotation, "well (Dr A)"),
        (
            {"text": "well", "authorReference": {"display": "Dr A"}, "time": "2024"},
            Annotation,
            "well (Dr A, 2024)",
        ),
        ({}, Annotation, ""),
        ({"coding": [{"code": "x"}]}, CodeableConcept, "x"),
        ({"url": "u", "valueString": "s"}, Extension, "s"),
        ({"url": "u", "valueCode": "major"}, Extension, "major"),
        ({"url": "u", "valueCoding": {"code": "c", "display": "C"}}, Extension, "C"),
        ({"url": "u", "valueCodeableConcept": {"text": "t"}}, Extension, "t"),
        ({"url": "u", "valueReference": {"display": "d"}}, Extension, "d"),
        ({"url": "u", "valueBoolean": True}, Extension, None),
    ],
)
def test_words(element, shape, expected):
    """A note names its author and date; a code without a display still says its code."""
    assert msgspec.convert(element, shape).words() == expected


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        (None, None),
        ({"reference": "Location/gone"}, None),
        ({"reference": "Location/gone", "display": "Ward 9"}, ("Ward 9", None, None)),
        (BY_CODE | {"type": "Location"}, ("RZZ", "RZZ", None)),
        ({"reference": "Location/l"}, ("Ward 4", "RZZ", "01632 960001")),
        ({"reference": "Organization/o"}, ("Example Trust", "RZZ", "01632 960001")),
    ],
)
def test_places(reference, expected):
    """A place has its own name, and the code of whoever runs it where it has none."""
    asked = msgspec.convert(reference, Reference) if reference else None
    found = r4.place(asked, known(HOUSE, WARD))
    assert (found and (found.name, found.ods_code, found.phone)) == expected


def test_a_place_without_a_name_is_the_house_it_belongs_to():
    """Nothing but its owner is known of a place that has no name."""
    nameless = {name: value for name, value in WARD.items() if name != "name"}
    found = r4.place(Reference(reference="Location/l"), known(HOUSE, nameless))
    assert found == Organisation(ods_code="RZZ", name="Example Trust", phone="01632 960001")


def test_a_resource_is_read_as_what_it_is():
    """A resource is never taken for one of another type, however much they share."""
    with pytest.raises(UnreadableError) as caught:
        parse(HOUSE).read(FhirLocation)
    assert str(caught.value) == "a resource of another type"


def test_a_role_that_nobody_holds():
    """A role without a person's name is nobody who could have done something."""
    role = {"resourceType": "PractitionerRole", "id": "r", "code": [{"text": "Nurse"}]}
    pointer = Reference(reference="PractitionerRole/r")
    assert r4.practitioner(pointer, known(role)) is None


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        ({"system": "v3", "code": "R", "display": "restricted"}, ("v3", "R", "restricted")),
        ({"display": "not for carers"}, (None, "not for carers", "not for carers")),
        ({}, (None, "unreadable", None)),
    ],
)
def test_no_label_is_lost(label, expected):
    """A label without a code is kept, as one that no rule knows."""
    (found,) = r4.labels(msgspec.convert({"security": [label]}, Meta))
    assert (found.system, found.code, found.display) == expected

"""Whom a resource is about, by table."""

import msgspec
import pytest

from federation.nhs_number import NHS_NUMBER_SYSTEM
from federation.protocols.fhir.subject import is_about
from federation.records.fhir_r4 import Resource

ADDRESSES = {"Patient/p1", "https://node.example/fhir/Patient/p1"}
NUMBERS = ("9990000018",)
OWN = {"reference": "Patient/p1"}
OTHER = {"reference": "Patient/p2"}
STAFF = {"reference": "Practitioner/p1"}


def numbered(value, system=NHS_NUMBER_SYSTEM, **more):
    return {"identifier": {"system": system, "value": value}} | more


def taking_part(*actors):
    return {"participant": [{"actor": actor} for actor in actors]}


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"subject": OWN}, True),
        ({"patient": OWN}, True),
        ({"for": OWN}, True),
        ({"for": OTHER}, False),
        ({"subject": {"reference": "https://node.example/fhir/Patient/p1"}}, True),
        ({"subject": {"reference": "https://elsewhere.example/Patient/p1"}}, False),
        ({"subject": numbered("9990000018")}, True),
        ({"subject": numbered("9990000026")}, False),
        ({"subject": numbered("9990000018", "urn:hospital")}, False),
        ({"subject": OWN, "patient": OTHER}, False),
        ({"subject": OWN | numbered("9990000018")}, True),
        ({"subject": OWN | numbered("9990000026")}, False),
        ({"subject": OTHER | numbered("9990000018")}, False),
        (taking_part(OWN, STAFF), True),
        (taking_part({"reference": "https://node.example/fhir/Patient/p1"}), True),
        (taking_part(numbered("9990000018"), STAFF), True),
        (taking_part(OWN, OTHER), False),
        (taking_part(OWN, {"reference": "https://elsewhere.example/Patient/p9"}), False),
        (taking_part(OWN, {"reference": "Patient/p2/_history/4"}), False),
        (taking_part(OWN, {"type": "Patient", "display": "Somebody Else"}), False),
        (taking_part(OWN, numbered("9990000026")), False),
        (taking_part(STAFF), False),
        (taking_part(), False),
        ({"participant": [{"member": STAFF}], "subject": OWN}, True),
        ({}, False),
        ({"subject": "Patient/p1"}, False),
    ],
)  # fmt: skip
def test_whom_a_resource_is_about(said, expected):
    """Only what names this person, and nobody else beside them, is about this person."""
    resource = {"resourceType": "Appointment", "id": "a1"} | said
    parsed = Resource.parse(msgspec.json.encode(resource))
    assert is_about(parsed, ADDRESSES, NUMBERS) is expected

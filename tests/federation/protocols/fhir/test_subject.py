"""Whom a resource is about, by table."""

import msgspec
import pytest

from federation.nhs_number import NHS_NUMBER_SYSTEM
from federation.protocols.fhir.subject import (
    Meant,
    is_about,
    without_strangers,
    without_strangers_inside,
)
from federation.records.base import PartialDateTime
from federation.records.fhir.resource import Resource

MEANT = Meant(
    addresses={"Patient/p1", "https://node.example/fhir/Patient/p1"},
    numbers=("9990000018", "9990000034"),
    birth_date=PartialDateTime("1961-04-02"),
)
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
        ({"subject": [OWN]}, False),
        ({"subject": [OWN, OTHER]}, False),
        ({"subject": OWN | numbered("9990000026", NHS_NUMBER_SYSTEM + "/")}, False),
        ({"subject": OWN | numbered("9990000026", NHS_NUMBER_SYSTEM.upper())}, False),
        ({"subject": OWN | numbered("9990000026", "http" + NHS_NUMBER_SYSTEM[5:])}, False),
        ({"subject": {"reference": f"Patient?identifier={NHS_NUMBER_SYSTEM}|9990000018"}}, False),
        (taking_part(OWN, {"reference": "Patient?identifier=x|9990000026"}), False),
    ],
)  # fmt: skip
def test_whom_a_resource_is_about(said, expected):
    """Only what names this person, and nobody else beside them, is about this person."""
    assert is_about(parsed(said), MEANT, {}) is expected


def parsed(said, kind="Appointment"):
    return Resource.parse(msgspec.json.encode({"resourceType": kind, "id": "a1"} | said))


def a_patient(*numbers, identity="pat", system=NHS_NUMBER_SYSTEM, **given):
    identifiers = [{"system": system, "value": number} for number in numbers]
    return {"resourceType": "Patient", "id": identity, "identifier": identifiers} | given


SENT_ALONG = [
    # the Patient that a resource leads to, whether it is believed to be the person
    (a_patient("9990000018"), True),
    (a_patient("9990000034"), True),
    (a_patient("9990000018", "9990000034"), True),
    (a_patient("9990000018", birthDate="1961-04-02"), True),
    (a_patient("9990000018", birthDate="1961"), True),
    (a_patient("9990000018", birthDate="1961-04-03"), False),
    (a_patient("9990000026"), False),
    (a_patient("9990000018", "9990000026"), False),
    (a_patient("9990000018", system="urn:hospital"), False),
    (a_patient(), False),
    (a_patient("9990000018", resourceType="Group"), False),
    (a_patient("9990000018", modifierExtension=[{"url": "urn:not-really"}]), False),
    (a_patient("9990000018", identifier="9990000018"), False),
]


@pytest.mark.parametrize(("patient", "expected"), SENT_ALONG)
@pytest.mark.parametrize("element", ["subject", "participant"])
def test_a_patient_that_is_contained_or_sent_along(patient, expected, element):
    """One that bears one of the person's numbers, and nobody else's, is the person."""

    def said(address):
        reference = {"reference": address}
        return {"subject": reference} if element == "subject" else taking_part(reference)

    inside = parsed(said("#pat") | {"contained": [patient]})
    assert is_about(inside, MEANT, {}) is expected
    known = {"urn:uuid:0c9": Resource.parse(msgspec.json.encode(patient))}
    assert is_about(parsed(said("urn:uuid:0c9")), MEANT, known) is expected


@pytest.mark.parametrize("address", ["#pat", "urn:uuid:0c9", "#", "Patient/p9"])
def test_a_patient_that_nobody_has(address):
    """What a subject leads to must be there, and an address of another kind is no such proof."""
    known = {"Patient/p9": Resource.parse(msgspec.json.encode(a_patient("9990000018")))}
    assert not is_about(parsed({"subject": {"reference": address}}), MEANT, known)


@pytest.mark.parametrize("address", ["#pat", "urn:uuid:0c9"])
def test_somebody_else_who_takes_part(address):
    """A Patient of another number beside the person is somebody else, however it is pointed at."""
    stranger = a_patient("9990000026")
    known = {"urn:uuid:0c9": Resource.parse(msgspec.json.encode(stranger))}
    said = taking_part(OWN, {"reference": address}) | {"contained": [stranger]}
    assert not is_about(parsed(said), MEANT, known)


@pytest.mark.parametrize("subject", [OTHER, [OTHER], {"reference": "#pat"}])
def test_what_is_pointed_at(subject):
    """What names somebody else, or in a way that cannot be read, is not to be referred to."""
    said = {"subject": subject, "contained": [a_patient("9990000026")]}
    known = {"Observation/1": parsed(said), "Practitioner/1": parsed({}, "Practitioner")}
    assert set(without_strangers(known, MEANT)) == {"Practitioner/1"}


def test_what_is_contained():
    """Of what a resource contains, what names somebody else is left out."""
    parts = [
        {"resourceType": "Observation", "id": "own", "subject": OWN},
        {"resourceType": "Observation", "id": "same", "subject": {"reference": "#pat"}},
        {"resourceType": "Observation", "id": "other", "subject": OTHER},
        {"resourceType": "Practitioner", "id": "staff"},
        a_patient("9990000018"),
    ]
    whole = parsed({"subject": OWN, "contained": parts}, "DiagnosticReport")
    for found in (
        without_strangers_inside(whole, MEANT, {}),
        without_strangers({"DiagnosticReport/a1": whole}, MEANT)["DiagnosticReport/a1"],
    ):
        kept = [Resource.parse(raw).id for raw in found.contained]
        assert kept == ["own", "same", "staff", "pat"]

"""Parts of resources that do not mean what they say."""

import pytest

from federation.model import Category
from federation.records.fhir.resource import UnreadableError
from tests.federation.records.fhir.reading import SELF, read, read_patient

CHANGED = {"modifierExtension": [{"url": "urn:not"}]}
LATEX = {"text": "Latex"}
BASE = {"id": "x1", "status": "active", "subject": SELF}
PLACES = [
    # category, type, where the meaning is changed
    (
        Category.ALLERGIES,
        "AllergyIntolerance",
        {"reaction": [{"manifestation": [LATEX]} | CHANGED]},
    ),
    (Category.MEDICATIONS, "MedicationStatement", {"dosage": [{"text": "daily"} | CHANGED]}),
    (Category.MEDICATIONS, "MedicationStatement", {"dosage": [{"timing": CHANGED}]}),
    (Category.OBSERVATIONS, "Observation", {"component": [{"code": LATEX} | CHANGED]}),
    (Category.OBSERVATIONS, "QuestionnaireResponse", {"item": [{"text": "Pain?"} | CHANGED]}),
    (Category.CONTACTS, "CareTeam", {"participant": [{"member": SELF} | CHANGED]}),
    (Category.PROBLEMS, "Condition", {"stage": [{"summary": LATEX} | CHANGED]}),
]


@pytest.mark.parametrize(("category", "kind", "place"), PLACES)
def test_a_part_that_does_not_mean_what_it_says(category, kind, place):
    """Wherever an extension changes the meaning, the resource is refused."""
    medicine = {"medicationCodeableConcept": LATEX}
    whole = {"resourceType": kind, "code": LATEX, "patient": SELF, "name": "Team"} | BASE
    whole |= medicine
    assert read(category, whole) is not None
    with pytest.raises(UnreadableError, match=r"^an extension that changes the meaning$"):
        read(category, whole | place)


def test_what_is_contained_is_read_by_itself():
    """A contained resource of another meaning takes nothing with it but itself."""
    doctor = {"resourceType": "Practitioner", "id": "d", "name": [{"text": "Dr Who"}]} | CHANGED
    recorder = {"reference": "#d", "display": "Dr Ada Example"}
    whole = {"resourceType": "AllergyIntolerance", "code": LATEX, "patient": SELF} | BASE
    found = read(Category.ALLERGIES, whole | {"recorder": recorder, "contained": [doctor]})
    assert found.author.name == "Dr Ada Example"


def test_a_contact_that_does_not_mean_what_it_says():
    """Whom to ring is refused then; who the person is stands."""
    number = {"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9990000018"}
    patient = {
        "resourceType": "Patient",
        "id": "p1",
        "identifier": [number],
        "contact": [{"name": {"text": "Not To Be Rung"}} | CHANGED],
    }
    assert read_patient(patient).nhs_number == "9990000018"
    with pytest.raises(UnreadableError, match=r"^an extension that changes the meaning$"):
        read(Category.CONTACTS, patient)


FOCUS = [
    ([], True),
    ([SELF], True),
    ([{"reference": "Device/d1"}], True),
    ([{"reference": "https://node.example/fhir/Condition/c1/_history/2"}], True),
    ([{"type": "BodyStructure", "display": "Wound"}], True),
    ([{"reference": "Patient/p2"}], False),
    ([{"reference": "RelatedPerson/r1"}], False),
    ([{"reference": "#baby"}], False),
    ([{"display": "Fetus"}], False),
    ([SELF, {"reference": "Group/g1"}], False),
]


@pytest.mark.parametrize(("focus", "expected"), FOCUS)
def test_what_an_observation_is_of(focus, expected):
    """An observation of an unborn child, a donor or a partner is none of the person."""
    whole = {"resourceType": "Observation", "code": LATEX, "focus": focus} | BASE
    whole |= {"status": "final", "valueString": "140"}
    if expected:
        assert read(Category.OBSERVATIONS, whole).value.text == "140"
    else:
        with pytest.raises(UnreadableError, match="somebody else"):
            read(Category.OBSERVATIONS, whole)

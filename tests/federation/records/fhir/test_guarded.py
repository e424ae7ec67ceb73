"""What an item must not tell of a resource that fewer people may see than the item itself."""

from __future__ import annotations

import pytest

from federation.model import Category
from federation.records.fhir.readers import FHIR_READERS
from tests.federation.records.fhir.reading import SELF, coded, known, parse, read

V3 = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
R = {"meta": {"security": [{"system": V3, "code": "R"}]}}
N = {"meta": {"security": [{"system": V3, "code": "N"}]}}
NAMED = "Topic of few"
CONDITION = {"resourceType": "Condition", "id": "t", "subject": SELF, "code": {"text": NAMED}}
DOCUMENT = {
    "resourceType": "DocumentReference",
    "id": "t",
    "subject": SELF,
    "type": {"text": NAMED},
}
POINTER = {"reference": "Condition/t", "display": NAMED}
GOAL = {"resourceType": "Goal", "id": "t", "description": {"text": NAMED}}
RELATIVE = {"resourceType": "RelatedPerson", "id": "t", "name": [{"text": NAMED}]}
STATEMENT = {
    "resourceType": "MedicationStatement",
    "id": "m",
    "status": "active",
    "subject": SELF,
    "medicationCodeableConcept": coded("1", "Aspirin"),
}
ORDER = {
    "resourceType": "MedicationRequest",
    "id": "t",
    "status": "active",
    "intent": "order",
    "subject": SELF,
    "medicationCodeableConcept": coded("1", "Aspirin"),
    "requester": {"display": NAMED},
}
VISIT = {
    "resourceType": "Encounter",
    "id": "e",
    "status": "finished",
    "class": {"code": "AMB"},
    "type": [{"text": "Visit"}],
    "subject": SELF,
}
PLAN = {
    "resourceType": "CarePlan",
    "id": "p",
    "status": "active",
    "intent": "plan",
    "title": "Plan",
    "subject": SELF,
}
REPORT = {
    "resourceType": "DiagnosticReport",
    "id": "r",
    "status": "final",
    "code": coded("2", "Blood count"),
    "subject": SELF,
}
ASKED = {"resourceType": "ServiceRequest", "id": "t", "requester": {"display": NAMED}}
CASES = [
    (Category.MEDICATIONS, STATEMENT | {"reasonReference": [POINTER]}, CONDITION),
    (Category.MEDICATIONS, STATEMENT | {"basedOn": [{"reference": "MedicationRequest/t"}]}, ORDER),
    (Category.ENCOUNTERS, VISIT | {"reasonReference": [POINTER]}, CONDITION),
    (Category.ENCOUNTERS, VISIT | {"diagnosis": [{"condition": POINTER}]}, CONDITION),
    (Category.CARE_PLANS, PLAN | {"addresses": [POINTER]}, CONDITION),
    (Category.CARE_PLANS, PLAN | {"goal": [{"reference": "Goal/t", "display": NAMED}]}, GOAL),
    (Category.CARE_PLANS, PLAN | {"contributor": [{"reference": "RelatedPerson/t"}]}, RELATIVE),
    (Category.RESULTS, REPORT | {"basedOn": [{"reference": "ServiceRequest/t"}]}, ASKED),
]


def _said(read_of):
    return repr(read_of)


@pytest.mark.parametrize(("category", "holder", "target"), CASES)
def test_nothing_is_told_of_what_is_labelled_beside_it(category, holder, target):
    """An item without a label names nothing that has one, not even in its own reference's words."""
    assert NAMED not in _said(read(category, holder, target | R))


@pytest.mark.parametrize(("category", "holder", "target"), CASES)
@pytest.mark.parametrize("labels", [({}, {}), ({}, N), (R, R), (R, N)])
def test_what_is_no_more_guarded_than_the_item_is_named(category, holder, target, labels):
    """Whoever may see the item may be told what it points at, if that has no label of its own."""
    own, others = labels
    assert NAMED in _said(read(category, holder | own, target | others))


@pytest.mark.parametrize(
    "label",
    [
        {"securityLabel": [coded("R", system=V3)]},
        {"securityLabel": [{"text": "for few"}]},
        {"meta": {"security": [{"display": "for few"}]}},
        {"modifierExtension": [{"url": "urn:x"}], **R},
    ],
)
def test_a_document_that_is_labelled_in_whatever_way_is_not_named(label):
    """A label of the document itself, in words alone, or in a document that cannot be read."""
    plan = PLAN | {"supportingInfo": [{"reference": "DocumentReference/t", "display": NAMED}]}
    assert NAMED in _said(read(Category.CARE_PLANS, plan, DOCUMENT))
    assert NAMED not in _said(read(Category.CARE_PLANS, plan, DOCUMENT | label))


def test_what_a_guarded_list_contains_is_guarded():
    """Allergies in a list carry the list's labels besides their own."""
    allergy = {
        "resourceType": "AllergyIntolerance",
        "id": "a",
        "patient": SELF,
        "code": coded("1", "Peanut"),
    }
    whole = {
        "resourceType": "List",
        "id": "l",
        "status": "current",
        "code": coded("886921000000105"),
        "subject": SELF,
        "contained": [allergy],
        "entry": [{"item": {"reference": "#a"}}],
    }
    (found,) = read(Category.ALLERGIES, whole | R)
    assert [label.code for label in found.security_labels] == ["R"]


def test_a_task_is_as_guarded_as_what_it_fulfils():
    """It is called after the request, so that it carries the request's labels."""
    task = {
        "resourceType": "Task",
        "id": "k",
        "status": "accepted",
        "intent": "order",
        "for": SELF,
        "focus": {"reference": "ServiceRequest/t"},
    }
    request = ASKED | {"status": "active", "intent": "order", "code": {"text": NAMED}}
    found = read(Category.REFERRALS, task, request | R)
    assert [label.code for label in found.security_labels] == ["R"]
    assert read(Category.REFERRALS, task, request).security_labels == ()


@pytest.mark.parametrize("others", [[], [{"member": {"display": "Nurse"}}]])
def test_a_member_of_a_team_is_as_guarded_as_their_own_entry(others):
    """A relative in a care team carries the labels of the relative, alone or among others."""
    team = {
        "resourceType": "CareTeam",
        "id": "c",
        "subject": SELF,
        "participant": [{"member": {"reference": "RelatedPerson/t"}}, *others],
    }
    found = read(Category.CONTACTS, team, RELATIVE | R)
    contacts = found if isinstance(found, tuple) else (found,)
    labelled = {one.name: [label.code for label in one.security_labels] for one in contacts}
    assert labelled == {NAMED: ["R"]} | ({"Nurse": []} if others else {})


def test_what_stands_in_a_guarded_group_is_guarded():
    """Observations of a labelled panel carry its labels, at any depth and in a ring."""
    vital = {"resourceType": "Observation", "status": "final", "subject": SELF}
    resources = [
        vital
        | R
        | {"id": "a", "code": coded("1", "A"), "hasMember": [{"reference": "Observation/b"}]},
        vital | {"id": "b", "code": coded("2", "B"), "hasMember": [{"reference": "Observation/c"}]},
        vital | {"id": "c", "code": coded("3", "C"), "hasMember": [{"reference": "Observation/a"}]},
        vital | {"id": "d", "code": coded("4", "D"), "valueString": "x"},
    ]
    reading = FHIR_READERS[Category.OBSERVATIONS]
    found = reading.gather(reading.readers, list(map(parse, resources)), known(*resources)).items
    labels = {one.source_id: [label.code for label in one.security_labels] for one in found}
    assert labels == {"a": ["R"], "b": ["R"], "c": ["R"], "d": []}

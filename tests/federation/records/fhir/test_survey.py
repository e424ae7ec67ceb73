"""What becomes of FHIR R4 JSON, by table."""

import msgspec
import pytest

from federation.model import Category
from federation.records.fhir.survey import (
    ENTERED_IN_ERROR,
    NO_CONTENT,
    NOT_A_RESOURCE,
    NOT_IN_USE,
    UNKNOWN_TYPE,
    Becomes,
    Fate,
    Survey,
    read_types,
    supporting_types,
    survey,
)
from federation.records.fhir.unread_types import UNREAD_TYPES

SNOMED = "http://snomed.info/sct"
NUMBER = {"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9990000000"}
ALLERGY = {"resourceType": "AllergyIntolerance", "id": "a", "code": {"text": "Penicillin"}}
NONE_KNOWN = ALLERGY | {"code": {"coding": [{"system": SNOMED, "code": "716186003"}]}}
MISTAKEN = ALLERGY | {"verificationStatus": {"coding": [{"code": "entered-in-error"}]}}
RELATIVE = {"resourceType": "RelatedPerson", "id": "r", "active": False}
TEAM = {
    "resourceType": "CareTeam",
    "id": "t",
    "status": "inactive",
    "participant": [{"member": {"reference": "Patient/p"}}],
}
CONSENT = {
    "resourceType": "Consent",
    "id": "c",
    "status": "active",
    "scope": {"coding": [{"code": "patient-privacy"}]},
}
PERSON = {"resourceType": "Patient", "id": "p", "identifier": [NUMBER]}


def fates(resource):
    (found,) = survey([msgspec.json.encode(resource)])
    return dict(found.fates)


def bundle(*resources):
    return {
        "resourceType": "Bundle",
        "type": "searchset",
        "entry": [{"resource": one} for one in resources],
    }


@pytest.mark.parametrize(
    ("resource", "fate"),
    [
        (ALLERGY, Fate("AllergyIntolerance", Becomes.ITEMS, (Category.ALLERGIES,))),
        (NONE_KNOWN, Fate("AllergyIntolerance", Becomes.ASSERTION, (Category.ALLERGIES,))),
        (MISTAKEN, Fate("AllergyIntolerance", Becomes.NO_ITEM, why=ENTERED_IN_ERROR)),
        (
            ALLERGY | {"code": None},
            Fate("AllergyIntolerance", Becomes.REFUSED, why="an allergy without a substance"),
        ),
        (RELATIVE, Fate("RelatedPerson", Becomes.NO_ITEM, why=NOT_IN_USE)),
        (TEAM, Fate("CareTeam", Becomes.NO_ITEM, why=NOT_IN_USE)),
        (TEAM | {"status": "active"}, Fate("CareTeam", Becomes.NO_ITEM, why=NO_CONTENT)),
        (CONSENT, Fate("Consent", Becomes.NO_ITEM, why=NO_CONTENT)),
        (PERSON, Fate("Patient", Becomes.PERSON, (Category.DEMOGRAPHICS,))),
        (
            PERSON | {"identifier": []},
            Fate("Patient", Becomes.REFUSED, why="a person without an NHS number"),
        ),
        ({"resourceType": "Organization", "id": "o"}, Fate("Organization", Becomes.SUPPORT)),
        (
            {"resourceType": "Slot", "id": "s"},
            Fate("Slot", Becomes.REFUSED, why=UNREAD_TYPES["Slot"]),
        ),
        ({"resourceType": "9990000000"}, Fate("", Becomes.REFUSED, why=UNKNOWN_TYPE)),
        ({"hello": "world"}, NOT_A_RESOURCE),
        ([1, 2], NOT_A_RESOURCE),
    ],
    ids=lambda one: "" if isinstance(one, Fate) else None,
)
def test_what_one_resource_becomes(resource, fate):
    """Each resource becomes one thing, with a reason in fixed words wherever it is not shown."""
    assert fates(resource) == {fate: 1}


def test_a_bundle_is_opened():
    """Every resource of a Bundle, of one in it too, is looked at; requests without one are not."""
    inner = bundle(ALLERGY, NONE_KNOWN)
    whole = bundle(inner, PERSON, ALLERGY)
    whole["entry"].append({"request": {"method": "GET", "url": "Patient/1"}})
    (found,) = survey([msgspec.json.encode(whole)])
    assert found.fates.total() == 4
    assert found.items == {Category.ALLERGIES: 2}


@pytest.mark.parametrize(
    ("kind", "becomes"),
    [
        ("transaction", Becomes.ITEMS),
        ("collection", Becomes.ITEMS),
        ("searchset", Becomes.REFUSED),
        ("history", Becomes.REFUSED),
        (None, Becomes.ITEMS),
    ],
)
def test_a_new_resource_is_read_as_if_it_had_its_id(kind, becomes):
    """What no server has taken in yet has no id to have; what a server sends must have one."""
    new = {name: value for name, value in ALLERGY.items() if name != "id"}
    entry = {"fullUrl": "urn:uuid:0e7c", "resource": new}
    whole = {"resourceType": "Bundle", "type": kind, "entry": [entry]} if kind else new
    assert [fate.becomes for fate in fates(whole)] == [becomes]


def test_references_lead_from_one_file_into_another():
    """A medicine that another file names is found there."""
    request = {
        "resourceType": "MedicationRequest",
        "id": "r",
        "status": "active",
        "intent": "order",
        "medicationReference": {"reference": "Medication/m"},
    }
    medicine = {"resourceType": "Medication", "id": "m", "code": {"text": "Ramipril"}}
    alone, together = (
        survey([msgspec.json.encode(one) for one in some])[0]
        for some in ([request], [request, medicine])
    )
    assert (alone.items, together.items) == ({}, {Category.MEDICATIONS: 1})


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[" * 100_000])
def test_what_is_no_json_is_none(body):
    """A file that is no JSON is told apart from one that is refused, and spoils no other."""
    assert survey([body, msgspec.json.encode(ALLERGY)])[0] is None
    assert survey([body, msgspec.json.encode(ALLERGY)])[1] is not None


def test_surveys_add_up():
    """A total counts every file's resources and items."""
    total = Survey()
    for one in survey([msgspec.json.encode(bundle(ALLERGY, MISTAKEN))] * 2):
        total.add(one)
    assert (total.fates.total(), total.items) == (4, {Category.ALLERGIES: 2})


def test_reasons_are_for_types_that_are_not_read():
    """No type has both a reader and a reason why it has none."""
    assert sorted(set(UNREAD_TYPES) & (read_types() | supporting_types())) == []

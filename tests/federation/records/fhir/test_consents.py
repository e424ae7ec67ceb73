"""Consents: advance decisions, consents to treatment, and wishes about sharing."""

import pytest

from federation.model import Category, Organisation
from federation.records.fhir.resource import UnreadableError
from tests.federation.records.fhir.reading import SELF, coded, read, uk_core
from tests.real_data import NEEDS_DATA

NURSE = {"reference": "Practitioner/n", "display": "Nurse Ada Example"}
CONSENT = {
    "resourceType": "Consent",
    "id": "k1",
    "status": "active",
    "scope": coded("adr"),
    "patient": SELF,
    "category": [{"text": "Advance directive"}],
    "dateTime": "2024-03-01",
    "provision": {"type": "deny", "code": [{"text": "Ventilation"}, {"text": "Dialysis"}]},
}


def consent(**changes):
    return read(Category.CARE_PLANS, CONSENT, **changes)


def provision(**given):
    return {"provision": given}


@pytest.mark.parametrize(
    ("changes", "field", "expected"),
    [
        ({}, "name", "Advance decision to refuse treatment"),
        ({"scope": coded("treatment")}, "name", "Consent to treatment"),
        ({}, "advance_decision", "Ventilation, Dialysis"),
        (
            {"provision": ...},
            "advance_decision",
            "Recorded; what it refuses is not part of this entry.",
        ),
        (provision(type="permit", code=[{"text": "Blood"}]), "narrative", "Consents to: Blood"),
        (provision(code=[{"text": "Blood"}]), "narrative", "About: Blood"),
        (
            provision(type="permit", provision=[{"type": "deny", "code": [{"text": "Blood"}]}]),
            "advance_decision",
            "Blood",
        ),
        ({"scope": coded("treatment"), "provision": ...}, "advance_decision", None),
        ({"status": "draft"}, "status", "DRAFT"),
        ({"status": "proposed"}, "status", "DRAFT"),
        ({}, "status", "ACTIVE"),
        ({"status": "rejected"}, "status", "REVOKED"),
        ({"status": "inactive"}, "status", "COMPLETED"),
        ({"status": "invented"}, "status", "UNKNOWN"),
        ({}, "effective_at", "2024-03-01"),
        (provision(period={"start": "2024-04", "end": "2030"}), "effective_at", "2024-04"),
        (provision(period={"start": "2024-04", "end": "2030"}), "valid_until", "2030"),
        ({}, "recorded_at", "2024-03-01"),
        (
            {
                "verification": [
                    {"verified": True, "verificationDate": "2024-05"},
                    {"verified": False},
                ]
            },
            "last_confirmed_at",
            "2024-05",
        ),
        (
            {"organization": [{"reference": "Organization/o", "display": "GP"}]},
            "custodian",
            Organisation(name="GP"),
        ),
        ({"performer": [{"reference": "Patient/p1", "display": "Orla"}]}, "author", None),
        (
            {"performer": [{"reference": "Patient/p1", "display": "Orla"}]},
            "narrative",
            "Agreed by: Orla",
        ),
        ({"policyRule": {"text": "MCA 2005"}}, "narrative", "Rule: MCA 2005"),
        ({"sourceAttachment": {"title": "Signed form"}}, "narrative", "Document: Signed form"),
        ({"sourceReference": {"display": "Signed form"}}, "narrative", "Document: Signed form"),
        ({"category": [{"text": "dnr"}]}, "cpr", None),
        (provision(type="deny", code=[coded("450475007", "CPR")]), "cpr", None),
        ({"status": "entered-in-error"}, None, None),
        ({"scope": coded("research")}, None, None),
    ],
)
def test_advance_decisions_and_consents_to_treatment(changes, field, expected):
    """What is refused and what is agreed to are told apart, and none is a decision on CPR."""
    item = consent(**changes)
    assert (getattr(item, field) if field else item) == expected


def test_what_kind_of_plan_a_consent_is():
    """The source's own category, else what the consent is for."""
    assert consent().plan_type.display == "Advance directive"
    assert consent(category=...).plan_type.display == "Advance decision to refuse treatment"


def test_who_took_down_an_advance_decision():
    """The member of staff among those who agreed is its author."""
    agreed = [{"reference": "Patient/p1", "display": "Orla"}, NURSE]
    assert consent(performer=agreed).author.name == "Nurse Ada Example"


def test_a_consent_to_something_else_is_refused():
    """A consent of a scope that is not known is counted, not guessed at."""
    with pytest.raises(UnreadableError) as caught:
        consent(scope={"text": "something"})
    assert str(caught.value) == "a consent to something that is not known"


def test_a_provision_that_means_something_else():
    """A provision whose meaning an extension changes is not read."""
    with pytest.raises(UnreadableError) as caught:
        consent(**provision(type="deny", modifierExtension=[{"url": "urn:not"}]))
    assert str(caught.value) == "an extension that changes the meaning"


def scoped(*scopes):
    return {"coding": [{"code": scope} for scope in scopes]}


@pytest.mark.parametrize("scopes", [("patient-privacy",), ("research", "patient-privacy")])
def test_a_wish_about_sharing_is_no_plan(scopes):
    """What a person wants shared, or to be used for research, is no item of the record."""
    assert consent(scope=scoped(*scopes), **provision(type="deny")) is None


def test_a_plan_that_is_a_wish_about_sharing_too():
    """An advance decision is shown whatever else the same consent is about."""
    found = consent(scope=scoped("patient-privacy", "adr"))
    assert found.advance_decision == "Ventilation, Dialysis"


@NEEDS_DATA
def test_uk_cores_consent_is_no_plan():
    """UK Core's example is about sharing, and no item."""
    assert read(Category.CARE_PLANS, uk_core("Consent-ForInformationAccess")) is None

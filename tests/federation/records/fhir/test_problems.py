"""What `Condition` becomes: problems and diagnoses, with nothing of their times lost."""

import pytest

from federation.model import Category
from federation.records.fhir.resource import UnreadableError
from tests.federation.records.fhir.reading import (
    SELF,
    UK_CORE,
    changed,
    coded,
    published,
    read,
    uk_core,
)
from tests.real_data import NEEDS_DATA

PROBLEM = {
    "resourceType": "Condition",
    "id": "c1",
    "subject": SELF,
    "code": coded("44054006", "Type 2 diabetes mellitus", text="T2DM"),
}
OTHER = PROBLEM | {"id": "c2", "code": coded("38341003", "Hypertension")}
FORTY = {"value": 40, "unit": "a", "system": "http://unitsofmeasure.org", "code": "a"}
FIFTY = FORTY | {"value": 50, "comparator": "<"}


def problem(*along, **changes):
    return read(Category.PROBLEMS, PROBLEM, *along, **changes)


def said(name, **value):
    return {"url": UK_CORE + name, **value}


@pytest.mark.parametrize(
    ("changes", "field", "expected"),
    [
        ({}, "clinical_status", "UNKNOWN"),
        ({"clinicalStatus": coded("recurrence")}, "clinical_status", "RECURRENCE"),
        ({"clinicalStatus": coded("invented")}, "clinical_status", "UNKNOWN"),
        ({}, "verification_status", "UNKNOWN"),
        ({"verificationStatus": coded("differential")}, "verification_status", "DIFFERENTIAL"),
        ({"verificationStatus": coded("refuted")}, "verification_status", "REFUTED"),
        ({"category": [coded("problem-list-item")]}, "recorded_as", "problem list item"),
        (
            {"category": [coded("encounter-diagnosis", "Encounter Diagnosis")]},
            "recorded_as",
            "encounter diagnosis",
        ),
        (
            {"category": [coded("problem-list-item"), {"text": "Referral reason"}]},
            "recorded_as",
            "problem list item, Referral reason",
        ),
        ({"severity": coded("24484000", "Severe")}, "severity", "Severe"),
        (
            {"bodySite": [coded("1", "Left eye"), coded("2", "Right eye")]},
            "body_site",
            "Left eye, Right eye",
        ),
        ({"onsetDateTime": "2001"}, "onset", "2001"),
        ({"onsetPeriod": {"start": "2001-05"}}, "onset", "2001-05"),
        ({"abatementDateTime": "2020-01-02"}, "abated", "2020-01-02"),
        ({"abatementPeriod": {"start": "2019", "end": "2020-03"}}, "abated", "2020-03"),
        ({"abatementPeriod": {"start": "2019"}}, "abated", "2019"),
        ({"abatementBoolean": True}, "clinical_status", "UNKNOWN"),
        ({"recordedDate": "2019-04-02"}, "recorded_at", "2019-04-02"),
        ({"extension": [said("ProblemSignificance", valueCode="major")]}, "significance", "major"),
        (
            {
                "extension": [
                    said("ConditionEpisode", valueCodeableConcept=coded("new", "New", system="u"))
                ]
            },
            "episodicity",
            "new",
        ),
    ],
)
def test_problems(changes, field, expected):
    """Each element of a condition has its place."""
    assert getattr(problem(**changes), field) == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, None),
        ({"note": [{"text": "one"}, {"text": "two"}]}, "one\ntwo"),
        ({"onsetAge": FORTY}, "Onset: at the age of 40 years"),
        ({"onsetAge": FORTY | {"value": 1}}, "Onset: at the age of 1 year"),
        ({"onsetAge": {"value": 40, "unit": "winters"}}, "Onset: at the age of 40 winters"),
        (
            {"onsetRange": {"low": FORTY, "high": FORTY | {"value": 45}}},
            "Onset: 40 years to 45 years",
        ),
        ({"onsetRange": {"low": FORTY}}, "Onset: at least 40 years"),
        ({"onsetRange": {"high": FORTY}}, "Onset: at most 40 years"),
        ({"onsetString": "in childhood"}, "Onset: in childhood"),
        ({"onsetPeriod": {"start": "2001", "end": "2002"}}, "Onset until: 2002"),
        ({"abatementAge": FIFTY}, "Abated: at the age of < 50 years"),
        ({"abatementRange": {"low": FORTY}}, "Abated: at least 40 years"),
        ({"abatementString": "last spring"}, "Abated: last spring"),
        ({"abatementBoolean": True}, "Abated: yes"),
        ({"abatementBoolean": False}, None),
        ({"abatementPeriod": {"start": "2019", "end": "2020"}}, "Abated from: 2019"),
        ({"abatementPeriod": {"start": "2019"}}, None),
        (
            {
                "stage": [
                    {"summary": {"text": "II"}, "type": {"text": "TNM"}},
                    {"type": {"text": "x"}},
                ]
            },
            "Stage: II (TNM), x",
        ),
        (
            {"evidence": [{"code": [{"text": "rash"}], "detail": [{"display": "photograph"}]}]},
            "Evidence: rash, photograph",
        ),
        ({"onsetString": "early", "note": [{"text": "mine"}]}, "mine\nOnset: early"),
    ],
)
def test_what_no_field_takes_is_in_the_note(changes, expected):
    """A time that is no date, a stage and evidence are told in words, after the source's own."""
    assert problem(**changes).note == expected


HEADER = [
    {"url": "type", "valueCode": "child"},
    {"url": "target", "valueReference": {"reference": "Condition/c2"}},
]


@pytest.mark.parametrize(
    ("extensions", "along", "expected"),
    [
        (
            [said("RelatedClinicalContent", valueReference={"display": "Letter"})],
            [],
            ("Letter",),
        ),
        ([said("RelatedProblemHeader", extension=HEADER)], [OTHER], ("Hypertension (child)",)),
        (
            [said("RelatedProblemHeader", extension=HEADER)],
            [],
            ("Condition that is not shown here (child)",),
        ),
        (
            [said("RelatedProblemHeader", extension=HEADER)],
            [OTHER | {"subject": {"reference": "Patient/p2"}}],
            ("Condition that is not shown here (child)",),
        ),
        (
            [said("RelatedProblemHeader", extension=HEADER)],
            [OTHER | {"verificationStatus": coded("entered-in-error")}],
            ("Condition that is not shown here (child)",),
        ),
        (
            [said("RelatedClinicalContent", valueReference={"reference": "urn:uuid:1"})],
            [],
            ("an entry that is not shown here",),
        ),
        ([said("RelatedClinicalContent")], [], ()),
        ([said("RelatedProblemHeader")], [], ()),
        (
            [said("RelatedClinicalContent", valueReference={"reference": "Condition/c2"})] * 2,
            [OTHER],
            ("Hypertension",),
        ),
    ],
)
def test_what_a_problem_is_linked_to(extensions, along, expected):
    """Linked entries are named, unless they are somebody else's or a mistake."""
    assert problem(*along, extension=extensions).related_to == expected


def test_problems_entered_in_error():
    """What was entered in error is nothing."""
    assert problem(verificationStatus=coded("entered-in-error")) is None


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"code": ...}, "a problem without a name"),
        ({"code": {}}, "a concept without code or words"),
        ({"id": ...}, "a resource without an id"),
        ({"onsetDateTime": "long ago"}, "a date that is none"),
        ({"onsetAge": "forty"}, "an element has another shape than R4's"),
    ],
)
def test_problems_that_cannot_be_read(changes, reason):
    """A condition that would mislead is refused with a reason."""
    with pytest.raises(UnreadableError, match=f"^{reason}$"):
        problem(**changes)


@NEEDS_DATA
def test_uk_core_conditions_field_by_field():
    """UK Core's example shows all that it says."""
    item = read(Category.PROBLEMS, uk_core("Condition-BleedingFromEar"))
    told = {name: getattr(item, name) for name in item.__struct_fields__ if getattr(item, name)}
    assert told.pop("condition").codings[0].code == "26322001"
    assert {name: told[name] for name in set(told) - {"source", "retrieved_at"}} == {
        "source_id": "UKCore-Condition-BleedingFromEar-Example",
        "clinical_status": "ACTIVE",
        "verification_status": "CONFIRMED",
        "recorded_as": "encounter diagnosis",
    }


@NEEDS_DATA
def test_published_conditions():
    """Every published condition is read, those that are over with their end."""
    items = [read(Category.PROBLEMS, changed(one)) for _, one in published("Condition")]
    assert len(items) == 56
    assert sum(item.abated is not None for item in items) == 26
    assert sum(item.onset is not None for item in items) == 54


def test_a_status_is_found_behind_a_code_of_another_system():
    """Neither a mistake nor a denial is overlooked because a source's own code stands first."""
    local = {"system": "urn:local", "code": "17"}
    system = "http://terminology.hl7.org/CodeSystem/condition-ver-status"
    problem = {
        "resourceType": "Condition",
        "id": "c",
        "code": {"text": "Asthma"},
        "verificationStatus": {"coding": [local, {"system": system, "code": "refuted"}]},
        "clinicalStatus": {"coding": [local, {"code": "resolved"}]},
    }
    found = read(Category.PROBLEMS, problem)
    assert found.verification_status == "REFUTED"
    assert found.clinical_status == "RESOLVED"
    wrong = {"coding": [local, {"system": system, "code": "entered-in-error"}]}
    assert read(Category.PROBLEMS, problem, verificationStatus=wrong) is None

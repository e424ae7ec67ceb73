"""What resources become in the record, by table: four categories and the person."""

import gzip
import json

import msgspec
import pytest

from federation.model import Assertion, Category
from federation.records.base import Item
from federation.records.fhir.person import read_person
from federation.records.fhir.readers import FHIR_READERS
from federation.records.fhir.resource import References, Resource, UnreadableError
from tests.federation.records.fhir.reading import changed, coded, parse
from tests.real_data import DATA, NEEDS_DATA

READ_HERE = (Category.ALLERGIES, Category.MEDICATIONS, Category.CARE_PLANS, Category.OBSERVATIONS)
READERS = {
    kind: reader
    for category in READ_HERE
    for kind, reader in FHIR_READERS[category].readers.items()
}


def read(resource, **changes):
    parsed = parse(changed(resource, **changes))
    reader = read_person if parsed.kind == "Patient" else READERS[parsed.kind]
    return reader(parsed, References.none())


ALLERGY = {
    "resourceType": "AllergyIntolerance",
    "id": "a1",
    "meta": {
        "versionId": "3",
        "lastUpdated": "2024-05-01T10:00:00+01:00",
        "source": "https://gp.example",
        "security": [{"system": "v3", "code": "R"}],
    },
    "identifier": [{"system": "urn:x", "value": "1"}, {"value": "no system"}],
    "code": coded("91936005", "Allergy to penicillin", text="penicillin"),
    "clinicalStatus": coded("active"),
    "verificationStatus": coded("confirmed"),
}


@pytest.mark.parametrize(
    ("changes", "field", "expected"),
    [
        ({}, "source_id", "a1"),
        ({}, "version", "3"),
        ({}, "source_system", "https://gp.example"),
        ({}, "identifiers", "({'system': 'urn:x', 'value': '1'},)"),
        ({}, "clinical_status", "ACTIVE"),
        ({}, "verification_status", "CONFIRMED"),
        ({"clinicalStatus": coded("resolved")}, "clinical_status", "RESOLVED"),
        ({"clinicalStatus": coded("invented")}, "clinical_status", "UNKNOWN"),
        ({"clinicalStatus": ...}, "clinical_status", "UNKNOWN"),
        ({"verificationStatus": coded("refuted")}, "verification_status", "REFUTED"),
        ({"type": "intolerance"}, "type", "INTOLERANCE"),
        ({"criticality": "unable-to-assess"}, "criticality", "UNABLE_TO_ASSESS"),
        ({"onsetDateTime": "2001"}, "onset", "2001"),
        ({"onsetPeriod": {"start": "2001-05"}}, "onset", "2001-05"),
        ({"recordedDate": "2019-04-02"}, "recorded_at", "2019-04-02"),
        ({"reaction": [{"severity": "mild"}, {"severity": "severe"}]}, "severity", "severe"),
    ],
)
def test_allergies(changes, field, expected):
    """Each element of an allergy has its place."""
    assert str(msgspec.to_builtins(getattr(read(ALLERGY, **changes), field))) == expected


def test_an_allergy_that_was_ended():
    """UK Core's extension says when and why an allergy was ended."""
    url = "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-AllergyIntoleranceEnd"
    parts = [
        {"url": "endDate", "valueDateTime": "2020-01-02"},
        {"url": "reasonEnded", "valueString": "tolerated on challenge"},
    ]
    item = read(ALLERGY, extension=[{"url": url, "extension": parts}])
    assert (item.ended_at, item.end_reason) == ("2020-01-02", "tolerated on challenge")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"code": coded("716186003")}, Assertion.NONE_KNOWN),
        ({"code": coded("160244002")}, Assertion.NONE_KNOWN),
        ({"code": coded("716186003"), "clinicalStatus": coded("inactive")}, None),
        ({"code": coded("716186003"), "verificationStatus": coded("refuted")}, None),
        ({"code": coded("716186003"), "verificationStatus": coded("entered-in-error")}, None),
        ({"verificationStatus": coded("entered-in-error")}, None),
    ],
)
def test_statements_that_are_no_allergies(changes, expected):
    """`No known allergy` in force is an assertion; what was entered in error is nothing."""
    assert read(ALLERGY, **changes) is expected


def test_no_known_drug_allergy_is_not_none_known():
    """A narrower negation speaks for itself and not for the rest."""
    item = read(ALLERGY, code=coded("409137002", "No known drug allergy"))
    assert item.substance.display == "No known drug allergy"


@pytest.mark.parametrize(
    ("code", "display", "degraded"),
    [
        (coded("91936005", "Allergy to penicillin"), "Allergy to penicillin", False),
        (coded("91936005", None, text="pen"), "pen", False),
        (coded("91936005"), "91936005", False),
        ({"text": "pen"}, "pen", False),
        (
            coded("196461000000101", "Transfer-degraded drug allergy", text="Septrin"),
            "Septrin",
            True,
        ),
        (
            coded("196461000000101", "Transfer-degraded drug allergy"),
            "Transfer-degraded drug allergy",
            True,
        ),
    ],
)
def test_concepts(code, display, degraded):
    """A concept is shown in a code's words; a degraded one in those it was recorded in."""
    substance = read(ALLERGY, code=code).substance
    assert (substance.display, substance.degraded) == (display, degraded)


STATEMENT = {
    "resourceType": "MedicationStatement",
    "id": "s1",
    "status": "active",
    "medicationCodeableConcept": coded("42206711000001100", "Ramipril", "https://dmd.nhs.uk/"),
}
REQUEST = STATEMENT | {"resourceType": "MedicationRequest", "intent": "order"}
DISPENSE = STATEMENT | {"resourceType": "MedicationDispense"}
ADMINISTRATION = STATEMENT | {"resourceType": "MedicationAdministration", "status": "completed"}
UK = "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-"


@pytest.mark.parametrize(
    ("resource", "changes", "field", "expected"),
    [
        (STATEMENT, {}, "status", "ACTIVE"),
        (STATEMENT, {"status": "on-hold"}, "status", "ON_HOLD"),
        (STATEMENT, {"status": "not-taken"}, "status", "NOT_TAKEN"),
        (STATEMENT, {"status": "invented"}, "status", "UNKNOWN"),
        (STATEMENT, {"effectivePeriod": {"start": "2021", "end": "2022"}}, "start", "2021"),
        (STATEMENT, {"effectivePeriod": {"start": "2021", "end": "2022"}}, "end", "2022"),
        (STATEMENT, {"effectiveDateTime": "2021-03"}, "start", "2021-03"),
        (STATEMENT, {"dateAsserted": "2021-03-04"}, "recorded_at", "2021-03-04"),
        (
            STATEMENT,
            {"dosage": [{"text": "one a day"}, {"text": "at night"}]},
            "dosage",
            "one a day; at night",
        ),
        (STATEMENT, {"dosage": [{"route": coded("26643006", "Oral")}]}, "route", "Oral"),
        (
            STATEMENT,
            {"dosage": [{"doseAndRate": [{"doseQuantity": {"value": 5, "unit": "mg"}}]}]},
            "dosage",
            "5 mg",
        ),
        (STATEMENT, {"reasonCode": [{"text": "hypertension"}]}, "indication", "hypertension"),
        (STATEMENT, {"statusReason": [{"text": "cough"}]}, "stop_reason", "cough"),
        (STATEMENT, {"extension": [{"url": UK + "DosageLastChanged"}]}, "changed_recently", "True"),
        (
            STATEMENT,
            {
                "extension": [
                    {"url": UK + "MedicationStatementLastIssueDate", "valueDateTime": "2024-01-02"}
                ]
            },
            "last_issued",
            "2024-01-02",
        ),
        (REQUEST, {"status": "draft"}, "status", "INTENDED"),
        (REQUEST, {"intent": "proposal"}, "status", "INTENDED"),
        (REQUEST, {"status": "stopped", "intent": "option"}, "status", "STOPPED"),
        (REQUEST, {}, "kind", "UNKNOWN"),
        (REQUEST, {"courseOfTherapyType": coded("acute")}, "kind", "ACUTE"),
        (REQUEST, {"courseOfTherapyType": coded("continuous")}, "kind", "REPEAT"),
        (
            REQUEST,
            {"courseOfTherapyType": coded("continuous-repeat-dispensing")},
            "kind",
            "REPEAT_DISPENSED",
        ),
        (REQUEST, {"category": [coded("discharge")]}, "kind", "DISCHARGE"),
        (REQUEST, {"authoredOn": "2024-01-02"}, "recorded_at", "2024-01-02"),
        (
            REQUEST,
            {"dispenseRequest": {"quantity": {"value": 28, "unit": "tablet"}}},
            "quantity",
            "28 tablet",
        ),
        (
            DISPENSE,
            {"whenHandedOver": "2024-01-03", "whenPrepared": "2024-01-02"},
            "last_issued",
            "2024-01-03",
        ),
        (DISPENSE, {"status": "declined"}, "status", "CANCELLED"),
        (ADMINISTRATION, {}, "kind", "ADMINISTERED"),
        (ADMINISTRATION, {"effectiveDateTime": "2024-01-02"}, "last_issued", "2024-01-02"),
        (
            ADMINISTRATION,
            {"effectiveDateTime": "2024-01-02", "status": "not-done"},
            "last_issued",
            "None",
        ),
        (ADMINISTRATION, {"status": "not-done"}, "status", "NOT_TAKEN"),
        (ADMINISTRATION, {"dosage": {"dose": {"value": 400, "unit": "mg"}}}, "dosage", "400 mg"),
    ],
)
def test_medications(resource, changes, field, expected):
    """Statements, requests, dispenses and administrations become one kind of item."""
    assert str(msgspec.to_builtins(getattr(read(resource, **changes), field))) == expected


@pytest.mark.parametrize("resource", [STATEMENT, REQUEST, DISPENSE, ADMINISTRATION])
def test_medications_entered_in_error(resource):
    """What was entered in error is nothing."""
    assert read(resource, status="entered-in-error") is None


def test_dmd_is_one_system():
    """The two spellings of dm+d's address are one system."""
    (coding,) = read(STATEMENT).medicine.codings
    assert coding.system == "https://dmd.nhs.uk"


def a_flag(code="450476008", identity="cpr", **given):
    return {
        "resourceType": "Flag",
        "id": identity,
        "status": "active",
        "code": coded(code),
        "period": {"start": "2024-03-01"},
        "author": {"display": "Dr Ada Example"},
    } | given


PLAN = {
    "resourceType": "CarePlan",
    "id": "c1",
    "status": "active",
    "intent": "plan",
    "title": "My plan",
    "category": [coded("1382601000000107", "ReSPECT")],
    "contained": [
        a_flag(),
        {"resourceType": "Goal", "id": "g", "description": {"text": "stay at home"}},
    ],
    "supportingInfo": [{"reference": "#cpr"}],
    "goal": [{"reference": "#g"}, {"display": "see the sea"}],
    "period": {"start": "2024-03-01", "end": "2025-03-01"},
    "note": [
        {"text": "Discussed with: her daughter"},
        {"text": "Preferred place of care: home"},
        {"text": "Preferred place of death: hospice"},
        {"text": "Ceiling of treatment: ward"},
        {"text": "Anticipatory medicines: in the fridge"},
        {"text": "Advance decision: no ventilation"},
        {"text": "Preferences: quiet"},
        {"text": "Last confirmed: 2024-06"},
        {"text": "anything else"},
    ],
}


def test_a_whole_care_plan():
    """Every convention of the care plan profile has its field."""
    item = read(PLAN)
    assert (item.name, item.plan_type.display, item.status) == ("My plan", "ReSPECT", "ACTIVE")
    assert (item.effective_at, item.valid_until) == ("2024-03-01", "2025-03-01")
    assert item.goals == ("stay at home", "see the sea")
    assert (item.cpr.decision, item.cpr.decided_at) == ("DO_NOT_ATTEMPT_CPR", "2024-03-01")
    assert (item.cpr.clinician.name, item.cpr.discussed_with) == ("Dr Ada Example", "her daughter")
    assert (item.preferred_place_of_care, item.preferred_place_of_death) == ("home", "hospice")
    assert (item.ceiling_of_treatment, item.preferences) == ("ward", "quiet")
    assert item.anticipatory_medicines == "in the fridge"
    assert (item.advance_decision, item.last_confirmed_at) == ("no ventilation", "2024-06")


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        ([a_flag("450475007")], "ATTEMPT_CPR"),
        ([a_flag(status="inactive")], None),
        ([a_flag(status="entered-in-error")], None),
        ([a_flag("226201008")], None),
        ([a_flag(), a_flag("450475007", status="inactive", identity="old")], "DO_NOT_ATTEMPT_CPR"),
        ([], None),
    ],
)
def test_decisions_on_resuscitation(flags, expected):
    """Only an active flag with a code for it is a decision."""
    pointers = [{"reference": f"#{flag['id']}"} for flag in flags]
    item = read(PLAN, contained=flags, supportingInfo=pointers, goal=[])
    assert (item.cpr and item.cpr.decision) == expected


UNREADABLE = [
    (ALLERGY, {"code": ...}, "an allergy without a substance"),
    (ALLERGY, {"code": {}}, "a concept without code or words"),
    (ALLERGY, {"id": ...}, "a resource without an id"),
    (ALLERGY, {"recordedDate": "2019-02-30"}, "a date that is none"),
    (ALLERGY, {"recordedDate": "last week"}, "a date that is none"),
    (ALLERGY, {"code": "penicillin"}, "an element has another shape than R4's"),
    (ALLERGY, {"modifierExtension": [{"url": "urn:not"}]}, "an extension that changes the meaning"),
    (ALLERGY, {"implicitRules": "urn:rules"}, "an extension that changes the meaning"),
    (ALLERGY, {"contained": [4]}, "not a resource"),
    (STATEMENT, {"medicationCodeableConcept": ...}, "a medicine that is not named"),
    (STATEMENT, {"status": ...}, "an element has another shape than R4's"),
    (REQUEST, {"doNotPerform": True}, "an instruction not to give a medicine"),
    (PLAN, {"contained": []}, "a plan that points at a part it does not contain"),
    (
        PLAN,
        {"supportingInfo": [{"reference": "Flag/cpr"}]},
        "a plan that points at a flag that cannot be found",
    ),
    (
        PLAN,
        {
            "contained": [a_flag(), a_flag("450475007", identity="other")],
            "supportingInfo": [{"reference": "#cpr"}, {"reference": "#other"}],
            "goal": [],
        },
        "two decisions on resuscitation in one plan",
    ),
    (PLAN, {"category": ..., "title": ...}, "a plan without a kind or a title"),
    (PLAN, {"note": [{"text": "Last confirmed: in June"}]}, "a date that is none"),
]


@pytest.mark.parametrize(("resource", "changes", "reason"), UNREADABLE)
def test_what_cannot_be_read_safely(resource, changes, reason):
    """A resource that would mislead is refused, with a reason that holds nothing of it."""
    with pytest.raises(UnreadableError) as caught:
        read(resource, **changes)
    assert str(caught.value) == reason


PATIENT = {
    "resourceType": "Patient",
    "id": "p1",
    "identifier": [
        {"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9990000026", "use": "old"},
        {"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9990000018"},
        {"system": "urn:local", "value": "7"},
    ],
    "name": [
        {"use": "maiden", "family": "Quill", "given": ["Orla"]},
        {"use": "official", "family": "Fernsby", "given": ["Orla", "Jane"], "prefix": ["Ms"]},
        {"use": "nickname", "given": ["Ol"]},
    ],
    "birthDate": "1961-04-02",
    "gender": "female",
    "telecom": [{"system": "phone", "value": "01632 960111"}, {"system": "email", "value": "x"}],
    "address": [
        {"use": "old", "line": ["9 Past Lane"]},
        {"use": "home", "line": ["4 Example Road"], "city": "Exampleton", "postalCode": "N19 5QT"},
    ],
    "generalPractitioner": [{"reference": "Organization/x", "display": "Example Surgery"}],
    "communication": [
        {"language": {"text": "Welsh"}, "preferred": True},
        {"language": {"text": "English"}},
    ],
}


def test_the_person():
    """The number in use, the name in use, former names, and how to reach them."""
    person = read(PATIENT)
    assert (person.nhs_number, person.birth_date, person.gender) == (
        "9990000018",
        "1961-04-02",
        "FEMALE",
    )
    assert (person.name.text, person.name.preferred) == ("Ms Orla Jane Fernsby", "Ol")
    assert [name.text for name in person.former_names] == ["Orla Quill"]
    assert (person.address.text, person.phones) == (
        "4 Example Road, Exampleton, N19 5QT",
        ("01632 960111",),
    )
    assert (person.gp_practice.name, person.language) == ("Example Surgery", "Welsh")
    assert not person.restricted


def test_a_person_whose_whereabouts_are_protected():
    """Nothing that tells where they are is taken from a restricted person's entry."""
    person = read(PATIENT, meta={"security": [{"code": "R"}]})
    assert person.restricted
    assert (person.address, person.phones, person.gp_practice) == (None, (), None)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"deceasedBoolean": True}, (True, None)),
        ({"deceasedDateTime": "2024-02"}, (True, "2024-02")),
        ({}, (False, None)),
    ],
)
def test_whether_they_have_died(changes, expected):
    """Death is told by its date or by the bare fact."""
    person = read(PATIENT, **changes)
    assert (person.deceased, person.deceased_at) == expected


# ── resources that this project did not write ─────────────────────────────────────────────────────


def published():
    """UK Core's own examples, and whole synthetic records."""
    for path in sorted((DATA / "ukcore").glob("*.json")):
        yield path.name, json.loads(path.read_text("utf-8"))
    for path in sorted((DATA / "synthea").glob("*.gz")):
        bundle = json.loads(gzip.decompress(path.read_bytes()))
        for number, entry in enumerate(bundle["entry"]):
            yield f"{path.name} {number}", entry["resource"]


@NEEDS_DATA
def test_published_resources_are_read_or_refused_with_a_reason():
    """No resource of others makes a reader fail in any way but by saying why."""
    everything = list(published())
    resources = [Resource.parse(msgspec.json.encode(one)) for _, one in everything]
    references = References({f"{one.kind}/{one.id}": one for one in resources}, {})
    items: dict[str, int] = {}
    refused: dict[str, str] = {}
    for (name, _), resource in zip(everything, resources, strict=True):
        if resource.kind not in READERS:
            continue
        try:
            found = READERS[resource.kind](resource, references)
        except UnreadableError as reason:
            refused[name] = str(reason)
            continue
        assert found is None or isinstance(found, Item | Assertion)
        items[resource.kind] = items.get(resource.kind, 0) + 1
    assert refused == {}
    assert items["AllergyIntolerance"] >= 14
    assert items["Observation"] > 900
    assert items["CarePlan"] >= 20
    assert set(items) == set(READERS)

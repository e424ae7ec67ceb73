"""Encounters and episodes of care, by table, and UK Core's own examples."""

import pytest

from federation.model import Category, Organisation
from federation.records.fhir.encounters import NOTE_URL
from federation.records.fhir.resource import UnreadableError
from federation.records.systems import ODS_SYSTEM
from tests.federation.records.fhir.reading import SELF, UK_CORE, coded, read, uk_core
from tests.real_data import NEEDS_DATA

ENCOUNTER = {
    "resourceType": "Encounter",
    "id": "e1",
    "status": "finished",
    "subject": SELF,
    "class": {"code": "IMP", "display": "inpatient encounter"},
    "type": [coded("185212007", "Seen in hospital ward")],
}
EPISODE = {
    "resourceType": "EpisodeOfCare",
    "id": "c1",
    "status": "active",
    "patient": SELF,
    "type": [coded("710081004", "Smoking cessation therapy")],
}
TRUST = {
    "resourceType": "Organization",
    "id": "t",
    "name": "Example Trust",
    "identifier": [{"system": ODS_SYSTEM, "value": "RZZ"}],
    "telecom": [{"system": "phone", "value": "01632 960001"}],
}
WARD = {"resourceType": "Location", "id": "w", "name": "Ward 4"}
SITE = TRUST | {"resourceType": "Location", "id": "s", "name": "Example Site"}
SITE |= {"identifier": [{"system": ODS_SYSTEM, "value": "RYY"}]}
ASTHMA = {"resourceType": "Condition", "id": "a", "code": {"text": "Asthma"}}
HOUSE = Organisation(ods_code="RZZ", name="Example Trust", phone="01632 960001")
AT_TRUST = {"reference": "Organization/t"}
ALONG = (TRUST, WARD, SITE, ASTHMA)


def encounter(**changes):
    return read(Category.ENCOUNTERS, ENCOUNTER, *ALONG, **changes)


def episode(**changes):
    return read(Category.ENCOUNTERS, EPISODE, *ALONG, **changes)


def extended(name, text):
    return {"url": f"{UK_CORE}{name}", "valueCodeableConcept": {"text": text}}


def legal(**parts):
    found = [{"url": name, "valueCodeableConcept": {"text": text}} for name, text in parts.items()]
    return {"url": f"{UK_CORE}LegalStatus", "extension": found}


def took_part(name, code=None):
    kinds = [coded(code)] if code else []
    return {"type": kinds, "individual": {"reference": "Practitioner/x", "display": name}}


CONDITION = {"reference": "Condition/a"}
DIAGNOSIS = {"condition": CONDITION}


@pytest.mark.parametrize(
    ("changes", "field", "expected"),
    [
        ({}, "kind", "Inpatient"),
        ({"class": {"code": "EMER", "display": "A&E"}}, "kind", "Emergency"),
        ({"class": {"code": "x", "display": "Telephone"}}, "kind", "Telephone"),
        ({"class": {"code": "x"}}, "kind", "x"),
        ({"class": ...}, "kind", None),
        ({"status": "in-progress"}, "status", "in-progress"),
        ({"status": "cancelled"}, "status", "cancelled"),
        ({"period": {"start": "2024-01", "end": "2024-02"}}, "start", "2024-01"),
        ({"period": {"start": "2024-01", "end": "2024-02"}}, "end", "2024-02"),
        ({"serviceType": {"text": "Cardiology"}}, "specialty", "Cardiology"),
        (
            {"reasonCode": [{"text": "Wheeze"}, coded("x")], "reasonReference": [CONDITION]},
            "reason",
            "Wheeze, x, Asthma",
        ),
        ({}, "reason", None),
        (
            {"hospitalization": {"dischargeDisposition": {"text": "Home"}}},
            "discharged_to",
            "Home",
        ),
        (
            {"hospitalization": {"destination": {"display": "Rose Court"}}},
            "discharged_to",
            "Rose Court",
        ),
        (
            {"hospitalization": {"extension": [extended("AdmissionMethod", "Elective")]}},
            "admission_method",
            "Elective",
        ),
        (
            {"extension": [extended("DischargeMethod", "On advice")]},
            "discharge_method",
            "On advice",
        ),
        (
            {
                "extension": [
                    legal(legalStatusContext="admission", legalStatusClassification="Section 2"),
                    legal(legalStatusClassification="Informal"),
                    legal(legalStatusContext="discharge"),
                    legal(),
                ]
            },
            "legal_status",
            "Section 2 (admission); Informal; discharge",
        ),
        ({}, "legal_status", None),
        # What no field holds.
        ({"priority": {"text": "urgent"}}, "note", "Priority: urgent"),
        (
            {"hospitalization": {"admitSource": {"text": "Care home"}}},
            "note",
            "Came from: Care home",
        ),
        (
            {"diagnosis": [DIAGNOSIS | {"use": {"text": "main"}}, DIAGNOSIS]},
            "note",
            "Diagnosis: Asthma (main), Asthma",
        ),
        (
            {"location": [{"location": {"display": "A"}}, {"location": {"display": "B"}}]},
            "note",
            "Also at: B",
        ),
        (
            {"extension": [extended("OutcomeOfAttendance", "Discharged from the clinic")]},
            "note",
            "Outcome: Discharged from the clinic",
        ),
        (
            {"extension": [{"url": NOTE_URL, "valueAnnotation": {"text": "Bring the dog"}}]},
            "note",
            "Bring the dog",
        ),
        ({"serviceProvider": AT_TRUST}, "custodian", HOUSE),
    ],
)
def test_elements(changes, field, expected):
    """Each element of an encounter has its place, and what has none is told in the note."""
    assert getattr(encounter(**changes), field) == expected


@pytest.mark.parametrize(
    ("changes", "display", "codes"),
    [
        ({}, "Seen in hospital ward", ["185212007"]),
        (
            {"type": [coded("1", "Review"), coded("2", "Blood test")]},
            "Review, Blood test",
            ["1", "2"],
        ),
        ({"type": [], "serviceType": coded("3", "Cardiology")}, "Cardiology", ["3"]),
        ({"type": [], "class": {"system": "v3", "code": "AMB"}}, "AMB", ["AMB"]),
    ],
)
def test_types(changes, display, codes):
    """Several types are views of one encounter; without any, its service or class names it."""
    kind = encounter(**changes).type
    assert (kind.display, [one.code for one in kind.codings]) == (display, codes)


@pytest.mark.parametrize(
    ("location", "provider", "expected"),
    [
        (None, None, None),
        ("Location/w", None, (None, "Ward 4")),
        (None, "Organization/t", ("RZZ", "Example Trust")),
        # The ward by its name, compared by its provider.
        ("Location/w", "Organization/t", ("RZZ", "Ward 4, Example Trust")),
        # A place that is an organisation of its own.
        ("Location/s", "Organization/t", ("RYY", "Example Site")),
    ],
)
def test_places(location, provider, expected):
    """Where it was: the place's own name, and the code by which sources are compared."""
    changes = {"location": [{"location": {"reference": location}}]} if location else {}
    changes |= {"serviceProvider": {"reference": provider}} if provider else {}
    place = encounter(**changes).place
    assert (place and (place.ods_code, place.name)) == expected


def test_who_saw_the_person_and_who_wrote_it_down():
    """Those who took part are clinicians, but for who took part as an author."""
    people = [took_part("Dr Ada", "ATND"), took_part("Clerk Bo", "AUT"), took_part("Dr Cy"), {}]
    item = encounter(participant=people)
    assert [(one.name, one.role) for one in item.clinicians] == [
        ("Dr Ada", "ATND"),
        ("Dr Cy", None),
    ]
    assert item.author.name == "Clerk Bo"
    assert encounter(participant=people[:1]).author.name == "Dr Ada"


def test_episodes_of_care():
    """An episode is an encounter of its kind, with who manages it and what for."""
    item = episode(
        managingOrganization=AT_TRUST,
        careManager={"reference": "Practitioner/x", "display": "Dr Ada"},
        period={"start": "2024-01", "end": "2024-05"},
        diagnosis=[{"condition": CONDITION}],
        team=[{"display": "Respiratory team"}],
    )
    assert (item.kind, item.status, item.type.display) == (
        "Episode of care",
        "active",
        "Smoking cessation therapy",
    )
    assert (item.start, item.end, item.reason) == ("2024-01", "2024-05", "Asthma")
    assert (item.place.ods_code, item.custodian.ods_code) == ("RZZ", "RZZ")
    assert ([one.name for one in item.clinicians], item.author.name) == (["Dr Ada"], "Dr Ada")
    assert item.note == "Team: Respiratory team"
    assert episode(type=[]).type.display == "Episode of care"


@pytest.mark.parametrize(
    ("resource", "changes"),
    [
        (ENCOUNTER, {"status": "entered-in-error"}),
        (EPISODE, {"status": "entered-in-error"}),
        (EPISODE, {"type": [{"text": "Social care"}]}),
    ],
)
def test_what_is_no_encounter(resource, changes):
    """What was entered in error is nothing; social care is read under its own category."""
    assert read(Category.ENCOUNTERS, resource, **changes) is None


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"type": [], "class": ...}, "an encounter without a type or a class"),
        ({"type": [{}]}, "a concept without code or words"),
        ({"period": {"start": "2024-02-30"}}, "a date that is none"),
        ({"id": ...}, "a resource without an id"),
    ],
)
def test_what_cannot_be_read_safely(changes, reason):
    """An encounter that would mislead is refused with a reason."""
    with pytest.raises(UnreadableError, match=reason):
        encounter(**changes)


@NEEDS_DATA
def test_uk_core_examples():
    """UK Core's own stay on a ward and course of therapy."""
    stay = read(
        Category.ENCOUNTERS,
        uk_core("Encounter-InpatientEncounter"),
        uk_core("Location-CardiologySJUH"),
        uk_core("Organization-LeedsTeachingHospital"),
        uk_core("Practitioner-ConsultantSandraGose"),
    )
    assert (stay.type.display, stay.kind) == ("Seen in hospital ward", "Inpatient")
    assert (stay.start, stay.end) == ("2019-12-10T13:00:00+00:00", "2019-12-11T13:00:00+00:00")
    assert (stay.admission_method, stay.reason) == (
        "Elective Admission: Planned",
        "General treatment",
    )
    assert stay.discharge_method.startswith("Patient discharged on clinical advice")
    assert stay.discharged_to.startswith("Usual place of residence")
    assert (stay.place.ods_code, [one.name for one in stay.clinicians]) == (
        "RR8",
        ["Mrs Sandra Gose"],
    )
    therapy = read(Category.ENCOUNTERS, uk_core("EpisodeOfCare-SmokingCessationTherapy"))
    assert (therapy.type.display, therapy.status) == ("Smoking cessation therapy", "finished")

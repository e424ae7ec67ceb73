"""Who the person is, from Patient: UK Core's extensions and the tracing service's examples."""

import json
from collections import Counter

import pytest

from federation.records.fhir.resource import UnreadableError
from tests.federation.records.fhir.reading import SNOMED, UK_CORE, coded, read_patient, uk_core
from tests.real_data import DATA, NEEDS_DATA

NUMBER = {"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9990000018"}
PATIENT = {"resourceType": "Patient", "id": "p1", "identifier": [NUMBER]}
ODS = "https://fhir.nhs.uk/Id/ods-organization-code"
PHARMACY = {"identifier": {"system": ODS, "value": "FA123"}}


def said(name, **value):
    return {"extension": [{"url": f"{UK_CORE}{name}"} | value]}


def parts(name, **concepts):
    inside = [{"url": url, "valueCodeableConcept": value} for url, value in concepts.items()]
    return said(name, extension=inside)


def preferring(*inside):
    return said("ContactPreference", extension=list(inside))


def times(**repeat):
    return {"url": "PreferredContactTimes", "valueTiming": {"repeat": repeat}}


METHOD = {"url": "PreferredContactMethod", "valueCodeableConcept": coded("1", "Letter")}
FORM = {
    "url": "PreferredWrittenCommunicationFormat",
    "valueCodeableConcept": coded("12", "Braille"),
}
VERIFIED = said("NHSNumberVerificationStatus", valueCodeableConcept=coded("01", "Verified"))
FRENCH = {"language": coded("fr", "French")}
SIGNED = {"system": "urn:ietf:bcp:47", "code": "bfi", "display": "British Sign Language"}
MAKATON = {"system": SNOMED, "code": "703963007", "display": "Makaton vocabulary"}
WELSH = {"language": coded("cy", "Welsh")}


@pytest.mark.parametrize(
    ("changes", "field", "expected"),
    [
        ({"identifier": [NUMBER | VERIFIED]}, "number_status", "Verified"),
        ({}, "number_status", None),
        (said("BirthSex", valueCodeableConcept=coded("F", "Female")), "birth_sex", "Female"),
        (said("BirthSex", valueCodeableConcept=coded("F")), "birth_sex", "F"),
        (said("EthnicCategory", valueCodeableConcept=coded("A", "Irish")), "ethnicity", "Irish"),
        (said("EthnicCategory"), "ethnicity", None),
        (
            parts("DeathNotificationStatus", deathNotificationStatus=coded("2", "Formal")),
            "death_notification",
            "Formal",
        ),
        (preferring(METHOD), "contact_preference", "Letter"),
        (preferring(METHOD, FORM), "contact_preference", "Letter; Braille"),
        (
            preferring(METHOD, {"url": "PreferredContactTimes", "valueString": "Not after 7pm"}),
            "contact_preference",
            "Letter; Not after 7pm",
        ),
        (
            preferring(times(dayOfWeek=["mon", "fri"], when=["MORN", "X"], timeOfDay=["10:00:00"])),
            "contact_preference",
            "Mondays, Fridays, morning, X, 10:00:00",
        ),
        (
            preferring({"url": "PreferredContactTimes", "valueTiming": {"code": {"text": "BID"}}}),
            "contact_preference",
            "BID",
        ),
        (preferring(times()), "contact_preference", None),
        (preferring({"url": "PreferredContactTimes"}), "contact_preference", None),
        ({"communication": [FRENCH]}, "language", "French"),
        ({"communication": [FRENCH, WELSH | {"preferred": True}]}, "language", "Welsh"),
        ({"communication": [FRENCH, WELSH]}, "language", "French, Welsh"),
        ({"communication": [{"language": coded("fr")}]}, "language", "fr"),
        ({"communication": [{}]}, "language", None),
        (parts("NHSCommunication", language=coded("fr", "French")), "language", "French"),
        (
            {"communication": [{"language": {"coding": [SIGNED, MAKATON]}}]},
            "language",
            "British Sign Language, Makaton vocabulary",
        ),
    ],
)
def test_what_uk_core_says_of_a_person(changes, field, expected):
    """Each extension of a person has its place, in the source's own words."""
    assert getattr(read_patient(PATIENT, **changes), field) == expected


def test_organisations_known_by_their_code_alone():
    """A practice and a pharmacy that are given by code are called by it."""
    person = read_patient(
        PATIENT,
        generalPractitioner=[{"identifier": {"system": ODS, "value": "Y12345"}}],
        **said("NominatedPharmacy", valueReference=PHARMACY),
    )
    assert (person.gp_practice.ods_code, person.gp_practice.name) == ("Y12345", "Y12345")
    assert (person.nominated_pharmacy.ods_code, person.nominated_pharmacy.name) == (
        "FA123",
        "FA123",
    )


@pytest.mark.parametrize("label", ["R", "V", "REDACTED"])
def test_nothing_tells_where_a_restricted_person_is(label):
    """Address, telephones, practice and pharmacy of a protected person are not taken."""
    person = read_patient(
        PATIENT,
        meta={"security": [{"code": label}]},
        address=[{"line": ["4 Hidden Road"]}],
        telecom=[{"system": "phone", "value": "01632 960111"}],
        generalPractitioner=[{"identifier": {"system": ODS, "value": "Y12345"}}],
        **said("NominatedPharmacy", valueReference=PHARMACY),
    )
    assert person.restricted
    assert (person.address, person.phones) == (None, ())
    assert (person.gp_practice, person.nominated_pharmacy) == (None, None)


# ── resources that this project did not write ─────────────────────────────────────────────────────


def patients(under):
    """Every Patient in these files, in bundles or alone."""
    for path in sorted((DATA / under).rglob("*.json")):
        whole = json.loads(path.read_text("utf-8"))
        entries = [entry.get("resource", {}) for entry in whole.get("entry", ())]
        yield from (one for one in (whole, *entries) if one.get("resourceType") == "Patient")


@NEEDS_DATA
@pytest.mark.parametrize(
    ("under", "read", "refused"),
    [
        ("ukcore", 2, {"a person without an NHS number": 4}),
        ("nhs/pds", 102, {}),
    ],
)
def test_every_published_patient_is_read_or_refused_for_a_reason(under, read, refused):
    """Those with a number are read, those without one are refused, and nothing else happens."""
    outcomes = Counter()
    for one in patients(under):
        try:
            read_patient(one)
            outcomes["read"] += 1
        except UnreadableError as error:
            outcomes[str(error)] += 1
    assert outcomes == {"read": read, **refused}


@NEEDS_DATA
def test_uk_cores_person_as_the_record_shows_them():
    """Everything that UK Core's example carries and the record has a field for."""
    person = read_patient(uk_core("Patient-RichardSmith"))
    assert (person.nhs_number, person.number_status) == (
        "9912003888",
        "Number present and verified",
    )
    assert (person.name.text, person.birth_date, person.gender) == (
        "Richard SMITH",
        "1970-09-11",
        "MALE",
    )
    assert person.ethnicity == "Mixed - Any other mixed background"
    assert person.contact_preference == (
        "Telephone; Mondays, Wednesdays, Fridays, morning; Large print"
    )
    assert person.death_notification == "Removed"
    assert person.language == "British Sign Language, Makaton vocabulary"
    assert (person.address.text, person.phones) == (
        "4 Sandmoor Drive, LEEDS, LS17 7DF",
        ("01131231234",),
    )


@NEEDS_DATA
def test_the_tracing_services_person_as_the_record_shows_them():
    """All of the tracing service's fullest example that the record has a field for."""
    path = DATA / "nhs/pds/patientResponses/patient_9000000009.json"
    person = read_patient(json.loads(path.read_text("utf-8")))
    assert (person.nhs_number, person.number_status) == (
        "9000000009",
        "Number present and verified",
    )
    assert (person.name.text, person.birth_date) == ("Mrs Jane Smith", "2010-10-22")
    assert (person.gp_practice.ods_code, person.nominated_pharmacy.ods_code) == ("Y12345", "Y12345")
    assert (person.language, person.interpreter_needed) == ("French", True)
    assert person.contact_preference == "Letter; Not after 7pm; Braille"
    assert person.deceased_at == "2010-10-22T00:00:00+00:00"
    assert person.death_notification == "Formal - death notice received from Registrar of Deaths"

"""Contacts: relatives, those whom a Patient names, care teams; by table, and published examples."""

import json

import pytest

from federation.model import Category, Organisation
from federation.records.fhir.resource import UnreadableError
from tests.federation.records.fhir.reading import SELF, UK_CORE, coded, read, uk_core
from tests.real_data import DATA, NEEDS_DATA

V2 = "http://terminology.hl7.org/CodeSystem/v2-0131"
ROLE_CLASS = "http://terminology.hl7.org/CodeSystem/v3-RoleClass"
ROLE_CODE = "http://terminology.hl7.org/CodeSystem/v3-RoleCode"
WIFE = coded("WIFE", "wife", ROLE_CODE)
NEXT_OF_KIN = coded("N", "Next-of-Kin", V2)
MOBILE = {"system": "phone", "value": "07700 900123", "use": "mobile"}
TRUST = {"reference": "Organization/t", "display": "Example Trust"}
RELATIVE = {
    "resourceType": "RelatedPerson",
    "id": "r1",
    "patient": SELF,
    "relationship": [WIFE],
    "name": [{"family": "Smith", "given": ["Joy"]}],
}
NURSE = {"reference": "Practitioner/n", "display": "Nurse Ada Example"}
DOCTOR = {"reference": "Practitioner/d", "display": "Dr Ada Surgeon"}
TEAM = {
    "resourceType": "CareTeam",
    "id": "t1",
    "identifier": [{"system": "urn:x", "value": "7"}],
    "status": "active",
    "name": "Community nursing",
    "subject": SELF,
    "participant": [{"member": NURSE, "role": [{"text": "District nurse"}]}],
}
PATIENT = {
    "resourceType": "Patient",
    "id": "p1",
    "identifier": [{"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9990000018"}],
    "contact": [
        {"name": {"text": "Joy Smith"}, "relationship": [NEXT_OF_KIN], "telecom": [MOBILE]}
    ],
}


def contact(resource, /, *along, **changes):
    return read(Category.CONTACTS, resource, *along, **changes)


def ranked(rank, url=f"{UK_CORE}ContactRank"):
    return {"extension": [{"url": url, "valuePositiveInt": rank}]}


@pytest.mark.parametrize(
    ("changes", "field", "expected"),
    [
        ({}, "name", "Joy Smith"),
        (
            {"name": [{"use": "old", "text": "Joy Quill"}, {"text": "Joy Smith"}]},
            "name",
            "Joy Smith",
        ),
        ({"name": ...}, "name", "wife"),
        ({"name": ..., "relationship": ..., "telecom": [MOBILE]}, "name", "Name not recorded"),
        ({}, "relationship", "wife"),
        ({"relationship": ...}, "relationship", None),
        ({"relationship": [WIFE, {"text": "friend"}]}, "relationship", "wife, friend"),
        ({"relationship": [WIFE, NEXT_OF_KIN]}, "relationship", "wife"),
        ({"relationship": [NEXT_OF_KIN]}, "relationship", "Next-of-Kin"),
        ({"relationship": [NEXT_OF_KIN]}, "next_of_kin", True),
        ({"relationship": [coded("NOK", system=ROLE_CLASS)]}, "next_of_kin", True),
        ({"relationship": [{"text": "Next of Kin"}]}, "next_of_kin", True),
        ({"relationship": [coded("N", system="urn:another")]}, "next_of_kin", False),
        ({}, "next_of_kin", False),
        ({"relationship": [coded("C", system=V2)]}, "emergency", True),
        ({"relationship": [coded("ECON", system=ROLE_CLASS)]}, "emergency", True),
        ({"relationship": [coded("CAREGIVER", system=ROLE_CLASS)]}, "carer", True),
        ({"relationship": [{"text": "Carer"}]}, "carer", True),
        ({"relationship": [{"text": "Daughter of the carer"}]}, "carer", False),
        (
            {"relationship": [coded("HPOWATT", system=ROLE_CODE, text="Health and welfare")]},
            "lasting_power_of_attorney",
            "Health and welfare",
        ),
        ({"telecom": [MOBILE, MOBILE | {"use": "old"}]}, "phones", ("07700 900123",)),
        ({"telecom": [{"system": "email", "value": "x"}]}, "phones", ()),
        (ranked(2), "rank", 2),
        (
            ranked(1, "https://fhir.nhs.uk/R4/StructureDefinition/Extension-UKCore-ContactRank"),
            "rank",
            1,
        ),
        ({"period": {"start": "2020"}}, "effective_at", "2020"),
        ({"period": {"end": "2021-12-31"}}, "relationship", "wife (until 2021-12-31)"),
        ({"relationship": ..., "period": {"end": "2021"}}, "relationship", "(until 2021)"),
        ({"active": False}, None, None),
    ],
)
def test_relatives(changes, field, expected):
    """Each element of a related person has its place; one who is not active is no contact."""
    item = contact(RELATIVE, **changes)
    assert (getattr(item, field) if field else item) == expected


def member(**given):
    return {"participant": [{"member": NURSE} | given]}


@pytest.mark.parametrize(
    ("changes", "field", "expected"),
    [
        ({}, "source_id", "t1"),
        ({}, "name", "Nurse Ada Example"),
        ({}, "relationship", "Professional"),
        ({}, "role", "District nurse"),
        ({}, "team", "Community nursing"),
        ({"name": ..., "category": [{"text": "Nursing"}]}, "team", "Nursing"),
        ({"name": ...}, "team", None),
        ({"status": "proposed"}, "team", "Community nursing (proposed)"),
        (
            {"status": "suspended"} | member(period={"end": "2024"}),
            "team",
            "Community nursing (suspended, until 2024)",
        ),
        (member(period={"start": "2023"}), "effective_at", "2023"),
        (member(onBehalfOf=TRUST), "organisation", Organisation(name="Example Trust")),
        ({}, "organisation", None),
        ({"managingOrganization": [TRUST]}, "custodian", Organisation(name="Example Trust")),
        ({"telecom": [MOBILE]}, "phones", ("07700 900123",)),
        (member(**ranked(3)), "rank", 3),
        (member(member=TRUST), "name", "Example Trust"),
        (member(member=TRUST), "organisation", Organisation(name="Example Trust")),
        (member(member={"reference": "CareTeam/c", "display": "Night team"}), "name", "Night team"),
        (member(member={"reference": "Practitioner/x"}), "name", "Name not recorded"),
        (member(member=..., role=[{"text": "Key worker"}]), "name", "Key worker"),
        ({"participant": ..., "telecom": [MOBILE]}, "name", "Community nursing"),
        (
            {"participant": ..., "managingOrganization": [TRUST]},
            "organisation",
            Organisation(name="Example Trust"),
        ),
        ({"participant": [{"member": SELF}]}, None, None),
        ({"status": "inactive"}, None, None),
        ({"status": "entered-in-error"}, None, None),
    ],
)
def test_the_only_member_of_a_team(changes, field, expected):
    """Each element of a care team has its place; a team that is over is nobody to ring."""
    if "participant" in changes and isinstance(changes["participant"], list):
        one = {k: v for k, v in changes["participant"][0].items() if v is not ...}
        changes = changes | {"participant": [one]}
    item = contact(TEAM, **changes)
    assert (getattr(item, field) if field else item) == expected


def test_staff_who_were_looked_up():
    """A member is reached by their own telephone before the team's."""
    nurse = {
        "resourceType": "Practitioner",
        "id": "n",
        "name": [{"text": "Ada"}],
        "telecom": [MOBILE],
    }
    other = {"system": "phone", "value": "01632 960009"}
    assert contact(TEAM, nurse, telecom=[other]).phones == ("07700 900123",)
    assert contact(TEAM, nurse | {"telecom": {}}, telecom=[other]).phones == ("01632 960009",)


@pytest.mark.parametrize(
    ("relative", "expected"),
    [
        (RELATIVE, ("Joy Smith", "wife", "Carer", "Community nursing")),
        ({}, ("Joy", "Carer", None, "Community nursing")),
        (RELATIVE | {"active": False}, None),
    ],
)
def test_a_relative_in_a_team(relative, expected):
    """A relative in a team is what they are to the person, as far as that is known."""
    who = {
        "member": {"reference": "RelatedPerson/r1", "display": "Joy"},
        "role": [{"text": "Carer"}],
    }
    item = contact(TEAM, *([relative] if relative else []), participant=[who])
    assert (item and (item.name, item.relationship, item.role, item.team)) == expected


def test_several_members_of_a_team():
    """Each has a name of its own that does not hang on the order, and no identifier in common."""
    others = [{"member": NURSE}, {"member": DOCTOR, "id": "x"}, {"member": SELF}]
    one, two = contact(TEAM, participant=others)
    again = {item.source_id for item in contact(TEAM, participant=others[::-1])}
    assert {one.source_id, two.source_id} == again
    assert (two.source_id, two.name) == ("t1#x", "Dr Ada Surgeon")
    assert one.source_id.startswith("t1#")
    assert {one.identifiers[0].value, two.identifiers[0].value} == {
        item.source_id.replace("t1", "7") for item in (one, two)
    }


def test_two_members_who_are_named_alike():
    """Two of one name are two."""
    one, two = contact(TEAM, participant=[{"member": NURSE}, {"member": NURSE}])
    assert two.source_id == f"{one.source_id}-2"


def patients(**changes):
    return contact(PATIENT, **changes)


def test_somebody_whom_the_patient_names():
    """A contact of the person's own resource is an item by itself, without the person's numbers."""
    (item,) = patients()
    assert (item.name, item.next_of_kin, item.phones) == ("Joy Smith", True, ("07700 900123",))
    assert item.source_id.startswith("p1#")
    assert item.identifiers == ()


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"id": "C123"}, ("p1#C123", "Joy Smith", None)),
        ({"id": "C1", "name": ...}, ("p1#C1", "Next-of-Kin", None)),
        (
            {"id": "C1", "name": ..., "organization": TRUST},
            ("p1#C1", "Example Trust", "Example Trust"),
        ),
    ],
)
def test_how_a_patients_contact_is_named(changes, expected):
    """An element's own id names it; somebody without a name is called by what they are."""
    one = {k: v for k, v in (PATIENT["contact"][0] | changes).items() if v is not ...}
    (item,) = patients(contact=[one])
    assert (item.source_id, item.name, item.organisation and item.organisation.name) == expected


def test_a_contact_of_a_patient_that_says_nothing():
    """An empty element is nobody, and spoils no other."""
    assert len(patients(contact=[{"id": "x"}, *PATIENT["contact"]])) == 1


def test_a_patients_general_practitioner():
    """A doctor who is named is a contact; a practice is the person's and none."""
    doctor, *others = patients(contact=..., generalPractitioner=[DOCTOR, TRUST])
    assert (doctor.name, doctor.relationship) == ("Dr Ada Surgeon", "General practitioner")
    assert others == []
    assert patients(contact=..., generalPractitioner=[{"reference": "Practitioner/x"}]) == ()


def test_contacts_of_a_person_whose_whereabouts_are_protected():
    """Who is close to them may be told, and nothing of where."""
    (item,) = patients(
        meta={"security": [{"code": "R"}]},
        generalPractitioner=[DOCTOR],
        contact=[PATIENT["contact"][0] | {"organization": TRUST}],
    )
    assert (item.name, item.phones, item.organisation) == ("Joy Smith", (), None)


@pytest.mark.parametrize(
    ("resource", "changes", "reason"),
    [
        (RELATIVE, {"name": ..., "relationship": ...}, "a contact who is not named"),
        (PATIENT, {"contact": [{"period": {"end": "2021"}}]}, "a contact who is not named"),
        (TEAM, {"participant": ..., "name": ...}, "a team that names nobody"),
    ],
)
def test_contacts_that_nobody_could_ring(resource, changes, reason):
    """Somebody of whom nothing at all is said is refused with a reason."""
    with pytest.raises(UnreadableError) as caught:
        contact(resource, **changes)
    assert str(caught.value) == reason


@NEEDS_DATA
def test_uk_cores_contacts_as_the_record_shows_them():
    """The wife, the contact whom the Patient names, and nobody of the team that is over."""
    wife = contact(uk_core("RelatedPerson-JoySmith"))
    assert (wife.name, wife.relationship) == ("Joy SMITH", "wife")
    (named,) = contact(uk_core("Patient-RichardSmith"))
    assert (named.name, named.relationship, named.phones, named.rank) == (
        "JACKSON Jane (Miss)",
        "Personal relationship with the patient",
        ("07777123123",),
        1,
    )
    assert contact(uk_core("CareTeam-WeightManagementTeam")) is None


@NEEDS_DATA
def test_the_tracing_services_related_people():
    """Every related person of the published examples is read, with rank and telephone."""
    folder = DATA / "nhs/pds/relatedPersonResponses"
    bundles = [json.loads(path.read_text("utf-8")) for path in sorted(folder.glob("*.json"))]
    found = [contact(entry["resource"]) for bundle in bundles for entry in bundle["entry"]]
    assert [(one.name, one.relationship, one.rank) for one in found] == [
        ("Mrs Jane Smith", "Guardian of patient (until 2021-12-31)", 1),
        ("Guardian of patient", "Guardian of patient (until 2021-12-31)", 1),
        ("Mrs Jane Smith", "Guardian of patient (until 2021-12-31)", 1),
    ]

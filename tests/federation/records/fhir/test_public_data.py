"""What becomes of all the public data that others wrote: counted, by type, outcome and reason."""

import pytest

from federation.records.fhir.survey import Fate, Survey, read_types, supporting_types, survey
from federation.records.fhir.unread_types import UNREAD_TYPES
from tests.real_data import NEEDS_DATA, content, files

pytestmark = NEEDS_DATA

RESOURCES = {
    "ukcore/*.json": """
        7 AllergyIntolerance: items of ALLERGIES
        1 AllergyIntolerance: rightly no item: entered in error
        1 Appointment: items of APPOINTMENTS
        1 AuditEvent: refused: a log of who did what with data, which its keeper answers for
        1 BodyStructure: refused: clinical content that no category holds yet
        1 CarePlan: items of CARE_PLANS
        1 CareTeam: rightly no item: not in use, or never carried out
        1 Communication: refused: a message to somebody, and no statement of the record
        1 Composition: items of DOCUMENTS
        2 Condition: items of PROBLEMS
        1 Consent: rightly no item: says nothing that a category shows
        4 Device: read where something points at it
        4 DiagnosticReport: items of RESULTS
        2 DocumentReference: items of DOCUMENTS
        1 Encounter: items of ENCOUNTERS
        1 EpisodeOfCare: items of ENCOUNTERS
        1 FamilyMemberHistory: refused: clinical content that no category holds yet
        1 Flag: items of ALERTS
        1 HealthcareService: read where something points at it
        1 ImagingStudy: read where something points at it
        10 Immunization: items of IMMUNISATIONS
        1 List: an assertion of ALLERGIES
        2 List: rightly no item: says nothing that a category shows
        4 Location: read where something points at it
        5 Medication: read where something points at it
        3 MedicationAdministration: items of MEDICATIONS
        5 MedicationDispense: items of MEDICATIONS
        8 MedicationRequest: items of MEDICATIONS
        1 MedicationStatement: items of MEDICATIONS
        1 MessageHeader: refused: carries or reports an exchange between systems
        34 Observation: items of OBSERVATIONS
        5 Observation: items of RESULTS
        1 OperationOutcome: refused: carries or reports an exchange between systems
        2 Organization: read where something points at it
        4 Patient: refused: a person without an NHS number
        1 Patient: the person of DEMOGRAPHICS
        1 Patient: the person of DEMOGRAPHICS, CONTACTS
        5 Practitioner: read where something points at it
        2 PractitionerRole: read where something points at it
        1 Procedure: items of PROCEDURES
        1 Provenance: refused: a log of who did what with data, which its keeper answers for
        3 Questionnaire: refused: defines systems or documents, and says nothing of a person
        1 QuestionnaireResponse: items of CARE_PLANS
        3 QuestionnaireResponse: items of OBSERVATIONS
        1 RelatedPerson: items of CONTACTS
        3 RequestGroup: refused: groups requests, each of which is a resource of its own
        1 Schedule: refused: free time in a diary, and nobody's appointment
        5 ServiceRequest: items of REFERRALS
        1 Slot: refused: free time in a diary, and nobody's appointment
        2 Specimen: read where something points at it
        1 Task: items of REFERRALS
    """,
    "synthea/p*.json.gz": """
        7 AllergyIntolerance: items of ALLERGIES
        26 CarePlan: items of CARE_PLANS
        54 Condition: items of PROBLEMS
        59 DiagnosticReport: items of RESULTS
        199 Encounter: items of ENCOUNTERS
        13 Goal: read where something points at it
        115 Immunization: items of IMMUNISATIONS
        54 MedicationRequest: items of MEDICATIONS
        440 Observation: items of OBSERVATIONS
        534 Observation: items of RESULTS
        11 Organization: read where something points at it
        8 Patient: refused: a person without an NHS number
        11 Practitioner: read where something points at it
        67 Procedure: items of PROCEDURES
    """,
    "nhs/pds/*/*.json": """
        22 OperationOutcome: refused: carries or reports an exchange between systems
        88 Patient: the person of DEMOGRAPHICS
        14 Patient: the person of DEMOGRAPHICS, CONTACTS
        3 RelatedPerson: items of CONTACTS
    """,
    "nhs/imms/*.json": """
        10 Immunization: items of IMMUNISATIONS
        3 OperationOutcome: refused: carries or reports an exchange between systems
    """,
}
"""How many resources of a type become what, and why not more."""

ITEMS = {
    "ukcore/*.json": """
        1 ALERTS
        7 ALLERGIES
        1 APPOINTMENTS
        2 CARE_PLANS
        2 CONTACTS
        3 DOCUMENTS
        2 ENCOUNTERS
        10 IMMUNISATIONS
        17 MEDICATIONS
        37 OBSERVATIONS
        2 PROBLEMS
        1 PROCEDURES
        6 REFERRALS
        11 RESULTS
    """,
    "synthea/p*.json.gz": """
        7 ALLERGIES
        26 CARE_PLANS
        199 ENCOUNTERS
        115 IMMUNISATIONS
        54 MEDICATIONS
        439 OBSERVATIONS
        54 PROBLEMS
        67 PROCEDURES
        535 RESULTS
    """,
    "nhs/pds/*/*.json": """
        17 CONTACTS
    """,
    "nhs/imms/*.json": """
        10 IMMUNISATIONS
    """,
}
"""How many items each category has, where everything is read together."""


def lines(table):
    return sorted(line.strip() for line in table.strip().splitlines())


def as_line(fate: Fate, count):
    of = f" of {', '.join(fate.categories)}" if fate.categories else ""
    why = f": {fate.why}" if fate.why else ""
    return f"{count} {fate.kind or '?'}: {fate.becomes}{of}{why}"


@pytest.fixture(scope="module")
def surveyed():
    """By pattern, what becomes of the files; none of them is no JSON."""
    found = {}
    for pattern in RESOURCES:
        found[pattern] = Survey()
        for one in survey(map(content, files(pattern))):
            assert one is not None
            found[pattern].add(one)
    return found


@pytest.mark.parametrize("pattern", RESOURCES)
def test_what_each_resource_becomes(surveyed, pattern):
    """Every resource is read, or there is a reason in fixed words why it is not."""
    fates = surveyed[pattern].fates
    assert sorted(as_line(fate, count) for fate, count in fates.items()) == lines(
        RESOURCES[pattern]
    )


@pytest.mark.parametrize("pattern", ITEMS)
def test_how_many_items_there_are(surveyed, pattern):
    """Each category has as many items as the data holds of it."""
    items = surveyed[pattern].items
    assert sorted(f"{count} {one}" for one, count in items.items()) == lines(ITEMS[pattern])


def test_every_type_is_read_or_has_a_reason(surveyed):
    """No resource of the data is of a type that nobody has thought of."""
    known = read_types() | supporting_types() | set(UNREAD_TYPES)
    kinds = {fate.kind for found in surveyed.values() for fate in found.fates}
    assert kinds - known <= {""}
    assert sum(found.fates[fate] for found in surveyed.values() for fate in found.fates) > 1800

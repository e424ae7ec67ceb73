"""What statements, requests, dispenses and administrations say beside what they share."""

import pytest

from federation.model import Category
from federation.records.fhir.resource import UnreadableError
from tests.federation.records.fhir.reading import SELF, UK_CORE, coded, read, uk_core
from tests.real_data import NEEDS_DATA

STATEMENT = {
    "resourceType": "MedicationStatement",
    "id": "s1",
    "status": "active",
    "subject": SELF,
    "medicationCodeableConcept": coded("39113611000001102", "Ramipril"),
}
REQUEST = STATEMENT | {"resourceType": "MedicationRequest", "id": "r1", "intent": "order"}
DISPENSE = STATEMENT | {"resourceType": "MedicationDispense", "id": "d1", "status": "completed"}
GIVEN = STATEMENT | {"resourceType": "MedicationAdministration", "id": "g1", "status": "completed"}
DOCTOR = {"display": "Dr Ada Example"}
ORDER = REQUEST | {
    "requester": DOCTOR,
    "courseOfTherapyType": coded("continuous-repeating-dispensing"),
    "dispenseRequest": {"quantity": {"value": 28, "unit": "tablet"}},
}
FIGURES = "In figures: 500 milligram, 4 times every day, as needed for Pain of ear"
POINTER = {"reference": "MedicationRequest/r1"}
CONDITION = {"resourceType": "Condition", "id": "c1", "subject": SELF, "code": {"text": "Angina"}}
BY_REFERENCE = {
    "medicationCodeableConcept": ...,
    "medicationReference": {"reference": "Medication/m1"},
}
MEDICINE = {"resourceType": "Medication", "id": "m1", "code": coded("1", "Ramipril 5mg")}


def medication(resource, *along, **changes):
    return read(Category.MEDICATIONS, resource, *along, **changes)


def extended(name, **value):
    return {"extension": [{"url": UK_CORE + name, **value}]}


@pytest.mark.parametrize(
    ("resource", "event"),
    [
        (STATEMENT, "STATED"),
        (REQUEST, "PRESCRIBED"),
        (DISPENSE, "DISPENSED"),
        (GIVEN, "ADMINISTERED"),
    ],
)
def test_what_happened(resource, event):
    """Each type says which kind of event it tells of."""
    assert medication(resource).event == event


@pytest.mark.parametrize(
    ("resource", "changes", "field", "expected"),
    [
        (STATEMENT, {"dosage": [{"site": {"text": "left eye"}}]}, "site", "left eye"),
        (STATEMENT, {"dosage": [{"asNeededBoolean": False}]}, "as_needed", False),
        (STATEMENT, {"category": {"text": "community"}}, "note", "Setting: community"),
        (STATEMENT, {"note": [{"text": "with food"}]}, "note", "with food"),
        (
            STATEMENT,
            {"dosage": [{"timing": {"repeat": {"boundsPeriod": {"end": "2024"}}}}]},
            "end",
            "2024",
        ),
        (STATEMENT, {"reasonReference": [{"reference": "Condition/c1"}]}, "indication", "Angina"),
        (
            STATEMENT,
            extended("MedicationPrescribingOrganizationType", valueCodeableConcept={"text": "GP"}),
            "prescribed_by",
            "GP",
        ),
        (
            STATEMENT,
            extended("MedicationDosageLastChanged", valueDateTime="2024-01-02"),
            "dosage_changed_at",
            "2024-01-02",
        ),
        (
            STATEMENT,
            extended("MedicationDosageLastChanged", valueDateTime="2024-01-02"),
            "changed_recently",
            True,
        ),
        (
            STATEMENT,
            extended(
                "MedicationChangeSummary",
                extension=[{"url": "detailsOfAmendment", "valueString": "now a solution"}],
            ),
            "change_summary",
            "now a solution",
        ),
        (
            STATEMENT,
            extended(
                "MedicationChangeSummary",
                extension=[
                    {"url": "status", "valueCoding": {"code": "amended", "display": "Amended"}},
                    {"url": "dateChanged", "valueDateTime": "2020-07-21"},
                    {"url": "detailsOfAmendment", "valueString": "now a solution"},
                    {
                        "url": "indicationForChange",
                        "valueCodeableConcept": {"text": "tablets too large"},
                    },
                ],
            ),
            "change_summary",
            "Amended, 2020-07-21: now a solution (tablets too large)",
        ),
        (
            REQUEST,
            {"requester": DOCTOR, "recorder": {"display": "Nurse"}},
            "prescriber",
            "Dr Ada Example",
        ),
        (REQUEST, {"requester": DOCTOR, "recorder": {"display": "Nurse"}}, "author", "Nurse"),
        (REQUEST, {"requester": DOCTOR}, "author", "Dr Ada Example"),
        (
            REQUEST,
            {"courseOfTherapyType": coded("continuous-repeating-dispensing")},
            "kind",
            "REPEAT_DISPENSED",
        ),
        (REQUEST, {"category": [coded("inpatient", "Inpatient")]}, "note", "Setting: Inpatient"),
        (REQUEST, {"category": [coded("discharge", "Discharge")]}, "note", None),
        (REQUEST, {"intent": "option"}, "note", "Intent: option"),
        (
            REQUEST,
            {"substitution": {"allowedBoolean": False}},
            "note",
            "Not to be replaced by another product",
        ),
        (
            REQUEST,
            {"reportedBoolean": True},
            "note",
            "Told by somebody else than who prescribed it",
        ),
        (REQUEST, {"reportedReference": {"display": "her son"}}, "note", "Told by: her son"),
        (
            REQUEST,
            {"priorPrescription": {"display": "Ramipril 2.5mg"}},
            "note",
            "Replaces: Ramipril 2.5mg",
        ),
        (REQUEST, {"dispenseRequest": {"numberOfRepeatsAllowed": 5}}, "note", "Repeats allowed: 5"),
        (
            REQUEST,
            {"dispenseRequest": {"validityPeriod": {"start": "2024-01", "end": "2024-07"}}},
            "note",
            "Prescription valid until: 2024-07",
        ),
        (
            REQUEST,
            {"dispenseRequest": {"validityPeriod": {"start": "2024-01", "end": "2024-07"}}},
            "end",
            None,
        ),
        (
            REQUEST,
            {"dispenseRequest": {"expectedSupplyDuration": {"value": 28, "code": "d"}}},
            "note",
            "Supply for: 28 days",
        ),
        (
            REQUEST,
            extended(
                "MedicationRepeatInformation",
                extension=[
                    {"url": "numberOfPrescriptionsIssued", "valueUnsignedInt": 3},
                    {"url": "authorisationExpiryDate", "valueDateTime": "2024-09"},
                ],
            ),
            "note",
            "Prescriptions issued: 3\nRepeats authorised until: 2024-09",
        ),
        (
            DISPENSE,
            {"daysSupply": {"value": 7, "unit": "Day", "code": "d"}},
            "note",
            "Supply for: 7 days",
        ),
        (DISPENSE, {"category": {"text": "ward"}}, "note", "Setting: ward"),
        (
            DISPENSE,
            {"whenPrepared": "2024-01", "whenHandedOver": "2024-02"},
            "note",
            "Prepared: 2024-01",
        ),
        (DISPENSE, {"whenPrepared": "2024-01"}, "note", None),
        (
            DISPENSE,
            {"substitution": {"wasSubstituted": True}},
            "note",
            "Something else was handed out than was ordered",
        ),
        (
            DISPENSE,
            {"substitution": {"wasSubstituted": True, "reason": [{"text": "shortage"}]}},
            "note",
            "Something else was handed out than was ordered (shortage)",
        ),
        (
            DISPENSE,
            {"performer": [{"actor": DOCTOR}, {"actor": {"display": "B"}}]},
            "note",
            "Performed by: Dr Ada Example, B",
        ),
        (GIVEN, {"dosage": {"dose": {"value": 0, "unit": "mg"}}}, "dosage", "0 mg"),
        (
            GIVEN,
            {"dosage": {"text": "none needed", "rateQuantity": {"value": 0, "unit": "mL/h"}}},
            "note",
            "In figures: at 0 mL/h",
        ),
        (GIVEN, {"status": "on-hold", "effectiveDateTime": "2024"}, "last_issued", None),
        (
            GIVEN,
            {"status": "not-done", "statusReason": [{"text": "asleep"}]},
            "stop_reason",
            "asleep",
        ),
        (GIVEN, {"category": {"text": "inpatient"}}, "note", "Setting: inpatient"),
        (
            GIVEN,
            {"performer": [{"actor": DOCTOR}, {"actor": {"display": "B"}}]},
            "note",
            "Performed by: Dr Ada Example, B",
        ),
    ],
)
def test_medications(resource, changes, field, expected):
    """Each element has its place, or its line in the note."""
    found = getattr(medication(resource, CONDITION, **changes), field)
    assert (found.name if field in {"prescriber", "author"} and found else found) == expected


@pytest.mark.parametrize(
    ("resource", "changes"),
    [
        (STATEMENT, {"basedOn": [POINTER]}),
        (STATEMENT, {"derivedFrom": [{"reference": "Observation/1"}, POINTER]}),
        (DISPENSE, {"authorizingPrescription": [POINTER]}),
        (GIVEN, {"request": POINTER}),
    ],
)
def test_the_prescription_behind_it(resource, changes):
    """Who prescribed it is known from the prescription that is pointed at."""
    item = medication(resource, ORDER, **changes)
    assert item.prescriber.name == "Dr Ada Example"
    assert item.kind == ("ADMINISTERED" if resource is GIVEN else "REPEAT_DISPENSED")
    assert item.quantity == ("28 tablet" if resource is STATEMENT else None)


@pytest.mark.parametrize(
    "order",
    [
        ORDER | {"subject": {"reference": "Patient/p2"}},
        ORDER | {"status": "entered-in-error"},
        ORDER | {"doNotPerform": True},
        ORDER | {"intent": ["order"]},
        CONDITION,
    ],
)
def test_a_prescription_that_says_nothing_of_it(order):
    """One of somebody else, a mistake or one that cannot be read tells nothing."""
    item = medication(STATEMENT, order, basedOn=[POINTER])
    assert (item.prescriber, item.quantity, item.kind) == (None, None, "UNKNOWN")


def test_a_contained_prescription():
    """A prescription inside finds its prescriber in what contains both."""
    role = {"resourceType": "PractitionerRole", "id": "dr", "practitioner": DOCTOR}
    order = ORDER | {"id": "rx", "requester": {"reference": "#dr"}}
    item = medication(STATEMENT, contained=[role, order], basedOn=[{"reference": "#rx"}])
    assert item.prescriber.name == "Dr Ada Example"


@pytest.mark.parametrize(
    ("medicine", "name", "form", "note"),
    [
        ({}, "Ramipril 5mg", None, None),
        ({"form": {"text": "capsule"}}, "Ramipril 5mg", "capsule", None),
        (
            {"batch": {"lotNumber": "A1", "expirationDate": "2027-01"}},
            "Ramipril 5mg",
            None,
            "Batch: A1\nBatch expires: 2027-01",
        ),
        (
            {
                "ingredient": [
                    {
                        "itemCodeableConcept": {"text": "Ramipril"},
                        "strength": {"numerator": {"value": 5, "unit": "mg"}},
                    },
                    {"itemReference": {"display": "Lactose"}},
                ]
            },
            "Ramipril 5mg",
            None,
            "Made of: Ramipril 5 mg, Lactose",
        ),
        (
            {"code": ..., "ingredient": [{"itemCodeableConcept": {"text": "Zinc"}}]},
            "Zinc",
            None,
            None,
        ),
        (
            {"code": ..., "ingredient": [{"itemReference": {"reference": "Medication/m1"}}]},
            "the chemist's mixture",
            None,
            None,
        ),
    ],
)
def test_the_product(medicine, name, form, note):
    """A medicine that is pointed at gives its name, its form and what it is made of."""
    whole = {key: value for key, value in (MEDICINE | medicine).items() if value is not ...}
    named = BY_REFERENCE["medicationReference"] | {"display": "the chemist's mixture"}
    item = medication(STATEMENT, whole, **BY_REFERENCE | {"medicationReference": named})
    assert (item.medicine.display, item.form, item.note) == (name, form, note)


def test_a_product_that_is_not_known_here():
    """A medicine that cannot be found is called what the reference calls it."""
    named = BY_REFERENCE["medicationReference"] | {"display": "Ramipril"}
    item = medication(STATEMENT, **BY_REFERENCE | {"medicationReference": named})
    assert (item.medicine.display, item.form) == ("Ramipril", None)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"status": "entered-in-error"}, "a medicine that was entered in error"),
        ({"code": {}}, "a concept without code or words"),
    ],
)
def test_a_product_that_cannot_be_read(changes, reason):
    """A medicine that is a mistake or says nothing is refused."""
    with pytest.raises(UnreadableError, match=f"^{reason}$"):
        medication(STATEMENT, MEDICINE | changes, **BY_REFERENCE)


@NEEDS_DATA
@pytest.mark.parametrize(
    ("example", "field", "expected"),
    [
        ("Statement-Amoxicillin", "dosage", "2 capsules 4 times a day."),
        ("Statement-Amoxicillin", "as_needed", True),
        ("Statement-Amoxicillin", "indication", "Otitis media"),
        ("Statement-Amoxicillin", "site", "Mouth region structure"),
        (
            "Statement-Amoxicillin",
            "note",
            FIGURES + "\nMethod: Until finished\nSetting: Outpatient",
        ),
        (
            "Request-Doxycycline",
            "dosage",
            "200mg - once a day - for 1 day; 100mg - once a day.",
        ),
        ("Request-EyeDrops", "kind", "ACUTE"),
        ("Dispense-Amoxicillin", "quantity", "21 capsule"),
        ("Dispense-Amoxicillin", "last_issued", "2023-06-15T18:00:00+00:00"),
        ("Administration-CiprofloxacinIV", "dosage", "400 milligram"),
        ("Administration-CiprofloxacinIV", "site", "left arm"),
        ("Administration-CiprofloxacinIV", "note", "Method: Infusion"),
        ("Administration-Sn-ZeroDosage", "status", "ON_HOLD"),
        ("Administration-Sn-ZeroDosage", "last_issued", None),
        ("Administration-Sn-ZeroDosage", "note", "In figures: at 0 milliliter per hour"),
    ],
)
def test_uk_core_medications(example, field, expected):
    """UK Core's examples show what they say."""
    named = uk_core("Medication-TimoptolEyeDrops")
    item = medication(uk_core(f"Medication{example}"), named)
    assert getattr(item, field) == expected

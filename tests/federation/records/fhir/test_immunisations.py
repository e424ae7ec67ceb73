"""What `Immunization` becomes: vaccinations given and not given."""

import json

import pytest

from federation.model import Category
from federation.records.fhir.resource import UnreadableError
from federation.records.systems import ODS_SYSTEM
from tests.federation.records.fhir.reading import SELF, UK_CORE, coded, published, read, uk_core
from tests.real_data import DATA, NEEDS_DATA

UNKNOWN = coded("UNK", "Unknown", system="http://terminology.hl7.org/CodeSystem/v3-NullFlavor")
VACCINATION = {
    "resourceType": "Immunization",
    "id": "i1",
    "status": "completed",
    "patient": SELF,
    "vaccineCode": coded("39114911000001105", "Vaxzevria"),
}
PROCEDURE = {
    "url": UK_CORE + "VaccinationProcedure",
    "valueCodeableConcept": coded("822851000000102", "Seasonal influenza vaccination"),
}
FLU, COLD = {"text": "influenza"}, {"text": "cold"}


def vaccination(**changes):
    return read(Category.IMMUNISATIONS, VACCINATION, **changes)


@pytest.mark.parametrize(
    ("changes", "field", "expected"),
    [
        ({}, "given", True),
        ({"status": "not-done"}, "given", False),
        (
            {"status": "not-done", "statusReason": coded("PATOBJ", "patient objection")},
            "not_given_reason",
            "patient objection",
        ),
        ({"statusReason": {"text": "late"}}, "not_given_reason", None),
        ({"statusReason": {"text": "late"}}, "note", "Status: late"),
        ({"occurrenceDateTime": "2021-02"}, "effective_at", "2021-02"),
        ({"occurrenceString": "as a child"}, "effective_at", None),
        ({"occurrenceString": "as a child"}, "note", "When: as a child"),
        ({"recorded": "2021-02-03"}, "recorded_at", "2021-02-03"),
        ({}, "first_hand", None),
        ({"primarySource": False}, "first_hand", False),
        ({"reportOrigin": {"text": "parent"}}, "note", "Told by: parent"),
        ({"manufacturer": {"display": "Example Vaccines"}}, "manufacturer", "Example Vaccines"),
        ({"lotNumber": "4120Z001"}, "lot_number", "4120Z001"),
        ({"expirationDate": "2021-07-02"}, "expires", "2021-07-02"),
        ({"site": coded("368208006", "Left upper arm")}, "site", "Left upper arm"),
        ({"route": coded("78421000", "Intramuscular")}, "route", "Intramuscular"),
        ({"doseQuantity": {"value": 0.5, "unit": "ml"}}, "dose", "0.5 ml"),
        ({"reasonCode": [coded("443684005")]}, "reason", "443684005"),
        ({"reasonReference": [{"display": "pregnancy"}]}, "reason", "pregnancy"),
        ({"location": {"display": "Stadium"}}, "place", "Stadium"),
        ({"note": [{"text": "fainted"}]}, "note", "fainted"),
        ({"isSubpotent": True}, "note", "Too weak to count (subpotent)"),
        (
            {"isSubpotent": True, "subpotentReason": [{"text": "half dose"}]},
            "note",
            "Too weak to count (subpotent): half dose",
        ),
        ({"reaction": [{"date": "2021-02-04"}]}, "note", "Reaction 2021-02-04"),
        (
            {"reaction": [{"date": "2021-02", "detail": {"display": "rash"}}]},
            "note",
            "Reaction 2021-02 (rash)",
        ),
        (
            {"extension": [{"url": UK_CORE + "ParentPresent", "valueBoolean": False}]},
            "note",
            "Parent present: no",
        ),
        ({"protocolApplied": [{"doseNumberPositiveInt": 1}]}, "dose_number", "1"),
        ({"protocolApplied": [{"doseNumberString": "booster"}]}, "dose_number", "booster"),
        (
            {"protocolApplied": [{"doseNumberPositiveInt": 1}, {"doseNumberPositiveInt": 2}]},
            "dose_number",
            "1, 2",
        ),
        ({"protocolApplied": [{"series": "infant"}]}, "course", "infant"),
        ({"protocolApplied": [{"seriesDosesPositiveInt": 3}]}, "note", "Doses in the course: 3"),
        (
            {"protocolApplied": [{"targetDisease": [FLU, COLD]}, {"targetDisease": [FLU]}]},
            "against",
            ("influenza", "cold"),
        ),
    ],
)
def test_vaccinations(changes, field, expected):
    """Each element of an immunisation has its place."""
    found = getattr(vaccination(**changes), field)
    assert (found.name if field == "place" else found) == expected


@pytest.mark.parametrize(
    ("changes", "vaccine", "procedure"),
    [
        ({}, "Vaxzevria", None),
        ({"extension": [PROCEDURE]}, "Vaxzevria", "Seasonal influenza vaccination"),
        (
            {"vaccineCode": UNKNOWN, "extension": [PROCEDURE]},
            "Seasonal influenza vaccination",
            "Seasonal influenza vaccination",
        ),
        (
            {"vaccineCode": ..., "extension": [PROCEDURE]},
            "Seasonal influenza vaccination",
            "Seasonal influenza vaccination",
        ),
        ({"vaccineCode": UNKNOWN}, "Unknown", None),
        (
            {"vaccineCode": UNKNOWN | {"text": "a jab"}, "extension": [PROCEDURE]},
            "Unknown",
            "Seasonal influenza vaccination",
        ),
    ],
)
def test_what_was_given(changes, vaccine, procedure):
    """Where the vaccine is not known, the vaccination says what was done."""
    item = vaccination(**changes)
    assert (item.vaccine.display, item.procedure and item.procedure.display) == (vaccine, procedure)


def test_who_gave_it():
    """The first member of staff is the author, the organisation the custodian, all are named."""
    nurse = {"actor": {"type": "Practitioner", "display": "HOLDING, Rafferty"}}
    house = {
        "actor": {"type": "Organization", "identifier": {"system": ODS_SYSTEM, "value": "RZZ"}}
    }
    item = vaccination(performer=[nurse, house])
    assert (item.author.name, item.custodian.ods_code) == ("HOLDING, Rafferty", "RZZ")
    assert item.note == "Performed by: HOLDING, Rafferty, RZZ"


def test_vaccinations_entered_in_error():
    """What was entered in error is nothing."""
    assert vaccination(status="entered-in-error") is None


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"status": ...}, "a vaccination that does not say whether it was given"),
        ({"status": "invented"}, "a vaccination that does not say whether it was given"),
        ({"vaccineCode": ...}, "a vaccination without a vaccine"),
        ({"vaccineCode": {}}, "a concept without code or words"),
        ({"occurrenceDateTime": "yesterday"}, "a date that is none"),
        (
            {"protocolApplied": [{"modifierExtension": [{"url": "urn:not"}]}]},
            "an extension that changes the meaning",
        ),
    ],
)
def test_vaccinations_that_cannot_be_read(changes, reason):
    """A vaccination that would mislead is refused with a reason."""
    with pytest.raises(UnreadableError, match=f"^{reason}$"):
        vaccination(**changes)


# ── what others wrote ─────────────────────────────────────────────────────────────────────────────


def events():
    for path in sorted((DATA / "nhs" / "imms").glob("*event*.json")):
        yield path.name, json.loads(path.read_text("utf-8"))


@NEEDS_DATA
def test_the_immunisation_service():
    """NHS England's examples are read with every field they have, but for those without an id."""
    read_ones, refused = {}, {}
    for name, event in events():
        try:
            read_ones[name] = read(Category.IMMUNISATIONS, {"id": name.replace("_", "-")} | event)
            read(Category.IMMUNISATIONS, event)
        except UnreadableError as reason:
            refused[name] = str(reason)
    assert len(read_ones) == 9
    assert set(refused.values()) <= {"a resource without an id"}
    item = read_ones["completed_covid_immunization_event.json"]
    assert item.procedure.codings[0].code == "1324681000000101"
    assert (item.dose_number, item.lot_number, item.expires) == ("1", "4120Z001", "2021-07-02")
    assert (item.manufacturer, item.dose) == ("AstraZeneca Ltd", "0.5 milliliter")
    assert (item.site, item.route) == (
        "Left upper arm structure (body structure)",
        "Intramuscular route (qualifier value)",
    )
    assert item.against == ("Disease caused by severe acute respiratory syndrome coronavirus 2",)
    assert (item.reason, item.first_hand) == ("443684005", True)
    assert (item.place.ods_code, item.author.name) == ("X99999", "Florence Nightingale")
    assert item.effective_at == item.recorded_at == "2021-02-07T13:28:17+00:00"
    fewest = read_ones["completed_covid_immunization_event_mandatory_fields_only.json"]
    assert (fewest.vaccine, fewest.dose_number) == (fewest.procedure, "dose number unknown")


@NEEDS_DATA
@pytest.mark.parametrize(
    ("example", "field", "expected"),
    [
        ("InfluenzaVaccine", "effective_at", "2013-01-10"),
        ("Sn-AstraZenecaVaccine", "given", True),
        ("Sn-IntramuscularRoute", "route", "Intramuscular route (qualifier value)"),
        ("Sn-LeftUpperArmStructure", "site", "Left upper arm structure (body structure)"),
        ("Sn-LotNumber", "lot_number", "R04X"),
        ("Sn-Manufacturer", "manufacturer", "DREAMLAND Pharmaceuticals Ltd"),
        ("Sn-PatientConformVaccination", "effective_at", "2021-07-20"),
        (
            "Sn-Performer",
            "note",
            "Performed by: HOLDING, Rafferty, ELLAND ROAD STADIUM - COVID VACCINATION CENTRE",
        ),
        ("Sn-ProtocolApplied", "dose_number", "1"),
        ("Sn-ProtocolApplied", "against", ("COVID-19",)),
        ("Sn-UnitsOfMeasure", "dose", "0.5 milliliter"),
    ],
)
def test_uk_core_immunisations(example, field, expected):
    """Each of UK Core's examples shows what it is an example of."""
    item = read(Category.IMMUNISATIONS, uk_core(f"Immunization-{example}"))
    assert getattr(item, field) == expected


@NEEDS_DATA
def test_published_vaccinations():
    """Every published immunisation is read, each with its date."""
    items = [read(Category.IMMUNISATIONS, one) for _, one in published("Immunization")]
    assert len(items) == 125
    assert all(item.effective_at for item in items)

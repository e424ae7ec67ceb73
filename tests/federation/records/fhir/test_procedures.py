"""What `Procedure` becomes: done, planned, stopped and not done."""

import pytest

from federation.model import Category
from federation.records.fhir.resource import UnreadableError
from tests.federation.records.fhir.reading import SELF, UK_CORE, coded, published, read, uk_core
from tests.real_data import NEEDS_DATA

PROCEDURE = {
    "resourceType": "Procedure",
    "id": "p1",
    "status": "completed",
    "subject": SELF,
    "code": coded("52734007", "Total hip replacement"),
}
FRACTURE = {
    "resourceType": "Condition",
    "id": "c1",
    "subject": SELF,
    "code": coded("5913000", "Fracture of neck of femur"),
}
SURGEON = {"actor": {"display": "Mr Ed Example"}, "function": {"text": "Surgeon"}}
NURSE = {
    "actor": {"display": "Nurse Example"},
    "onBehalfOf": {"type": "Organization", "display": "X"},
}


def procedure(*along, **changes):
    return read(Category.PROCEDURES, PROCEDURE, *along, **changes)


@pytest.mark.parametrize(
    ("changes", "field", "expected"),
    [
        ({}, "status", "completed"),
        ({"status": "in-progress"}, "status", "in progress"),
        ({"status": ...}, "status", None),
        ({"performedDateTime": "2019-04"}, "effective_at", "2019-04"),
        ({"performedPeriod": {"start": "2019", "end": "2020"}}, "effective_at", "2019"),
        ({"performedPeriod": {"start": "2019", "end": "2020"}}, "end", "2020"),
        ({"performedPeriod": {"end": "2020"}}, "effective_at", None),
        ({"bodySite": [coded("1", "Left hip")]}, "body_site", "Left hip"),
        ({"outcome": coded("385669000", "Successful")}, "outcome", "Successful"),
        (
            {
                "complication": [{"text": "bleeding"}],
                "complicationDetail": [{"display": "wound infection"}],
            },
            "complication",
            "bleeding, wound infection",
        ),
        ({"reasonCode": [{"text": "fracture"}]}, "reason", "fracture"),
        ({"reasonCode": [coded("443684005")]}, "reason", "443684005"),
        (
            {"reasonReference": [{"reference": "Condition/c1"}]},
            "reason",
            "Fracture of neck of femur",
        ),
        ({"reasonReference": [{"display": "fall"}]}, "reason", "fall"),
        ({"status": "not-done", "statusReason": {"text": "declined"}}, "reason", "declined"),
        (
            {
                "status": "not-done",
                "statusReason": {"text": "declined"},
                "reasonCode": [{"text": "fracture"}],
            },
            "reason",
            "fracture; not done: declined",
        ),
        ({"note": [{"text": "well"}]}, "note", "well"),
        ({"performedString": "as a child"}, "note", "Performed: as a child"),
        (
            {"performedAge": {"value": 6, "code": "a"}},
            "note",
            "Performed: at the age of 6 years",
        ),
        (
            {"performedRange": {"low": {"value": 6, "code": "a"}}},
            "note",
            "Performed: at least 6 years",
        ),
        (
            {"category": coded("387713003", "Surgical procedure")},
            "note",
            "Category: Surgical procedure",
        ),
        ({"followUp": [{"text": "physiotherapy"}]}, "note", "Follow-up: physiotherapy"),
        ({"usedCode": [{"text": "cement"}]}, "note", "Used: cement"),
        (
            {
                "focalDevice": [
                    {"action": {"text": "implanted"}, "manipulated": {"display": "stem"}}
                ]
            },
            "note",
            "Device: stem (implanted)",
        ),
        ({"focalDevice": [{"action": {"text": "implanted"}}]}, "note", "Device: implanted"),
        (
            {
                "extension": [
                    {
                        "url": UK_CORE + "AnaestheticIssues",
                        "valueCodeableConcept": {"text": "difficult airway"},
                    }
                ]
            },
            "note",
            "Anaesthetic issues: difficult airway",
        ),
    ],
)
def test_procedures(changes, field, expected):
    """Each element of a procedure has its place."""
    assert getattr(procedure(FRACTURE, **changes), field) == expected


@pytest.mark.parametrize(
    ("changes", "author", "note"),
    [
        ({"performer": [SURGEON]}, "Mr Ed Example", None),
        (
            {"performer": [SURGEON, NURSE]},
            "Mr Ed Example",
            "Performed by: Mr Ed Example (Surgeon), Nurse Example",
        ),
        (
            {"performer": [SURGEON], "recorder": {"display": "Dr Ada Example"}},
            "Dr Ada Example",
            "Performed by: Mr Ed Example (Surgeon)",
        ),
        ({"performer": [{"function": {"text": "Surgeon"}}]}, None, None),
    ],
)
def test_who_did_it(changes, author, note):
    """Whoever wrote it down is the author; those who did it are named beside them."""
    item = procedure(**changes)
    assert (item.author and item.author.name, item.note) == (author, note)


def test_for_whom_it_was_done():
    """The organisation that a performer acted for is the custodian."""
    assert procedure(performer=[NURSE]).custodian.name == "X"


def test_where_it_was_done():
    """The place is named."""
    assert procedure(location={"display": "Theatre 2"}).place.name == "Theatre 2"


def test_procedures_entered_in_error():
    """What was entered in error is nothing."""
    assert procedure(status="entered-in-error") is None


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"code": ...}, "a procedure without a name"),
        ({"performedDateTime": "2019-13"}, "a date that is none"),
        ({"performer": {}}, "an element has another shape than R4's"),
    ],
)
def test_procedures_that_cannot_be_read(changes, reason):
    """A procedure that would mislead is refused with a reason."""
    with pytest.raises(UnreadableError, match=f"^{reason}$"):
        procedure(**changes)


@NEEDS_DATA
def test_uk_core_procedure_field_by_field():
    """UK Core's example shows all that it says."""
    item = read(Category.PROCEDURES, uk_core("Procedure-ExaminationOfSkin"))
    assert item.code.display == "Hand microscope examination of skin"
    assert (item.status, item.effective_at) == ("completed", "2019-12-10T13:00:00+00:00")


@NEEDS_DATA
def test_published_procedures():
    """Every published procedure is read with its period, and the reason that it points at."""
    items = [read(Category.PROCEDURES, one) for _, one in published("Procedure")]
    assert len(items) == 68
    assert sum(item.end is not None for item in items) == 67
    assert sum(item.reason is not None for item in items) == 16

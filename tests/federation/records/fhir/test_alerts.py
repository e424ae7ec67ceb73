"""What `Flag` becomes: alerts that hold and alerts that held."""

import pytest

from federation.model import Category
from federation.records.fhir.alerts import ACTION_URL, PRIORITY_URL, SCOPE_URL
from federation.records.fhir.resource import UnreadableError
from tests.federation.records.fhir.reading import SELF, coded, read, uk_core
from tests.real_data import NEEDS_DATA

FLAG = {
    "resourceType": "Flag",
    "id": "f1",
    "status": "active",
    "subject": SELF,
    "code": coded("225915006", "Violence risk", text="Visit in pairs"),
}


def alert(**changes):
    return read(Category.ALERTS, FLAG, **changes)


@pytest.mark.parametrize(
    ("changes", "field", "expected"),
    [
        ({}, "text", "Visit in pairs"),
        ({}, "status", "ACTIVE"),
        ({"status": "inactive"}, "status", "INACTIVE"),
        ({"status": "invented"}, "status", "UNKNOWN"),
        ({"status": ...}, "status", "UNKNOWN"),
        ({"code": coded("225915006", "Violence risk")}, "text", "Violence risk"),
        ({"code": {"text": "Key safe"}}, "text", "Key safe"),
        ({"category": [coded("diet", "Diet"), {"text": "Food"}]}, "area", "Diet, Food"),
        ({"category": [coded("diet")]}, "area", "diet"),
        ({"period": {"start": "2024", "end": "2025-01"}}, "start", "2024"),
        ({"period": {"start": "2024", "end": "2025-01"}}, "end", "2025-01"),
        (
            {"extension": [{"url": PRIORITY_URL, "valueCodeableConcept": coded("PH", "High")}]},
            "severity",
            "High",
        ),
        ({"extension": [{"url": ACTION_URL, "valueString": "ring first"}]}, "action", "ring first"),
        ({"extension": [{"url": SCOPE_URL, "valueString": "at home"}]}, "scope", "at home"),
    ],
)
def test_alerts(changes, field, expected):
    """Each element of a flag has its place; one that is over is shown as that."""
    assert getattr(alert(**changes), field) == expected


@pytest.mark.parametrize(
    ("code", "display", "original_text", "codes"),
    [
        (FLAG["code"], "Violence risk", None, ("225915006",)),
        ({"text": "Key safe"}, "Key safe", "Key safe", ()),
        ({"coding": [{"display": "Risk"}], "text": "Key safe"}, "Risk", "Risk", ()),
        (coded("1", text="Key safe"), "Key safe", "Key safe", ("1",)),
        (
            {"coding": coded("1", "One")["coding"] + coded("2", "Two")["coding"]},
            "One",
            None,
            ("1", "2"),
        ),
        (
            coded("196471000000108", "Transfer-degraded non-drug allergy", text="Latex"),
            "Latex",
            "Latex",
            ("196471000000108",),
        ),
    ],
)
def test_the_kind_of_an_alert(code, display, original_text, codes):
    """The kind has every code; the recorded words are the text, and the kind's where it is bare."""
    kind = alert(code=code).kind
    assert (kind.display, kind.original_text) == (display, original_text)
    assert tuple(coding.code for coding in kind.codings) == codes


def test_who_raised_an_alert():
    """The author and their organisation are named, the encounter is not."""
    author = {
        "identifier": {"system": "https://fhir.nhs.uk/Id/ods-organization-code", "value": "RZZ"}
    }
    assert alert(author={"display": "Dr Ada Example"}).author.name == "Dr Ada Example"
    assert alert(author=author).custodian.ods_code == "RZZ"


def test_alerts_entered_in_error():
    """What was entered in error is nothing."""
    assert alert(status="entered-in-error") is None


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"code": ...}, "an element has another shape than R4's"),
        ({"code": {}}, "a concept without code or words"),
        ({"period": {"start": "soon"}}, "a date that is none"),
    ],
)
def test_alerts_that_cannot_be_read(changes, reason):
    """An alert that says nothing is refused, and counted as such."""
    with pytest.raises(UnreadableError, match=f"^{reason}$"):
        alert(**changes)


@NEEDS_DATA
def test_uk_core_flag_field_by_field():
    """UK Core's example shows all that it says, but for the encounter."""
    item = read(Category.ALERTS, uk_core("Flag-FoodAllergy"))
    assert (item.text, item.kind.display) == (
        "Patient has a severe peanut allergy.",
        "Peanut-free diet",
    )
    assert (item.status, item.area, item.end) == ("ACTIVE", "Diet", None)
    assert (item.start, item.author.name) == ("2019-12-10T13:00:00+00:00", "Dr Paul Rastall")
    assert item.identifiers[0].value == "f4f703a9-ef92-4515-a7b0-99271428c84e"

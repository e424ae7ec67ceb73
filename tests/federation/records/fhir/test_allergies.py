"""What `AllergyIntolerance` and lists of allergies become: items, and what an empty list means."""

import pytest

from federation.model import Assertion, Category
from federation.records.fhir.readers import FHIR_READERS
from federation.records.fhir.resource import UnreadableError
from tests.federation.records.fhir.reading import (
    SELF,
    UK_CORE,
    coded,
    known,
    parse,
    published,
    read,
    uk_core,
)
from tests.real_data import NEEDS_DATA

ALLERGY = {
    "resourceType": "AllergyIntolerance",
    "id": "a1",
    "patient": SELF,
    "code": coded("372687004", "Amoxicillin"),
}
REPORT = {
    "resourceType": "DiagnosticReport",
    "id": "d1",
    "status": "final",
    "subject": SELF,
    "code": {"text": "Skin prick test"},
}
RASH = {"manifestation": [{"text": "rash"}]}


def allergy(*along, **changes):
    return read(Category.ALLERGIES, ALLERGY, *along, **changes)


def evidence(**value):
    return {"extension": [{"url": UK_CORE + "Evidence", "valueReference": value}]}


@pytest.mark.parametrize(
    ("changes", "field", "expected"),
    [
        ({}, "substance_kinds", ()),
        ({"category": ["food", "medication"]}, "substance_kinds", ("food", "medication")),
        ({"lastOccurrence": "2019-11"}, "last_reaction_at", "2019-11"),
        (
            {"reaction": [RASH | {"exposureRoute": coded("26643006", "Oral")}]},
            "exposure_route",
            "Oral",
        ),
        (evidence(display="RAST test"), "evidence", "RAST test"),
        (evidence(reference="DiagnosticReport/d1"), "evidence", "Skin prick test"),
        (
            evidence(reference="DiagnosticReport/gone"),
            "evidence",
            "DiagnosticReport that is not shown here",
        ),
        ({"note": [{"text": "told by her mother"}]}, "note", "told by her mother"),
        ({"onsetString": "as a child"}, "note", "Onset: as a child"),
        ({"onsetAge": {"value": 6, "code": "a"}}, "note", "Onset: at the age of 6 years"),
        ({"onsetPeriod": {"start": "2001", "end": "2002"}}, "onset", "2001"),
        ({"onsetPeriod": {"start": "2001", "end": "2002"}}, "note", "Onset until: 2002"),
        ({"reaction": [RASH | {"description": "all over"}]}, "note", "rash: all over"),
        ({"reaction": [RASH | {"onset": "2001-05"}]}, "note", "rash, when: 2001-05"),
        ({"reaction": [RASH | {"substance": {"text": "Amoxil"}}]}, "note", "rash, to: Amoxil"),
        ({"reaction": [RASH | {"note": [{"text": "photograph"}]}]}, "note", "rash: photograph"),
        ({"reaction": [{"description": "collapsed"}]}, "note", "Reaction: collapsed"),
    ],
)
def test_allergies(changes, field, expected):
    """Each further element of an allergy has its place, or its line in the note."""
    assert getattr(allergy(REPORT, **changes), field) == expected


def test_evidence_about_somebody_else_is_not_named():
    """A report of another person is not told of, even where a node sends it along."""
    theirs = REPORT | {"subject": {"reference": "Patient/p2"}}
    found = allergy(theirs, **evidence(reference="DiagnosticReport/d1"))
    assert found.evidence == "DiagnosticReport that is not shown here"


# ── lists ─────────────────────────────────────────────────────────────────────────────────────────

HL7_REASON = "http://terminology.hl7.org/CodeSystem/list-empty-reason"
UK_REASON = "https://fhir.hl7.org.uk/CodeSystem/UKCore-ListEmptyReasonCode"
NIL = coded("nilknown", system=HL7_REASON)
NO_CONTENT = coded("no-content-recorded", system=UK_REASON)
WITHHELD = coded("withheld", system=HL7_REASON)
ENDED = coded("1103671000000101", "Ended allergies")
WARNING = {"url": UK_CORE + "ListWarningCode", "valueCodeableConcept": coded("confidential-items")}
NONE_KNOWN = ALLERGY | {"id": "none", "code": coded("716186003")}


def a_list(**given):
    return {
        "resourceType": "List",
        "id": "l1",
        "status": "current",
        "mode": "snapshot",
        "subject": SELF,
        "code": coded("886921000000105", "Allergies and adverse reactions"),
    } | given


def gathered(*resources):
    reading = FHIR_READERS[Category.ALLERGIES]
    return reading.gather(reading.readers, [parse(one) for one in resources], known())


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"emptyReason": NIL}, Assertion.NONE_KNOWN),
        ({"emptyReason": NO_CONTENT}, Assertion.NO_CONTENT_RECORDED),
        ({"emptyReason": WITHHELD}, Assertion.NOT_KNOWN),
        ({"emptyReason": coded("unavailable", system=HL7_REASON)}, Assertion.NOT_KNOWN),
        ({"emptyReason": coded("nilknown", system="urn:other")}, Assertion.NOT_KNOWN),
        ({"emptyReason": {"text": "none"}}, Assertion.NOT_KNOWN),
        (
            {"emptyReason": {"coding": NIL["coding"] + WITHHELD["coding"]}},
            Assertion.NOT_KNOWN,
        ),
        ({}, None),
        ({"emptyReason": NIL, "status": "retired"}, None),
        ({"emptyReason": NIL, "status": "entered-in-error"}, None),
        ({"emptyReason": NIL, "code": coded("933361000000108", "Medications")}, None),
        ({"emptyReason": NIL, "code": ENDED}, None),
        ({"emptyReason": NO_CONTENT, "code": ENDED}, Assertion.NO_CONTENT_RECORDED),
        ({"emptyReason": WITHHELD, "code": ENDED}, Assertion.NOT_KNOWN),
        ({"emptyReason": NIL, "extension": [WARNING]}, Assertion.NOT_KNOWN),
        ({"entry": [{"item": {"reference": "AllergyIntolerance/a1"}}], "emptyReason": NIL}, None),
    ],
)
def test_what_an_empty_list_asserts(given, expected):
    """Only a current, empty list of active allergies that says so asserts that none is known."""
    assert gathered(a_list(**given)).assertion is expected
    read_alone = read(Category.ALLERGIES, a_list(**given))
    assert (read_alone or None) is expected


@pytest.mark.parametrize(
    ("resources", "expected", "items"),
    [
        ([NONE_KNOWN, a_list(emptyReason=NIL)], Assertion.NONE_KNOWN, 0),
        ([NONE_KNOWN, a_list(emptyReason=WITHHELD)], Assertion.NOT_KNOWN, 0),
        ([a_list(emptyReason=WITHHELD), NONE_KNOWN], Assertion.NOT_KNOWN, 0),
        (
            [a_list(emptyReason=NIL), a_list(code=ENDED, emptyReason=NO_CONTENT)],
            Assertion.NO_CONTENT_RECORDED,
            0,
        ),
        ([ALLERGY, a_list(emptyReason=NO_CONTENT)], None, 1),
        ([a_list(emptyReason=WITHHELD), ALLERGY], None, 1),
        ([ALLERGY, a_list(emptyReason=NIL)], Assertion.NONE_KNOWN, 1),
        ([ALLERGY, NONE_KNOWN], Assertion.NONE_KNOWN, 1),
    ],
)
def test_the_most_careful_assertion_counts(resources, expected, items):
    """An assertion never takes the place of an allergy; a contradicted one is kept to be shown."""
    found = gathered(*resources)
    assert (found.assertion, len(found.items)) == (expected, items)


def test_allergies_that_a_list_contains():
    """What stands only inside a list is read, and one bad part does not take the others with it."""
    parts = [
        ALLERGY | {"id": "1", "clinicalStatus": coded("resolved")},
        ALLERGY | {"id": "2", "patient": {"reference": "Patient/p2"}},
        ALLERGY | {"id": "3", "verificationStatus": coded("entered-in-error")},
        ALLERGY | {"id": "4", "code": {}},
    ]
    pointers = [{"item": {"reference": f"#{number}"}} for number in (1, 2, 3, 4, 5)]
    deleted = {"deleted": True, "item": {"reference": "#1"}}
    found = gathered(a_list(code=ENDED, contained=parts, entry=[*pointers, deleted, {}]))
    (item,) = found.items
    assert (item.source_id, item.clinical_status) == ("l1#1", "RESOLVED")
    assert found.unreadable == {
        "a list that contains something about somebody else": 1,
        "a concept without code or words": 1,
        "a list that points at a part it does not contain": 1,
    }


def test_a_list_that_cannot_be_read_is_counted():
    """A list of another shape than R4's asserts nothing and is counted."""
    found = gathered(a_list(entry="none"))
    assert (found.assertion, found.unreadable.total()) == (None, 1)


def test_no_known_allergies_inside_a_list():
    """The statement that none is known counts wherever it stands."""
    inside = a_list(contained=[NONE_KNOWN], entry=[{"item": {"reference": "#none"}}])
    assert gathered(inside).assertion is Assertion.NONE_KNOWN
    assert read(Category.ALLERGIES, inside) is Assertion.NONE_KNOWN


@NEEDS_DATA
def test_uk_core_lists():
    """UK Core's list without allergy data says that no content is recorded."""
    assert read(Category.ALLERGIES, uk_core("List-Sn-NoAllergyData")) is (
        Assertion.NO_CONTENT_RECORDED
    )
    assert read(Category.ALLERGIES, uk_core("List-EmptyList")) is None


@NEEDS_DATA
@pytest.mark.parametrize(
    ("example", "substance", "degraded"),
    [
        ("Amoxicillin", "Amoxicillin", False),
        ("Sn-DrugAllergy", "9339101000001105 | Septrin", True),
        ("Sn-DrugAllergyToEggProtein", "213020009 | Allergy to egg protein", True),
        ("Sn-NegHandlNoKnownAllergies", "No known drug allergy (situation)", False),
        ("Sn-NonDrugAllergy", "Latex", True),
        ("Sn-TransferDegradedDrugAllergy", "Amoxicillin 250mg capsules", True),
    ],
)
def test_uk_core_allergies(example, substance, degraded):
    """Each of UK Core's examples shows its substance, in the words that still have the meaning."""
    item = read(Category.ALLERGIES, uk_core(f"AllergyIntolerance-{example}"))
    assert (item.substance.display, item.substance.degraded) == (substance, degraded)


@NEEDS_DATA
def test_published_allergies():
    """Every published allergy is read, but for the one entered in error."""
    found = [read(Category.ALLERGIES, one) for _, one in published("AllergyIntolerance")]
    assert (len(found), sum(one is None for one in found)) == (14, 1)
    assert {kind for one in found if one for kind in one.substance_kinds} == {"food"}


def test_an_allergy_without_a_substance_is_refused():
    """A list with allergies of nothing would mislead."""
    with pytest.raises(UnreadableError, match=r"^an allergy without a substance$"):
        allergy(code=...)


def test_a_status_is_found_behind_a_code_of_another_system():
    """Neither a mistake nor a denial is overlooked because a source's own code stands first."""
    local = {"system": "urn:local", "code": "17"}
    allergy = {
        "resourceType": "AllergyIntolerance",
        "id": "a",
        "code": {"text": "Peanut"},
        "verificationStatus": {"coding": [local, {"code": "refuted"}]},
        "clinicalStatus": {"coding": [local, {"code": "inactive"}]},
    }
    found = read(Category.ALLERGIES, allergy)
    assert found.verification_status == "REFUTED"
    assert found.clinical_status == "INACTIVE"
    wrong = {"coding": [local, {"code": "entered-in-error"}]}
    assert read(Category.ALLERGIES, allergy, verificationStatus=wrong) is None

"""What the demo's FHIR server writes of an item is what our reader makes of it, field by field."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
import pytest

from demo.directory import key_of, medicine_of
from demo.fhir.catalogue import SEARCHABLE
from demo.fhir.medication import medication
from demo.store import StoredPart
from federation.model import Assertion, Category, Organisation, Practitioner
from federation.records.base import STAMPED_FIELDS, Item
from federation.records.documents import HASH_SYSTEM
from federation.records.fhir.readers import FHIR_READERS
from federation.records.fhir.resource import References, Resource
from federation.records.medications import Medication
from tests.items import a_concept, an_item

TRUST = Organisation(ods_code="RZZ", name="Example Trust")
CLINIC = Organisation(ods_code="RZZ01", name="Example Clinic", phone="01632 960009")
DOCTOR = Practitioner(name="Dr Ada Example", role="Consultant", organisation=TRUST)
SHARED = {
    "version": "3",
    "identifiers": (("urn:x", "1"),),
    "custodian": TRUST,
    "author": DOCTOR,
    "last_updated_at": "2026-01-02T03:04:05Z",
    "security_labels": ({"code": "R"},),
    "recorded_at": "2026-01-02",
}
UNDATED = {"recorded_at": None}
"""R4 has no element for when it was written down."""
EXACTLY = "2026-01-02T10:00:00Z"
"""R4 has instants where the record has dates."""
QUANTITY = {"__typename": "Quantity", "value": 5.1, "unit": "mmol/L", "ucum": "mmol/L"}
REPORT = a_concept("721981007", "Diagnostic studies report")
NOT_STATED = {
    "changed_recently": False,
    "dosage_changed_at": None,
    "change_summary": None,
    "prescribed_by": None,
}
"""What only a statement and a prescription have a place for."""
MEDICINE = {
    "form": "capsule",
    "dosage": "one capsule three times a day",
    "route": "oral",
    "indication": "otitis media",
    "start": "2026-01-10",
    "end": "2026-01-17",
    "last_issued": "2026-01-11",
    "quantity": "21 capsule",
    "stop_reason": "rash",
    "changed_recently": True,
    "site": "mouth",
    "as_needed": False,
    "prescriber": Practitioner(name="Dr Bea Example", role="GP", organisation=TRUST),
    "prescribed_by": "Prescribed by another organisation",
    "dosage_changed_at": "2026-01-09",
    "change_summary": "now a capsule",
    "note": "with food",
}
TOLD: Mapping[Category, tuple[Mapping[str, Any], ...]] = {
    Category.ALLERGIES: (
        {
            "type": "ALLERGY",
            "clinical_status": "RESOLVED",
            "verification_status": "CONFIRMED",
            "criticality": "HIGH",
            "reactions": (
                a_concept("247472004", "Urticarial rash"),
                a_concept(None, "wheeze", original_text="wheeze"),
            ),
            "severity": "severe",
            "onset": "1998",
            "ended_at": "2020-05",
            "end_reason": "tolerated on challenge",
            "substance_kinds": ("medication", "biologic"),
            "exposure_route": "oral",
            "last_reaction_at": "2019-11",
            "evidence": "skin prick test",
            "note": "told by her mother",
        },
    ),
    Category.PROBLEMS: (
        {
            "clinical_status": "REMISSION",
            "verification_status": "PROVISIONAL",
            "significance": "major",
            "onset": "2001-05",
            "abated": "2020",
            "body_site": "left knee",
            "severity": "moderate",
            "episodicity": "first",
            "recorded_as": "problem list item",
            "related_to": ("Hypertension", "Chest pain"),
            "note": "see letter",
        },
        {"recorded_as": "encounter diagnosis"},
        {"recorded_as": "something else"},
    ),
    Category.ALERTS: (
        {
            "text": "visit in pairs",
            "severity": "high",
            "start": "2024-05",
            "end": "2026-05",
            "action": "ring before visiting",
            "status": "INACTIVE",
            "area": "safeguarding",
            "scope": "at home",
            **UNDATED,
        },
        {"kind": a_concept(None, "Risk", original_text="Risk"), "status": "ACTIVE", **UNDATED},
    ),
    Category.PROCEDURES: (
        {
            "status": "completed",
            "body_site": "left hip",
            "outcome": "successful",
            "complication": "bleeding",
            "reason": "fracture",
            "effective_at": "2024-05-01T10:00:00Z",
            "end": "2024-05-01T12:00:00Z",
            "place": CLINIC,
            "note": "uneventful",
            **UNDATED,
        },
        {"status": "not done", "reason": "declined", "effective_at": "2024-05", **UNDATED},
    ),
    Category.IMMUNISATIONS: (
        {
            "given": True,
            "dose_number": "2",
            "lot_number": "4120Z001",
            "site": "left arm",
            "procedure": a_concept("822851000000102", "Seasonal influenza vaccination"),
            "route": "intramuscular",
            "dose": "0.5 ml",
            "manufacturer": "Example Vaccines",
            "expires": "2027-01-31",
            "course": "seasonal",
            "against": ("influenza", "cough"),
            "reason": "over 65",
            "effective_at": "2026-01-02T10:00:00Z",
            "place": CLINIC,
            "first_hand": False,
            "note": "sat down afterwards",
        },
        {"given": False, "not_given_reason": "declined", "dose": "half a dose"},
        {"given": True, "dose_number": "booster"},
    ),
    Category.MEDICATIONS: (
        MEDICINE | {"event": "STATED", "kind": "REPEAT_DISPENSED", "as_needed": True},
        MEDICINE
        | {
            "event": "PRESCRIBED",
            "kind": "DISCHARGE",
            "status": "STOPPED",
            "as_needed": False,
            "dosage_changed_at": None,
        },
        MEDICINE | {"event": "DISPENSED", "kind": "OTHER"} | UNDATED | NOT_STATED,
        MEDICINE
        | {"event": "ADMINISTERED", "kind": "ADMINISTERED", "status": "COMPLETED"}
        | {"quantity": None, "last_issued": MEDICINE["start"], "as_needed": None}
        | UNDATED
        | NOT_STATED,
        {"event": "STATED", "quantity": "two boxes", "kind": "ACUTE"},
        {"event": "ADMINISTERED", "kind": "ADMINISTERED", "status": "NOT_TAKEN", "start": None}
        | UNDATED,
    ),
    Category.OBSERVATIONS: (
        {
            "value": None,
            "components": (
                {
                    "code": {"display": "Systolic", "originalText": "Systolic"},
                    "value": QUANTITY,
                    "referenceRange": {"low": 90.0, "high": 140.0, "text": "at rest"},
                    "interpretation": "High",
                },
            ),
            "reference_range": {"text": "at rest"},
            "interpretation": "High",
            "body_site": "left arm",
            "method": "cuff",
            "device": "Automatic cuff 7",
            "status": "amended",
            "area": "Vital signs",
            "note": "after rest",
            "recorded_at": EXACTLY,
        },
        {"value": {"__typename": "TextValue", "text": "pale"}, "area": "ward", "status": "final"}
        | UNDATED,
    ),
    Category.RESULTS: (
        {
            "report_id": "r1",
            "status": "AMENDED",
            "value": QUANTITY,
            "reference_range": {"low": 1.0, "high": 2.0},
            "interpretation": "Low",
            "specimen": "Blood",
            "recorded_at": EXACTLY,
            "effective_at": "2026-01-01T08:00:00Z",
            "issued_at": "2026-01-03T08:00:00Z",
            "conclusion": "Anaemia",
            "components": ({"code": {"display": "a", "originalText": "a"}, "value": QUANTITY},),
            "body_site": "left arm",
            "method": "photometry",
            "requester": DOCTOR,
            "images": ("CT of the chest",),
            "attachments": (
                {
                    "name": "The letter",
                    "contentType": "application/pdf",
                    "sizeBytes": 9,
                    "createdAt": "2026-01-02",
                },
            ),
            "note": "repeat",
        },
        # A report without results.
        {
            "source_id": "r2",
            "report_id": "r2",
            "report": REPORT,
            "code": REPORT,
            "status": "FINAL",
            "conclusion": "Nothing abnormal",
            "specimen": "Swab",
            "requester": DOCTOR,
            "effective_at": "2026-01-01",
            "issued_at": EXACTLY,
        }
        | UNDATED,
    ),
    Category.ENCOUNTERS: (
        {
            "kind": "Inpatient",
            "status": "finished",
            "start": "2026-01-01T10:00:00Z",
            "end": "2026-01-03",
            "specialty": "Cardiology",
            "reason": "Chest pain",
            "place": CLINIC,
            "discharged_to": "Home",
            "clinicians": (DOCTOR,),
            "admission_method": "Emergency",
            "discharge_method": "On clinical advice",
            "legal_status": "Section 2",
            "note": "Came with her dog",
        }
        | UNDATED,
        {"kind": "By telephone", "place": None, "status": "cancelled"} | UNDATED,
        {
            "kind": "Episode of care",
            "status": "active",
            "start": "2026",
            "end": "2026-05",
            "reason": "Asthma",
            "place": TRUST,
            "clinicians": (DOCTOR,),
        }
        | UNDATED,
    ),
    Category.DOCUMENTS: (
        {
            "setting": "Chest clinic",
            "content_type": "application/pdf",
            "size_bytes": 4096,
            "availability": "AVAILABLE",
            "status": "preliminary",
            "summary": "Review of asthma",
            "recorded_at": EXACTLY,
            "effective_at": "2026-01-01",
            "identifiers": (("urn:x", "1"), (HASH_SYSTEM, "Zm9v")),
        },
        {"status": "superseded"} | UNDATED,
    ),
}
BARE = {
    Category.MEDICATIONS: {"event": "STATED", "custodian": None},
    Category.OBSERVATIONS: {"custodian": None},
    # Without a report, a result is its own.
    Category.RESULTS: {"report": REPORT, "code": REPORT},
    Category.DOCUMENTS: {"status": "current"},
}
"""What R4 cannot leave open."""
WITH_OTHERS = {"superseded_by"}
"""What two items say together."""
UNLIKE = {"source_system", *STAMPED_FIELDS}
"""A source's system is an address in FHIR; the others are the gateway's own."""
ITEMS = [
    pytest.param(an_item(category, **(SHARED | dict(given))), category, id=f"{category} {number}")
    for category, told in TOLD.items()
    for number, given in enumerate(told)
]


def written(part: StoredPart, category: Category) -> list[Resource]:
    resources = (
        resource
        for kind in SEARCHABLE
        if kind.category is category
        for resource in kind.resources(part, "p1")
    )
    return [Resource.parse(msgspec.json.encode(resource)) for resource in resources]


def read_back(part: StoredPart, category: Category):
    reading = FHIR_READERS[category]
    found = written(part, category)
    known = catalogue(part) | {f"{one.kind}/{one.id}": one for one in found}
    return reading.gather(reading.readers, found, References(known, {}))


def catalogue(part: StoredPart) -> dict[str, Resource]:
    """The medicines that the node names by reference."""
    medicines = [medicine_of(item) for item in part.items if isinstance(item, Medication)]
    listed = {key_of(one): medication(one, key_of(one)) for one in medicines}
    return {
        f"Medication/{key}": Resource.parse(msgspec.json.encode(one)) for key, one in listed.items()
    }


@pytest.mark.parametrize(("item", "category"), ITEMS)
def test_every_field_comes_back(item: Item, category: Category):
    """An item with every field that its resource has a place for is read as it was written."""
    gathered = read_back(StoredPart(items=(item,)), category)
    assert not gathered.unreadable
    (read,) = gathered.items
    for field in item.__struct_fields__:
        if field not in UNLIKE:
            assert getattr(read, field) == getattr(item, field), field


@pytest.mark.parametrize("category", list(TOLD))
def test_an_item_with_nothing_but_its_name_comes_back(category: Category):
    """What is not written is not read: no field is made up."""
    item = an_item(category, **BARE.get(category, {}))
    (read,) = read_back(StoredPart(items=(item,)), category).items
    for field in item.__struct_fields__:
        if field not in UNLIKE:
            assert getattr(read, field) == getattr(item, field), field


@pytest.mark.parametrize("category", list(TOLD))
def test_every_field_of_a_category_is_told(category: Category):
    """No field of a category is left out of what is written and read back."""
    told = {name for given in TOLD[category] for name, value in given.items() if value is not None}
    own = set(an_item(category).__struct_fields__) - set(Item.__struct_fields__)
    required = {"substance", "condition", "kind", "code", "vaccine", "medicine", "type", "name"}
    assert own - told - required <= WITH_OTHERS


@pytest.mark.parametrize("assertion", list(Assertion))
def test_what_an_empty_list_of_allergies_means_comes_back(assertion: Assertion):
    """Each assertion about allergies is written and read."""
    assert read_back(StoredPart(assertion=assertion), Category.ALLERGIES).assertion is assertion


def test_a_document_that_was_replaced_says_by_which():
    """The one that replaces is written so, and the replaced one is read so."""
    old = an_item(Category.DOCUMENTS, "d1", superseded_by="d2", status="superseded")
    new = an_item(Category.DOCUMENTS, "d2", status="current")
    items = read_back(StoredPart(items=(old, new)), Category.DOCUMENTS).items
    assert {one.source_id: (one.superseded_by, one.status) for one in items} == {
        "d1": ("d2", "superseded"),
        "d2": (None, "current"),
    }


def test_results_of_one_report_come_back_together():
    """What all results carry is written once, at their report; what one carries stays its own."""
    shared = {"report": REPORT, "report_id": "r1", "conclusion": "Anaemia", "status": "FINAL"}
    some = [
        an_item(
            Category.RESULTS,
            name,
            **shared,
            code=a_concept(None, name, original_text=name),
            identifiers=(("urn:x", name), ("urn:lab", "24-7")),
            effective_at="2026-01-01T08:00:00Z",
        )
        for name in ("a", "b")
    ]
    part = StoredPart(items=tuple(some))
    assert sorted(one.kind for one in written(part, Category.RESULTS)) == [
        "DiagnosticReport",
        "Observation",
        "Observation",
    ]
    read = {one.source_id: one for one in read_back(part, Category.RESULTS).items}
    for item in some:
        for field in item.__struct_fields__:
            if field not in UNLIKE:
                assert getattr(read[item.source_id], field) == getattr(item, field), field

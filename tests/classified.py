"""What every field of every record tells, decided field by field: nothing here follows a pattern.

A field that is added to a record has no row here, and the tests that look at this table are red
until somebody decides. Where a field leads into a struct, the way is what any step of it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import Enum
from typing import Any

import msgspec
from msgspec import Struct

from federation.model import Organisation, Practitioner
from federation.records.about_me import AboutMe
from federation.records.alerts import Alert
from federation.records.allergies import Allergy
from federation.records.appointments import Appointment
from federation.records.base import (
    STAMPED_FIELDS,
    Coding,
    Concept,
    Identifier,
    Item,
    SecurityLabel,
)
from federation.records.care_plans import CarePlan, CprDecision, PlanContact
from federation.records.clinical import (
    CodedValue,
    ObservationComponent,
    Quantity,
    ReferenceRange,
    TextValue,
)
from federation.records.contacts import Contact
from federation.records.documents import Document
from federation.records.encounters import Encounter
from federation.records.immunisations import Immunisation
from federation.records.medications import Medication
from federation.records.observations import Observation
from federation.records.person import Address, HumanName, Person
from federation.records.problems import Problem
from federation.records.procedures import Procedure
from federation.records.referrals import Referral
from federation.records.results import Attachment, Result
from federation.records.social_care import SocialCareItem
from tests.filled import Path


class Tells(Enum):
    """What a field can give away."""

    PLACE = "where the person is to be found, or whom to ring there"
    ORIGIN = "who keeps it, who wrote it, or why"
    BOTH = "both"
    CLINICAL = "what is the matter and what to do: never taken away from those who treat"
    NEUTRAL = "ids, days, states and amounts, which tell neither"


PLACE, ORIGIN, BOTH = Tells.PLACE, Tells.ORIGIN, Tells.BOTH
CLINICAL, NEUTRAL = Tells.CLINICAL, Tells.NEUTRAL

TELLS: Mapping[type[Struct], Mapping[str, Tells]] = {
    Item: {
        "source_id": NEUTRAL,
        "source_system": BOTH,
        "version": NEUTRAL,
        "identifiers": NEUTRAL,  # never shown
        "custodian": BOTH,
        "author": ORIGIN,
        "recorded_at": NEUTRAL,
        "effective_at": NEUTRAL,
        "last_updated_at": NEUTRAL,
        "security_labels": ORIGIN,
    },
    Organisation: dict.fromkeys(("ods_code", "name", "kind", "region", "phone"), BOTH),
    # Who cared for the person is named; where they work is not.
    Practitioner: {"name": ORIGIN, "role": ORIGIN, "organisation": BOTH},
    SecurityLabel: dict.fromkeys(("system", "code", "display"), ORIGIN),
    Identifier: {"system": NEUTRAL, "value": NEUTRAL},
    Concept: {
        "display": CLINICAL,
        "codings": CLINICAL,
        "original_text": CLINICAL,
        "degraded": NEUTRAL,
    },
    Coding: {"system": CLINICAL, "code": CLINICAL, "display": CLINICAL},
    Quantity: {"value": CLINICAL, "comparator": CLINICAL, "unit": CLINICAL, "ucum": CLINICAL},
    CodedValue: {"concept": CLINICAL},
    TextValue: {"text": CLINICAL},
    ObservationComponent: {
        "code": CLINICAL,
        "value": CLINICAL,
        "reference_range": CLINICAL,
        "interpretation": CLINICAL,
    },
    ReferenceRange: {"low": CLINICAL, "high": CLINICAL, "text": CLINICAL},
    Allergy: {
        "substance": CLINICAL,
        "type": CLINICAL,
        "clinical_status": CLINICAL,
        "verification_status": CLINICAL,
        "criticality": CLINICAL,
        "reactions": CLINICAL,
        "severity": CLINICAL,
        "onset": NEUTRAL,
        "ended_at": NEUTRAL,
        "end_reason": ORIGIN,
        "substance_kinds": CLINICAL,
        "exposure_route": CLINICAL,
        "last_reaction_at": NEUTRAL,
        "evidence": ORIGIN,
        "note": BOTH,
    },
    Medication: {
        "medicine": CLINICAL,
        "status": CLINICAL,
        "kind": CLINICAL,
        "form": CLINICAL,
        "dosage": CLINICAL,
        "route": CLINICAL,
        "indication": ORIGIN,
        "start": NEUTRAL,
        "end": NEUTRAL,
        "last_issued": NEUTRAL,
        "quantity": CLINICAL,
        "stop_reason": ORIGIN,
        "changed_recently": CLINICAL,
        "event": CLINICAL,
        "site": CLINICAL,
        "as_needed": CLINICAL,
        "prescriber": ORIGIN,
        "prescribed_by": BOTH,
        "dosage_changed_at": NEUTRAL,
        "change_summary": ORIGIN,
        "note": BOTH,
    },
    Problem: {
        "condition": CLINICAL,
        "clinical_status": CLINICAL,
        "verification_status": CLINICAL,
        "significance": CLINICAL,
        "onset": NEUTRAL,
        "abated": NEUTRAL,
        "body_site": CLINICAL,
        "severity": CLINICAL,
        "episodicity": CLINICAL,
        "recorded_as": CLINICAL,
        "related_to": CLINICAL,
        "note": BOTH,
    },
    Alert: {
        "kind": CLINICAL,
        "text": CLINICAL,  # the alert itself: no rule may hide it
        "severity": CLINICAL,
        "start": NEUTRAL,
        "end": NEUTRAL,
        "action": CLINICAL,
        "status": CLINICAL,
        "area": ORIGIN,
        "scope": BOTH,
    },
    CarePlan: {
        "plan_type": CLINICAL,
        "name": BOTH,  # as its author headed it
        "status": CLINICAL,
        "valid_until": NEUTRAL,
        "last_confirmed_at": NEUTRAL,
        "goals": ORIGIN,
        "preferences": ORIGIN,
        "preferred_place_of_care": BOTH,
        "preferred_place_of_death": BOTH,
        "cpr": CLINICAL,
        "ceiling_of_treatment": CLINICAL,
        "anticipatory_medicines": CLINICAL,
        "advance_decision": CLINICAL,
        "lasting_power_of_attorney": BOTH,  # whom to ring, in free words
        "contacts": BOTH,
        "access_note": BOTH,
        "activities": BOTH,  # by whom and where
        "narrative": BOTH,  # whatever has no field of its own
    },
    CprDecision: {
        "decision": CLINICAL,
        "decided_at": NEUTRAL,
        "clinician": ORIGIN,
        "discussed_with": ORIGIN,
        "confirmed_at": NEUTRAL,
    },
    PlanContact: {"name": BOTH, "relationship": BOTH, "phones": BOTH},
    Contact: {
        "name": PLACE,  # of a service or a team as well
        "relationship": NEUTRAL,
        "phones": PLACE,
        "next_of_kin": NEUTRAL,
        "lasting_power_of_attorney": ORIGIN,
        "rank": NEUTRAL,
        "carer": NEUTRAL,
        "emergency": NEUTRAL,
        "role": NEUTRAL,
        "organisation": BOTH,
        "team": BOTH,
    },
    SocialCareItem: {
        "kind": CLINICAL,
        "text": PLACE,  # how and where the person lives, in free words
        "status": NEUTRAL,
        "start": NEUTRAL,
        "end": NEUTRAL,
        "provider": BOTH,
        "named_worker": ORIGIN,
    },
    AboutMe: {
        "heading": CLINICAL,
        "text": CLINICAL,  # the person's own choice of what to tell
    },
    Observation: {
        "code": CLINICAL,
        "value": CLINICAL,
        "components": CLINICAL,
        "reference_range": CLINICAL,
        "interpretation": CLINICAL,
        "body_site": CLINICAL,
        "method": CLINICAL,
        "device": CLINICAL,
        "status": CLINICAL,
        "area": ORIGIN,
        "note": BOTH,
    },
    Result: {
        "report": CLINICAL,
        "code": CLINICAL,
        "status": CLINICAL,
        "value": CLINICAL,
        "reference_range": CLINICAL,
        "interpretation": CLINICAL,
        "specimen": CLINICAL,
        "issued_at": NEUTRAL,
        "conclusion": CLINICAL,
        "report_id": NEUTRAL,
        "components": CLINICAL,
        "body_site": CLINICAL,
        "method": CLINICAL,
        "requester": ORIGIN,
        "images": CLINICAL,
        "attachments": CLINICAL,
        "note": BOTH,
    },
    Attachment: {
        "name": BOTH,  # a letterhead
        "content_type": NEUTRAL,
        "size_bytes": NEUTRAL,
        "created_at": NEUTRAL,
    },
    Immunisation: {
        "vaccine": CLINICAL,
        "given": CLINICAL,
        "not_given_reason": ORIGIN,
        "dose_number": CLINICAL,
        "lot_number": CLINICAL,
        "site": CLINICAL,
        "procedure": CLINICAL,
        "route": CLINICAL,
        "dose": CLINICAL,
        "manufacturer": CLINICAL,
        "expires": NEUTRAL,
        "course": CLINICAL,
        "against": CLINICAL,
        "reason": ORIGIN,
        "place": BOTH,
        "first_hand": NEUTRAL,
        "note": BOTH,
    },
    Encounter: {
        "type": CLINICAL,
        "kind": CLINICAL,
        "status": NEUTRAL,
        "start": NEUTRAL,
        "end": NEUTRAL,
        "specialty": ORIGIN,
        "reason": ORIGIN,
        "place": BOTH,
        "discharged_to": PLACE,
        "clinicians": ORIGIN,
        "admission_method": CLINICAL,
        "discharge_method": CLINICAL,
        "legal_status": CLINICAL,
        "note": BOTH,
    },
    Procedure: {
        "code": CLINICAL,
        "status": CLINICAL,
        "body_site": CLINICAL,
        "outcome": CLINICAL,
        "complication": CLINICAL,
        "reason": ORIGIN,
        "end": NEUTRAL,
        "place": BOTH,
        "note": BOTH,
    },
    Document: {
        "type": CLINICAL,
        "name": BOTH,  # a letterhead
        "setting": ORIGIN,
        "content_type": NEUTRAL,
        "size_bytes": NEUTRAL,
        "availability": NEUTRAL,
        "superseded_by": NEUTRAL,
        "status": NEUTRAL,
        "summary": BOTH,
    },
    Appointment: {  # of a restricted person, withheld whole
        "service": CLINICAL,
        "status": NEUTRAL,
        "start": NEUTRAL,
        "mode": NEUTRAL,
        "place": BOTH,
        "end": NEUTRAL,
        "specialty": ORIGIN,
        "reason": ORIGIN,
        "booked_by": BOTH,
        "clinicians": ORIGIN,
        "note": BOTH,
    },
    Referral: {
        "service": CLINICAL,
        "priority": CLINICAL,
        "status": NEUTRAL,
        "reason": ORIGIN,
        "requested_by": BOTH,
        "requested_from": BOTH,
        "kind": CLINICAL,
        "intent": CLINICAL,
        "priority_reason": ORIGIN,
        "origin": ORIGIN,
        "due": NEUTRAL,
        "note": BOTH,
    },
    Person: {
        "nhs_number": NEUTRAL,
        "name": NEUTRAL,
        "former_names": NEUTRAL,  # never shown
        "birth_date": NEUTRAL,
        "gender": NEUTRAL,
        "address": PLACE,
        "phones": PLACE,
        "gp_practice": PLACE,
        "language": CLINICAL,
        "interpreter_needed": CLINICAL,
        "reasonable_adjustments": CLINICAL,
        "deceased_at": NEUTRAL,
        "deceased": NEUTRAL,
        "restricted": NEUTRAL,
        "security_labels": NEUTRAL,  # never shown
        "number_status": NEUTRAL,
        "birth_sex": NEUTRAL,
        "ethnicity": NEUTRAL,
        "contact_preference": NEUTRAL,
        "nominated_pharmacy": PLACE,
        "death_notification": NEUTRAL,
    },
    HumanName: dict.fromkeys(("text", "family", "given", "prefix", "preferred"), NEUTRAL),
    Address: dict.fromkeys(("text", "lines", "postcode"), PLACE),
}


def row_of(struct: type[Any], field: str) -> Tells:
    """What a field tells; `KeyError` for one that nobody has decided on."""
    return next(TELLS[kind] for kind in struct.__mro__ if field in TELLS.get(kind, {}))[field]


def tells_place(path: Path) -> bool:
    """Whether anything on the way tells where the person is."""
    return any(row_of(*step) in {PLACE, BOTH} for step in path)


def tells_origin(path: Path) -> bool:
    """Whether anything on the way tells where it comes from, or why."""
    return any(row_of(*step) in {ORIGIN, BOTH} for step in path)


def undecided(structs: Iterable[type[Any]]) -> list[str]:
    """Fields without a row, and rows without a field."""
    found = []
    for struct in structs:
        own = TELLS.get(struct, {})
        shared = TELLS[Item] if issubclass(struct, Item) and struct is not Item else {}
        fields = {field.name for field in msgspec.structs.fields(struct)} - STAMPED_FIELDS
        found += [f"{struct.__name__}.{name}" for name in fields ^ (own.keys() | shared.keys())]
    return sorted(found)

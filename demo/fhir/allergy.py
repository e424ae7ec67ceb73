"""Allergies as AllergyIntolerance, and "no known allergies" as one that says just that.

That nothing is recorded, or that it is not known, is an empty List with its reason.
"""

from __future__ import annotations

from demo.fhir.elements import (
    HL7,
    SNOMED,
    UK_CORE,
    Resource,
    author_role,
    coded,
    concept,
    contained_author,
    extensions,
    notes,
    patient,
    shared,
    trimmed,
    words,
)
from demo.population.pen import AS_OF
from demo.store import StoredPart
from federation.model import Assertion
from federation.records.allergies import Allergy, AllergyType, Criticality
from federation.records.clinical import ClinicalStatus, VerificationStatus
from federation.records.fhir.allergy_lists import ACTIVE_LIST

NO_KNOWN_ALLERGY = "716186003"
_EMPTY_REASONS = {
    Assertion.NO_CONTENT_RECORDED: (
        "https://fhir.hl7.org.uk/CodeSystem/UKCore-ListEmptyReasonCode",
        "no-content-recorded",
    ),
    Assertion.NOT_KNOWN: (f"{HL7}/list-empty-reason", "unavailable"),
}
_CLINICAL = {
    ClinicalStatus.ACTIVE: "active",
    ClinicalStatus.INACTIVE: "inactive",
    ClinicalStatus.RESOLVED: "resolved",
}
_VERIFICATION = {
    VerificationStatus.CONFIRMED: "confirmed",
    VerificationStatus.UNCONFIRMED: "unconfirmed",
    VerificationStatus.PRESUMED: "presumed",
    VerificationStatus.REFUTED: "refuted",
}
_TYPES = {AllergyType.ALLERGY: "allergy", AllergyType.INTOLERANCE: "intolerance"}
_CRITICALITY = {
    Criticality.HIGH: "high",
    Criticality.LOW: "low",
    Criticality.UNABLE_TO_ASSESS: "unable-to-assess",
}


def allergy_intolerances(part: StoredPart, key: str) -> list[Resource]:
    """Everything that a node holds about somebody's allergies."""
    told = [_allergy(item, key) for item in part.items if isinstance(item, Allergy)]
    if part.assertion is Assertion.NONE_KNOWN:
        told.append(_none_known(key))
    return told


def allergy_lists(part: StoredPart, key: str) -> list[Resource]:
    """The empty list, where nothing is recorded or it is not known: it says which."""
    reason = _EMPTY_REASONS.get(part.assertion or Assertion.NO_CONTENT_RECORDED)
    if reason is None or part.items:
        return []
    return [
        {
            "resourceType": "List",
            "id": f"allergies-{key}",
            "meta": {"versionId": "1", "lastUpdated": f"{AS_OF.isoformat()}T00:00:00Z"},
            "status": "current",
            "mode": "snapshot",
            "code": coded(SNOMED, ACTIVE_LIST, "Allergies and adverse reactions"),
            "subject": patient(key),
            "emptyReason": coded(*reason),
        }
    ]


def _allergy(item: Allergy, key: str) -> Resource:
    return {
        **shared("AllergyIntolerance", item, author_role(item)),
        **trimmed(
            extension=extensions(Evidence=_evidence(item)),
            clinicalStatus=_clinical_status(item),
            verificationStatus=_status("verification", _VERIFICATION.get(item.verification_status)),
            type=_TYPES.get(item.type),
            category=list(item.substance_kinds),
            criticality=_CRITICALITY.get(item.criticality),
            code=concept(item.substance),
            patient=patient(key),
            onsetDateTime=item.onset,
            recordedDate=item.recorded_at,
            recorder=contained_author(item),
            lastOccurrence=item.last_reaction_at,
            note=notes(item.note),
            reaction=_reaction(item),
        ),
    }


def _status(kind: str, code: str | None) -> Resource | None:
    return coded(f"{HL7}/allergyintolerance-{kind}", code, code.capitalize()) if code else None


def _clinical_status(item: Allergy) -> Resource | None:
    status = _status("clinical", _CLINICAL.get(item.clinical_status))
    if status is None or item.ended_at is None:
        return status
    # UK Core puts the end on the status that it explains.
    end = [trimmed(url="endDate", valueDateTime=item.ended_at)]
    if item.end_reason:
        end.append({"url": "reasonEnded", "valueString": item.end_reason})
    return {
        "extension": [
            {"url": f"{UK_CORE}/Extension-UKCore-AllergyIntoleranceEnd", "extension": end}
        ],
        **status,
    }


def _reaction(item: Allergy) -> list[Resource]:
    if not item.reactions:
        return []
    manifestation = [concept(reaction) for reaction in item.reactions]
    route = words(item.exposure_route)
    return [trimmed(manifestation=manifestation, severity=item.severity, exposureRoute=route)]


def _evidence(item: Allergy) -> Resource | None:
    return {"valueReference": {"display": item.evidence}} if item.evidence else None


def _none_known(key: str) -> Resource:
    return {
        "resourceType": "AllergyIntolerance",
        "id": f"none-known-{key}",
        "clinicalStatus": _status("clinical", "active"),
        "verificationStatus": _status("verification", "confirmed"),
        "code": coded(SNOMED, NO_KNOWN_ALLERGY, "No known allergy"),
        "patient": patient(key),
    }

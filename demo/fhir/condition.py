"""Problems as Condition."""

from __future__ import annotations

from demo.fhir.elements import (
    HL7,
    UK_CORE,
    Resource,
    author_role,
    coded,
    concept,
    contained_author,
    extension_words,
    extensions,
    notes,
    patient,
    shared,
    some_words,
    trimmed,
    words,
)
from demo.store import StoredPart
from federation.records.clinical import ClinicalStatus, VerificationStatus
from federation.records.fhir.problems import RECORDED_AS
from federation.records.problems import Problem

_CATEGORIES = {words: code for code, words in RECORDED_AS.items()}


def conditions(part: StoredPart, key: str) -> list[Resource]:
    """Every problem that a node holds."""
    return [_condition(item, key) for item in part.items if isinstance(item, Problem)]


def _condition(item: Problem, key: str) -> Resource:
    return {
        **shared("Condition", item, author_role(item)),
        **trimmed(
            extension=_extensions(item),
            clinicalStatus=_status("clinical", item.clinical_status),
            verificationStatus=_status("ver-status", item.verification_status),
            category=_category(item.recorded_as),
            severity=words(item.severity),
            code=concept(item.condition),
            bodySite=some_words(item.body_site),
            subject=patient(key),
            onsetDateTime=item.onset,
            abatementDateTime=item.abated,
            recordedDate=item.recorded_at,
            recorder=contained_author(item),
            note=notes(item.note),
        ),
    }


def _status(kind: str, status: ClinicalStatus | VerificationStatus) -> Resource | None:
    if status in {ClinicalStatus.UNKNOWN, VerificationStatus.UNKNOWN}:
        return None
    return coded(f"{HL7}/condition-{kind}", status.lower(), status.capitalize())


def _category(text: str | None) -> list[Resource]:
    code = _CATEGORIES.get(text or "")
    return [coded(f"{HL7}/condition-category", code)] if code else some_words(text)


def _extensions(item: Problem) -> list[Resource]:
    significance = {"valueCode": item.significance} if item.significance else None
    related = [
        {
            "url": f"{UK_CORE}/Extension-UKCore-RelatedClinicalContent",
            "valueReference": {"display": name},
        }
        for name in item.related_to
    ]
    return [
        *extensions(
            ConditionEpisode=extension_words(item.episodicity), ProblemSignificance=significance
        ),
        *related,
    ]

"""Reading problems and diagnoses from FHIR R4 `Condition` (UK Core)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from federation.model import Assertion
from federation.records.clinical import ClinicalStatus, VerificationStatus
from federation.records.fhir import r4
from federation.records.fhir.elements import UK_CORE_EXTENSION, CodeableConcept, Extension, joined
from federation.records.fhir.pointers import linked
from federation.records.fhir.r4 import first_of, when
from federation.records.fhir.reading import FhirReading, Search
from federation.records.fhir.resource import References, Resource, UnreadableError
from federation.records.fhir.structs.clinical import Evidence, FhirCondition, Stage
from federation.records.fhir.telling import Told, notes, told
from federation.records.fhir.words import labelled
from federation.records.problems import Problem

EPISODE_URL = f"{UK_CORE_EXTENSION}ConditionEpisode"
SIGNIFICANCE_URL = f"{UK_CORE_EXTENSION}ProblemSignificance"
PROBLEM_HEADER_URL = f"{UK_CORE_EXTENSION}RelatedProblemHeader"
RELATED_CONTENT_URL = f"{UK_CORE_EXTENSION}RelatedClinicalContent"
ACTUAL_PROBLEM_URL = f"{UK_CORE_EXTENSION}ActualProblem"
RECORDED_AS = {
    # HL7's condition categories.
    "problem-list-item": "problem list item",
    "encounter-diagnosis": "encounter diagnosis",
}


def read_problem(resource: Resource, references: References) -> Problem | Assertion | None:
    """One problem; None for one entered in error."""
    found = resource.read(FhirCondition)
    sure = found.verification_status
    if "entered-in-error" in sure.codes():
        return None
    if found.code is None:
        raise UnreadableError("a problem without a name")
    inside = references.within(resource)
    onset, abated = _onset(found), _abatement(found)
    return Problem(
        **r4.envelope(found, inside, authors=(found.recorder, found.asserter)),
        condition=r4.concept(found.code),
        clinical_status=first_of(ClinicalStatus, found.clinical_status, ClinicalStatus.UNKNOWN),
        verification_status=first_of(VerificationStatus, sure, VerificationStatus.UNKNOWN),
        significance=_said(found.extension, SIGNIFICANCE_URL),
        onset=onset.start,
        abated=abated.end or abated.start,
        body_site=joined(found.body_site),
        severity=joined((found.severity,)),
        episodicity=_said(found.extension, EPISODE_URL),
        recorded_as=", ".join(dict.fromkeys(_categories(found.category))) or None,
        related_to=tuple(dict.fromkeys(_related(found, inside))),
        recorded_at=when(found.recorded_date),
        note=notes(found.note, *_times(onset, abated), *_rest(found, inside)),
    )


def _onset(found: FhirCondition) -> Told:
    others = (found.onset_age, found.onset_range, found.onset_string)
    return told(found.onset_date_time, found.onset_period, *others)


def _abatement(found: FhirCondition) -> Told:
    # That it is over is said in words only: which status that makes is the recorder's to say.
    over = "yes" if found.abatement_boolean else None
    others = (found.abatement_age, found.abatement_range, found.abatement_string, over)
    return told(found.abatement_date_time, found.abatement_period, *others)


def _times(onset: Told, abated: Told) -> Iterator[str | None]:
    yield labelled("Onset", (onset.words,))
    yield labelled("Onset until", (onset.end,))
    yield labelled("Abated", (abated.words,))
    if abated.end:
        yield labelled("Abated from", (abated.start,))


def _said(extensions: Iterable[Extension], url: str) -> str | None:
    found = r4.extension(extensions, url)
    words = found.words() if found else None
    return words.lower() if words else None


def _categories(categories: Iterable[CodeableConcept]) -> Iterator[str]:
    for category in categories:
        known = next((RECORDED_AS[code] for code in category.codes() if code in RECORDED_AS), None)
        if text := known or category.words():
            yield text


def _related(found: FhirCondition, references: References) -> Iterator[str]:
    for one in found.extension:
        if one.url in {RELATED_CONTENT_URL, ACTUAL_PROBLEM_URL}:
            name = linked(one.value_reference, references, found.subject)
        elif one.url == PROBLEM_HEADER_URL:
            name = _header(one, found, references)
        else:
            continue
        if name:
            yield name


def _header(one: Extension, found: FhirCondition, references: References) -> str | None:
    target = r4.extension(one.extension, "target")
    kind = r4.extension(one.extension, "type")
    name = linked(target.value_reference if target else None, references, found.subject)
    sort = kind.words() if kind else None
    return f"{name} ({sort})" if name and sort else name


def _rest(found: FhirCondition, references: References) -> Iterator[str | None]:
    stages = (_stage(one) for one in found.stage)
    yield labelled("Stage", stages)
    signs = (sign for one in found.evidence for sign in _evidence(one, found, references))
    yield labelled("Evidence", dict.fromkeys(signs))


def _stage(found: Stage) -> str | None:
    summary, kind = joined((found.summary,)), joined((found.type,))
    return f"{summary} ({kind})" if summary and kind else summary or kind


def _evidence(one: Evidence, found: FhirCondition, references: References) -> Iterator[str]:
    yield from filter(None, (joined((code,)) for code in one.code))
    yield from filter(None, (linked(detail, references, found.subject) for detail in one.detail))


READING = FhirReading(
    searches=(Search(kind="Condition"),),
    readers={"Condition": read_problem},
)

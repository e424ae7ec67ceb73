"""Reading observations from FHIR R4 `Observation` and `QuestionnaireResponse` (UK Core).

What an investigation found is read under results (`results.py`); reports are searched for here
only to know what that is. A questionnaire about a plan of care, or about what matters to the
person, is read under those categories.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from federation.records.base import Concept, SecurityLabel
from federation.records.clinical import ObservationComponent
from federation.records.fhir import observed, questionnaires, r4
from federation.records.fhir.elements import joined
from federation.records.fhir.investigations import (
    BARRED,
    ENTERED_IN_ERROR,
    REPORTS,
    Investigations,
    is_result,
    read_observed,
    sort_out,
)
from federation.records.fhir.questionnaires import (
    Answered,
    FhirQuestionnaireResponse,
    purpose_of,
    title_of,
)
from federation.records.fhir.r4 import when
from federation.records.fhir.reading import FhirReading, Gathered, Search, read_each
from federation.records.fhir.resource import Reader, References, Resource, UnreadableError
from federation.records.fhir.structs.observations import FhirObservation
from federation.records.fhir.telling import notes
from federation.records.observations import Observation

_NO_ITEM = frozenset((ENTERED_IN_ERROR, "cancelled"))


def read_observation(resource: Resource, references: References) -> Observation | None:
    """One observation; None for a result, for one entered in error and for one never made."""
    found = read_observed(resource)
    if is_result(found):
        return None
    return _observation(found, references.within(resource))


def read_report(_resource: Resource, _references: References) -> None:
    """A report is no observation; it says which observations are results."""


def read_response(resource: Resource, references: References) -> Observation | None:
    """A questionnaire with its answers; None for one of another category or entered in error."""
    found = resource.read(FhirQuestionnaireResponse)
    if found.status == ENTERED_IN_ERROR or purpose_of(found) is not None:
        return None
    title = title_of(found)
    inside = references.within(resource)
    return Observation(
        **r4.envelope(found, inside, authors=(found.author, found.source)),
        code=Concept(display=title, original_text=title),
        components=tuple(_answer(one, title) for one in questionnaires.answers(found)),
        status=found.status,
        area="Questionnaire",
        effective_at=when(found.authored),
        recorded_at=when(found.authored),
    )


def gather(
    readers: Mapping[str, Reader[Any]], resources: Sequence[Resource], references: References
) -> Gathered:
    """Everything observed, without the results."""
    responses = [one for one in resources if one.kind == "QuestionnaireResponse"]
    others = [one for one in resources if one.kind != "QuestionnaireResponse"]
    gathered = read_each(readers, responses, references)
    try:
        parted = sort_out(others, references)
    except UnreadableError as error:
        gathered.unreadable[str(error)] += len(others)
        return gathered
    gathered.unreadable += _unreadable(parted)
    results, labels = parted.results(), parted.labels_above()
    for seen in (parted.seen[key] for key in parted.own if key not in results):
        try:
            gathered.take(
                _observation(
                    seen.found, seen.references, guarded_by=labels.get(seen.key, frozenset())
                )
            )
        except UnreadableError as error:
            gathered.unreadable[str(error)] += 1
    return gathered


def _answer(found: Answered, title: str) -> ObservationComponent:
    # A form with one heading is called by it, and need not say so at every question.
    headings = found.headings[1:] if found.headings[:1] == (title,) else found.headings
    words = ": ".join((*headings, found.question))
    return ObservationComponent(code=Concept(display=words, original_text=words), value=found.value)


def _unreadable(parted: Investigations) -> Counter[str]:
    own = [key for key in parted.own if not is_result(parted.seen[key].found)]
    barred = parted.barred.intersection(own)
    return parted.unread_observations + Counter({BARRED: len(barred)})


def _observation(
    found: FhirObservation,
    references: References,
    *,
    guarded_by: frozenset[SecurityLabel] = frozenset(),
) -> Observation | None:
    """`guarded_by` are the labels of the groups that it stands in."""
    if found.status in _NO_ITEM:
        return None
    whole = r4.envelope(found, references, authors=found.performer)
    own = whole["security_labels"]
    more = sorted(guarded_by.difference(own), key=lambda label: (label.system or "", label.code))
    whole["security_labels"] = (*own, *more)
    return Observation(
        **whole,
        code=r4.concept(found.code),
        value=observed.value_of(found),
        components=observed.components_of(found),
        reference_range=observed.range_of(found),
        interpretation=observed.interpretation_of(found),
        body_site=joined((found.body_site,)),
        method=joined((found.method,)),
        device=observed.device(found.device, references),
        status=found.status if found.status != "unknown" else None,
        area=joined(found.category),
        note=notes(found.note),
        effective_at=observed.effective(found),
        recorded_at=when(found.issued),
    )


READING = FhirReading(
    searches=(
        Search(kind="Observation", includes=("performer", "device")),
        Search(kind="QuestionnaireResponse", includes=("author",), spared=True),
        # What a report lists are results, whatever category they have.
        Search(kind=REPORTS.kind, includes=REPORTS.includes, spared=True),
    ),
    readers={
        "Observation": read_observation,
        "QuestionnaireResponse": read_response,
        "DiagnosticReport": read_report,
    },
    points_at=("Device",),
    gather=gather,
)

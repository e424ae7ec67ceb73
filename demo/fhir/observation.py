"""Observations as Observation, by the UK Core vital signs profiles."""

from __future__ import annotations

from demo.fhir.elements import (
    HL7,
    Resource,
    author_role,
    coded,
    concept,
    contained_author,
    exactly,
    house,
    notes,
    patient,
    quantity,
    shared,
    some_words,
    staff,
    trimmed,
    words,
)
from demo.store import StoredPart
from federation.records.clinical import (
    CodedValue,
    ObservationComponent,
    ObservedValue,
    Quantity,
    ReferenceRange,
    TextValue,
)
from federation.records.observations import Observation
from federation.records.results import Result

_AREAS = {
    "vital signs": "vital-signs",
    "social history": "social-history",
    "examination": "exam",
    "exam": "exam",
    "survey": "survey",
    "therapy": "therapy",
    "activity": "activity",
}


def observations(part: StoredPart, key: str) -> list[Resource]:
    """Everything that was observed."""
    return [_observation(item, key) for item in part.items if isinstance(item, Observation)]


def observed(item: Observation | Result, key: str) -> Resource:
    """What an observation and a result have in common."""
    # In their role first; then by themselves, so that they can be sent along.
    performers = (contained_author(item), staff(item.author), house(item.custodian))
    return trimmed(
        code=concept(item.code),
        subject=patient(key),
        effectiveDateTime=item.effective_at,
        performer=[one for one in performers if one],
        **_value(item.value),
        interpretation=some_words(item.interpretation),
        note=notes(item.note),
        bodySite=words(item.body_site),
        method=words(item.method),
        referenceRange=_usual(item.reference_range),
        component=[_component(part) for part in item.components],
    )


def _observation(item: Observation, key: str) -> Resource:
    return {
        **shared("Observation", item, author_role(item)),
        **observed(item, key),
        **trimmed(
            status=item.status or "unknown",
            category=_category(item.area),
            issued=exactly(item.recorded_at),
            device={"display": item.device} if item.device else None,
        ),
    }


def _category(area: str | None) -> list[Resource]:
    if not area:
        return []
    code = _AREAS.get(area.lower())
    category = coded(f"{HL7}/observation-category", code, area) if code else {}
    return [{**category, "text": area}]


def _component(part: ObservationComponent) -> Resource:
    return trimmed(
        code=concept(part.code),
        **_value(part.value),
        interpretation=some_words(part.interpretation),
        referenceRange=_usual(part.reference_range),
    )


def _value(value: ObservedValue | None) -> Resource:
    match value:
        case Quantity():
            return {"valueQuantity": quantity(value)}
        case CodedValue():
            return {"valueCodeableConcept": concept(value.concept)}
        case TextValue():
            return {"valueString": value.text}
    return {}


def _usual(usual: ReferenceRange | None) -> list[Resource]:
    if usual is None:
        return []
    low = {"value": usual.low} if usual.low is not None else None
    high = {"value": usual.high} if usual.high is not None else None
    return [trimmed(low=low, high=high, text=usual.text)]

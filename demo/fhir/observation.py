"""Observations as Observation, by the UK Core vital signs profiles."""

from __future__ import annotations

from demo.fhir.elements import (
    HL7,
    Resource,
    coded,
    concept,
    house,
    instant,
    patient,
    quantity,
    shared,
    staff,
    trimmed,
    words,
)
from demo.store import StoredPart
from federation.records.clinical import (
    CodedValue,
    ObservedValue,
    Quantity,
    ReferenceRange,
    TextValue,
)
from federation.records.observations import Observation


def observations(part: StoredPart, key: str) -> list[Resource]:
    """Everything that was observed."""
    return [_observation(item, key) for item in part.items if isinstance(item, Observation)]


def _observation(item: Observation, key: str) -> Resource:
    return {
        **shared("Observation", item),
        **trimmed(
            status="final",
            category=[coded(f"{HL7}/observation-category", "vital-signs", "Vital Signs")],
            code=concept(item.code),
            subject=patient(key),
            effectiveDateTime=item.effective_at,
            issued=instant(item.last_updated_at),
            performer=[one for one in (staff(item.author), house(item.custodian)) if one],
            **_value(item.value),
            component=[
                {"code": concept(part.code), **_value(part.value)} for part in item.components
            ],
            referenceRange=_usual(item.reference_range),
            interpretation=[words(item.interpretation)] if item.interpretation else None,
            bodySite=words(item.body_site),
            method=words(item.method),
        ),
    }


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

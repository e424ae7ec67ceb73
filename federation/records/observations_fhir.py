"""Reading observations from FHIR R4 `Observation` (UK Core, vital signs and blood pressure)."""

from __future__ import annotations

from federation.model import Assertion
from federation.records import fhir_r4
from federation.records.clinical import (
    CodedValue,
    ObservationComponent,
    ObservedValue,
    Quantity,
    ReferenceRange,
    TextValue,
)
from federation.records.fhir_elements import Period
from federation.records.fhir_r4 import References, Resource, UnreadableError, when
from federation.records.fhir_reading import FhirReading, Search
from federation.records.fhir_resources import (
    Component,
    FhirObservation,
    FhirReferenceRange,
    Observed,
    Range,
    Ratio,
)
from federation.records.observations import Observation

_NO_ITEM = frozenset(("entered-in-error", "cancelled"))


def read_observation(resource: Resource, references: References) -> Observation | Assertion | None:
    """One observation; None for one entered in error or never made."""
    found = resource.read(FhirObservation)
    if found.status in _NO_ITEM:
        return None
    period = found.effective_period or Period()
    return Observation(
        **fhir_r4.envelope(found, references.within(resource), authors=found.performer),
        code=fhir_r4.concept(found.code),
        value=_value(found),
        components=tuple(map(_component, found.component)),
        reference_range=_range(found.reference_range),
        interpretation=fhir_r4.words(found.interpretation),
        body_site=found.body_site.words() if found.body_site else None,
        method=found.method.words() if found.method else None,
        effective_at=when(found.effective_date_time or found.effective_instant or period.start),
        recorded_at=when(found.issued),
    )


def _component(found: Component) -> ObservationComponent:
    return ObservationComponent(code=fhir_r4.concept(found.code), value=_value(found))


def _value(found: Observed) -> ObservedValue | None:
    if found.value_quantity is not None:
        quantity = fhir_r4.amount(found.value_quantity)
        if quantity is not None:
            return quantity
    if found.value_integer is not None:
        return Quantity(value=found.value_integer)
    if found.value_codeable_concept is not None:
        return CodedValue(concept=fhir_r4.concept(found.value_codeable_concept))
    if found.value_sampled_data is not None:
        raise UnreadableError("a value of samples")
    text = _text(found)
    return TextValue(text=text) if text else None


def _text(found: Observed) -> str | None:
    if found.value_boolean is not None:
        return "yes" if found.value_boolean else "no"
    if found.value_range is not None:
        return _between(found.value_range)
    if found.value_ratio is not None:
        return _ratio(found.value_ratio)
    if found.value_period is not None:
        return " to ".join(filter(None, (found.value_period.start, found.value_period.end)))
    absent = found.data_absent_reason.words() if found.data_absent_reason else None
    return found.value_string or found.value_time or found.value_date_time or absent


def _between(found: Range) -> str:
    ends = (end.words() for end in (found.low, found.high) if end)
    return " to ".join(filter(None, ends))


def _ratio(found: Ratio) -> str:
    sides = (side.words() for side in (found.numerator, found.denominator) if side)
    return " : ".join(filter(None, sides))


def _range(found: tuple[FhirReferenceRange, ...]) -> ReferenceRange | None:
    # Several ranges are for several kinds of people or states; none of them can be known to apply.
    if len(found) != 1:
        return None
    usual = found[0]
    return ReferenceRange(
        low=usual.low.value if usual.low else None,
        high=usual.high.value if usual.high else None,
        text=usual.text,
    )


READING = FhirReading(
    searches=(Search(kind="Observation", includes=("performer",)),),
    readers={"Observation": read_observation},
)

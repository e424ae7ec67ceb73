"""What an Observation says, in the record's words: shared by observations and results.

Values of every kind that R4 knows, parts, what is usual, notes. What no field of ours can hold is
said in words; what would mislead raises `UnreadableError`.
"""

from __future__ import annotations

from collections.abc import Sequence

from federation.records.base import PartialDateTime
from federation.records.clinical import (
    CodedValue,
    ObservationComponent,
    ObservedValue,
    Quantity,
    ReferenceRange,
    TextValue,
)
from federation.records.fhir import r4
from federation.records.fhir.elements import (
    CodeableConcept,
    Period,
    Reference,
    best_display,
    joined,
)
from federation.records.fhir.elements import Quantity as FhirQuantity
from federation.records.fhir.resource import References, UnreadableError
from federation.records.fhir.structs.observations import (
    Component,
    EffectiveTiming,
    FhirDevice,
    FhirObservation,
    FhirReferenceRange,
    Observed,
)
from federation.records.fhir.structs.resources import Range, Ratio
from federation.records.fhir.telling import between, span

_MEANINGS = {
    # HL7's v3 ObservationInterpretation, which laboratories send by the code alone.
    "A": "Abnormal",
    "AA": "Critical abnormal",
    "H": "High",
    "HH": "Critical high",
    "HU": "Significantly high",
    "L": "Low",
    "LL": "Critical low",
    "LU": "Significantly low",
    "N": "Normal",
    "POS": "Positive",
    "NEG": "Negative",
    "IND": "Indeterminate",
    "DET": "Detected",
    "ND": "Not detected",
    "R": "Resistant",
    "I": "Intermediate",
    "S": "Susceptible",
}
_USUAL = "normal"
"""The meaning of a range that says what is usual, as HL7's reference range meanings code it."""


def value_of(found: Observed) -> ObservedValue | None:
    """What was observed, or why it was not; None where nothing is said."""
    if found.value_sampled_data is not None:
        raise UnreadableError("a value of samples")
    if found.value_attachment is not None or found.value_reference is not None:
        raise UnreadableError("a value of a kind that R4 does not have")
    if quantity := r4.amount(found.value_quantity):
        return quantity
    if found.value_integer is not None:
        return Quantity(value=found.value_integer)
    if found.value_codeable_concept is not None:
        return CodedValue(concept=r4.concept(found.value_codeable_concept))
    text = _text(found)
    return TextValue(text=text) if text else None


def components_of(found: FhirObservation) -> tuple[ObservationComponent, ...]:
    """The parts of an observation."""
    return tuple(map(_component, found.component))


def range_of(found: Observed) -> ReferenceRange | None:
    """What is usual: one range with its limits, several or another kind of range in words.

    Several ranges are for several kinds of people or states; which of them applies is not guessed.
    """
    ranges = found.reference_range
    if len(ranges) == 1 and _is_usual(ranges[0], found.value_quantity):
        (one,) = ranges
        low, high = _number(one.low), _number(one.high)
        text = ": ".join(filter(None, (*_for_whom(one), one.text))) or None
    else:
        low = high = None
        text = "; ".join(filter(None, map(_range_in_words, ranges))) or None
    if low is None and high is None and text is None:
        return None
    return ReferenceRange(low=low, high=high, text=text)


def interpretation_of(found: Observed) -> str | None:
    """High, low, abnormal ... in words, where only HL7's code is given too."""
    return ", ".join(filter(None, map(_meaning, found.interpretation))) or None


def effective(found: FhirObservation) -> PartialDateTime | None:
    """When it was so; of a period or of several times the first."""
    period, timing = found.effective_period or Period(), found.effective_timing or EffectiveTiming()
    first = next(iter(sorted(timing.event)), None)
    moment = found.effective_date_time or found.effective_instant
    return r4.when(moment or period.start or first or period.end)


def device(reference: Reference | None, references: References) -> str | None:
    """What it was measured with, as known here or in the reference's words."""
    found = references.find(reference)
    if found is None or found.kind not in FhirDevice.resource_types:
        return reference.display if reference else None
    one = found.read(FhirDevice)
    names = (name.name for name in one.device_name)
    kind = one.type.words() if one.type else None
    words = (next(iter(names), None) or kind, one.manufacturer, one.model_number)
    return ", ".join(filter(None, words)) or (reference.display if reference else None)


def _component(found: Component) -> ObservationComponent:
    return ObservationComponent(
        code=r4.concept(found.code),
        value=value_of(found),
        reference_range=range_of(found),
        interpretation=interpretation_of(found),
    )


def _text(found: Observed) -> str | None:
    if found.value_boolean is not None:
        return "yes" if found.value_boolean else "no"
    if found.value_range is not None:
        return between(found.value_range)
    if found.value_ratio is not None:
        return _ratio(found.value_ratio)
    if found.value_period is not None:
        return span(found.value_period)
    absent = found.data_absent_reason.words() if found.data_absent_reason else None
    return found.value_string or found.value_time or found.value_date_time or absent


def _ratio(found: Ratio) -> str:
    sides = (side.words() for side in (found.numerator, found.denominator) if side)
    return " : ".join(filter(None, sides))


def _is_usual(found: FhirReferenceRange, measured: FhirQuantity | None) -> bool:
    """Whether its limits can be compared with the value as they stand."""
    if found.type is not None and found.type.code() != _USUAL:
        return False
    stated = [one for one in (measured, found.low, found.high) if one is not None]
    return not any(_differ(one, other) for one in stated for other in stated)


def _differ(one: FhirQuantity, other: FhirQuantity) -> bool:
    if one.code and other.code:
        return one.code != other.code
    return bool(one.unit and other.unit) and one.unit != other.unit


def _number(end: FhirQuantity | None) -> float | None:
    return end.value if end else None


def _range_in_words(found: FhirReferenceRange) -> str | None:
    kind = found.type.words() if found.type and found.type.code() != _USUAL else None
    limits = between(Range(low=found.low, high=found.high))
    return ": ".join(filter(None, (kind, *_for_whom(found), found.text, limits))) or None


def _for_whom(found: FhirReferenceRange) -> Sequence[str | None]:
    age = between(found.age)
    return (joined(found.applies_to), f"age {age}" if age else None)


def _meaning(found: CodeableConcept) -> str | None:
    code = found.code()
    return found.text or best_display(found.coding) or (_MEANINGS.get(code, code) if code else None)

"""Closed sets and values that several categories use: statuses, quantities, observed values."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Annotated

from msgspec import Struct

from federation.records.base import Concept, described
from federation.records.compare import codes_differ, plain, shared_code, snomed_code


class ClinicalStatus(StrEnum):
    """Whether a condition or allergy is going on."""

    ACTIVE = "ACTIVE"
    RECURRENCE = "RECURRENCE"
    RELAPSE = "RELAPSE"
    INACTIVE = "INACTIVE"
    REMISSION = "REMISSION"
    RESOLVED = "RESOLVED"
    UNKNOWN = "UNKNOWN"


class VerificationStatus(StrEnum):
    """How sure the recorder was."""

    CONFIRMED = "CONFIRMED"
    UNCONFIRMED = "UNCONFIRMED"
    PROVISIONAL = "PROVISIONAL"
    DIFFERENTIAL = "DIFFERENTIAL"
    PRESUMED = "PRESUMED"
    REFUTED = "REFUTED"
    UNKNOWN = "UNKNOWN"


class Quantity(
    Struct,
    frozen=True,
    kw_only=True,
    rename="camel",
    omit_defaults=True,
    tag_field="__typename",
    tag="Quantity",
):
    """A measured amount; `ucum` is the unit as a UCUM code."""

    value: Annotated[float, described("How much.")]
    comparator: Annotated[
        str | None, described("Where the amount is a bound: `<`, `<=`, `>=` or `>`.")
    ] = None
    unit: Annotated[str | None, described("The unit, as it is written.")] = None
    ucum: Annotated[str | None, described("The unit as a UCUM code.")] = None


class CodedValue(
    Struct,
    frozen=True,
    kw_only=True,
    rename="camel",
    omit_defaults=True,
    tag_field="__typename",
    tag="CodedValue",
):
    """A value that is a code."""

    concept: Annotated[Concept, described("What the code says.")]


class TextValue(
    Struct,
    frozen=True,
    kw_only=True,
    rename="camel",
    omit_defaults=True,
    tag_field="__typename",
    tag="TextValue",
):
    """A value in words."""

    text: Annotated[str, described("The words.")]


ObservedValue = Quantity | CodedValue | TextValue
"""What was observed; the tag is GraphQL's own `__typename`, so no other is needed."""


class ReferenceRange(
    Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True, gc=False
):
    """What is usual."""

    low: Annotated[float | None, described("The lowest usual value.")] = None
    high: Annotated[float | None, described("The highest usual value.")] = None
    text: Annotated[str | None, described("The range in words.")] = None


class ObservationComponent(
    Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True, gc=False
):
    """A part of an observation, such as the systolic pressure."""

    code: Annotated[Concept, described("What was observed.")]
    value: Annotated[ObservedValue | None, described("What it was.")] = None
    reference_range: Annotated[ReferenceRange | None, described("What is usual.")] = None
    interpretation: Annotated[
        str | None, described("High, low, abnormal ... in the source's words.")
    ] = None


def value_text(value: ObservedValue | None) -> str | None:
    """One observed value as a person writes it: `< 4.2 mmol/L`, `Positive`, free words."""
    match value:
        case Quantity():
            number = f"{value.value:.15g}"
            return " ".join(
                part for part in (value.comparator, number, value.unit or value.ucum) if part
            )
        case CodedValue():
            return value.concept.display
        case TextValue():
            return value.text
    return None


def components_text(components: Iterable[ObservationComponent]) -> str | None:
    """The parts of an observation in one line: `Systolic 128 mm[Hg]; Diastolic 72 mm[Hg]`.

    A part without a value says so beside others that have one.
    """
    parts = [(part.code.display, value_text(part.value)) for part in components]
    if not any(text for _, text in parts):
        return None
    return "; ".join(f"{name} {text or 'not recorded'}" for name, text in parts)


def same_value(one: ObservedValue | None, other: ObservedValue | None) -> bool:
    """Whether two values are one, however their unit or words are written.

    Units are the same by their UCUM code, which tells `mm` from `Mm`, where both have one.
    """
    match one, other:
        case Quantity(), Quantity():
            return (one.value, one.comparator) == (other.value, other.comparator) and _same_unit(
                one, other
            )
        case CodedValue(), CodedValue():
            ours, theirs = snomed_code(one.concept), snomed_code(other.concept)
            if ours and theirs:
                return ours == theirs
            return plain(one.concept.display) == plain(other.concept.display)
        case TextValue(), TextValue():
            return plain(one.text) == plain(other.text)
    return one is other


def _same_unit(one: Quantity, other: Quantity) -> bool:
    if one.ucum and other.ucum:
        return one.ucum == other.ucum
    return (one.unit or one.ucum) == (other.unit or other.ucum)


def same_components(
    ours: Sequence[ObservationComponent], theirs: Sequence[ObservationComponent]
) -> bool:
    """Whether two observations have the same parts with the same values, in any order."""
    unmatched = list(theirs)
    for part in ours:
        match = next((other for other in unmatched if _same_part(part, other)), None)
        if match is None:
            return False
        unmatched.remove(match)
    return not unmatched


def _same_part(one: ObservationComponent, other: ObservationComponent) -> bool:
    if codes_differ(one.code, other.code) or not same_value(one.value, other.value):
        return False
    ours, theirs = shared_code(one.code), shared_code(other.code)
    return bool(ours and ours == theirs) or plain(one.code.display) == plain(other.code.display)

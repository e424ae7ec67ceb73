"""The FHIR R4 resources that categories are read from, as structs of the fields that are read.

Readers are beside each category (`allergies_fhir.py` ...). People are in `fhir_people.py`.
"""

from __future__ import annotations

from typing import ClassVar

from federation.records.fhir_elements import (
    CodeableConcept,
    DomainResource,
    Element,
    Period,
    Quantity,
    Reference,
)


class Range(Element, frozen=True, kw_only=True, rename="camel"):
    """From one amount to another."""

    low: Quantity | None = None
    high: Quantity | None = None


class Ratio(Element, frozen=True, kw_only=True, rename="camel"):
    """One amount to another."""

    numerator: Quantity | None = None
    denominator: Quantity | None = None


class Observed(DomainResource, frozen=True, kw_only=True, rename="camel"):
    """The value of an observation or of a part of one, of whichever kind."""

    value_quantity: Quantity | None = None
    value_codeable_concept: CodeableConcept | None = None
    value_string: str | None = None
    value_boolean: bool | None = None
    value_integer: int | None = None
    value_range: Range | None = None
    value_ratio: Ratio | None = None
    value_time: str | None = None
    value_date_time: str | None = None
    value_period: Period | None = None
    value_sampled_data: object = None
    data_absent_reason: CodeableConcept | None = None


class Component(Observed, frozen=True, kw_only=True, rename="camel"):
    """A part of an observation."""

    code: CodeableConcept


class FhirReferenceRange(Element, frozen=True, kw_only=True, rename="camel"):
    """What is usual."""

    low: Quantity | None = None
    high: Quantity | None = None
    text: str | None = None


class FhirObservation(Observed, frozen=True, kw_only=True, rename="camel"):
    """Something observed."""

    resource_types: ClassVar[tuple[str, ...]] = ("Observation",)

    status: str
    code: CodeableConcept
    effective_date_time: str | None = None
    effective_instant: str | None = None
    effective_period: Period | None = None
    issued: str | None = None
    performer: tuple[Reference, ...] = ()
    interpretation: tuple[CodeableConcept, ...] = ()
    body_site: CodeableConcept | None = None
    method: CodeableConcept | None = None
    reference_range: tuple[FhirReferenceRange, ...] = ()
    component: tuple[Component, ...] = ()


class FhirFlag(DomainResource, frozen=True, kw_only=True, rename="camel"):
    """Something that must be seen."""

    resource_types: ClassVar[tuple[str, ...]] = ("Flag",)

    status: str | None = None
    category: tuple[CodeableConcept, ...] = ()
    code: CodeableConcept
    period: Period | None = None
    author: Reference | None = None

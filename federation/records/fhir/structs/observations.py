"""FHIR R4's Observation as a struct of the fields that are read."""

from __future__ import annotations

from typing import ClassVar

from federation.records.fhir.elements import (
    Annotation,
    CodeableConcept,
    DomainResource,
    Element,
    Period,
    Quantity,
    Reference,
)
from federation.records.fhir.structs.resources import Range, Ratio


class FhirReferenceRange(Element, frozen=True, kw_only=True, rename="camel"):
    """What is usual, and for whom: `type` says that it is something else, such as a target."""

    low: Quantity | None = None
    high: Quantity | None = None
    type: CodeableConcept | None = None
    applies_to: tuple[CodeableConcept, ...] = ()
    age: Range | None = None
    text: str | None = None


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
    # Kinds of a later FHIR: to be refused and not to be overlooked.
    value_attachment: object = None
    value_reference: object = None
    data_absent_reason: CodeableConcept | None = None
    interpretation: tuple[CodeableConcept, ...] = ()
    reference_range: tuple[FhirReferenceRange, ...] = ()


class Component(Observed, frozen=True, kw_only=True, rename="camel"):
    """A part of an observation."""

    code: CodeableConcept


class EffectiveTiming(Element, frozen=True, kw_only=True, rename="camel"):
    """When something was so, at several times."""

    event: tuple[str, ...] = ()


class FhirObservation(Observed, frozen=True, kw_only=True, rename="camel"):
    """Something observed; `has_member` points at others that it groups."""

    resource_types: ClassVar[tuple[str, ...]] = ("Observation",)

    status: str
    category: tuple[CodeableConcept, ...] = ()
    code: CodeableConcept
    subject: Reference | None = None
    focus: tuple[Reference, ...] = ()
    based_on: tuple[Reference, ...] = ()
    effective_date_time: str | None = None
    effective_instant: str | None = None
    effective_period: Period | None = None
    effective_timing: EffectiveTiming | None = None
    issued: str | None = None
    performer: tuple[Reference, ...] = ()
    note: tuple[Annotation, ...] = ()
    body_site: CodeableConcept | None = None
    method: CodeableConcept | None = None
    specimen: Reference | None = None
    device: Reference | None = None
    has_member: tuple[Reference, ...] = ()
    component: tuple[Component, ...] = ()


class _DeviceName(Element, frozen=True, kw_only=True, rename="camel"):
    name: str


class FhirDevice(DomainResource, frozen=True, kw_only=True, rename="camel"):
    """A thing that measures."""

    resource_types: ClassVar[tuple[str, ...]] = ("Device",)

    type: CodeableConcept | None = None
    device_name: tuple[_DeviceName, ...] = ()
    manufacturer: str | None = None
    model_number: str | None = None

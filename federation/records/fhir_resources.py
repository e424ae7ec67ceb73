"""The FHIR R4 resources that categories are read from, as structs of the fields that are read.

Readers are beside each category (`allergies_fhir.py` ...). People are in `fhir_people.py`.
"""

from __future__ import annotations

from typing import ClassVar

from federation.records.fhir_elements import (
    CodeableConcept,
    DomainResource,
    Element,
    Extension,
    Period,
    Quantity,
    Reference,
)


class Reaction(Element, frozen=True, kw_only=True, rename="camel"):
    """One adverse event."""

    manifestation: tuple[CodeableConcept, ...] = ()
    severity: str | None = None
    onset: str | None = None


class ExtendedConcept(CodeableConcept, frozen=True, kw_only=True, rename="camel"):
    """A concept that UK Core says more about."""

    extension: tuple[Extension, ...] = ()


class AllergyIntolerance(DomainResource, frozen=True, kw_only=True, rename="camel"):
    """An allergy or intolerance, or the statement that there is none."""

    resource_types: ClassVar[tuple[str, ...]] = ("AllergyIntolerance",)

    clinical_status: ExtendedConcept = ExtendedConcept()
    verification_status: CodeableConcept = CodeableConcept()
    type: str | None = None
    criticality: str | None = None
    code: CodeableConcept | None = None
    onset_date_time: str | None = None
    onset_period: Period | None = None
    recorded_date: str | None = None
    recorder: Reference | None = None
    asserter: Reference | None = None
    reaction: tuple[Reaction, ...] = ()


class DoseAndRate(Element, frozen=True, kw_only=True, rename="camel"):
    """How much of it."""

    dose_quantity: Quantity | None = None


class Repeat(Element, frozen=True, kw_only=True, rename="camel"):
    """When it repeats."""

    bounds_period: Period | None = None


class Timing(Element, frozen=True, kw_only=True, rename="camel"):
    """When it is due."""

    repeat: Repeat = Repeat()


class Dosage(Element, frozen=True, kw_only=True, rename="camel"):
    """How it is taken."""

    text: str | None = None
    patient_instruction: str | None = None
    timing: Timing = Timing()
    route: CodeableConcept | None = None
    dose_and_rate: tuple[DoseAndRate, ...] = ()
    dose: Quantity | None = None


class FhirMedication(DomainResource, frozen=True, kw_only=True, rename="camel"):
    """A medicine that others point at."""

    resource_types: ClassVar[tuple[str, ...]] = ("Medication",)

    code: CodeableConcept | None = None
    form: CodeableConcept | None = None


class _Medicinal(DomainResource, frozen=True, kw_only=True, rename="camel"):
    """What everything about a medicine shares."""

    status: str
    medication_codeable_concept: CodeableConcept | None = None
    medication_reference: Reference | None = None
    reason_code: tuple[CodeableConcept, ...] = ()


class MedicationStatement(_Medicinal, frozen=True, kw_only=True, rename="camel"):
    """That somebody takes it."""

    resource_types: ClassVar[tuple[str, ...]] = ("MedicationStatement",)

    status_reason: tuple[CodeableConcept, ...] = ()
    effective_date_time: str | None = None
    effective_period: Period | None = None
    date_asserted: str | None = None
    information_source: Reference | None = None
    dosage: tuple[Dosage, ...] = ()


class DispenseRequest(Element, frozen=True, kw_only=True, rename="camel"):
    """What is to be handed out."""

    validity_period: Period | None = None
    quantity: Quantity | None = None


class MedicationRequest(_Medicinal, frozen=True, kw_only=True, rename="camel"):
    """That somebody is to have it."""

    resource_types: ClassVar[tuple[str, ...]] = ("MedicationRequest",)

    intent: str
    status_reason: CodeableConcept | None = None
    category: tuple[CodeableConcept, ...] = ()
    do_not_perform: bool = False
    course_of_therapy_type: CodeableConcept = CodeableConcept()
    authored_on: str | None = None
    requester: Reference | None = None
    recorder: Reference | None = None
    dosage_instruction: tuple[Dosage, ...] = ()
    dispense_request: DispenseRequest = DispenseRequest()


class Performer(Element, frozen=True, kw_only=True, rename="camel"):
    """Who did it."""

    actor: Reference | None = None


class MedicationDispense(_Medicinal, frozen=True, kw_only=True, rename="camel"):
    """That it was handed out."""

    resource_types: ClassVar[tuple[str, ...]] = ("MedicationDispense",)

    status_reason_codeable_concept: CodeableConcept | None = None
    performer: tuple[Performer, ...] = ()
    quantity: Quantity | None = None
    when_prepared: str | None = None
    when_handed_over: str | None = None
    dosage_instruction: tuple[Dosage, ...] = ()


class MedicationAdministration(_Medicinal, frozen=True, kw_only=True, rename="camel"):
    """That it was given."""

    resource_types: ClassVar[tuple[str, ...]] = ("MedicationAdministration",)

    status_reason: tuple[CodeableConcept, ...] = ()
    effective_date_time: str | None = None
    effective_period: Period | None = None
    performer: tuple[Performer, ...] = ()
    dosage: Dosage | None = None


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

    status: str
    code: CodeableConcept
    period: Period | None = None
    author: Reference | None = None

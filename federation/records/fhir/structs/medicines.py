"""FHIR R4 resources of medicines, as far as they are read (`medications.py`)."""

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
from federation.records.fhir.structs.clinical import Performer
from federation.records.fhir.structs.resources import Range, Ratio


class Amounts(Element, frozen=True, kw_only=True, rename="camel"):
    """How much, or how fast."""

    dose_quantity: Quantity | None = None
    dose_range: Range | None = None
    rate_quantity: Quantity | None = None
    rate_range: Range | None = None
    rate_ratio: Ratio | None = None


class Repeat(Element, frozen=True, kw_only=True, rename="camel"):
    """When it repeats. Units of time are UCUM codes: `h`, `d`, `wk`."""

    bounds_period: Period | None = None
    bounds_duration: Quantity | None = None
    bounds_range: Range | None = None
    count: int | None = None
    count_max: int | None = None
    duration: float | None = None
    duration_max: float | None = None
    duration_unit: str | None = None
    frequency: int | None = None
    frequency_max: int | None = None
    period: float | None = None
    period_max: float | None = None
    period_unit: str | None = None
    day_of_week: tuple[str, ...] = ()
    time_of_day: tuple[str, ...] = ()
    when: tuple[str, ...] = ()
    offset: int | None = None


class Timing(Element, frozen=True, kw_only=True, rename="camel"):
    """When it is due."""

    event: tuple[str, ...] = ()
    repeat: Repeat = Repeat()
    code: CodeableConcept | None = None


class Dosage(Amounts, frozen=True, kw_only=True, rename="camel"):
    """How it is taken. An administration gives the amounts themselves, the others a list."""

    sequence: int | None = None
    text: str | None = None
    additional_instruction: tuple[CodeableConcept, ...] = ()
    patient_instruction: str | None = None
    timing: Timing = Timing()
    as_needed_boolean: bool | None = None
    as_needed_codeable_concept: CodeableConcept | None = None
    site: CodeableConcept | None = None
    route: CodeableConcept | None = None
    method: CodeableConcept | None = None
    dose_and_rate: tuple[Amounts, ...] = ()
    max_dose_per_period: Ratio | None = None
    max_dose_per_administration: Quantity | None = None
    max_dose_per_lifetime: Quantity | None = None
    dose: Quantity | None = None


class Ingredient(Element, frozen=True, kw_only=True, rename="camel"):
    """What a medicine is made of."""

    item_codeable_concept: CodeableConcept | None = None
    item_reference: Reference | None = None
    strength: Ratio | None = None


class Batch(Element, frozen=True, kw_only=True, rename="camel"):
    """Which batch it came from."""

    lot_number: str | None = None
    expiration_date: str | None = None


class FhirMedication(DomainResource, frozen=True, kw_only=True, rename="camel"):
    """A medicine that others point at."""

    resource_types: ClassVar[tuple[str, ...]] = ("Medication",)

    status: str | None = None
    code: CodeableConcept | None = None
    form: CodeableConcept | None = None
    ingredient: tuple[Ingredient, ...] = ()
    batch: Batch = Batch()


class Medicinal(DomainResource, frozen=True, kw_only=True, rename="camel"):
    """What everything about a medicine shares."""

    status: str
    medication_codeable_concept: CodeableConcept | None = None
    medication_reference: Reference | None = None
    subject: Reference | None = None
    reason_code: tuple[CodeableConcept, ...] = ()
    reason_reference: tuple[Reference, ...] = ()
    note: tuple[Annotation, ...] = ()


class MedicationStatement(Medicinal, frozen=True, kw_only=True, rename="camel"):
    """That somebody takes it."""

    resource_types: ClassVar[tuple[str, ...]] = ("MedicationStatement",)

    based_on: tuple[Reference, ...] = ()
    derived_from: tuple[Reference, ...] = ()
    category: CodeableConcept | None = None
    status_reason: tuple[CodeableConcept, ...] = ()
    effective_date_time: str | None = None
    effective_period: Period | None = None
    date_asserted: str | None = None
    information_source: Reference | None = None
    dosage: tuple[Dosage, ...] = ()


class DispenseRequest(Element, frozen=True, kw_only=True, rename="camel"):
    """What is to be handed out."""

    validity_period: Period | None = None
    number_of_repeats_allowed: int | None = None
    quantity: Quantity | None = None
    expected_supply_duration: Quantity | None = None


class Replaceable(Element, frozen=True, kw_only=True, rename="camel"):
    """Whether something else may be handed out than is ordered."""

    allowed_boolean: bool | None = None


class MedicationRequest(Medicinal, frozen=True, kw_only=True, rename="camel"):
    """That somebody is to have it."""

    resource_types: ClassVar[tuple[str, ...]] = ("MedicationRequest",)

    intent: str
    status_reason: CodeableConcept | None = None
    category: tuple[CodeableConcept, ...] = ()
    do_not_perform: bool = False
    reported_boolean: bool = False
    reported_reference: Reference | None = None
    course_of_therapy_type: CodeableConcept = CodeableConcept()
    authored_on: str | None = None
    requester: Reference | None = None
    recorder: Reference | None = None
    prior_prescription: Reference | None = None
    dosage_instruction: tuple[Dosage, ...] = ()
    dispense_request: DispenseRequest = DispenseRequest()
    substitution: Replaceable = Replaceable()


class Substitution(Element, frozen=True, kw_only=True, rename="camel"):
    """Whether something else was handed out than was ordered."""

    was_substituted: bool = False
    reason: tuple[CodeableConcept, ...] = ()


class MedicationDispense(Medicinal, frozen=True, kw_only=True, rename="camel"):
    """That it was handed out."""

    resource_types: ClassVar[tuple[str, ...]] = ("MedicationDispense",)

    status_reason_codeable_concept: CodeableConcept | None = None
    category: CodeableConcept | None = None
    performer: tuple[Performer, ...] = ()
    authorizing_prescription: tuple[Reference, ...] = ()
    quantity: Quantity | None = None
    days_supply: Quantity | None = None
    when_prepared: str | None = None
    when_handed_over: str | None = None
    dosage_instruction: tuple[Dosage, ...] = ()
    substitution: Substitution = Substitution()


class MedicationAdministration(Medicinal, frozen=True, kw_only=True, rename="camel"):
    """That it was given, or was to be."""

    resource_types: ClassVar[tuple[str, ...]] = ("MedicationAdministration",)

    status_reason: tuple[CodeableConcept, ...] = ()
    category: CodeableConcept | None = None
    effective_date_time: str | None = None
    effective_period: Period | None = None
    performer: tuple[Performer, ...] = ()
    request: Reference | None = None
    dosage: Dosage | None = None

"""FHIR R4 resources of allergies, problems, procedures and vaccinations, as far as they are read.

Their readers are a folder above; the medicines are in `medicines.py`.
"""

from __future__ import annotations

from typing import ClassVar

from federation.records.fhir.elements import (
    Annotation,
    CodeableConcept,
    DomainResource,
    Element,
    Extension,
    Period,
    Quantity,
    Reference,
)
from federation.records.fhir.structs.resources import Range


class Reaction(Element, frozen=True, kw_only=True, rename="camel"):
    """One adverse event."""

    substance: CodeableConcept | None = None
    manifestation: tuple[CodeableConcept, ...] = ()
    description: str | None = None
    onset: str | None = None
    severity: str | None = None
    exposure_route: CodeableConcept | None = None
    note: tuple[Annotation, ...] = ()


class ExtendedConcept(CodeableConcept, frozen=True, kw_only=True, rename="camel"):
    """A concept that UK Core says more about."""

    extension: tuple[Extension, ...] = ()


class AllergyIntolerance(DomainResource, frozen=True, kw_only=True, rename="camel"):
    """An allergy or intolerance, or the statement that there is none."""

    resource_types: ClassVar[tuple[str, ...]] = ("AllergyIntolerance",)

    clinical_status: ExtendedConcept = ExtendedConcept()
    verification_status: CodeableConcept = CodeableConcept()
    type: str | None = None
    category: tuple[str, ...] = ()
    criticality: str | None = None
    code: CodeableConcept | None = None
    patient: Reference | None = None
    onset_date_time: str | None = None
    onset_age: Quantity | None = None
    onset_period: Period | None = None
    onset_range: Range | None = None
    onset_string: str | None = None
    recorded_date: str | None = None
    recorder: Reference | None = None
    asserter: Reference | None = None
    last_occurrence: str | None = None
    note: tuple[Annotation, ...] = ()
    reaction: tuple[Reaction, ...] = ()


class ListEntry(Element, frozen=True, kw_only=True, rename="camel"):
    """One member of a list."""

    deleted: bool = False
    item: Reference | None = None


class FhirList(DomainResource, frozen=True, kw_only=True, rename="camel"):
    """A list that somebody keeps, and why it is empty."""

    resource_types: ClassVar[tuple[str, ...]] = ("List",)

    status: str | None = None
    code: CodeableConcept = CodeableConcept()
    subject: Reference | None = None
    entry: tuple[ListEntry, ...] = ()
    empty_reason: CodeableConcept = CodeableConcept()


class Stage(Element, frozen=True, kw_only=True, rename="camel"):
    """How far a condition has come."""

    summary: CodeableConcept | None = None
    type: CodeableConcept | None = None


class Evidence(Element, frozen=True, kw_only=True, rename="camel"):
    """What supports a diagnosis."""

    code: tuple[CodeableConcept, ...] = ()
    detail: tuple[Reference, ...] = ()


class FhirCondition(DomainResource, frozen=True, kw_only=True, rename="camel"):
    """A problem or a diagnosis."""

    resource_types: ClassVar[tuple[str, ...]] = ("Condition",)

    clinical_status: CodeableConcept = CodeableConcept()
    verification_status: CodeableConcept = CodeableConcept()
    category: tuple[CodeableConcept, ...] = ()
    severity: CodeableConcept | None = None
    code: CodeableConcept | None = None
    body_site: tuple[CodeableConcept, ...] = ()
    subject: Reference | None = None
    onset_date_time: str | None = None
    onset_age: Quantity | None = None
    onset_period: Period | None = None
    onset_range: Range | None = None
    onset_string: str | None = None
    abatement_date_time: str | None = None
    abatement_age: Quantity | None = None
    abatement_period: Period | None = None
    abatement_range: Range | None = None
    abatement_string: str | None = None
    abatement_boolean: bool | None = None
    """Of an earlier release of FHIR; it is still met."""
    recorded_date: str | None = None
    recorder: Reference | None = None
    asserter: Reference | None = None
    stage: tuple[Stage, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    note: tuple[Annotation, ...] = ()


class Performer(Element, frozen=True, kw_only=True, rename="camel"):
    """Who did it, as what, and for whom."""

    function: CodeableConcept | None = None
    actor: Reference | None = None
    on_behalf_of: Reference | None = None


class FocalDevice(Element, frozen=True, kw_only=True, rename="camel"):
    """A device that was put in, changed or taken out."""

    action: CodeableConcept | None = None
    manipulated: Reference | None = None


class FhirProcedure(DomainResource, frozen=True, kw_only=True, rename="camel"):
    """Something done to somebody, or not done."""

    resource_types: ClassVar[tuple[str, ...]] = ("Procedure",)

    status: str | None = None
    status_reason: CodeableConcept | None = None
    category: CodeableConcept | None = None
    code: CodeableConcept | None = None
    subject: Reference | None = None
    performed_date_time: str | None = None
    performed_period: Period | None = None
    performed_string: str | None = None
    performed_age: Quantity | None = None
    performed_range: Range | None = None
    recorder: Reference | None = None
    asserter: Reference | None = None
    performer: tuple[Performer, ...] = ()
    location: Reference | None = None
    reason_code: tuple[CodeableConcept, ...] = ()
    reason_reference: tuple[Reference, ...] = ()
    body_site: tuple[CodeableConcept, ...] = ()
    outcome: CodeableConcept | None = None
    complication: tuple[CodeableConcept, ...] = ()
    complication_detail: tuple[Reference, ...] = ()
    follow_up: tuple[CodeableConcept, ...] = ()
    note: tuple[Annotation, ...] = ()
    focal_device: tuple[FocalDevice, ...] = ()
    used_code: tuple[CodeableConcept, ...] = ()


class VaccineReaction(Element, frozen=True, kw_only=True, rename="camel"):
    """What happened after a vaccination."""

    date: str | None = None
    detail: Reference | None = None


class ProtocolApplied(Element, frozen=True, kw_only=True, rename="camel"):
    """Which dose of which course it was, and against what."""

    series: str | None = None
    target_disease: tuple[CodeableConcept, ...] = ()
    dose_number_positive_int: int | None = None
    dose_number_string: str | None = None
    series_doses_positive_int: int | None = None
    series_doses_string: str | None = None


class FhirImmunization(DomainResource, frozen=True, kw_only=True, rename="camel"):
    """A vaccination, given or not."""

    resource_types: ClassVar[tuple[str, ...]] = ("Immunization",)

    status: str | None = None
    status_reason: CodeableConcept | None = None
    vaccine_code: CodeableConcept | None = None
    patient: Reference | None = None
    occurrence_date_time: str | None = None
    occurrence_string: str | None = None
    recorded: str | None = None
    primary_source: bool | None = None
    report_origin: CodeableConcept | None = None
    location: Reference | None = None
    manufacturer: Reference | None = None
    lot_number: str | None = None
    expiration_date: str | None = None
    site: CodeableConcept | None = None
    route: CodeableConcept | None = None
    dose_quantity: Quantity | None = None
    performer: tuple[Performer, ...] = ()
    note: tuple[Annotation, ...] = ()
    reason_code: tuple[CodeableConcept, ...] = ()
    reason_reference: tuple[Reference, ...] = ()
    is_subpotent: bool = False
    subpotent_reason: tuple[CodeableConcept, ...] = ()
    reaction: tuple[VaccineReaction, ...] = ()
    protocol_applied: tuple[ProtocolApplied, ...] = ()

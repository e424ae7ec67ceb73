"""FHIR R4's appointments, requests and tasks as structs of what is read."""

from __future__ import annotations

from typing import ClassVar

from msgspec import field

from federation.records.fhir.elements import (
    Annotation,
    CodeableConcept,
    DomainResource,
    Element,
    Extended,
    Period,
    Reference,
)


class AppointmentParticipant(Element, frozen=True, kw_only=True, rename="camel"):
    """Somebody or something that takes part in an appointment."""

    type: tuple[CodeableConcept, ...] = ()
    actor: Reference | None = None
    status: str | None = None


class FhirAppointment(DomainResource, frozen=True, kw_only=True, rename="camel"):
    """A meeting that is planned."""

    resource_types: ClassVar[tuple[str, ...]] = ("Appointment",)

    status: str
    # R4 spells it with one l.
    cancelation_reason: CodeableConcept | None = None
    service_category: tuple[CodeableConcept, ...] = ()
    service_type: tuple[CodeableConcept, ...] = ()
    specialty: tuple[CodeableConcept, ...] = ()
    appointment_type: CodeableConcept | None = None
    reason_code: tuple[CodeableConcept, ...] = ()
    reason_reference: tuple[Reference, ...] = ()
    description: str | None = None
    start: str | None = None
    end: str | None = None
    created: str | None = None
    comment: str | None = None
    patient_instruction: str | None = None
    participant: tuple[AppointmentParticipant, ...] = ()
    requested_period: tuple[Period, ...] = ()


class FhirHealthcareService(DomainResource, frozen=True, kw_only=True, rename="camel"):
    """A service that an organisation gives."""

    resource_types: ClassVar[tuple[str, ...]] = ("HealthcareService",)

    name: str | None = None
    provided_by: Reference | None = None


class FhirServiceRequest(DomainResource, frozen=True, kw_only=True, rename="camel"):
    """A request that something be done for the person."""

    resource_types: ClassVar[tuple[str, ...]] = ("ServiceRequest",)

    status: str
    intent: str
    category: tuple[CodeableConcept, ...] = ()
    priority: str | None = None
    about_priority: Extended = field(default=Extended(), name="_priority")
    do_not_perform: bool = False
    code: CodeableConcept | None = None
    order_detail: tuple[CodeableConcept, ...] = ()
    occurrence_date_time: str | None = None
    occurrence_period: Period | None = None
    authored_on: str | None = None
    requester: Reference | None = None
    performer_type: CodeableConcept | None = None
    performer: tuple[Reference, ...] = ()
    location_code: tuple[CodeableConcept, ...] = ()
    location_reference: tuple[Reference, ...] = ()
    reason_code: tuple[CodeableConcept, ...] = ()
    reason_reference: tuple[Reference, ...] = ()
    body_site: tuple[CodeableConcept, ...] = ()
    note: tuple[Annotation, ...] = ()
    patient_instruction: str | None = None


class TaskRestriction(Element, frozen=True, kw_only=True, rename="camel"):
    """Within what bounds a task is to be done."""

    period: Period | None = None


class FhirTask(DomainResource, frozen=True, kw_only=True, rename="camel"):
    """A piece of work that somebody is to do."""

    resource_types: ClassVar[tuple[str, ...]] = ("Task",)

    status: str
    intent: str
    based_on: tuple[Reference, ...] = ()
    status_reason: CodeableConcept | None = None
    business_status: CodeableConcept | None = None
    priority: str | None = None
    code: CodeableConcept | None = None
    description: str | None = None
    focus: Reference | None = None
    execution_period: Period | None = None
    authored_on: str | None = None
    requester: Reference | None = None
    performer_type: tuple[CodeableConcept, ...] = ()
    owner: Reference | None = None
    reason_code: CodeableConcept | None = None
    reason_reference: Reference | None = None
    note: tuple[Annotation, ...] = ()
    restriction: TaskRestriction = TaskRestriction()

"""FHIR R4's plans and consents as structs of what is read."""

from __future__ import annotations

from typing import ClassVar

from federation.records.fhir.elements import (
    Annotation,
    CodeableConcept,
    DomainResource,
    Element,
    FhirAttachment,
    Period,
    Quantity,
    Reference,
)
from federation.records.fhir.structs.medicines import Timing


class ActivityDetail(Element, frozen=True, kw_only=True, rename="camel"):
    """What is to be done."""

    code: CodeableConcept | None = None
    status: str | None = None
    status_reason: CodeableConcept | None = None
    do_not_perform: bool = False
    scheduled_timing: Timing = Timing()
    scheduled_period: Period | None = None
    scheduled_string: str | None = None
    location: Reference | None = None
    performer: tuple[Reference, ...] = ()
    product_codeable_concept: CodeableConcept | None = None
    product_reference: Reference | None = None
    daily_amount: Quantity | None = None
    quantity: Quantity | None = None
    description: str | None = None


class PlanActivity(Element, frozen=True, kw_only=True, rename="camel"):
    """Something to be done, by itself or by pointing at it, and how it went."""

    outcome_codeable_concept: tuple[CodeableConcept, ...] = ()
    progress: tuple[Annotation, ...] = ()
    reference: Reference | None = None
    detail: ActivityDetail | None = None


class FhirCarePlan(DomainResource, frozen=True, kw_only=True, rename="camel"):
    """A plan of care."""

    resource_types: ClassVar[tuple[str, ...]] = ("CarePlan",)

    status: str
    intent: str
    based_on: tuple[Reference, ...] = ()
    part_of: tuple[Reference, ...] = ()
    category: tuple[CodeableConcept, ...] = ()
    title: str | None = None
    description: str | None = None
    period: Period | None = None
    created: str | None = None
    author: Reference | None = None
    contributor: tuple[Reference, ...] = ()
    care_team: tuple[Reference, ...] = ()
    addresses: tuple[Reference, ...] = ()
    supporting_info: tuple[Reference, ...] = ()
    goal: tuple[Reference, ...] = ()
    activity: tuple[PlanActivity, ...] = ()
    note: tuple[Annotation, ...] = ()


class FhirGoal(DomainResource, frozen=True, kw_only=True, rename="camel"):
    """What somebody wants to reach."""

    resource_types: ClassVar[tuple[str, ...]] = ("Goal",)

    description: CodeableConcept


class ConsentProvision(Element, frozen=True, kw_only=True, rename="camel"):
    """What is permitted or denied, and within it exceptions."""

    type: str | None = None
    period: Period | None = None
    code: tuple[CodeableConcept, ...] = ()
    provision: tuple[ConsentProvision, ...] = ()


class ConsentVerification(Element, frozen=True, kw_only=True, rename="camel"):
    """Whether, and when, it was confirmed with the person."""

    verified: bool = False
    verification_date: str | None = None


class FhirConsent(DomainResource, frozen=True, kw_only=True, rename="camel"):
    """What somebody permits or denies."""

    resource_types: ClassVar[tuple[str, ...]] = ("Consent",)

    status: str
    scope: CodeableConcept = CodeableConcept()
    category: tuple[CodeableConcept, ...] = ()
    date_time: str | None = None
    performer: tuple[Reference, ...] = ()
    organization: tuple[Reference, ...] = ()
    source_attachment: FhirAttachment | None = None
    source_reference: Reference | None = None
    policy_rule: CodeableConcept | None = None
    verification: tuple[ConsentVerification, ...] = ()
    provision: ConsentProvision | None = None

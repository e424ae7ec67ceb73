"""FHIR R4's reports and what they point at, as structs of the fields that are read."""

from __future__ import annotations

from typing import ClassVar

from federation.records.fhir.elements import (
    CodeableConcept,
    Coding,
    DomainResource,
    Element,
    FhirAttachment,
    Period,
    Reference,
)


class FhirReportMedia(Element, frozen=True, kw_only=True, rename="camel"):
    """A picture that belongs to a report."""

    comment: str | None = None
    link: Reference | None = None


class FhirDiagnosticReport(DomainResource, frozen=True, kw_only=True, rename="camel"):
    """A report on an investigation; `result` points at its observations."""

    resource_types: ClassVar[tuple[str, ...]] = ("DiagnosticReport",)

    status: str
    code: CodeableConcept
    based_on: tuple[Reference, ...] = ()
    effective_date_time: str | None = None
    effective_period: Period | None = None
    issued: str | None = None
    performer: tuple[Reference, ...] = ()
    results_interpreter: tuple[Reference, ...] = ()
    specimen: tuple[Reference, ...] = ()
    result: tuple[Reference, ...] = ()
    imaging_study: tuple[Reference, ...] = ()
    media: tuple[FhirReportMedia, ...] = ()
    conclusion: str | None = None
    conclusion_code: tuple[CodeableConcept, ...] = ()
    presented_form: tuple[FhirAttachment, ...] = ()


class _Collection(Element, frozen=True, kw_only=True, rename="camel"):
    collected_date_time: str | None = None
    collected_period: Period | None = None
    body_site: CodeableConcept | None = None


class FhirSpecimen(DomainResource, frozen=True, kw_only=True, rename="camel"):
    """What was examined."""

    resource_types: ClassVar[tuple[str, ...]] = ("Specimen",)

    type: CodeableConcept | None = None
    collection: _Collection = _Collection()


class _Series(Element, frozen=True, kw_only=True, rename="camel"):
    modality: Coding | None = None
    body_site: Coding | None = None


class FhirImagingStudy(DomainResource, frozen=True, kw_only=True, rename="camel"):
    """Images that were made."""

    resource_types: ClassVar[tuple[str, ...]] = ("ImagingStudy",)

    status: str | None = None
    started: str | None = None
    modality: tuple[Coding, ...] = ()
    description: str | None = None
    procedure_code: tuple[CodeableConcept, ...] = ()
    series: tuple[_Series, ...] = ()


class FhirMedia(DomainResource, frozen=True, kw_only=True, rename="camel"):
    """A picture, as metadata."""

    resource_types: ClassVar[tuple[str, ...]] = ("Media",)

    content: FhirAttachment | None = None
    created_date_time: str | None = None


class FhirRequest(DomainResource, frozen=True, kw_only=True, rename="camel"):
    """Who asked for it."""

    resource_types: ClassVar[tuple[str, ...]] = ("ServiceRequest",)

    requester: Reference | None = None

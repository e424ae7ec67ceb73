"""FHIR R4's documents as structs of the fields that are read: metadata, and never the content."""

from __future__ import annotations

from typing import ClassVar

from msgspec import Raw

from federation.records.fhir.elements import (
    CodeableConcept,
    Coding,
    DomainResource,
    Element,
    FhirAttachment,
    Identifier,
    Period,
    Reference,
)


class FhirContent(FhirAttachment, frozen=True, kw_only=True, rename="camel"):
    """The same of a document, and where it is; of `data` only that there is some is looked at."""

    data: Raw = Raw()
    url: str | None = None
    hash: str | None = None


class Format(Element, frozen=True, kw_only=True, rename="camel"):
    """A document in one format."""

    attachment: FhirContent = FhirContent()
    format: Coding | None = None


class Relation(Element, frozen=True, kw_only=True, rename="camel"):
    """What a document does to another one."""

    code: str | None = None
    target: Reference | None = None
    target_identifier: Identifier | None = None
    target_reference: Reference | None = None


class Context(Element, frozen=True, kw_only=True, rename="camel"):
    """When and where what it tells of took place."""

    event: tuple[CodeableConcept, ...] = ()
    period: Period | None = None
    facility_type: CodeableConcept | None = None
    practice_setting: CodeableConcept | None = None


class FhirDocumentReference(DomainResource, frozen=True, kw_only=True, rename="camel"):
    """A document that is held somewhere."""

    resource_types: ClassVar[tuple[str, ...]] = ("DocumentReference",)

    master_identifier: Identifier | None = None
    status: str
    doc_status: str | None = None
    type: CodeableConcept | None = None
    category: tuple[CodeableConcept, ...] = ()
    date: str | None = None
    author: tuple[Reference, ...] = ()
    authenticator: Reference | None = None
    custodian: Reference | None = None
    relates_to: tuple[Relation, ...] = ()
    description: str | None = None
    security_label: tuple[CodeableConcept, ...] = ()
    content: tuple[Format, ...] = ()
    context: Context = Context()


class Event(Element, frozen=True, kw_only=True, rename="camel"):
    """What a composition tells of."""

    code: tuple[CodeableConcept, ...] = ()
    period: Period | None = None


class Section(Element, frozen=True, kw_only=True, rename="camel"):
    """A part of a composition, by its heading alone."""

    title: str | None = None
    code: CodeableConcept | None = None


class FhirComposition(DomainResource, frozen=True, kw_only=True, rename="camel"):
    """A document made of resources."""

    resource_types: ClassVar[tuple[str, ...]] = ("Composition",)

    status: str
    type: CodeableConcept
    category: tuple[CodeableConcept, ...] = ()
    date: str | None = None
    author: tuple[Reference, ...] = ()
    title: str | None = None
    confidentiality: str | None = None
    custodian: Reference | None = None
    relates_to: tuple[Relation, ...] = ()
    event: tuple[Event, ...] = ()
    section: tuple[Section, ...] = ()

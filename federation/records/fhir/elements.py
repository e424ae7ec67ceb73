"""FHIR R4's elements as structs: only those, and only the fields, that the record reads.

What they mean in the record's own words is in `r4.py`. Names are FHIR's.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from msgspec import Raw, Struct

UK_CORE_EXTENSION = "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-"
"""How the addresses of UK Core's extensions begin."""


class Element(Struct, frozen=True, kw_only=True, rename="camel", gc=False):
    """What every element shares: nothing that we need.

    # Invariant: a tree of frozen values, so nothing in it can refer back to it, and the collector
    need not look at it.
    """


class Coding(Element, frozen=True, kw_only=True, rename="camel"):
    """A code of a system."""

    system: str | None = None
    code: str | None = None
    display: str | None = None
    user_selected: bool = False


class CodeableConcept(Element, frozen=True, kw_only=True, rename="camel"):
    """A concept by codes, by words or both."""

    coding: tuple[Coding, ...] = ()
    text: str | None = None

    def codes(self) -> tuple[str, ...]:
        """Its codes, whatever their systems."""
        return tuple([coding.code for coding in self.coding if coding.code])

    def code(self) -> str | None:
        """Its first code."""
        for coding in self.coding:
            if coding.code:
                return coding.code
        return None

    def words(self) -> str | None:
        """What a person reads: the recorded words, else the preferred code's, else the code."""
        return self.text or best_display(self.coding) or self.code()


class Identifier(Element, frozen=True, kw_only=True, rename="camel"):
    """A business identifier."""

    use: str | None = None
    system: str | None = None
    value: str | None = None


class Reference(Element, frozen=True, kw_only=True, rename="camel"):
    """A pointer to another resource, or at least its name."""

    reference: str | None = None
    type: str | None = None
    identifier: Identifier | None = None
    display: str | None = None


class Period(Element, frozen=True, kw_only=True, rename="camel"):
    """A span of time."""

    start: str | None = None
    end: str | None = None


class Quantity(Element, frozen=True, kw_only=True, rename="camel"):
    """A measured amount."""

    value: float | None = None
    comparator: str | None = None
    unit: str | None = None
    system: str | None = None
    code: str | None = None

    def words(self) -> str | None:
        """`21 capsule`, `< 5 mg`."""
        if self.value is None:
            return self.unit
        parts = (self.comparator, f"{self.value:.15g}", self.unit or self.code)
        return " ".join(part for part in parts if part)


class Extension(Element, frozen=True, kw_only=True, rename="camel"):
    """An extension, with the values that we know how to use."""

    url: str = ""
    extension: tuple[Extension, ...] = ()
    value_date_time: str | None = None
    value_string: str | None = None
    value_boolean: bool | None = None
    value_unsigned_int: int | None = None
    value_positive_int: int | None = None
    value_code: str | None = None
    value_coding: Coding | None = None
    value_codeable_concept: CodeableConcept | None = None
    value_reference: Reference | None = None
    value_annotation: Annotation | None = None

    def words(self) -> str | None:
        """What it says in words, where its value is of a kind that has some."""
        concept = self.value_codeable_concept
        if concept is None and self.value_coding is not None:
            concept = CodeableConcept(coding=(self.value_coding,))
        reference = self.value_reference
        return (
            self.value_string
            or (concept.words() if concept else None)
            or self.value_code
            or (reference.display if reference else None)
            or (self.value_annotation.words() if self.value_annotation else None)
        )


class Annotation(Element, frozen=True, kw_only=True, rename="camel"):
    """A note, with who wrote it and when."""

    author_reference: Reference | None = None
    author_string: str | None = None
    time: str | None = None
    text: str = ""

    def words(self) -> str:
        """The note, behind it in brackets whoever wrote it and when, as far as that is said."""
        named = self.author_reference.display if self.author_reference else None
        told = ", ".join(filter(None, (self.author_string or named, self.time)))
        return f"{self.text} ({told})" if told and self.text else self.text


class HumanName(Element, frozen=True, kw_only=True, rename="camel"):
    """A name."""

    use: str | None = None
    text: str | None = None
    family: str | None = None
    given: tuple[str, ...] = ()
    prefix: tuple[str, ...] = ()
    period: Period | None = None

    def words(self) -> str | None:
        """The name as it is written."""
        return self.text or " ".join((*self.prefix, *self.given, self.family or "")).strip() or None


class ContactPoint(Element, frozen=True, kw_only=True, rename="camel"):
    """A telephone number or address of another kind."""

    extension: tuple[Extension, ...] = ()
    system: str | None = None
    value: str | None = None
    use: str | None = None
    period: Period | None = None


class FhirAttachment(Element, frozen=True, kw_only=True, rename="camel"):
    """Something attached, as metadata: what is in it is never read."""

    content_type: str | None = None
    title: str | None = None
    size: int | None = None
    creation: str | None = None


class Extended(Element, frozen=True, kw_only=True, rename="camel"):
    """What is said more about a plain value."""

    extension: tuple[Extension, ...] = ()


class Meta(Element, frozen=True, kw_only=True, rename="camel"):
    """What a server says about a resource."""

    version_id: str | None = None
    last_updated: str | None = None
    source: str | None = None
    security: tuple[Coding, ...] = ()


class DomainResource(Element, frozen=True, kw_only=True, rename="camel"):
    """What the resources that we read share; `resource_types` are those that one struct reads."""

    resource_types: ClassVar[tuple[str, ...]] = ()

    id: str | None = None
    meta: Meta = Meta()
    identifier: tuple[Identifier, ...] | Identifier = ()
    extension: tuple[Extension, ...] = ()
    contained: tuple[Raw, ...] = ()
    modifier_extension: tuple[Raw, ...] = ()
    implicit_rules: str | None = None

    @property
    def identifiers(self) -> tuple[Identifier, ...]:
        """Its business identifiers; R4 allows some types only one, outside a list."""
        if isinstance(self.identifier, Identifier):
            return (self.identifier,)
        return self.identifier


class FhirOrganisation(DomainResource, frozen=True, kw_only=True, rename="camel"):
    """An organisation."""

    resource_types: ClassVar[tuple[str, ...]] = ("Organization",)

    type: tuple[CodeableConcept, ...] = ()
    name: str | None = None
    telecom: tuple[ContactPoint, ...] = ()


class FhirLocation(DomainResource, frozen=True, kw_only=True, rename="camel"):
    """A place: a ward, a clinic, a site."""

    resource_types: ClassVar[tuple[str, ...]] = ("Location",)

    name: str | None = None
    telecom: tuple[ContactPoint, ...] = ()
    managing_organization: Reference | None = None


class FhirPractitioner(DomainResource, frozen=True, kw_only=True, rename="camel"):
    """A member of staff."""

    resource_types: ClassVar[tuple[str, ...]] = ("Practitioner",)

    name: tuple[HumanName, ...] = ()


class FhirPractitionerRole(DomainResource, frozen=True, kw_only=True, rename="camel"):
    """A member of staff in a role at an organisation."""

    resource_types: ClassVar[tuple[str, ...]] = ("PractitionerRole",)

    practitioner: Reference | None = None
    organization: Reference | None = None
    code: tuple[CodeableConcept, ...] = ()


def best_display(codings: Iterable[Coding]) -> str | None:
    """The display of the coding that somebody chose, else the first there is."""
    first: str | None = None
    for coding in codings:
        if coding.display and coding.user_selected:
            return coding.display
        first = first or coding.display
    return first or None


def joined(concepts: Iterable[CodeableConcept | None]) -> str | None:
    """Several concepts in one line, each once."""
    texts = [text for concept in concepts if concept and (text := concept.words())]
    return ", ".join(dict.fromkeys(texts)) or None

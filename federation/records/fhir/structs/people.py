"""FHIR R4's people as structs of what is read: the person, those close to them, those who care."""

from __future__ import annotations

from typing import ClassVar

from federation.records.fhir.elements import (
    CodeableConcept,
    ContactPoint,
    DomainResource,
    Element,
    Extension,
    HumanName,
    Identifier,
    Period,
    Reference,
)


class FhirAddress(Element, frozen=True, kw_only=True, rename="camel"):
    """A postal address."""

    use: str | None = None
    text: str | None = None
    line: tuple[str, ...] = ()
    city: str | None = None
    district: str | None = None
    postal_code: str | None = None
    period: Period | None = None


class Communication(Element, frozen=True, kw_only=True, rename="camel"):
    """A language of a person."""

    extension: tuple[Extension, ...] = ()
    language: CodeableConcept | None = None
    preferred: bool = False


class TimesOfDay(Element, frozen=True, kw_only=True, rename="camel"):
    """On which days of the week, and at what times of the day."""

    day_of_week: tuple[str, ...] = ()
    time_of_day: tuple[str, ...] = ()
    when: tuple[str, ...] = ()


class PreferredTimes(Element, frozen=True, kw_only=True, rename="camel"):
    """When somebody wants to be contacted."""

    repeat: TimesOfDay = TimesOfDay()
    code: CodeableConcept | None = None


class PersonExtension(Extension, frozen=True, kw_only=True, rename="camel"):
    """What UK Core says more about a person."""

    extension: tuple[PersonExtension, ...] = ()
    value_timing: PreferredTimes | None = None


class PersonIdentifier(Identifier, frozen=True, kw_only=True, rename="camel"):
    """A number of a person, and how sure it is."""

    extension: tuple[Extension, ...] = ()


class PersonalContact(Element, frozen=True, kw_only=True, rename="camel"):
    """Somebody to ring, as a Patient names them."""

    id: str | None = None
    extension: tuple[Extension, ...] = ()
    relationship: tuple[CodeableConcept, ...] = ()
    name: HumanName | None = None
    telecom: tuple[ContactPoint, ...] = ()
    organization: Reference | None = None
    period: Period | None = None


class Patient(DomainResource, frozen=True, kw_only=True, rename="camel"):
    """A person."""

    resource_types: ClassVar[tuple[str, ...]] = ("Patient",)

    identifier: tuple[PersonIdentifier, ...] = ()
    extension: tuple[PersonExtension, ...] = ()
    name: tuple[HumanName, ...] = ()
    telecom: tuple[ContactPoint, ...] = ()
    gender: str | None = None
    birth_date: str | None = None
    deceased_boolean: bool = False
    deceased_date_time: str | None = None
    address: tuple[FhirAddress, ...] = ()
    contact: tuple[PersonalContact, ...] = ()
    communication: tuple[Communication, ...] = ()
    general_practitioner: tuple[Reference, ...] = ()


class FhirRelatedPerson(DomainResource, frozen=True, kw_only=True, rename="camel"):
    """Somebody who stands in a relation to the person."""

    resource_types: ClassVar[tuple[str, ...]] = ("RelatedPerson",)

    active: bool = True
    relationship: tuple[CodeableConcept, ...] = ()
    name: tuple[HumanName, ...] = ()
    telecom: tuple[ContactPoint, ...] = ()
    period: Period | None = None


class TeamMember(Element, frozen=True, kw_only=True, rename="camel"):
    """Somebody in a care team."""

    id: str | None = None
    extension: tuple[Extension, ...] = ()
    role: tuple[CodeableConcept, ...] = ()
    member: Reference | None = None
    on_behalf_of: Reference | None = None
    period: Period | None = None


class FhirCareTeam(DomainResource, frozen=True, kw_only=True, rename="camel"):
    """Those who care for a person together."""

    resource_types: ClassVar[tuple[str, ...]] = ("CareTeam",)

    status: str = "active"
    name: str | None = None
    category: tuple[CodeableConcept, ...] = ()
    participant: tuple[TeamMember, ...] = ()
    managing_organization: tuple[Reference, ...] = ()
    telecom: tuple[ContactPoint, ...] = ()


class FhirStaff(DomainResource, frozen=True, kw_only=True, rename="camel"):
    """How to reach a member of staff, a team or an organisation."""

    resource_types: ClassVar[tuple[str, ...]] = (
        "Practitioner",
        "PractitionerRole",
        "Organization",
        "CareTeam",
    )

    telecom: tuple[ContactPoint, ...] = ()

"""FHIR R4's encounters as structs of the fields that are read."""

from __future__ import annotations

from typing import ClassVar

from msgspec import field

from federation.records.fhir.elements import (
    CodeableConcept,
    Coding,
    DomainResource,
    Element,
    Extension,
    Period,
    Reference,
)
from federation.records.fhir.episodes import FhirEpisodeOfCare


class Participant(Element, frozen=True, kw_only=True, rename="camel"):
    """Who took part, and as what."""

    type: tuple[CodeableConcept, ...] = ()
    individual: Reference | None = None


class Diagnosis(Element, frozen=True, kw_only=True, rename="camel"):
    """What was found or treated."""

    condition: Reference | None = None
    use: CodeableConcept | None = None
    role: CodeableConcept | None = None


class Where(Element, frozen=True, kw_only=True, rename="camel"):
    """Where it was, or is meant to be."""

    location: Reference | None = None
    status: str | None = None


class Hospitalization(Element, frozen=True, kw_only=True, rename="camel"):
    """How somebody came in and went out."""

    extension: tuple[Extension, ...] = ()
    admit_source: CodeableConcept | None = None
    destination: Reference | None = None
    discharge_disposition: CodeableConcept | None = None


class FhirEncounter(DomainResource, frozen=True, kw_only=True, rename="camel"):
    """A contact of a person with care."""

    resource_types: ClassVar[tuple[str, ...]] = ("Encounter",)

    status: str
    class_: Coding | None = field(default=None, name="class")
    type: tuple[CodeableConcept, ...] = ()
    service_type: CodeableConcept | None = None
    priority: CodeableConcept | None = None
    participant: tuple[Participant, ...] = ()
    period: Period | None = None
    reason_code: tuple[CodeableConcept, ...] = ()
    reason_reference: tuple[Reference, ...] = ()
    diagnosis: tuple[Diagnosis, ...] = ()
    hospitalization: Hospitalization = Hospitalization()
    location: tuple[Where, ...] = ()
    service_provider: Reference | None = None


class FhirEpisode(FhirEpisodeOfCare, frozen=True, kw_only=True, rename="camel"):
    """An episode of care with what it treats."""

    diagnosis: tuple[Diagnosis, ...] = ()

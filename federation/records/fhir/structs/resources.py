"""The FHIR R4 resources that categories are read from, as structs of the fields that are read.

Readers are a folder above, by category (`fhir/allergies.py` ...). People are in `people.py`.
"""

from __future__ import annotations

from typing import ClassVar

from federation.records.fhir.elements import (
    CodeableConcept,
    DomainResource,
    Element,
    Period,
    Quantity,
    Reference,
)


class Range(Element, frozen=True, kw_only=True, rename="camel"):
    """From one amount to another."""

    low: Quantity | None = None
    high: Quantity | None = None


class Ratio(Element, frozen=True, kw_only=True, rename="camel"):
    """One amount to another."""

    numerator: Quantity | None = None
    denominator: Quantity | None = None


class FhirFlag(DomainResource, frozen=True, kw_only=True, rename="camel"):
    """Something that must be seen."""

    resource_types: ClassVar[tuple[str, ...]] = ("Flag",)

    status: str | None = None
    category: tuple[CodeableConcept, ...] = ()
    code: CodeableConcept
    period: Period | None = None
    author: Reference | None = None

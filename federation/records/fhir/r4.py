"""What FHIR R4's elements mean in the record's words: dates, concepts, amounts, staff, places.

Whatever cannot be read safely raises `UnreadableError` (`resource.py`, where resources and what
they point at are).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from enum import Enum
from typing import Any, TypeVar

from federation.model import OdsCode, Organisation, Practitioner
from federation.nhs_number import NHS_NUMBER_SYSTEM
from federation.records import base, clinical
from federation.records.base import (
    PARTIAL_DATE_PATTERN,
    Concept,
    PartialDateTime,
    SecurityLabel,
)
from federation.records.fhir.elements import (
    CodeableConcept,
    DomainResource,
    Extension,
    FhirLocation,
    FhirOrganisation,
    FhirPractitioner,
    FhirPractitionerRole,
    Identifier,
    Meta,
    Quantity,
    Reference,
    best_display,
    joined,
)
from federation.records.fhir.resource import UNREADABLE_LABEL, References, Resource, UnreadableError
from federation.records.organisation_kinds import kind_of
from federation.records.systems import DEGRADED_CODES, ODS_SYSTEM

UCUM_SYSTEM = "http://unitsofmeasure.org"
_DATE = re.compile(PARTIAL_DATE_PATTERN)

D = TypeVar("D", bound=DomainResource)
E = TypeVar("E", bound=Enum)


def when(text: str | None) -> PartialDateTime | None:
    """A date as precise as it was given; one that is no real date raises `UnreadableError`."""
    if text is None:
        return None
    if not _DATE.match(text):
        raise UnreadableError("a date that is none")
    return PartialDateTime(text)


def instant(text: str | None) -> datetime | None:
    """An instant with its offset, None for anything less."""
    if text is None or not _DATE.match(text) or len(text) < len("2019-04-02T10:00Z"):
        return None
    return datetime.fromisoformat(text.replace(":60", ":59"))


def concept(source: CodeableConcept) -> Concept:
    """A concept with every coding of it; raises `UnreadableError` where nobody could read it."""
    codings = tuple(
        base.Coding(system=coding.system.rstrip("/"), code=coding.code, display=coding.display)
        for coding in source.coding
        if coding.system and coding.code
    )
    degraded = any(coding.code in DEGRADED_CODES for coding in codings)
    # A degraded code's own display says only that the meaning was lost; the words still hold it.
    display = (source.text if degraded else None) or best_display(source.coding) or source.text
    display = display or source.code()
    if not display:
        raise UnreadableError("a concept without code or words")
    return Concept(display=display, codings=codings, original_text=source.text, degraded=degraded)


def named(reference: Reference | None) -> Concept | None:
    """A reference's own name as a concept in words."""
    if reference is None or not reference.display:
        return None
    return Concept(display=reference.display, original_text=reference.display)


def amount(source: Quantity | None) -> clinical.Quantity | None:
    """A quantity, None without a value."""
    if source is None or source.value is None:
        return None
    return clinical.Quantity(
        value=source.value,
        comparator=source.comparator,
        unit=source.unit,
        ucum=source.code if source.system == UCUM_SYSTEM else None,
    )


def organisation(reference: Reference | None, references: References) -> Organisation | None:
    """The organisation that this points at, as known here or in its own words."""
    found = references.find(reference)
    if house := readable(found, FhirOrganisation):
        return _organisation(house, reference)
    if role := readable(found, FhirPractitionerRole):
        return organisation(_beyond_role(role.organization, references), references)
    if reference is None or not _points_at(reference, "Organization"):
        return None
    return _named_house(reference)


def place(reference: Reference | None, references: References) -> Organisation | None:
    """Where something was done: a location or an organisation, as known here or in its own words.

    A location without a code has that of the organisation that runs it.
    """
    here = readable(references.find(reference), FhirLocation)
    if here is None:
        house = organisation(reference, references)
        return house or (_named_house(reference) if reference else None)
    owner = organisation(here.managing_organization, references)
    itself = _organisation(here, reference)
    if itself is None or owner is None:
        return itself or owner
    code, phone = itself.ods_code or owner.ods_code, itself.phone or owner.phone
    return Organisation(ods_code=code, name=itself.name, kind=owner.kind, phone=phone)


def _organisation(
    found: FhirOrganisation | FhirLocation, reference: Reference | None
) -> Organisation | None:
    code = _ods_code(found.identifiers)
    name = found.name or (reference.display if reference else None) or code
    phones = (point.value for point in found.telecom if point.system == "phone")
    if not name:
        return None
    kind = kind_of(found.type) if isinstance(found, FhirOrganisation) else None
    return Organisation(ods_code=code, name=name, kind=kind, phone=next(filter(None, phones), None))


def _named_house(reference: Reference) -> Organisation | None:
    # Whose data it is decides what may be shown, so a code stands for a name that is not said.
    code = _ods_code((reference.identifier,))
    name = reference.display or code
    return Organisation(ods_code=code, name=name) if name else None


def _points_at(reference: Reference, kind: str) -> bool:
    if reference.type:
        return reference.type == kind
    if reference.identifier is not None and reference.identifier.system == ODS_SYSTEM:
        return kind == "Organization"
    return f"{kind}/" in (reference.reference or "")


def _ods_code(identifiers: Iterable[Identifier | None]) -> OdsCode | None:
    codes = (one.value for one in identifiers if one is not None and one.system == ODS_SYSTEM)
    return next((OdsCode(code) for code in codes if code), None)


def practitioner(reference: Reference | None, references: References) -> Practitioner | None:
    """The member of staff that this points at, as known here or in its own words."""
    found = references.find(reference)
    name = reference.display if reference else None
    if found is None:
        points = reference is not None and not _points_at(reference, "Organization")
        return Practitioner(name=name) if name and points else None
    if found.kind in FhirOrganisation.resource_types:
        return None
    if role := readable(found, FhirPractitionerRole):
        return _in_role(role, references, name)
    person = readable(found, FhirPractitioner)
    names = (one.words() for one in person.name) if person else ()
    name = next(filter(None, names), name)
    return Practitioner(name=name) if name else None


def readable(found: Resource | None, shape: type[D]) -> D | None:
    """What is pointed at as this struct, None where it is something else or cannot be read.

    For what an item can be shown without: it is not lost because its author's entry is broken.
    """
    if found is None or found.kind not in shape.resource_types:
        return None
    try:
        return found.read(shape)
    except UnreadableError:
        return None


def _in_role(
    role: FhirPractitionerRole, references: References, name: str | None
) -> Practitioner | None:
    person = practitioner(_beyond_role(role.practitioner, references), references)
    name = person.name if person else name
    if not name:
        return None
    return Practitioner(
        name=name,
        role=joined(role.code),
        organisation=organisation(role.organization, references),
    )


def _beyond_role(reference: Reference | None, references: References) -> Reference | None:
    # A role is held by a person for an organisation; roles that lead to each other have no end.
    found = references.find(reference)
    led_to_a_role = found is not None and found.kind in FhirPractitionerRole.resource_types
    return None if led_to_a_role else reference


def identifiers(source: Iterable[Identifier]) -> tuple[base.Identifier, ...]:
    """Business identifiers of a fact; the person's own number is none."""
    return tuple(
        base.Identifier(system=one.system, value=one.value)
        for one in source
        if one.system and one.value and one.system != NHS_NUMBER_SYSTEM
    )


def labels(meta: Meta) -> tuple[SecurityLabel, ...]:
    """Confidentiality labels; one without a code is kept by its words, as a code no rule knows."""
    return tuple(
        SecurityLabel(
            system=one.system, code=one.code or one.display or UNREADABLE_LABEL, display=one.display
        )
        for one in meta.security
    )


def envelope(
    source: DomainResource,
    references: References,
    *,
    authors: Iterable[Reference | None] = (),
) -> dict[str, Any]:
    """What every item takes from its resource; raises `UnreadableError` for one without an id.

    `authors` are those who could have recorded it, likeliest first; the first organisation among
    them is the custodian.
    """
    if not source.id:
        raise UnreadableError("a resource without an id")
    candidates = tuple(authors)
    people = (practitioner(one, references) for one in candidates)
    houses = (organisation(one, references) for one in candidates)
    return {
        "source_id": source.id,
        "source_system": source.meta.source,
        "version": source.meta.version_id,
        "identifiers": identifiers(source.identifiers),
        "author": next(filter(None, people), None),
        "custodian": next(filter(None, houses), None),
        "last_updated_at": instant(source.meta.last_updated),
        "security_labels": labels(source.meta),
    }


def first_of(closed: type[E], source: CodeableConcept, otherwise: E) -> E:
    """The member of a closed set that the first of a concept's codes to name one names."""
    named = (one_of(closed, code, otherwise) for code in source.codes())
    return next((one for one in named if one is not otherwise), otherwise)


def extension(among: Iterable[Extension], url: str) -> Extension | None:
    """The extension with this address."""
    return next((one for one in among if one.url == url), None)


def one_of(closed: type[E], code: str | None, otherwise: E) -> E:
    """The member of a closed set that a FHIR code names: `on-hold` is ON_HOLD."""
    return closed.__members__.get((code or "").upper().replace("-", "_"), otherwise)

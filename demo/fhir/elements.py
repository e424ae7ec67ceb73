"""The parts that resources are made of: concepts, references, quantities, and what all items share.

Resources are plain JSON values, since they are only ever sent. A part that has nothing to say is
left out, as FHIR wants it.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from demo.directory import key_of
from federation.model import Organisation, Practitioner
from federation.records.base import Concept, Item
from federation.records.clinical import Quantity

Resource = dict[str, Any]

SNOMED = "http://snomed.info/sct"
UCUM = "http://unitsofmeasure.org"
ODS = "https://fhir.nhs.uk/Id/ods-organization-code"
HL7 = "http://terminology.hl7.org/CodeSystem"
UK_CORE = "https://fhir.hl7.org.uk/StructureDefinition"


def trimmed(**fields: Any) -> Resource:
    """The fields that say something."""
    return {
        name.rstrip("_"): value
        for name, value in fields.items()
        if value is not None and value != [] and value not in ({}, "")
    }


def instant(when: datetime | None) -> str | None:
    """An instant as FHIR writes it."""
    return when.astimezone(UTC).isoformat().replace("+00:00", "Z") if when else None


def exactly(when: str | None) -> str | None:
    """A date that is exact to the second; R4 has no place for a day where it wants an instant."""
    return when if when and len(when) > len("2026-01-02") else None


def coded(system: str, code: str, display: str | None = None) -> Resource:
    """A concept with one code."""
    return {"coding": [trimmed(system=system, code=code, display=display)]}


def concept(said: Concept) -> Resource:
    """A concept with every coding and the words it was recorded in."""
    coding = [trimmed(system=c.system, code=c.code, display=c.display) for c in said.codings]
    return trimmed(coding=coding, text=said.original_text or (None if coding else said.display))


def words(text: str | None) -> Resource | None:
    """A concept in words alone."""
    return {"text": text} if text else None


def quantity(amount: Quantity) -> Resource:
    """A measured amount."""
    return trimmed(
        value=amount.value,
        comparator=amount.comparator,
        unit=amount.unit,
        system=UCUM if amount.ucum else None,
        code=amount.ucum,
    )


def patient(key: str) -> Resource:
    """A reference to whom a fact is about."""
    return {"reference": f"Patient/{key}"}


def staff(who: Practitioner | None) -> Resource | None:
    """A reference to a member of staff, who must be looked up to be named."""
    return {"reference": f"Practitioner/{key_of(who)}"} if who else None


def house(organisation: Organisation | None) -> Resource | None:
    """A reference to an organisation, with its ODS code and name beside it."""
    if organisation is None:
        return None
    code = organisation.ods_code
    return trimmed(
        reference=f"Organization/{key_of(organisation)}",
        identifier={"system": ODS, "value": code} if code else None,
        display=organisation.name,
    )


def author_role(item: Item) -> Resource | None:
    """Who recorded it, in which role and for which organisation: a resource to be contained."""
    return role_of(item.author, item.custodian, "author")


def role_of(
    who: Practitioner | None, organisation: Organisation | None, name: str
) -> Resource | None:
    """A member of staff in their role at an organisation, a resource to be contained."""
    if who is None and organisation is None:
        return None
    return trimmed(
        resourceType="PractitionerRole",
        id=name,
        practitioner={"reference": f"Practitioner/{key_of(who)}", "display": who.name}
        if who
        else None,
        organization=house(organisation or (who.organisation if who else None)),
        code=[{"text": who.role}] if who and who.role else None,
    )


def contained_author(item: Item) -> Resource | None:
    """A reference to the contained role."""
    if item.author is None:
        return {"reference": "#author"} if item.custodian else None
    return {"reference": "#author", "display": item.author.name}


def place(organisation: Organisation | None) -> Resource | None:
    """Where something was done: a Location to be contained, found by `#place`."""
    if organisation is None:
        return None
    code, phone = organisation.ods_code, organisation.phone
    return trimmed(
        resourceType="Location",
        id="place",
        identifier=[{"system": ODS, "value": code}] if code else None,
        name=organisation.name,
        telecom=[{"system": "phone", "value": phone}] if phone else None,
    )


def extensions(**said: Resource | None) -> list[Resource]:
    """UK Core extensions by their names, those that say something."""
    return [
        {"url": f"{UK_CORE}/Extension-UKCore-{name}", **value}
        for name, value in said.items()
        if value
    ]


def extension_words(text: str | None) -> Resource | None:
    """The value of an extension, in words alone."""
    return {"valueCodeableConcept": {"text": text}} if text else None


def notes(text: str | None) -> list[Resource] | None:
    """What else was written down."""
    return [{"text": text}] if text else None


def some_words(*texts: str | None) -> list[Resource]:
    """Concepts in words alone."""
    return [{"text": text} for text in texts if text]


def amount(text: str | None) -> Resource | None:
    """`21 capsule` as a number of a unit; other words stand as the unit alone."""
    number, _, unit = (text or "").partition(" ")
    if unit and number.replace(".", "", 1).isdecimal() and f"{float(number):.15g}" == number:
        return {"value": float(number), "unit": unit}
    return {"unit": text} if text else None


def shared(resource_type: str, item: Item, *contained: Resource | None) -> Resource:
    """What every item's resource starts with."""
    meta = trimmed(
        versionId=item.version,
        lastUpdated=instant(item.last_updated_at),
        source=_system(item.source_system),
        security=[
            trimmed(system=label.system, code=label.code, display=label.display)
            for label in item.security_labels
        ],
    )
    return trimmed(
        resourceType=resource_type,
        id=item.source_id,
        meta=meta,
        contained=[one for one in contained if one],
        identifier=[{"system": one.system, "value": one.value} for one in item.identifiers],
    )


def _system(name: str | None) -> str | None:
    # A source is an address in FHIR.
    slug = (name or "").lower().replace(" ", "-")
    return f"https://demo.watling.example/system/{slug}" if slug else None

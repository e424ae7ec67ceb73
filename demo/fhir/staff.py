"""Staff and organisations, as Practitioner and Organization."""

from __future__ import annotations

from demo.fhir.elements import ODS, Resource, trimmed
from federation.model import Organisation, Practitioner


def practitioner(who: Practitioner, key: str) -> Resource:
    """A member of staff."""
    title, _, name = who.name.partition(" ")
    if title != "Dr":
        return {"resourceType": "Practitioner", "id": key, "name": [{"text": who.name}]}
    *given, family = name.split()
    return trimmed(
        resourceType="Practitioner",
        id=key,
        name=[trimmed(text=who.name, prefix=[title], given=given, family=family)],
    )


def organization(house: Organisation, key: str) -> Resource:
    """An organisation with its ODS code."""
    return trimmed(
        resourceType="Organization",
        id=key,
        identifier=[{"system": ODS, "value": house.ods_code}] if house.ods_code else None,
        type=[{"text": house.kind}] if house.kind else None,
        name=house.name,
        telecom=[{"system": "phone", "value": house.phone}] if house.phone else None,
    )

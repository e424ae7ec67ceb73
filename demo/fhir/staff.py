"""Staff and organisations, as Practitioner and Organization."""

from __future__ import annotations

from demo.fhir.elements import ODS, Resource, coded, house, trimmed
from federation.model import Organisation, Practitioner
from federation.records.organisation_kinds import ROLE_SYSTEM

_ROLES = {
    "gp": ("76", "GP PRACTICE"),
    "local-authority": ("141", "LOCAL AUTHORITY"),
    "pharmacy": ("182", "PHARMACY"),
    "care-home": ("269", "CARE HOME"),
    "home-care": ("270", "DOMICILIARY CARE"),
}
"""Roles of the Organisation Data Service."""


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


def organization(named: Organisation, key: str) -> Resource:
    """An organisation with its ODS code."""
    return trimmed(
        resourceType="Organization",
        id=key,
        identifier=[{"system": ODS, "value": named.ods_code}] if named.ods_code else None,
        type=[_sort(named.kind)] if named.kind else None,
        name=named.name,
        telecom=[{"system": "phone", "value": named.phone}] if named.phone else None,
    )


def _sort(kind: str) -> Resource:
    """What sort it is: by the national role, where one stands for that sort alone, and in words."""
    role = _ROLES.get(kind)
    return coded(ROLE_SYSTEM, *role) | {"text": kind} if role else {"text": kind}


def contained_house(named: Organisation | None, key: str) -> Resource | None:
    """An organisation as a part of what speaks of it."""
    return organization(named, key) if named else None


def contained_role(who: Practitioner, key: str) -> Resource:
    """A member of staff, in their role, as a part of what speaks of them."""
    return trimmed(
        resourceType="PractitionerRole",
        id=key,
        practitioner={"display": who.name},
        organization=house(who.organisation),
        code=[{"text": who.role}] if who.role else None,
    )

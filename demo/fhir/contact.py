"""Contacts: those close to a person as RelatedPerson, each professional as a CareTeam of one."""

from __future__ import annotations

from demo.fhir.elements import HL7, UK_CORE, Resource, coded, house, patient, shared, trimmed, words
from demo.fhir.staff import contained_house
from demo.store import StoredPart
from federation.records.contacts import Contact

_RANK_URL = f"{UK_CORE}/Extension-UKCore-ContactRank"
_NEXT_OF_KIN = coded(f"{HL7}/v2-0131", "N", "Next-of-Kin")
_EMERGENCY = coded(f"{HL7}/v2-0131", "C", "Emergency Contact")
_CARER = coded(f"{HL7}/v3-RoleClass", "CAREGIVER", "caregiver")
_ATTORNEY = coded(f"{HL7}/v3-RoleCode", "POWATT", "power of attorney")


def related_people(part: StoredPart, key: str) -> list[Resource]:
    """Family, friends and carers."""
    return [_related(item, key) for item in _contacts(part) if not _is_professional(item)]


def care_teams(part: StoredPart, key: str) -> list[Resource]:
    """Professionals, each in the team that they are reached through."""
    return [_care_team(item, key) for item in _contacts(part) if _is_professional(item)]


def _contacts(part: StoredPart) -> list[Contact]:
    return [item for item in part.items if isinstance(item, Contact)]


def _is_professional(item: Contact) -> bool:
    return bool(item.role or item.team or item.organisation)


def _related(item: Contact, key: str) -> Resource:
    return {
        **shared("RelatedPerson", item),
        **trimmed(
            extension=_rank(item),
            active=True,
            patient=patient(key),
            relationship=_relationships(item),
            name=[{"text": item.name}],
            telecom=_phones(item),
            period=trimmed(start=item.effective_at),
        ),
    }


def _relationships(item: Contact) -> list[Resource]:
    attorney = item.lasting_power_of_attorney
    told = (
        words(item.relationship),
        _NEXT_OF_KIN if item.next_of_kin else None,
        _EMERGENCY if item.emergency else None,
        _CARER if item.carer else None,
        _ATTORNEY | {"text": attorney} if attorney else None,
    )
    return [one for one in told if one]


def _care_team(item: Contact, key: str) -> Resource:
    member = trimmed(
        resourceType="PractitionerRole",
        id="member",
        practitioner={"display": item.name},
        telecom=_phones(item),
    )
    behalf = contained_house(item.organisation, "organisation")
    return {
        **shared("CareTeam", item, member, behalf),
        **trimmed(
            status="active",
            name=item.team,
            subject=patient(key),
            participant=[
                trimmed(
                    extension=_rank(item),
                    role=[words(item.role)] if item.role else None,
                    member={"reference": "#member"},
                    onBehalfOf={"reference": "#organisation"} if behalf else None,
                    period=trimmed(start=item.effective_at),
                )
            ],
            managingOrganization=[house(item.custodian)] if item.custodian else None,
        ),
    }


def _rank(item: Contact) -> list[Resource]:
    return [{"url": _RANK_URL, "valuePositiveInt": item.rank}] if item.rank else []


def _phones(item: Contact) -> list[Resource]:
    return [{"system": "phone", "value": phone} for phone in item.phones]

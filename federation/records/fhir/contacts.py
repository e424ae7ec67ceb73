"""Reading contacts from FHIR R4: RelatedPerson, Patient.contact, general practitioners, CareTeam.

Who is no longer in use (`active` false, a team that is inactive) is no contact. A relation that has
ended says until when, since somebody must judge whether to ring. Postal addresses are not read.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from federation.model import Assertion
from federation.records.contacts import Contact
from federation.records.fhir import r4
from federation.records.fhir.elements import (
    UK_CORE_EXTENSION,
    CodeableConcept,
    ContactPoint,
    DomainResource,
    Extension,
    Period,
    Reference,
    joined,
)
from federation.records.fhir.parts import PartName, as_part, part_keys
from federation.records.fhir.person import is_restricted
from federation.records.fhir.pointers import pointed_at, type_of
from federation.records.fhir.r4 import readable, when
from federation.records.fhir.reading import FhirReading, Search
from federation.records.fhir.relationships import relationships
from federation.records.fhir.resource import References, Resource, UnreadableError
from federation.records.fhir.structs.people import (
    FhirCareTeam,
    FhirRelatedPerson,
    FhirStaff,
    Patient,
    PersonalContact,
    TeamMember,
)
from federation.records.fhir.words import phones

RANK_URLS = (
    f"{UK_CORE_EXTENSION}ContactRank",
    # The tracing service's spelling.
    "https://fhir.nhs.uk/R4/StructureDefinition/Extension-UKCore-ContactRank",
)
PROFESSIONAL = "Professional"
GENERAL_PRACTITIONER = "General practitioner"
UNNAMED = "Name not recorded"
_OVER = frozenset(("inactive", "entered-in-error"))
_STAFF = frozenset(("Practitioner", "PractitionerRole"))


def read_related_person(resource: Resource, references: References) -> Contact | Assertion | None:
    """Somebody who stands in a relation to the person; None where the entry is not in use."""
    found = resource.read(FhirRelatedPerson)
    if not found.active:
        return None
    return Contact(**r4.envelope(found, references), **related(found), rank=_rank(found.extension))


def related(found: FhirRelatedPerson) -> dict[str, Any]:
    """What a RelatedPerson says of somebody to ring, but for their rank."""
    name = next(filter(None, (one.words() for one in found.name if one.use != "old")), None)
    return _personal(name, found.relationship, found.telecom, found.period)


def read_patients_contacts(resource: Resource, references: References) -> tuple[Contact, ...]:
    """Everybody whom the person's own resource names: those to ring, then general practitioners.

    Of a person whose whereabouts are protected, nothing is taken that could tell where they are.
    """
    found = resource.read(Patient)
    inside = references.within(resource)
    hidden = is_restricted(found)
    whole = r4.envelope(found, inside) | {"identifiers": ()}
    contacts = [one for one in found.contact if one != PersonalContact(id=one.id)]
    named = [_named(one, inside, hidden=hidden) for one in contacts]
    staff = [] if hidden else _general_practitioners(found.general_practitioner, inside)
    keys = part_keys(
        [
            *(_key(one.id, said) for one, said in zip(contacts, named, strict=True)),
            *(_key(None, said) for said in staff),
        ]
    )
    return tuple(
        Contact(**as_part(whole, key), **said)
        for key, said in zip(keys, (*named, *staff), strict=True)
    )


def _named(found: PersonalContact, references: References, *, hidden: bool) -> dict[str, Any]:
    house = None if hidden else r4.organisation(found.organization, references)
    name = found.name.words() if found.name else None
    name = name or (house.name if house else None)
    points = () if hidden else found.telecom
    said = _personal(name, found.relationship, points, found.period)
    return said | {"organisation": house, "rank": _rank(found.extension)}


def _personal(
    name: str | None,
    concepts: Sequence[CodeableConcept],
    points: Iterable[ContactPoint],
    period: Period | None,
) -> dict[str, Any]:
    said = relationships(concepts)
    told = said.pop("relationship")
    end = period.end if period else None
    numbers = phones(points)
    # Somebody without a name is still somebody to ring.
    called = name or told or (UNNAMED if numbers else None)
    if called is None:
        raise UnreadableError("a contact who is not named")
    return {
        **said,
        "name": called,
        "relationship": " ".join(filter(None, (told, f"(until {end})" if end else None))) or None,
        "phones": numbers,
        "effective_at": when(period.start if period else None),
    }


def _general_practitioners(
    named: Iterable[Reference], references: References
) -> list[dict[str, Any]]:
    found = (_staff(one, references) for one in named if type_of(one, references) in _STAFF)
    return [one | {"relationship": GENERAL_PRACTITIONER} for one in found if one]


def _staff(reference: Reference, references: References) -> dict[str, Any] | None:
    who = r4.practitioner(reference, references)
    if who is None:
        return None
    return {
        "name": who.name,
        "role": who.role,
        "organisation": who.organisation,
        "phones": staff_phones(references.find(reference)),
    }


def staff_phones(found: Resource | None) -> tuple[str, ...]:
    """The telephone numbers of a member of staff, a team or an organisation, if it is one."""
    staff = readable(found, FhirStaff)
    return phones(staff.telecom) if staff else ()


def read_care_team(
    resource: Resource, references: References
) -> tuple[Contact, ...] | Contact | None:
    """Everybody in a team, or the team itself where it names nobody; none of one that is over.

    The only member of a team has the team's own id.
    """
    found = resource.read(FhirCareTeam)
    if found.status in _OVER:
        return None
    inside = references.within(resource)
    whole = r4.envelope(found, inside, authors=found.managing_organization)
    read = ((one, _member(one, found, inside)) for one in found.participant)
    members = [(one, said) for one, said in read if said]
    if not members:
        return None if found.participant else Contact(**whole, **_team_itself(found, inside))
    if len(members) == 1:
        return Contact(**_guarded(whole, members[0][0], inside), **members[0][1])
    keys = part_keys(_key(one.id, said) for one, said in members)
    return tuple(
        Contact(**as_part(_guarded(whole, one, inside), key), **said)
        for key, (one, said) in zip(keys, members, strict=True)
    )


def _guarded(whole: dict[str, Any], one: TeamMember, references: References) -> dict[str, Any]:
    """The envelope of the team, with the labels of the member's own entry."""
    found = references.find(one.member)
    labels = r4.labels(found.read_any(DomainResource).meta) if found else ()
    return whole | {"security_labels": (*whole["security_labels"], *labels)}


def _member(found: TeamMember, team: FhirCareTeam, references: References) -> dict[str, Any] | None:
    """Somebody in the team; None for the person themself and for somebody not in use."""
    who = found.member
    kind = type_of(who, references) if who else None
    if kind == "Patient":
        return None
    role = joined(found.role)
    if kind == "RelatedPerson":
        said = _relative(who, role, references)
    else:
        said = _professional(who, role, references)
    if said is None:
        return None
    end = found.period.end if found.period else None
    return {
        **said,
        "phones": said["phones"] or phones(team.telecom),
        "organisation": r4.organisation(found.on_behalf_of, references) or said.get("organisation"),
        "rank": _rank(found.extension),
        "team": _team(team, end),
        "effective_at": when(found.period.start if found.period else None),
    }


def _relative(
    reference: Reference | None, role: str | None, references: References
) -> dict[str, Any] | None:
    found = references.find(reference)
    if found is None:
        name = reference.display if reference else None
        return {"name": name or role or UNNAMED, "relationship": role, "phones": ()}
    relative = found.read(FhirRelatedPerson)
    return related(relative) | {"role": role} if relative.active else None


def _professional(
    reference: Reference | None, role: str | None, references: References
) -> dict[str, Any]:
    staff = _staff(reference, references) if reference else None
    house = r4.organisation(reference, references)
    if staff is None:
        named = pointed_at(reference, references) if reference else None
        name = (house.name if house else None) or named or role or UNNAMED
        staff = {
            "name": name,
            "organisation": house,
            "phones": staff_phones(references.find(reference)),
        }
    return {**staff, "relationship": PROFESSIONAL, "role": role or staff.get("role")}


def _team_itself(team: FhirCareTeam, references: References) -> dict[str, Any]:
    if team.name is None:
        raise UnreadableError("a team that names nobody")
    houses = (r4.organisation(one, references) for one in team.managing_organization)
    return {
        "name": team.name,
        "relationship": PROFESSIONAL,
        "phones": phones(team.telecom),
        "organisation": next(filter(None, houses), None),
        "team": _team(team, None),
    }


def _team(team: FhirCareTeam, end: str | None) -> str | None:
    """The team's name, with what says that it may not be whom to ring."""
    name = team.name or joined(team.category)
    status = team.status if team.status in {"proposed", "suspended"} else None
    told = ", ".join(filter(None, (status, f"until {end}" if end else None)))
    return " ".join(filter(None, (name, f"({told})" if told else None))) or None


def _rank(extensions: Iterable[Extension]) -> int | None:
    ranks = (one.value_positive_int for one in extensions if one.url in RANK_URLS)
    return next(filter(None, ranks), None)


def _key(element_id: str | None, said: dict[str, Any]) -> PartName:
    return PartName(element_id, (said["name"], said.get("relationship"), said.get("role")))


READING = FhirReading(
    searches=(Search(kind="RelatedPerson"), Search(kind="CareTeam", includes=("participant",))),
    readers={
        "Patient": read_patients_contacts,
        "RelatedPerson": read_related_person,
        "CareTeam": read_care_team,
    },
    points_at=("RelatedPerson",),
)

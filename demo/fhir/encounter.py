"""Encounters as Encounter, and an episode of care as EpisodeOfCare.

Whoever wrote it down takes part as its author; the others saw the person.
"""

from __future__ import annotations

from demo.fhir.elements import (
    HL7,
    UK_CORE,
    Resource,
    author_role,
    coded,
    concept,
    contained_author,
    extension_words,
    extensions,
    patient,
    place,
    shared,
    some_words,
    trimmed,
    words,
)
from demo.fhir.staff import contained_house, contained_role
from demo.store import StoredPart
from federation.records.encounters import Encounter
from federation.records.fhir.encounters import EPISODE, KINDS, NOTE_URL

_CODES = {kind: code for code, kind in KINDS.items()}
_AUTHOR = coded(f"{HL7}/v3-ParticipationType", "AUT", "author (originator)")


def encounters(part: StoredPart, key: str) -> list[Resource]:
    """Every contact with care that a node holds."""
    return [_encounter(item, key) for item in _items(part) if item.kind != EPISODE]


def episodes(part: StoredPart, key: str) -> list[Resource]:
    """Every episode of care that a node holds."""
    return [_episode(item, key) for item in _items(part) if item.kind == EPISODE]


def _items(part: StoredPart) -> list[Encounter]:
    return [item for item in part.items if isinstance(item, Encounter)]


def _encounter(item: Encounter, key: str) -> Resource:
    staff = _staff(item)
    where = place(item.place)
    return {
        **shared("Encounter", item, author_role(item), where, *staff),
        **trimmed(
            extension=[
                *extensions(DischargeMethod=extension_words(item.discharge_method)),
                *_legal_status(item),
                *_note(item),
            ],
            status=item.status or "unknown",
            class_=_class(item.kind),
            type=[concept(item.type)],
            serviceType=words(item.specialty),
            subject=patient(key),
            participant=[
                *({"individual": {"reference": f"#{one['id']}"}} for one in staff),
                *_written_by(item),
            ],
            period=trimmed(start=item.start, end=item.end),
            reasonCode=some_words(item.reason),
            hospitalization=trimmed(
                extension=extensions(AdmissionMethod=extension_words(item.admission_method)),
                dischargeDisposition=words(item.discharged_to),
            ),
            location=[{"location": {"reference": "#place"}}] if where else None,
        ),
    }


def _episode(item: Encounter, key: str) -> Resource:
    house = contained_house(item.place, "manager")
    staff = _staff(item)
    return {
        **shared("EpisodeOfCare", item, house, *staff),
        **trimmed(
            status=item.status or "active",
            type=[concept(item.type)],
            diagnosis=[{"condition": {"display": item.reason}}] if item.reason else None,
            patient=patient(key),
            managingOrganization={"reference": "#manager"} if house else None,
            period=trimmed(start=item.start, end=item.end),
            careManager={"reference": f"#{staff[0]['id']}"} if staff else None,
        ),
    }


def _staff(item: Encounter) -> list[Resource]:
    return [contained_role(who, f"staff-{at}") for at, who in enumerate(item.clinicians, 1)]


def _class(kind: str | None) -> Resource | None:
    code = _CODES.get(kind or "")
    system = f"{HL7}/v3-ActCode" if code else None
    return trimmed(system=system, code=code, display=kind) or None


def _legal_status(item: Encounter) -> list[Resource]:
    if not item.legal_status:
        return []
    part = {"url": "legalStatusClassification", **(extension_words(item.legal_status) or {})}
    return [{"url": f"{UK_CORE}/Extension-UKCore-LegalStatus", "extension": [part]}]


def _note(item: Encounter) -> list[Resource]:
    return [{"url": NOTE_URL, "valueAnnotation": {"text": item.note}}] if item.note else []


def _written_by(item: Encounter) -> list[Resource]:
    who = contained_author(item)
    return [{"type": [_AUTHOR], "individual": who}] if who else []

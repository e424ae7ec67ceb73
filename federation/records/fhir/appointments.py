"""Reading appointments from FHIR R4 `Appointment` (UK Core).

The person, the staff, the place and the service are all participants; one who is declared the
author (v3 `AUT`) wrote it down and is not met. What has no field of its own goes into the note.
"""

from __future__ import annotations

from collections.abc import Iterable

from federation.model import Assertion
from federation.records.appointments import Appointment
from federation.records.fhir import r4
from federation.records.fhir.elements import (
    UK_CORE_EXTENSION,
    CodeableConcept,
    Extension,
    Reference,
    joined,
)
from federation.records.fhir.pointers import pointed_at, type_of
from federation.records.fhir.r4 import when
from federation.records.fhir.reading import FhirReading, Search
from federation.records.fhir.resource import References, Resource
from federation.records.fhir.structs.scheduling import AppointmentParticipant, FhirAppointment
from federation.records.fhir.telling import span
from federation.records.fhir.words import labelled, lines

DELIVERY_CHANNEL_URL = f"{UK_CORE_EXTENSION}DeliveryChannel"
BOOKING_ORGANISATION_URL = f"{UK_CORE_EXTENSION}BookingOrganization"
AUTHOR = "AUT"
_STAFF = ("Practitioner", "PractitionerRole")
_COMPANY = ("RelatedPerson", "Device")
_PLACE = ("Location",)
_SERVICE = ("HealthcareService",)
NOT_STATED = "Service not stated"


def read_appointment(resource: Resource, references: References) -> Appointment | Assertion | None:
    """One appointment; None for one entered in error."""
    found = resource.read(FhirAppointment)
    if found.status == "entered-in-error":
        return None
    inside = references.within(resource)
    channel = r4.extension(found.extension, DELIVERY_CHANNEL_URL)
    booked_by = _reference(r4.extension(found.extension, BOOKING_ORGANISATION_URL))
    places = _actors(found, _PLACE, inside)
    reasons = _reasons(found, inside)
    return Appointment(
        **r4.envelope(found, inside, authors=_authors(found.participant)),
        service=_services(found, inside)[0],
        status=found.status,
        start=when(found.start),
        end=when(found.end),
        recorded_at=when(found.created),
        specialty=joined(found.specialty),
        mode=channel.words() if channel else None,
        booked_by=r4.organisation(booked_by, inside),
        place=next(filter(None, (r4.place(one, inside) for one in places)), None),
        clinicians=tuple(
            who for one in _actors(found, _STAFF, inside) if (who := r4.practitioner(one, inside))
        ),
        reason=", ".join(reasons) or found.description,
        note=_note(found, inside, described=bool(reasons)),
    )


def _services(found: FhirAppointment, references: References) -> list[str]:
    """What it is for, likeliest first; never empty."""
    offered = (pointed_at(one, references) for one in _actors(found, _SERVICE, references))
    kind = found.appointment_type
    said = (
        joined(found.service_type),
        ", ".join(filter(None, offered)),
        joined(found.service_category),
        kind.words() if kind else None,
    )
    return [one for one in said if one] or [NOT_STATED]


def _reasons(found: FhirAppointment, references: References) -> list[str]:
    coded = (one.words() for one in found.reason_code)
    pointed = (pointed_at(one, references) for one in found.reason_reference)
    return list(dict.fromkeys(one for one in (*coded, *pointed) if one))


def _note(found: FhirAppointment, references: References, *, described: bool) -> str | None:
    places = [r4.place(one, references) for one in _actors(found, _PLACE, references)]
    company = (one.display for one in _actors(found, _COMPANY, references))
    cancelled = found.cancelation_reason
    return lines(
        found.comment,
        found.description if described else None,
        labelled("For the person", (found.patient_instruction,)),
        labelled("Also", _services(found, references)[1:]),
        labelled("Cancelled because", (cancelled.words() if cancelled else None,)),
        labelled("Asked for", (span(one) for one in found.requested_period)),
        labelled("Also at", (place.name for place in places[1:] if place)),
        labelled("With", company),
        "The person has declined." if _declined(found, references) else None,
    )


def _authors(participants: Iterable[AppointmentParticipant]) -> list[Reference]:
    return [one.actor for one in participants if one.actor and _is_author(one.type)]


def _is_author(types: Iterable[CodeableConcept]) -> bool:
    return any(AUTHOR in one.codes() for one in types)


def _actors(
    found: FhirAppointment, kinds: tuple[str, ...], references: References
) -> list[Reference]:
    """Those of some types who will be there."""
    return [
        one.actor
        for one in found.participant
        if one.actor and one.status != "declined" and not _is_author(one.type)
        if type_of(one.actor, references) in kinds
    ]


def _declined(found: FhirAppointment, references: References) -> bool:
    return any(
        one.actor is not None
        and one.status == "declined"
        and type_of(one.actor, references) == "Patient"
        for one in found.participant
    )


def _reference(said: Extension | None) -> Reference | None:
    return said.value_reference if said else None


READING = FhirReading(
    searches=(Search(kind="Appointment"),),
    readers={"Appointment": read_appointment},
    points_at=("Location", "HealthcareService", "Condition"),
)

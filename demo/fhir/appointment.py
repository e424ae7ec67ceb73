"""Appointments as Appointment.

Place and staff are contained and take part; whoever wrote it down takes part as its author.
"""

from __future__ import annotations

from demo.fhir.elements import (
    HL7,
    UK_CORE,
    Resource,
    author_role,
    coded,
    contained_author,
    patient,
    shared,
    trimmed,
    words,
)
from demo.fhir.staff import contained_house, contained_role, organization
from demo.store import StoredPart
from federation.model import Organisation
from federation.records.appointments import Appointment

_AUTHOR = coded(f"{HL7}/v3-ParticipationType", "AUT", "author (originator)")


def appointments(part: StoredPart, key: str) -> list[Resource]:
    """Every appointment that a node holds."""
    return [_appointment(item, key) for item in part.items if isinstance(item, Appointment)]


def _appointment(item: Appointment, key: str) -> Resource:
    staff = [contained_role(who, f"staff-{at}") for at, who in enumerate(item.clinicians, 1)]
    place = _location(item.place)
    booked_by = contained_house(item.booked_by, "booked-by")
    author = author_role(item)
    others = [one for one in (place, *staff) if one]
    return {
        **shared("Appointment", item, author, booked_by, *others),
        **trimmed(
            extension=_extensions(item),
            status=item.status or "booked",
            serviceType=[words(item.service)],
            specialty=[words(item.specialty)] if item.specialty else None,
            reasonCode=[words(item.reason)] if item.reason else None,
            start=item.start,
            end=item.end,
            created=item.recorded_at,
            comment=item.note,
            participant=[
                {"actor": patient(key), "status": "accepted"},
                *(
                    {"actor": {"reference": f"#{one['id']}"}, "status": "accepted"}
                    for one in others
                ),
                *_written_by(item),
            ],
        ),
    }


def _location(place: Organisation | None) -> Resource | None:
    if place is None:
        return None
    return organization(place, "place") | {"resourceType": "Location"}


def _extensions(item: Appointment) -> list[Resource]:
    found: list[Resource] = []
    if item.booked_by:
        pointer = {"reference": "#booked-by", "type": "Organization"}
        url = f"{UK_CORE}/Extension-UKCore-BookingOrganization"
        found.append({"url": url, "valueReference": pointer})
    if item.mode:
        url = f"{UK_CORE}/Extension-UKCore-DeliveryChannel"
        found.append({"url": url, "valueCodeableConcept": words(item.mode)})
    return found


def _written_by(item: Appointment) -> list[Resource]:
    who = contained_author(item)
    return [{"type": [_AUTHOR], "actor": who, "status": "accepted"}] if who else []

"""Appointments, by table, and UK Core's own example."""

import pytest

from federation.model import Category, Organisation, Practitioner
from tests.federation.records.fhir.reading import SELF, UK_CORE, coded, read, uk_core
from tests.real_data import NEEDS_DATA

APPOINTMENT = {
    "resourceType": "Appointment",
    "id": "a1",
    "status": "booked",
    "serviceType": [coded("1", "Orthopaedic surgery")],
    "participant": [{"actor": SELF, "status": "accepted"}],
}
SURGEON = {"actor": {"reference": "Practitioner/s", "display": "Dr Ada Surgeon"}}
CLINIC = {"actor": {"reference": "Location/l", "display": "Clinic 4"}}
WARD = {"actor": {"reference": "Location/w", "display": "Ward 9"}}
LOCATION = {
    "resourceType": "Location",
    "id": "l",
    "name": "Clinic Four",
    "telecom": [{"system": "phone", "value": "01632 960004"}],
}
HOUSE = Organisation(name="Example Trust")
TRUST = {"reference": "Organization/t", "display": "Example Trust"}


def appointment(*along, **changes):
    return read(Category.APPOINTMENTS, APPOINTMENT, *along, **changes)


def meeting(*others):
    return {"participant": [*APPOINTMENT["participant"], *others]}


def extended(name, **value):
    return {"extension": [{"url": f"{UK_CORE}{name}"} | value]}


@pytest.mark.parametrize(
    ("changes", "field", "expected"),
    [
        ({}, "service", "Orthopaedic surgery"),
        ({"serviceType": ..., "serviceCategory": [{"text": "Surgery"}]}, "service", "Surgery"),
        ({"serviceType": ..., "appointmentType": {"text": "Check-up"}}, "service", "Check-up"),
        ({"serviceType": ...}, "service", "Service not stated"),
        (
            {"serviceType": ...}
            | meeting({"actor": {"reference": "HealthcareService/h", "display": "Hip clinic"}}),
            "service",
            "Hip clinic",
        ),
        ({}, "status", "booked"),
        ({"status": "noshow"}, "status", "noshow"),
        ({"start": "2024-05-01T10:00:00Z"}, "start", "2024-05-01T10:00:00Z"),
        ({"end": "2024-05-01T10:30:00Z"}, "end", "2024-05-01T10:30:00Z"),
        ({"created": "2024-04-01"}, "recorded_at", "2024-04-01"),
        ({"specialty": [{"text": "Trauma"}]}, "specialty", "Trauma"),
        (
            extended("DeliveryChannel", valueCodeableConcept={"text": "By video"}),
            "mode",
            "By video",
        ),
        (extended("BookingOrganization", valueReference=TRUST), "booked_by", HOUSE),
        ({}, "booked_by", None),
        (meeting(CLINIC), "place", Organisation(name="Clinic 4")),
        ({}, "place", None),
        (meeting(SURGEON), "clinicians", (Practitioner(name="Dr Ada Surgeon"),)),
        (meeting(SURGEON | {"status": "declined"}), "clinicians", ()),
        (meeting({"actor": {"reference": "Practitioner/unknown"}}), "clinicians", ()),
        ({"reasonCode": [{"text": "hip pain"}]}, "reason", "hip pain"),
        ({"reasonReference": [{"display": "Pain in both hips"}]}, "reason", "Pain in both hips"),
        (
            {"reasonCode": [{"text": "pain"}], "reasonReference": [{"display": "pain"}]},
            "reason",
            "pain",
        ),
        ({"description": "to look at the hip"}, "reason", "to look at the hip"),
        ({"description": "to look at the hip"}, "note", None),
        (
            {"description": "to look at the hip", "reasonCode": [{"text": "pain"}]},
            "note",
            "to look at the hip",
        ),
        ({"comment": "bring the X-ray"}, "note", "bring the X-ray"),
        ({"patientInstruction": "do not eat"}, "note", "For the person: do not eat"),
        ({"serviceCategory": [{"text": "Surgery"}]}, "note", "Also: Surgery"),
        ({"cancelationReason": {"text": "unwell"}}, "note", "Cancelled because: unwell"),
        (
            {"requestedPeriod": [{"start": "2024-05", "end": "2024-06"}]},
            "note",
            "Asked for: 2024-05 to 2024-06",
        ),
        (meeting(CLINIC, WARD), "note", "Also at: Ward 9"),
        (
            meeting({"actor": {"reference": "RelatedPerson/r", "display": "Joy Smith"}}),
            "note",
            "With: Joy Smith",
        ),
        (
            {"participant": [{"actor": SELF, "status": "declined"}]},
            "note",
            "The person has declined.",
        ),
        ({}, "note", None),
        ({}, "author", None),
        (
            meeting(SURGEON | {"type": [{"coding": [{"code": "AUT"}]}]}),
            "author",
            Practitioner(name="Dr Ada Surgeon"),
        ),
        (meeting(SURGEON | {"type": [{"coding": [{"code": "AUT"}]}]}), "clinicians", ()),
        ({"status": "entered-in-error"}, None, None),
    ],
)
def test_appointments(changes, field, expected):
    """Each element of an appointment has its place, and what has none stands in the note."""
    item = appointment(**changes)
    assert (getattr(item, field) if field else item) == expected


def test_a_place_that_was_looked_up():
    """A location is called by its own name, with its own telephone."""
    item = appointment(LOCATION, **meeting(CLINIC))
    assert (item.place.name, item.place.phone) == ("Clinic Four", "01632 960004")


def test_staff_in_a_contained_role():
    """Who will be met is found in the resource itself, with role and organisation."""
    role = {
        "resourceType": "PractitionerRole",
        "id": "r",
        "practitioner": {"display": "Dr Ada Surgeon"},
        "code": [{"text": "Surgeon"}],
        "organization": TRUST,
    }
    (who,) = appointment(contained=[role], **meeting({"actor": {"reference": "#r"}})).clinicians
    assert (who.name, who.role, who.organisation.name) == (
        "Dr Ada Surgeon",
        "Surgeon",
        "Example Trust",
    )


@NEEDS_DATA
def test_uk_cores_appointment_as_the_record_shows_it():
    """Everything that UK Core's example carries is shown."""
    item = read(Category.APPOINTMENTS, uk_core("Appointment-OrthopaedicSurgery"))
    assert (item.service, item.specialty) == ("Orthopaedic Surgery", "Trauma and Orthopaedics")
    assert (item.status, item.mode, item.reason) == ("booked", "In person", "Pain in both hips")
    assert (item.start, item.end) == ("2022-03-11T10:46:00+00:00", "2022-03-11T13:20:00+00:00")
    assert item.place.name.startswith("Orthopaedic Trauma Department")
    assert [who.name for who in item.clinicians] == ["Dr Sandra Gose"]
    # The booking organisation is named in another resource, which a node sends along.
    assert item.booked_by is None
    comment, *others = item.note.splitlines()
    assert comment.startswith("Further expand on the results of the X-ray")
    assert others == [
        "Appointment to investigate the pain in both hips",
        "For the person: Please do not eat anything for 1 hour prior to the appointment.",
        "Also: Specialist Surgical, A follow up visit from a previous appointment",
    ]

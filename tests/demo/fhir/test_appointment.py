"""Appointments and referrals, written and read back, with every field set."""

import pytest

from demo.fhir.appointment import appointments
from demo.fhir.referral import referrals
from federation.model import Category, Practitioner
from federation.records.appointments import Appointment
from federation.records.base import Coding, Concept
from federation.records.referrals import Referral
from tests.demo.fhir.arriving import COUNCIL, ENVELOPE, HOUSE, NURSE, arriving, differing, unset

SURGEON = Practitioner(name="Dr Ada Surgeon", role="Surgeon", organisation=COUNCIL)
SERVICE = Concept(
    display="Colonoscopy",
    codings=(Coding(system="http://snomed.info/sct", code="73761001", display="Colonoscopy"),),
    original_text="Colonoscopy, please",
)
APPOINTMENT = Appointment(
    **ENVELOPE,
    service="Orthopaedics",
    status="fulfilled",
    start="2024-06-01T10:00:00Z",
    end="2024-06-01T10:30:00Z",
    mode="By telephone",
    place=HOUSE,
    specialty="Trauma and orthopaedics",
    reason="Pain in the hip",
    booked_by=COUNCIL,
    clinicians=(SURGEON, NURSE),
    note="Bring the X-ray.\nAnd a list of medicines.",
)
REFERRAL = Referral(
    **ENVELOPE,
    service=SERVICE,
    priority="urgent",
    status="active",
    reason="Loss of weight",
    requested_by=COUNCIL,
    requested_from=HOUSE,
    kind="Imaging",
    intent="order",
    priority_reason="Cancer suspected",
    origin="Self-referral",
    due="2024-06",
    note="Ring first.",
)
WRITTEN = [
    (Category.APPOINTMENTS, appointments, APPOINTMENT),
    (Category.REFERRALS, referrals, REFERRAL),
]
NO_PLACE = {"effective_at"}
"""Both are dated by elements of their own."""


@pytest.mark.parametrize(("category", "write", "item"), WRITTEN)
def test_an_item_arrives_field_by_field(category, write, item):
    """What was written with every field set is what is read."""
    assert unset(item, *NO_PLACE) == set()
    (read,) = arriving(category, write, item)
    assert differing(item, read) == {}


@pytest.mark.parametrize(
    ("category", "write", "item"),
    [
        (
            Category.APPOINTMENTS,
            appointments,
            Appointment(source_id="i", service="x", status="booked"),
        ),
        (
            Category.REFERRALS,
            referrals,
            Referral(source_id="i", service=SERVICE, status="draft", intent="plan"),
        ),
    ],
)
def test_what_is_not_known_is_not_made_up(category, write, item):
    """An item with nothing but what it must have arrives as it is."""
    (read,) = arriving(category, write, item)
    assert differing(item, read) == {}

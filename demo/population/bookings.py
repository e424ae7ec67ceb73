"""Appointments, past and to come, and the referrals behind some of them.

"To come" is after the population's last day. Services are named in words; no code was confirmed
for most, the orthopaedic one is UK Core's.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from msgspec import Struct

from demo.model import Desk
from demo.population.conditions import (
    ATRIAL_FIBRILLATION,
    CATARACT,
    DEMENTIA,
    DEPRESSION,
    DIABETES,
    HEART_FAILURE,
    OSTEOARTHRITIS,
)
from demo.population.pen import AS_OF, Pen, working_day
from demo.population.terms import called, spoken
from federation.records.appointments import Appointment
from federation.records.base import Concept, PartialDateTime
from federation.records.referrals import Referral


class Service(Struct, frozen=True, kw_only=True):
    """What somebody is sent to, under which specialty, and why."""

    concept: Concept
    specialty: str
    reason: str


ORTHOPAEDICS = Service(
    concept=called("Orthopaedics", "310161006", "Orthopaedic service"),
    specialty="Trauma and orthopaedics",
    reason="Pain in the hip, worse on walking",
)
_SERVICES = {
    HEART_FAILURE.display: Service(
        concept=spoken("Heart failure clinic"),
        specialty="Cardiology",
        reason="Breathless on the stairs",
    ),
    ATRIAL_FIBRILLATION.display: Service(
        concept=spoken("Arrhythmia clinic"), specialty="Cardiology", reason="Palpitations"
    ),
    DIABETES.display: Service(
        concept=spoken("Diabetic foot clinic"), specialty="Podiatry", reason="Reduced sensation"
    ),
    OSTEOARTHRITIS.display: ORTHOPAEDICS,
    DEPRESSION.display: Service(
        concept=spoken("Talking therapies"), specialty="Psychology", reason="Low mood"
    ),
    DEMENTIA.display: Service(
        concept=spoken("Memory clinic"), specialty="Old age psychiatry", reason="Forgetfulness"
    ),
    CATARACT.display: Service(
        concept=spoken("Cataract clinic"), specialty="Ophthalmology", reason="Blurred vision"
    ),
}


def bookings(pen: Pen, alive: bool) -> list[Appointment]:
    """One visit to the practice that was kept, cancelled or missed, and one to come for some."""
    draw = pen.draw
    found = []
    if draw.random() < 0.5:
        status = draw.choice(("fulfilled", "fulfilled", "cancelled", "noshow"))
        found.append(_at_practice(pen, pen.earlier(5, 200), status))
    if alive and draw.random() < 0.25:
        found.append(_at_practice(pen, AS_OF + timedelta(days=draw.randint(6, 60)), "booked"))
    return found


def referred(
    pen: Pen, hospital: Desk, conditions: frozenset[str], alive: bool
) -> tuple[list[Referral], list[Appointment]]:
    """A referral for one of these problems, or none, and the appointment that it led to."""
    draw = pen.draw
    services = [_SERVICES[name] for name in sorted(conditions) if name in _SERVICES]
    if not services or draw.random() < 0.6:
        return [], []
    service = draw.choice(services)
    asked = pen.earlier(20, 300)
    sent = referral(pen, service, hospital, asked, status="active")
    seen = working_day(asked + timedelta(days=draw.randint(40, 150)))
    if seen > pen.until and not alive:
        return [sent], []
    status = "booked" if seen > AS_OF else "fulfilled"
    moment = datetime.combine(seen, time(9 + draw.randint(0, 6), 30), UTC)
    # Booked on the day of the referral: the day of the appointment may be yet to come.
    return [sent], [
        appointment(
            pen.at(hospital),
            service.concept.display,
            asked,
            moment,
            status=status,
            specialty=service.specialty,
            reason=service.reason,
        )
    ]


def referral(pen: Pen, service: Service, to: Desk, day: date, **more: Any) -> Referral:
    """One referral from a desk to a hospital."""
    given: dict[str, Any] = {
        "priority": "routine",
        "status": "active",
        "reason": service.reason,
        "requested_by": pen.desk.organisation,
        "requested_from": to.organisation,
        "intent": "order",
    }
    return Referral(**pen.envelope(day), service=service.concept, **(given | more))


def appointment(
    pen: Pen, service: str, booked: date, start: datetime, minutes: int = 30, **more: Any
) -> Appointment:
    """One appointment at a desk, written down on the day that it was booked."""
    envelope = pen.envelope(booked)
    given: dict[str, Any] = {
        "mode": "In person",
        "place": pen.desk.organisation,
        "booked_by": pen.desk.organisation,
        "clinicians": (pen.draw.choice(pen.desk.staff),),
    }
    return Appointment(
        **envelope,
        service=service,
        start=PartialDateTime(start.isoformat()),
        end=PartialDateTime((start + timedelta(minutes=minutes)).isoformat()),
        **(given | more),
    )


def _at_practice(pen: Pen, some_day: date, status: str) -> Appointment:
    draw, day = pen.draw, working_day(some_day)
    start = datetime.combine(day, time(8 + draw.randint(0, 9), 10 * draw.randint(0, 5)), UTC)
    booked = pen.not_before_birth(min(day, pen.until) - timedelta(days=draw.randint(1, 14)))
    mode = draw.choice(("In person", "In person", "Telephone"))
    return appointment(
        pen, "General practice appointment", booked, start, minutes=15, status=status, mode=mode
    )

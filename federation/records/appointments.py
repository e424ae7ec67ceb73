"""Appointments. A timeline."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from federation.authority import LEAD, RelationshipKind
from federation.model import Category, Organisation, Practitioner
from federation.records.base import CategoryDefinition, Item, PartialDate, Proof, Shape, described
from federation.records.compare import (
    custodian_code,
    days_apart,
    ods_code,
    plain,
    statuses_differ,
)
from federation.records.occasions import begin_of, end_of_day


class Appointment(Item, frozen=True, kw_only=True):
    """One appointment as one source holds it."""

    service: Annotated[str, described("For what service.")]
    status: Annotated[str | None, described("Booked, arrived, cancelled ...")] = None
    start: Annotated[PartialDate | None, described("When.")] = None
    mode: Annotated[str | None, described("In person, by telephone ...")] = None
    place: Annotated[Organisation | None, described("Where.")] = None
    end: Annotated[PartialDate | None, described("Until when.")] = None
    specialty: Annotated[str | None, described("Under which specialty.")] = None
    reason: Annotated[str | None, described("Why.")] = None
    booked_by: Annotated[Organisation | None, described("Which organisation booked it.")] = None
    clinicians: Annotated[tuple[Practitioner, ...], described("Whom the person will see.")] = ()
    note: Annotated[str | None, described("What else the source wrote down.")] = None


def _may_link(one: Appointment, other: Appointment) -> bool:
    # A source that has not heard of a new day still shows the old one: the reader must see both.
    return not days_apart(one.start, other.start)


_KEPT = frozenset(
    ("booked", "confirmed", "arrived", "checked in", "attended", "fulfilled", "completed")
)


def _evidence(appointment: Appointment, _at: datetime) -> Proof | None:
    """That the person comes or came to where it is, on its day; people prepare for it before.

    What is cancelled, was missed, is only proposed or has no known status proves nothing.
    """
    provider = ods_code(appointment.place) or custodian_code(appointment)
    begins = begin_of(appointment.start)
    status = plain((appointment.status or "").replace("-", " "))
    if provider is None or begins is None or appointment.start is None or status not in _KEPT:
        return None
    return Proof(
        kind=RelationshipKind.APPOINTMENT,
        organisation=provider,
        begins_at=begins - LEAD[RelationshipKind.APPOINTMENT],
        ends_at=end_of_day(appointment.start),
    )


APPOINTMENTS = CategoryDefinition(
    category=Category.APPOINTMENTS,
    field_name="appointments",
    section_name="AppointmentConnection",
    item=Appointment,
    shape=Shape.TIMELINE,
    description="Appointments, newest first.",
    title=lambda item: item.service,
    subtitle=lambda item: item.status,
    may_link=_may_link,
    conflicts=statuses_differ,
    clinical_date=lambda item: item.start or item.effective_at or item.recorded_at,
    evidence=_evidence,
)

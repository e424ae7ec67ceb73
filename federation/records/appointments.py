"""Appointments. A timeline."""

from __future__ import annotations

from typing import Annotated

from federation.model import Category, Organisation
from federation.records.base import CategoryDefinition, Item, PartialDate, Shape, described


class Appointment(Item, frozen=True, kw_only=True):
    """One appointment as one source holds it."""

    service: Annotated[str, described("For what service.")]
    status: Annotated[str | None, described("Booked, arrived, cancelled ...")] = None
    start: Annotated[PartialDate | None, described("When.")] = None
    mode: Annotated[str | None, described("In person, by telephone ...")] = None
    place: Annotated[Organisation | None, described("Where.")] = None


APPOINTMENTS = CategoryDefinition(
    category=Category.APPOINTMENTS,
    field_name="appointments",
    section_name="AppointmentConnection",
    item=Appointment,
    shape=Shape.TIMELINE,
    description="Appointments, newest first.",
    title=lambda item: item.service,
    subtitle=lambda item: item.status,
    clinical_date=lambda item: item.start or item.effective_at or item.recorded_at,
)

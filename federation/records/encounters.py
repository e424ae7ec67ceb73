"""Encounters: admissions, discharges, contacts. A timeline."""

from __future__ import annotations

from typing import Annotated

from federation.model import Category, Organisation
from federation.records.base import CategoryDefinition, Concept, Item, PartialDate, Shape, described


class Encounter(Item, frozen=True, kw_only=True):
    """One encounter as one source holds it."""

    type: Annotated[Concept, described("What kind of encounter it was.")]
    kind: Annotated[str | None, described("Inpatient, emergency, virtual ...")] = None
    status: Annotated[str | None, described("Where it stands.")] = None
    start: Annotated[PartialDate | None, described("When it began.")] = None
    end: Annotated[PartialDate | None, described("When it ended.")] = None
    specialty: Annotated[str | None, described("Under which specialty.")] = None
    reason: Annotated[str | None, described("Why.")] = None
    place: Annotated[Organisation | None, described("Where.")] = None
    discharged_to: Annotated[str | None, described("Where the person went.")] = None


ENCOUNTERS = CategoryDefinition(
    category=Category.ENCOUNTERS,
    field_name="encounters",
    section_name="EncounterConnection",
    item=Encounter,
    shape=Shape.TIMELINE,
    description="Admissions, discharges and contacts, newest first.",
    title=lambda item: item.type.display,
    subtitle=lambda item: item.reason,
    clinical_date=lambda item: item.start or item.effective_at or item.recorded_at,
    codes=lambda item: item.type.codings,
)

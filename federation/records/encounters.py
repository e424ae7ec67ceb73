"""Encounters: admissions, discharges, contacts. A timeline."""

from __future__ import annotations

from typing import Annotated

from federation.model import Category, Organisation, Practitioner
from federation.records.base import (
    Basis,
    CategoryDefinition,
    Concept,
    FactKey,
    Item,
    PartialDate,
    Shape,
    described,
)
from federation.records.compare import at_instant, custodian_code, differ, plain, share_identifier
from federation.records.partial_date import local_days, sort_key

_SAME_VISIT_SECONDS = 15 * 60


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
    clinicians: Annotated[tuple[Practitioner, ...], described("Who saw the person.")] = ()
    admission_method: Annotated[str | None, described("How the person came in.")] = None
    discharge_method: Annotated[str | None, described("How the person left.")] = None
    legal_status: Annotated[
        str | None, described("Under which legal status, such as a section of an Act.")
    ] = None
    note: Annotated[str | None, described("What else the source wrote down.")] = None


def _provider(encounter: Encounter) -> str | None:
    place = encounter.place.ods_code if encounter.place else None
    return place or custodian_code(encounter)


def _same_fact(encounter: Encounter) -> FactKey | None:
    provider, start = _provider(encounter), encounter.start
    if not (provider and encounter.kind and start and at_instant(start)):
        return None
    return ("encounter", provider, plain(encounter.kind), local_days(start)[0].isoformat())


def _may_link(one: Encounter, other: Encounter) -> bool:
    if differ(_provider(one), _provider(other)):
        return False
    if share_identifier(one, other):
        return True
    return abs(sort_key(one.start)[0] - sort_key(other.start)[0]) <= _SAME_VISIT_SECONDS


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
    same_fact=_same_fact,
    same_fact_basis=Basis.SAME_EVENT,
    may_link=_may_link,
)

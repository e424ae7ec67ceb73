"""Encounters: admissions, discharges, contacts. A timeline.

Two are one visit where one provider gave both its number, or where both name the provider and the
kind and began within a quarter of an hour; the same day alone says nothing.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated

from federation.authority import RelationshipKind
from federation.model import Category, Organisation, Practitioner
from federation.records.base import (
    Basis,
    CategoryDefinition,
    Concept,
    FactKey,
    Item,
    PartialDate,
    Proof,
    Shape,
    described,
)
from federation.records.compare import (
    at_instant,
    custodian_code,
    days_apart,
    differ,
    ods_code,
    plain,
    same_source,
    share_identifier,
    statuses_differ,
)
from federation.records.occasions import begin_of, end_of_day
from federation.records.standing import below, standing

_SAME_VISIT_SECONDS = 15 * 60
_DAY_SECONDS = 24 * 60 * 60


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
    return ods_code(encounter.place) or custodian_code(encounter)


def _same_fact(encounter: Encounter) -> FactKey | None:
    start = at_instant(encounter.start)
    return None if start is None else _visit_on(encounter, start)


def _also_same(encounter: Encounter) -> tuple[FactKey, ...]:
    # A visit that one source has before midnight and another just after it.
    start = at_instant(encounter.start)
    if start is None:
        return ()
    visits = {_visit_on(encounter, start), _visit_on(encounter, start + _SAME_VISIT_SECONDS)}
    return tuple(visit for visit in visits if visit)


def _visit_on(encounter: Encounter, at: float) -> FactKey | None:
    provider = _provider(encounter)
    if not (provider and encounter.kind):
        return None
    return ("encounter", provider, plain(encounter.kind), str(int(at // _DAY_SECONDS)))


def _may_link(one: Encounter, other: Encounter) -> bool:
    if differ(_provider(one), _provider(other)):
        return False
    if share_identifier(one, other):
        # One number for two visits, such as a pathway's, names neither.
        return not days_apart(one.start, other.start)
    return not same_source(one, other) and _one_visit(one, other)


def _one_visit(one: Encounter, other: Encounter) -> bool:
    ours, theirs = at_instant(one.start), at_instant(other.start)
    if ours is None or theirs is None or abs(ours - theirs) > _SAME_VISIT_SECONDS:
        return False
    return bool(_provider(one) and one.kind) and plain(one.kind) == plain(other.kind)


_OVER = frozenset(("finished", "completed", "discharged", "unknown"))


def _subtitle(encounter: Encounter) -> str | None:
    return below(standing(encounter.status, expected=_OVER), encounter.reason)


LONGEST_OPEN = timedelta(days=90)
"""How long an encounter that nobody has closed is believed to go on: many never are."""
_UNDER_WAY = frozenset(("arrived", "triaged", "in progress", "onleave"))
_TOOK_PLACE = _UNDER_WAY | _OVER - {"unknown"}
_ADMITTED = ("inpatient", "emergency", "acute", "short stay", "observation")


def _evidence(encounter: Encounter, at: datetime) -> Proof | None:
    """That the person is or was with the provider: admitted, or seen as one is by appointment.

    What is planned, cancelled or of no known status proves nothing, and an end yet to come is a
    plan.
    """
    provider, begins = _provider(encounter), begin_of(encounter.start)
    status = plain((encounter.status or "").replace("-", " "))
    if provider is None or begins is None or encounter.start is None or status not in _TOOK_PLACE:
        return None
    ends = end_of_day(encounter.end or encounter.start)
    if encounter.end is None and status in _UNDER_WAY:
        ends = begins + LONGEST_OPEN
    elif ends > at:
        ends = min(ends, begins + LONGEST_OPEN)
    if ends <= begins:
        return None
    admitted = plain(encounter.kind).startswith(_ADMITTED)
    return Proof(
        kind=RelationshipKind.ADMISSION if admitted else RelationshipKind.APPOINTMENT,
        organisation=provider,
        begins_at=begins,
        ends_at=ends,
    )


ENCOUNTERS = CategoryDefinition(
    category=Category.ENCOUNTERS,
    field_name="encounters",
    section_name="EncounterConnection",
    item=Encounter,
    shape=Shape.TIMELINE,
    description="Admissions, discharges and contacts, newest first.",
    title=lambda item: item.type.display,
    subtitle=_subtitle,
    clinical_date=lambda item: item.start or item.effective_at or item.recorded_at,
    codes=lambda item: item.type.codings,
    same_fact=_same_fact,
    also_same=_also_same,
    same_fact_basis=Basis.SAME_EVENT,
    may_link=_may_link,
    conflicts=statuses_differ,
    evidence=_evidence,
)

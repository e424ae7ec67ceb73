"""Vaccinations, given and not given. A timeline.

Two are one by the same vaccination procedure or vaccine on the same day, unless batch or dose
differ. That one source says given and another not given is shown on both lines.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from federation.model import Category, Organisation
from federation.records.base import (
    Basis,
    CategoryDefinition,
    Concept,
    Disagreement,
    FactKey,
    Item,
    PartialDate,
    Shape,
    described,
)
from federation.records.compare import (
    codes_differ,
    days_apart,
    differ,
    places,
    safety,
    same_source,
    share_identifier,
    snomed_code,
)
from federation.records.partial_date import local_days
from federation.records.standing import named


class Immunisation(Item, frozen=True, kw_only=True):
    """One vaccination as one source holds it."""

    vaccine: Annotated[Concept, described("The vaccine or the vaccination.")]
    given: Annotated[bool, described("Whether it was given.")]
    not_given_reason: Annotated[str | None, described("Why it was not given.")] = None
    dose_number: Annotated[str | None, described("Which dose of its course.")] = None
    lot_number: Annotated[str | None, described("The batch.")] = None
    site: Annotated[str | None, described("Where on the body.")] = None
    procedure: Annotated[
        Concept | None, described("The vaccination as a procedure, where the source codes it.")
    ] = None
    route: Annotated[str | None, described("By which route.")] = None
    dose: Annotated[str | None, described("How much.")] = None
    manufacturer: Annotated[str | None, described("Who made it.")] = None
    expires: Annotated[PartialDate | None, described("When the batch expires.")] = None
    course: Annotated[str | None, described("The course that it belongs to.")] = None
    against: Annotated[tuple[str, ...], described("Against which diseases.")] = ()
    reason: Annotated[str | None, described("Why it was given.")] = None
    place: Annotated[Organisation | None, described("Where it was given.")] = None
    first_hand: Annotated[
        bool | None,
        described("Whether those who gave it wrote it down; false: as told by somebody else."),
    ] = None
    note: Annotated[str | None, described("What else the source wrote down.")] = None


def _same_fact(immunisation: Immunisation) -> FactKey | None:
    return next(iter(_vaccinations(immunisation)), None)


def _vaccinations(immunisation: Immunisation) -> tuple[FactKey, ...]:
    """What was or was not given on that day: as a procedure, and as a vaccine."""
    given = "given" if immunisation.given else "not given"
    return tuple((*one, given) for one in _spoken_of(immunisation))


def _spoken_of(immunisation: Immunisation) -> tuple[FactKey, ...]:
    when, procedure = immunisation.effective_at, immunisation.procedure
    if when is None or len(when) < len("2019-04-02"):
        return ()
    day = local_days(when)[0].isoformat()
    codes = (
        ("vaccination", snomed_code(procedure) if procedure else None),
        ("vaccine", snomed_code(immunisation.vaccine)),
    )
    return tuple(("immunisation", kind, code, day) for kind, code in codes if code)


def _may_link(one: Immunisation, other: Immunisation) -> bool:
    if one.given is not other.given or differ(one.lot_number, other.lot_number):
        return False
    if differ(one.dose_number, other.dose_number) or codes_differ(one.procedure, other.procedure):
        return False  # a vaccination's code tells the first dose from the second
    if days_apart(one.effective_at, other.effective_at):
        return False
    if same_source(one, other) and not share_identifier(one, other):
        return False  # a source that lists two means two, such as one in each arm
    if not codes_differ(one.vaccine, other.vaccine):
        return True
    # One vaccination with two vaccines: a product and its brand, if the batch bears that out.
    return bool(one.lot_number and other.lot_number)


def _related_conflicts(immunisations: Sequence[Immunisation]) -> tuple[Disagreement, ...]:
    given = [one for one in immunisations if one.given]
    refused = [one for one in immunisations if not one.given]
    if not given or not refused:
        return ()
    message = f"Given in {places(given)}, not given in {places(refused)}, on the same day."
    conflict = safety("given", message, immunisations, _whether_given)
    return (Disagreement(conflict, tuple(immunisations)),)


def _subtitle(immunisation: Immunisation) -> str | None:
    if immunisation.given:
        return None
    reason = immunisation.not_given_reason
    return f"Not given: {reason}" if reason else "Not given"


def _whether_given(immunisation: Immunisation) -> str:
    if immunisation.given:
        return "given"
    reason = immunisation.not_given_reason
    return f"not given: {reason}" if reason else "not given"


IMMUNISATIONS = CategoryDefinition(
    category=Category.IMMUNISATIONS,
    field_name="immunisations",
    section_name="ImmunisationConnection",
    item=Immunisation,
    shape=Shape.TIMELINE,
    description="Vaccinations, given and not given, newest first.",
    title=lambda item: named(item.vaccine),
    subtitle=_subtitle,
    codes=lambda item: item.vaccine.codings,
    same_fact=_same_fact,
    also_same=_vaccinations,
    same_fact_basis=Basis.SAME_EVENT,
    may_link=_may_link,
    related=_spoken_of,
    related_conflicts=_related_conflicts,
)

"""Vaccinations, given and not given. A timeline.

Two sources mean one vaccination where they code the same procedure on one day, or the same
vaccine where no procedure is coded, and neither batch nor dose number differs. Given and not
given stand on lines of their own, and point at each other.
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
from federation.records.compare import differ, places, safety, snomed_code
from federation.records.partial_date import local_days


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


def _happening(immunisation: Immunisation) -> tuple[str, str] | None:
    """What was or was not done, and on which day; None where either is not known well enough."""
    # Source: merge rules, "same vaccine procedure + date"; not every source codes the procedure.
    done = snomed_code(immunisation.procedure) if immunisation.procedure else None
    code, when = done or snomed_code(immunisation.vaccine), immunisation.effective_at
    if not code or when is None or len(when) < len("2019-04-02"):
        return None
    return code, local_days(when)[0].isoformat()


def _same_fact(immunisation: Immunisation) -> FactKey | None:
    happening = _happening(immunisation)
    said = _said_of_giving(immunisation)
    return ("immunisation", *happening, said) if happening else None


def _may_link(one: Immunisation, other: Immunisation) -> bool:
    if one.given is not other.given or differ(one.lot_number, other.lot_number):
        return False
    if one.procedure and other.procedure:
        codes = snomed_code(one.procedure), snomed_code(other.procedure)
        if all(codes) and codes[0] != codes[1]:
            return False
    return not differ(one.dose_number, other.dose_number)


def _related(immunisation: Immunisation) -> FactKey | None:
    happening = _happening(immunisation)
    return ("vaccination", *happening) if happening else None


def _related_conflicts(immunisations: Sequence[Immunisation]) -> tuple[Disagreement, ...]:
    given = [one for one in immunisations if one.given]
    not_given = [one for one in immunisations if not one.given]
    if not given or not not_given:
        return ()
    message = f"Given in {places(given)}, not given in {places(not_given)}."
    conflict = safety("given", message, immunisations, _said_of_giving)
    return (Disagreement(conflict, tuple(immunisations)),)


def _said_of_giving(immunisation: Immunisation) -> str:
    return "given" if immunisation.given else "not given"


IMMUNISATIONS = CategoryDefinition(
    category=Category.IMMUNISATIONS,
    field_name="immunisations",
    section_name="ImmunisationConnection",
    item=Immunisation,
    shape=Shape.TIMELINE,
    description="Vaccinations, given and not given, newest first.",
    title=lambda item: item.vaccine.display,
    codes=lambda item: item.vaccine.codings,
    same_fact=_same_fact,
    same_fact_basis=Basis.SAME_EVENT,
    may_link=_may_link,
    related=_related,
    related_conflicts=_related_conflicts,
)

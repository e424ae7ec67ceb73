"""Vaccinations, given and not given. A timeline."""

from __future__ import annotations

from typing import Annotated

from federation.model import Category
from federation.records.base import (
    Basis,
    CategoryDefinition,
    Concept,
    FactKey,
    Item,
    Shape,
    described,
)
from federation.records.compare import differ, snomed_code
from federation.records.partial_date import local_days


class Immunisation(Item, frozen=True, kw_only=True):
    """One vaccination as one source holds it."""

    vaccine: Annotated[Concept, described("The vaccine or the vaccination.")]
    given: Annotated[bool, described("Whether it was given.")]
    not_given_reason: Annotated[str | None, described("Why it was not given.")] = None
    dose_number: Annotated[str | None, described("Which dose of its course.")] = None
    lot_number: Annotated[str | None, described("The batch.")] = None
    site: Annotated[str | None, described("Where on the body.")] = None


def _same_fact(immunisation: Immunisation) -> FactKey | None:
    vaccine, when = snomed_code(immunisation.vaccine), immunisation.effective_at
    if not vaccine or when is None or len(when) < len("2019-04-02"):
        return None
    given = "given" if immunisation.given else "not given"
    return ("immunisation", vaccine, local_days(when)[0].isoformat(), given)


def _may_link(one: Immunisation, other: Immunisation) -> bool:
    if one.given is not other.given or differ(one.lot_number, other.lot_number):
        return False
    return not differ(one.dose_number, other.dose_number)


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
)

"""Vaccinations, given and not given. A timeline."""

from __future__ import annotations

from typing import Annotated

from federation.model import Category
from federation.records.base import CategoryDefinition, Concept, Item, Shape, described


class Immunisation(Item, frozen=True, kw_only=True):
    """One vaccination as one source holds it."""

    vaccine: Annotated[Concept, described("The vaccine or the vaccination.")]
    given: Annotated[bool, described("Whether it was given.")]
    not_given_reason: Annotated[str | None, described("Why it was not given.")] = None
    dose_number: Annotated[str | None, described("Which dose of its course.")] = None
    lot_number: Annotated[str | None, described("The batch.")] = None
    site: Annotated[str | None, described("Where on the body.")] = None


IMMUNISATIONS = CategoryDefinition(
    category=Category.IMMUNISATIONS,
    field_name="immunisations",
    section_name="ImmunisationConnection",
    item=Immunisation,
    shape=Shape.TIMELINE,
    description="Vaccinations, given and not given, newest first.",
    title=lambda item: item.vaccine.display,
    codes=lambda item: item.vaccine.codings,
)

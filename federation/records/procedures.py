"""Procedures done or planned. A timeline."""

from __future__ import annotations

from typing import Annotated

from federation.model import Category, Organisation
from federation.records.base import CategoryDefinition, Concept, Item, PartialDate, Shape, described
from federation.records.compare import codes_differ, days_apart, differ, statuses_differ
from federation.records.standing import below, named, standing


class Procedure(Item, frozen=True, kw_only=True):
    """One procedure as one source holds it."""

    code: Annotated[Concept, described("What was done.")]
    status: Annotated[str | None, described("Where it stands.")] = None
    body_site: Annotated[str | None, described("Where on the body.")] = None
    outcome: Annotated[str | None, described("How it went.")] = None
    complication: Annotated[str | None, described("What went wrong.")] = None
    reason: Annotated[str | None, described("Why it was done, or not done.")] = None
    end: Annotated[PartialDate | None, described("When it ended, where it took a while.")] = None
    place: Annotated[Organisation | None, described("Where it was done.")] = None
    note: Annotated[str | None, described("What else the source wrote down.")] = None


def _may_link(one: Procedure, other: Procedure) -> bool:
    # One identifier for two procedures, such as a visit's, names neither.
    return not (
        codes_differ(one.code, other.code)
        or differ(one.body_site, other.body_site)
        or days_apart(one.effective_at, other.effective_at)
    )


_DONE = frozenset(("completed", "done", "unknown"))


def _subtitle(procedure: Procedure) -> str | None:
    return below(standing(procedure.status, expected=_DONE), procedure.outcome)


PROCEDURES = CategoryDefinition(
    category=Category.PROCEDURES,
    field_name="procedures",
    section_name="ProcedureConnection",
    item=Procedure,
    shape=Shape.TIMELINE,
    description="Procedures, newest first.",
    title=lambda item: named(item.code),
    subtitle=_subtitle,
    codes=lambda item: item.code.codings,
    may_link=_may_link,
    conflicts=statuses_differ,
)

"""Observations: vital signs, examination findings, assessments, tobacco and alcohol. A timeline.

Two are one only by an identical identifier, or where one custodian's code, value, unit, site and
method are the same at the same instant; another method is never the same observation.
"""

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
from federation.records.clinical import (
    ObservationComponent,
    ObservedValue,
    ReferenceRange,
    components_text,
    value_text,
)
from federation.records.compare import (
    at_instant,
    custodian_code,
    differ,
    plain,
    share_identifier,
    snomed_code,
)


class Observation(Item, frozen=True, kw_only=True):
    """One observation as one source holds it."""

    code: Annotated[Concept, described("What was observed.")]
    value: Annotated[ObservedValue | None, described("What it was.")] = None
    components: Annotated[
        tuple[ObservationComponent, ...], described("Its parts, such as systolic and diastolic.")
    ] = ()
    reference_range: Annotated[ReferenceRange | None, described("What is usual.")] = None
    interpretation: Annotated[
        str | None, described("High, low, abnormal ... in the source's words.")
    ] = None
    body_site: Annotated[str | None, described("Where on the body.")] = None
    method: Annotated[str | None, described("How it was measured.")] = None
    device: Annotated[str | None, described("With what it was measured.")] = None
    status: Annotated[
        str | None, described("Preliminary, final, amended ... as the source says.")
    ] = None
    area: Annotated[
        str | None, described("Vital signs, social history, examination, survey ...")
    ] = None
    note: Annotated[str | None, described("What else the source wrote down.")] = None


def _subtitle(observation: Observation) -> str | None:
    return value_text(observation.value) or components_text(observation.components)


def _same_fact(observation: Observation) -> FactKey | None:
    code, custodian = snomed_code(observation.code), custodian_code(observation)
    instant = at_instant(observation.effective_at)
    if not (code and custodian and instant):
        return None
    return ("observation", code, instant, custodian)


def _may_link(one: Observation, other: Observation) -> bool:
    if differ(one.method, other.method) or differ(snomed_code(one.code), snomed_code(other.code)):
        return False
    return share_identifier(one, other) or _measure_the_same(one, other)


def _measure_the_same(one: Observation, other: Observation) -> bool:
    value = _subtitle(one)
    if value is None or value != _subtitle(other):
        return False
    ours, theirs = (one.method, one.body_site), (other.method, other.body_site)
    return all(plain(mine) == plain(yours) for mine, yours in zip(ours, theirs, strict=True))


OBSERVATIONS = CategoryDefinition(
    category=Category.OBSERVATIONS,
    field_name="observations",
    section_name="ObservationConnection",
    item=Observation,
    shape=Shape.TIMELINE,
    description="Vital signs, examination findings and assessments, newest first.",
    title=lambda observation: observation.code.display,
    subtitle=_subtitle,
    codes=lambda observation: observation.code.codings,
    same_fact=_same_fact,
    same_fact_basis=Basis.SAME_EVENT,
    may_link=_may_link,
)

"""Observations: vital signs, examination findings, assessments, tobacco and alcohol. A timeline.

Two are one only by an identical identifier, or where one custodian's code, value, unit, site,
method and device are the same at the same instant; another method or device is never the same
observation.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from federation.model import Category
from federation.records.base import (
    Basis,
    CategoryDefinition,
    Concept,
    Conflict,
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
    same_components,
    same_value,
    value_text,
)
from federation.records.compare import (
    at_instant,
    codes_differ,
    custodian_code,
    days_apart,
    differ,
    places,
    plain,
    safety,
    share_identifier,
    shared_code,
    with_two_sides,
)
from federation.records.standing import below, standing


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


def _reading(observation: Observation) -> str | None:
    return value_text(observation.value) or components_text(observation.components)


_FINAL = frozenset(("final", "amended", "corrected", "completed", "unknown"))


def _subtitle(observation: Observation) -> str | None:
    return below(standing(observation.status, expected=_FINAL), _reading(observation))


def _same_fact(observation: Observation) -> FactKey | None:
    code, custodian = shared_code(observation.code), custodian_code(observation)
    instant = at_instant(observation.effective_at)
    if code is None or custodian is None or instant is None:
        return None
    return ("observation", code, str(instant), custodian)


def _may_link(one: Observation, other: Observation) -> bool:
    if differ(one.method, other.method) or differ(one.device, other.device):
        return False
    # One identifier for readings of several days, such as a chart's, names none of them.
    if codes_differ(one.code, other.code) or days_apart(one.effective_at, other.effective_at):
        return False
    return share_identifier(one, other) or _measure_the_same(one, other)


def _measure_the_same(one: Observation, other: Observation) -> bool:
    if _same_fact(one) is None or _same_fact(one) != _same_fact(other) or _reading(one) is None:
        return False
    if not _same_reading(one, other):
        return False
    ours, theirs = _how(one), _how(other)
    return all(plain(mine) == plain(yours) for mine, yours in zip(ours, theirs, strict=True))


def _how(observation: Observation) -> tuple[str | None, str | None, str | None]:
    return observation.method, observation.device, observation.body_site


def _same_reading(one: Observation, other: Observation) -> bool:
    return same_value(one.value, other.value) and same_components(one.components, other.components)


def _conflicts(observations: Sequence[Observation]) -> tuple[Conflict, ...]:
    stated = [observation for observation in observations if _reading(observation)]
    if all(_same_reading(stated[0], other) for other in stated[1:]):
        return ()
    message = f"The value differs: {places(stated)}."
    return with_two_sides(safety("value", message, stated, _reading))


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
    conflicts=_conflicts,
)

"""Observations: vital signs, examination findings, assessments, tobacco and alcohol. A timeline."""

from __future__ import annotations

from typing import Annotated

from msgspec import Struct

from federation.model import Category
from federation.records.base import Basis, CategoryDefinition, Concept, Item, Shape, described
from federation.records.clinical import ObservedValue, ReferenceRange, value_text


class ObservationComponent(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A part of an observation, such as the systolic pressure."""

    code: Annotated[Concept, described("What was observed.")]
    value: Annotated[ObservedValue | None, described("What it was.")] = None


class Observation(Item, frozen=True, kw_only=True):
    """One observation as one source holds it."""

    code: Annotated[Concept, described("What was observed.")]
    value: Annotated[ObservedValue | None, described("What it was.")] = None
    components: Annotated[
        tuple[ObservationComponent, ...], described("Its parts, such as systolic and diastolic.")
    ] = ()
    reference_range: Annotated[ReferenceRange | None, described("What is usual.")] = None
    interpretation: Annotated[str | None, described("High, low, abnormal ... in the source's words.")] = None
    body_site: Annotated[str | None, described("Where on the body.")] = None
    method: Annotated[str | None, described("How it was measured.")] = None


def _subtitle(observation: Observation) -> str | None:
    whole = value_text(observation.value)
    parts = "; ".join(
        f"{part.code.display} {text}" for part in observation.components if (text := value_text(part.value))
    )
    return whole or parts or None


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
    same_fact_basis=Basis.SAME_EVENT,
    filled=True,
)

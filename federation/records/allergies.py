"""Allergies and adverse reactions, active and ended. A whole list: no date filter ever applies.

Two sources mean one allergy where both code the same substance and say the same of its type. A
class and an ingredient of it (penicillin, amoxicillin) stand on their own lines and point at each
other. The item that is active and has the worst criticality stands for its line, and what sources
disagree about is a safety conflict.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated

from federation.model import Category
from federation.records.base import (
    CategoryDefinition,
    Concept,
    Conflict,
    Disagreement,
    FactKey,
    Item,
    PartialDate,
    Shape,
    described,
)
from federation.records.clinical import ClinicalStatus, VerificationStatus
from federation.records.compare import places, safety, snomed_code
from federation.records.standing import below, named, standing, turned
from federation.records.valuesets import load_allergens


class AllergyType(StrEnum):
    """Immune reaction or other intolerance; the two are never one fact."""

    ALLERGY = "ALLERGY"
    INTOLERANCE = "INTOLERANCE"
    UNKNOWN = "UNKNOWN"


class Criticality(StrEnum):
    """How dangerous the next exposure could be."""

    HIGH = "HIGH"
    LOW = "LOW"
    UNABLE_TO_ASSESS = "UNABLE_TO_ASSESS"
    UNKNOWN = "UNKNOWN"


class Allergy(Item, frozen=True, kw_only=True):
    """One allergy or intolerance as one source holds it."""

    substance: Annotated[Concept, described("What the person reacts to.")]
    type: Annotated[AllergyType, described("Allergy or intolerance.")] = AllergyType.UNKNOWN
    clinical_status: Annotated[ClinicalStatus, described("Active, inactive or resolved.")] = (
        ClinicalStatus.UNKNOWN
    )
    verification_status: Annotated[VerificationStatus, described("How sure the recorder was.")] = (
        VerificationStatus.UNKNOWN
    )
    criticality: Annotated[Criticality, described("How dangerous the next exposure could be.")] = (
        Criticality.UNKNOWN
    )
    reactions: Annotated[tuple[Concept, ...], described("What happened.")] = ()
    severity: Annotated[
        str | None, described("How bad the worst reaction was, in the source's words.")
    ] = None
    onset: Annotated[PartialDate | None, described("When it first happened.")] = None
    ended_at: Annotated[PartialDate | None, described("When it was ended.")] = None
    end_reason: Annotated[str | None, described("Why it was ended.")] = None
    substance_kinds: Annotated[
        tuple[str, ...],
        described("What sort of substance: food, medication, environment, biologic."),
    ] = ()
    exposure_route: Annotated[
        str | None, described("By which route the person met it when they reacted.")
    ] = None
    last_reaction_at: Annotated[PartialDate | None, described("When it last happened.")] = None
    evidence: Annotated[str | None, described("What supports it, such as a test.")] = None
    note: Annotated[str | None, described("What else the source wrote down.")] = None


_ALLERGENS = load_allergens()
_SUBSTANCES = _ALLERGENS.substances()
_CLASSES = _ALLERGENS.classes_of()
_INGREDIENTS = _ALLERGENS.ingredients_of()
_ENDED = (ClinicalStatus.INACTIVE, ClinicalStatus.RESOLVED)
_DANGER = {
    danger: rank
    for rank, danger in enumerate(
        (Criticality.UNKNOWN, Criticality.LOW, Criticality.UNABLE_TO_ASSESS, Criticality.HIGH)
    )
}


def _substance(allergy: Allergy) -> str | None:
    code = snomed_code(allergy.substance)
    return _SUBSTANCES.get(code, code) if code else None


def _same_fact(allergy: Allergy) -> FactKey | None:
    substance = _substance(allergy)
    if substance is None:
        return None
    return ("allergy", substance, allergy.type, *turned(allergy.substance))


def _may_link(one: Allergy, other: Allergy) -> bool:
    substance = _substance(one)
    if substance is None or substance != _substance(other):
        return False
    if turned(one.substance) != turned(other.substance):
        return False
    return one.type is other.type or AllergyType.UNKNOWN in {one.type, other.type}


def _related(allergy: Allergy) -> tuple[FactKey, ...]:
    substance = _substance(allergy)
    if substance is None:
        return ()
    # A product of several ingredients speaks of each, though it is none of them.
    spoken_of = (substance, *_INGREDIENTS.get(substance, ()))
    things = {thing for one in spoken_of for thing in (one, *_CLASSES.get(one, ()))}
    return tuple(("allergen", thing) for thing in sorted(things))


def ended(allergy: Allergy) -> bool:
    """Whether it no longer counts: inactive, resolved, refuted. Active wins over a date of end."""
    if allergy.verification_status is VerificationStatus.REFUTED:
        return True
    if allergy.clinical_status is ClinicalStatus.UNKNOWN:
        return allergy.ended_at is not None
    return allergy.clinical_status in _ENDED


def _standing(allergy: Allergy) -> str:
    if allergy.verification_status is VerificationStatus.REFUTED:
        return "refuted"
    return "ended" if ended(allergy) else "active"


_HELD = frozenset(("active", "confirmed", "unknown"))


def _subtitle(allergy: Allergy) -> str | None:
    reactions = ", ".join(reaction.display for reaction in allergy.reactions)
    held = _standing(allergy)
    sure = "active" if held != "active" else allergy.verification_status
    return below(standing(held, expected=_HELD), standing(sure, expected=_HELD), reactions)


def _conflicts(allergies: Sequence[Allergy]) -> tuple[Conflict, ...]:
    return (*_status_conflict(allergies), *_criticality_conflict(allergies))


def _status_conflict(allergies: Sequence[Allergy]) -> tuple[Conflict, ...]:
    active = [allergy for allergy in allergies if not ended(allergy)]
    over = [allergy for allergy in allergies if ended(allergy)]
    if not active or not over:
        return ()
    message = f"Ended or refuted in {places(over)}, active in {places(active)}."
    return (safety("clinicalStatus", message, allergies, _standing),)


def _criticality_conflict(allergies: Sequence[Allergy]) -> tuple[Conflict, ...]:
    stated = [allergy for allergy in allergies if allergy.criticality is not Criticality.UNKNOWN]
    if len({allergy.criticality for allergy in stated}) <= 1:
        return ()
    message = "Sources differ in how dangerous it is; the worst of them counts."
    return (safety("criticality", message, stated, lambda allergy: allergy.criticality),)


def _related_conflicts(allergies: Sequence[Allergy]) -> tuple[Disagreement, ...]:
    by_substance: dict[str | None, list[Allergy]] = {}
    for allergy in allergies:
        if allergy.type is not AllergyType.UNKNOWN:
            by_substance.setdefault(_substance(allergy), []).append(allergy)
    message = "Recorded as an allergy and as an intolerance."
    return tuple(
        Disagreement(safety("type", message, some, lambda allergy: allergy.type), tuple(some))
        for some in by_substance.values()
        if len({allergy.type for allergy in some}) > 1
    )


def _lead(allergies: Sequence[Allergy]) -> Allergy:
    return max(allergies, key=lambda allergy: (not ended(allergy), _DANGER[allergy.criticality]))


ALLERGIES = CategoryDefinition(
    category=Category.ALLERGIES,
    field_name="allergies",
    section_name="AllergiesSection",
    item=Allergy,
    shape=Shape.WHOLE_LIST,
    description="Allergies and adverse reactions, active and ended.",
    title=lambda allergy: named(allergy.substance),
    subtitle=_subtitle,
    clinical_date=lambda allergy: allergy.onset or allergy.effective_at or allergy.recorded_at,
    codes=lambda allergy: allergy.substance.codings,
    same_fact=_same_fact,
    may_link=_may_link,
    related=_related,
    conflicts=_conflicts,
    related_conflicts=_related_conflicts,
    lead=_lead,
    ended=ended,
)

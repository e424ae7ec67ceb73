"""Allergies and adverse reactions, active and ended. A whole list: no date filter ever applies."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from federation.model import Category
from federation.records.base import CategoryDefinition, Concept, Item, PartialDate, Shape, described
from federation.records.clinical import ClinicalStatus, VerificationStatus


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
    clinical_status: Annotated[ClinicalStatus, described("Active, inactive or resolved.")] = ClinicalStatus.UNKNOWN
    verification_status: Annotated[VerificationStatus, described("How sure the recorder was.")] = (
        VerificationStatus.UNKNOWN
    )
    criticality: Annotated[Criticality, described("How dangerous the next exposure could be.")] = Criticality.UNKNOWN
    reactions: Annotated[tuple[Concept, ...], described("What happened.")] = ()
    severity: Annotated[str | None, described("How bad the worst reaction was, in the source's words.")] = None
    onset: Annotated[PartialDate | None, described("When it first happened.")] = None
    ended_at: Annotated[PartialDate | None, described("When it was ended.")] = None
    end_reason: Annotated[str | None, described("Why it was ended.")] = None


def _subtitle(allergy: Allergy) -> str | None:
    return ", ".join(reaction.display for reaction in allergy.reactions) or None


ALLERGIES = CategoryDefinition(
    category=Category.ALLERGIES,
    field_name="allergies",
    section_name="AllergiesSection",
    item=Allergy,
    shape=Shape.WHOLE_LIST,
    description="Allergies and adverse reactions, active and ended.",
    title=lambda allergy: allergy.substance.display,
    subtitle=_subtitle,
    clinical_date=lambda allergy: allergy.onset or allergy.effective_at or allergy.recorded_at,
    codes=lambda allergy: allergy.substance.codings,
    filled=True,
)

"""Problems and diagnoses. A whole list."""

from __future__ import annotations

from typing import Annotated

from federation.model import Category
from federation.records.base import CategoryDefinition, Concept, Item, PartialDate, Shape, described
from federation.records.clinical import ClinicalStatus, VerificationStatus


class Problem(Item, frozen=True, kw_only=True):
    """One problem as one source holds it."""

    condition: Annotated[Concept, described("The diagnosis or problem.")]
    clinical_status: Annotated[ClinicalStatus, described("Active, in remission, resolved ...")] = ClinicalStatus.UNKNOWN
    verification_status: Annotated[VerificationStatus, described("How sure the recorder was.")] = (
        VerificationStatus.UNKNOWN
    )
    significance: Annotated[str | None, described("Major or minor.")] = None
    onset: Annotated[PartialDate | None, described("When it began.")] = None
    abated: Annotated[PartialDate | None, described("When it ended.")] = None
    body_site: Annotated[str | None, described("Where on the body, with the side.")] = None


PROBLEMS = CategoryDefinition(
    category=Category.PROBLEMS,
    field_name="problems",
    section_name="ProblemsSection",
    item=Problem,
    shape=Shape.WHOLE_LIST,
    description="The problem list and diagnoses.",
    title=lambda item: item.condition.display,
    clinical_date=lambda item: item.onset or item.effective_at or item.recorded_at,
    codes=lambda item: item.condition.codings,
)

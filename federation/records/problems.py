"""Problems and diagnoses. A whole list."""

from __future__ import annotations

from typing import Annotated

from federation.model import Category
from federation.records.base import (
    CategoryDefinition,
    Concept,
    FactKey,
    Item,
    PartialDate,
    Shape,
    described,
)
from federation.records.clinical import ClinicalStatus, VerificationStatus
from federation.records.compare import plain, snomed_code


class Problem(Item, frozen=True, kw_only=True):
    """One problem as one source holds it."""

    condition: Annotated[Concept, described("The diagnosis or problem.")]
    clinical_status: Annotated[ClinicalStatus, described("Active, in remission, resolved ...")] = (
        ClinicalStatus.UNKNOWN
    )
    verification_status: Annotated[VerificationStatus, described("How sure the recorder was.")] = (
        VerificationStatus.UNKNOWN
    )
    significance: Annotated[str | None, described("Major or minor.")] = None
    onset: Annotated[PartialDate | None, described("When it began.")] = None
    abated: Annotated[PartialDate | None, described("When it ended.")] = None
    body_site: Annotated[str | None, described("Where on the body, with the side.")] = None
    severity: Annotated[str | None, described("How severe it is.")] = None
    episodicity: Annotated[str | None, described("First, new, review or ongoing episode.")] = None
    recorded_as: Annotated[
        str | None,
        described("Whether it stands on the problem list or is a diagnosis of one visit."),
    ] = None
    related_to: Annotated[
        tuple[str, ...], described("What the source links it to, in the source's words.")
    ] = ()
    note: Annotated[str | None, described("What else the source wrote down.")] = None


_SUSPECTED = frozenset(
    (
        VerificationStatus.UNCONFIRMED,
        VerificationStatus.PROVISIONAL,
        VerificationStatus.DIFFERENTIAL,
        VerificationStatus.PRESUMED,
    )
)
_ENDED = frozenset((ClinicalStatus.INACTIVE, ClinicalStatus.RESOLVED))


def _certainty(problem: Problem) -> str:
    return "suspected" if problem.verification_status in _SUSPECTED else problem.verification_status


def _same_fact(problem: Problem) -> FactKey | None:
    code = snomed_code(problem.condition)
    return ("problem", code, plain(problem.body_site), _certainty(problem)) if code else None


def _may_link(one: Problem, other: Problem) -> bool:
    if _same_fact(one) != _same_fact(other):
        return False
    if not (one.onset and other.onset):
        return True
    # Source: merge rules, "onset in the same month where both give one"; a year alone is compared
    # as a year.
    length = min(len(one.onset), len(other.onset), len("2019-04"))
    return one.onset[:length] == other.onset[:length]


def ended(problem: Problem) -> bool:
    """Whether it is over, or was refuted."""
    return (
        problem.clinical_status in _ENDED
        or problem.verification_status is VerificationStatus.REFUTED
    )


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
    same_fact=_same_fact,
    may_link=_may_link,
    ended=ended,
)

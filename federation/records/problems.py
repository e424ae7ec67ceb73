"""Problems and diagnoses. A whole list.

Two are one by the same concept, site, side and certainty, with onset in the same month where both
give one. What is suspected is never what is confirmed, and a relative's problem never the person's.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
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
from federation.records.compare import information, places, plain, safety, snomed_code
from federation.records.partial_date import local_days
from federation.records.standing import below, named, standing, turned


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
_SIDE = re.compile(r"(?<![a-z0-9])(left|right|bilateral|both|l|r)(?![a-z0-9])")
_SIDES = {"l": "left", "r": "right", "both": "bilateral"}
_FAMILY = re.compile(r"(?<![a-z])(family history|fh|family member)(?![a-z])")
_ENDED = frozenset((ClinicalStatus.INACTIVE, ClinicalStatus.RESOLVED))


def _certainty(problem: Problem) -> str:
    return "suspected" if problem.verification_status in _SUSPECTED else problem.verification_status


def _same_fact(problem: Problem) -> FactKey | None:
    code = snomed_code(problem.condition)
    if code is None:
        return None
    return ("problem", code, plain(problem.body_site), *_words(problem), _certainty(problem))


def _words(problem: Problem) -> tuple[str, ...]:
    """What the recorded words add to the code: a side, that it is a relative's, or is not so."""
    condition = problem.condition
    said = (condition.original_text, condition.display, problem.body_site, problem.recorded_as)
    text = " ".join(filter(None, said)).casefold()
    sides = sorted({_SIDES.get(side, side) for side in _SIDE.findall(text)})
    return (*sides, *(("family history",) if _FAMILY.search(text) else ()), *turned(condition))


def _may_link(one: Problem, other: Problem) -> bool:
    if _same_fact(one) is None or _same_fact(one) != _same_fact(other):
        return False
    if not (one.onset and other.onset):
        return True
    # Source: merge rules, "onset in the same month where both give one"; a year alone is compared
    # as a year. Months are local, as days are.
    ours, theirs = local_days(one.onset), local_days(other.onset)
    if min(len(one.onset), len(other.onset)) < len("2019-04"):
        return ours[0].year == theirs[0].year
    return (ours[0].year, ours[0].month) == (theirs[0].year, theirs[0].month)


def ended(problem: Problem) -> bool:
    """Whether it is over, or was refuted."""
    return (
        problem.clinical_status in _ENDED
        or problem.verification_status is VerificationStatus.REFUTED
    )


def _related(problem: Problem) -> tuple[FactKey, ...]:
    code = snomed_code(problem.condition)
    return () if code is None or "family history" in _words(problem) else (("problem", code),)


def _standing(problem: Problem) -> str:
    words = problem.clinical_status.replace("_", " ").lower()
    if problem.verification_status in (*_SUSPECTED, VerificationStatus.REFUTED):
        words = f"{problem.verification_status.lower()}, {words}"
    since = problem.abated if ended(problem) and problem.abated else problem.recorded_at
    return f"{words} ({since})" if since else words


_HELD = frozenset(("active", "confirmed", "unknown"))


def _subtitle(problem: Problem) -> str | None:
    sure = standing(problem.verification_status, expected=_HELD)
    refuted = problem.verification_status is VerificationStatus.REFUTED
    held = None if refuted else standing(problem.clinical_status, expected=_HELD)
    return below(sure, held, problem.body_site)


def _conflicts(problems: Sequence[Problem]) -> tuple[Conflict, ...]:
    known = [
        problem for problem in problems if problem.clinical_status is not ClinicalStatus.UNKNOWN
    ]
    active = [problem for problem in known if not ended(problem)]
    over = [problem for problem in known if ended(problem)]
    if not active or not over:
        return ()
    message = f"Over in {places(over)}, going on in {places(active)}."
    return (information("clinicalStatus", message, known, _standing),)


def _related_conflicts(problems: Sequence[Problem]) -> tuple[Disagreement, ...]:
    refuted = [
        problem for problem in problems if problem.verification_status is VerificationStatus.REFUTED
    ]
    held = [problem for problem in problems if not ended(problem)]
    if not refuted or not held:
        return ()
    both = (*refuted, *held)
    message = f"Refuted in {places(refuted)}, held in {places(held)}."
    return (Disagreement(safety("verificationStatus", message, both, _standing), both),)


PROBLEMS = CategoryDefinition(
    category=Category.PROBLEMS,
    field_name="problems",
    section_name="ProblemsSection",
    item=Problem,
    shape=Shape.WHOLE_LIST,
    description="The problem list and diagnoses.",
    title=lambda item: named(item.condition),
    subtitle=_subtitle,
    clinical_date=lambda item: item.onset or item.effective_at or item.recorded_at,
    codes=lambda item: item.condition.codings,
    same_fact=_same_fact,
    may_link=_may_link,
    related=_related,
    conflicts=_conflicts,
    related_conflicts=_related_conflicts,
    ended=ended,
)

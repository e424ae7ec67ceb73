"""Reading a plan that was written down as a form: a FHIR R4 `QuestionnaireResponse`.

Only answers to questions in known words get a field of their own, and a decision on resuscitation
only by its two SNOMED CT codes. Everything else is told word for word. That a form was completed
says nothing of whether the plan is in use.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from federation.model import Assertion
from federation.records.base import Concept
from federation.records.care_plans import CarePlan, CprDecision, PlanStatus
from federation.records.clinical import CodedValue, ObservedValue, value_text
from federation.records.fhir import r4
from federation.records.fhir.questionnaires import (
    Answered,
    FhirQuestionnaireResponse,
    answers,
    purpose_of,
    title_of,
)
from federation.records.fhir.r4 import when
from federation.records.fhir.resource import References, Resource, UnreadableError
from federation.records.resuscitation import CPR_CODES, TWO_DECISIONS
from federation.records.systems import SNOMED_SYSTEM

_FIELDS = {
    # Questions, in lower case, that ask for just what a field holds.
    "preferred place of care": "preferred_place_of_care",
    "preferred place of death": "preferred_place_of_death",
    "ceiling of treatment": "ceiling_of_treatment",
    "anticipatory medicines": "anticipatory_medicines",
    "anticipatory medicines/just in case box issued": "anticipatory_medicines",
    "advance decision to refuse treatment": "advance_decision",
    "lasting power of attorney": "lasting_power_of_attorney",
}
_NO = frozenset(("no", "none", "n", "false", "not applicable", "n/a", "unknown", "not known"))


def read_form(resource: Resource, references: References) -> CarePlan | Assertion | None:
    """A plan from a form; None for a form about something else, or one entered in error."""
    found = resource.read(FhirQuestionnaireResponse)
    if found.status == "entered-in-error" or purpose_of(found) != "care plan":
        return None
    name = title_of(found)
    told = answers(found)
    return CarePlan(
        **r4.envelope(found, references.within(resource), authors=(found.author,)),
        plan_type=Concept(display=name, original_text=name),
        name=name,
        status=PlanStatus.DRAFT if found.status == "in-progress" else PlanStatus.UNKNOWN,
        effective_at=when(found.authored),
        recorded_at=when(found.authored),
        cpr=_cpr(told),
        **_fields(told),
    )


def _fields(told: Iterable[Answered]) -> dict[str, Any]:
    """Each answer in its field, those of one field joined, and all others in the narrative."""
    said: dict[str, list[str]] = {}
    for one in told:
        text = value_text(one.value)
        if text is None:
            continue
        field = None if text.strip().lower() in _NO else _FIELDS.get(_question(one))
        words = f"{one.words()}: {text}"
        # A bare "yes" is nothing without its question.
        bare = text if field and text.strip().lower() not in {"yes", "y", "true"} else None
        said.setdefault(field or "narrative", []).append(bare or words)
    return {field: "\n".join(lines) for field, lines in said.items()}


def _question(answered: Answered) -> str:
    return " ".join(answered.question.split()).rstrip("?:").lower()


def _cpr(told: Iterable[Answered]) -> CprDecision | None:
    kinds = {kind for one in told for kind in _decision(one.value)}
    if len(kinds) > 1:
        raise UnreadableError(TWO_DECISIONS)
    return CprDecision(decision=kinds.pop()) if kinds else None


def _decision(value: ObservedValue | None) -> set[Any]:
    codings = value.concept.codings if isinstance(value, CodedValue) else ()
    codes = (one.code for one in codings if one.system == SNOMED_SYSTEM)
    return {CPR_CODES[code] for code in codes if code in CPR_CODES}

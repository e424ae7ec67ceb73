"""Reading care plans from FHIR R4 `CarePlan`, by the conventions of the Watling care plan profile.

The profile needs no extension: the decision on resuscitation is an active `Flag` that the plan's
`supportingInfo` points at (usually contained in it), goals are `Goal`s, and what R4 has no
element for stands in a `note` behind a fixed opening. A plan without them is read all the same
and lacks those fields.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from federation.model import Assertion
from federation.records import fhir_r4
from federation.records.base import Concept
from federation.records.care_plans import CarePlan, CprDecision, CprKind, PlanStatus
from federation.records.fhir_elements import Annotation, Period, Reference
from federation.records.fhir_r4 import References, Resource, UnreadableError, one_of, when
from federation.records.fhir_reading import FhirReading, Search
from federation.records.fhir_resources import FhirCarePlan, FhirFlag, FhirGoal

CPR_CODES = {
    # SNOMED CT: for attempted, not for attempted cardiopulmonary resuscitation.
    "450475007": CprKind.ATTEMPT_CPR,
    "450476008": CprKind.DO_NOT_ATTEMPT_CPR,
}
NOTE_OPENINGS = {
    "Preferences: ": "preferences",
    "Preferred place of care: ": "preferred_place_of_care",
    "Preferred place of death: ": "preferred_place_of_death",
    "Ceiling of treatment: ": "ceiling_of_treatment",
    "Anticipatory medicines: ": "anticipatory_medicines",
    "Advance decision: ": "advance_decision",
    "Last confirmed: ": "last_confirmed_at",
    "Discussed with: ": "discussed_with",
}
_PROPOSED = frozenset(("proposal", "option"))


def read_care_plan(resource: Resource, references: References) -> CarePlan | Assertion | None:
    """One plan; None for one entered in error."""
    found = resource.read(FhirCarePlan)
    if found.status == "entered-in-error":
        return None
    inside = references.within(resource)
    plan_type = _plan_type(found)
    period = found.period or Period()
    said = _said(found.note)
    discussed_with = said.pop("discussed_with", None)
    confirmed = said.pop("last_confirmed_at", None)
    return CarePlan(
        **fhir_r4.envelope(found, inside, authors=(found.author,)),
        plan_type=plan_type,
        name=found.title or found.description or plan_type.display,
        status=PlanStatus.DRAFT
        if found.intent in _PROPOSED
        else one_of(PlanStatus, found.status, PlanStatus.UNKNOWN),
        effective_at=when(period.start),
        valid_until=when(period.end),
        recorded_at=when(found.created),
        last_confirmed_at=when(confirmed),
        goals=tuple(text for one in found.goal if (text := _goal(one, inside))),
        cpr=_cpr(found.supporting_info, inside, discussed_with),
        **said,
    )


def _plan_type(found: FhirCarePlan) -> Concept:
    if found.category:
        return fhir_r4.concept(found.category[0])
    name = found.title or found.description
    if not name:
        raise UnreadableError("a plan without a kind or a title")
    return Concept(display=name, original_text=name)


def _said(notes: Iterable[Annotation]) -> dict[str, Any]:
    """What notes say behind the openings of the profile, those of one opening joined."""
    said: dict[str, Any] = {}
    for note in notes:
        opening = next((start for start in NOTE_OPENINGS if note.text.startswith(start)), None)
        if opening is None:
            continue
        field, text = NOTE_OPENINGS[opening], note.text.removeprefix(opening).strip()
        said[field] = f"{said[field]}\n{text}" if field in said else text
    return said


def _goal(reference: Reference, references: References) -> str | None:
    found = references.find(reference)
    if found is None:
        return reference.display
    return found.read(FhirGoal).description.words()


def _cpr(
    supporting: Iterable[Reference], references: References, discussed_with: str | None
) -> CprDecision | None:
    flags = [flag for one in supporting if (flag := _flag(one, references))]
    kinds = {CPR_CODES[code] for flag in flags for code in flag.code.codes() if code in CPR_CODES}
    if not kinds:
        return None
    if len(kinds) > 1:
        # Choosing one of them would be a clinical decision.
        raise UnreadableError("two decisions on resuscitation in one plan")
    signed = max(flags, key=lambda flag: (flag.period and flag.period.start) or "")
    return CprDecision(
        decision=kinds.pop(),
        decided_at=when(signed.period.start if signed.period else None),
        clinician=fhir_r4.practitioner(signed.author, references),
        discussed_with=discussed_with,
    )


def _flag(reference: Reference, references: References) -> FhirFlag | None:
    found = references.find(reference)
    if found is None:
        address = reference.reference or ""
        if address.startswith("#"):
            raise UnreadableError("a plan that points at a part it does not contain")
        if "Flag/" in address:
            # It may be the decision not to resuscitate: a plan without it would read as if none
            # had been made.
            raise UnreadableError("a plan that points at a flag that cannot be found")
        return None
    if found.kind not in FhirFlag.resource_types:
        return None
    flag = found.read(FhirFlag)
    decides = CPR_CODES.keys() & set(flag.code.codes())
    return flag if flag.status == "active" and decides else None


READING = FhirReading(
    searches=(Search(kind="CarePlan", includes=("goal",)),),
    readers={"CarePlan": read_care_plan},
    points_at=("Goal", "Flag"),
)

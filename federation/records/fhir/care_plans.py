"""Reading care plans from FHIR R4 `CarePlan`, by the conventions of the Watling care plan profile.

The profile needs no extension: the decision on resuscitation is an active `Flag` that the plan's
`supportingInfo` points at (usually contained in it), goals are `Goal`s, whom to ring is its
`careTeam`, and what R4 has no element for stands in a `note` behind a fixed opening. Whatever else
is said goes into the narrative. A plan without them is read all the same and lacks those fields.

Plans are told in two more ways: as a form (`plan_forms.py`) and, for an advance decision, as a
consent (`consents.py`).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from federation.model import Assertion
from federation.records.base import Concept
from federation.records.care_plans import CarePlan, CprDecision, PlanContact, PlanStatus
from federation.records.fhir import r4
from federation.records.fhir.consents import read_consent
from federation.records.fhir.elements import Annotation, Period, Reference
from federation.records.fhir.plan_forms import read_form
from federation.records.fhir.plan_parts import activities, contacts, displays, goal, progress
from federation.records.fhir.pointers import pointed_at, type_of
from federation.records.fhir.r4 import one_of, when
from federation.records.fhir.reading import FhirReading, Search
from federation.records.fhir.resource import References, Resource, UnreadableError
from federation.records.fhir.structs.plans import FhirCarePlan
from federation.records.fhir.structs.resources import FhirFlag
from federation.records.fhir.words import labelled, lines
from federation.records.resuscitation import CPR_CODES, TWO_DECISIONS

NOTE_OPENINGS = {
    "Preferences: ": "preferences",
    "Preferred place of care: ": "preferred_place_of_care",
    "Preferred place of death: ": "preferred_place_of_death",
    "Ceiling of treatment: ": "ceiling_of_treatment",
    "Anticipatory medicines: ": "anticipatory_medicines",
    "Advance decision: ": "advance_decision",
    "Lasting power of attorney: ": "lasting_power_of_attorney",
    "Access: ": "access_note",
    "Last confirmed: ": "last_confirmed_at",
    "Discussed with: ": "discussed_with",
    "Contact: ": "contact",
}
_PROPOSED = frozenset(("proposal", "option"))
_SEEN_ELSEWHERE = frozenset(("Flag", "Patient"))


def read_care_plan(resource: Resource, references: References) -> CarePlan | Assertion | None:
    """One plan; None for one entered in error."""
    found = resource.read(FhirCarePlan)
    if found.status == "entered-in-error":
        return None
    inside = references.within(resource)
    plan_type = _plan_type(found)
    period = found.period or Period()
    said = _said(found.note)
    narrative = said.pop("narrative", ())
    discussed_with = said.pop("discussed_with", None)
    confirmed = said.pop("last_confirmed_at", None)
    named = said.pop("contact", None)
    cpr = _cpr(found.supporting_info, inside, discussed_with)
    if cpr is None:
        narrative = (labelled("Discussed with", (discussed_with,)), *narrative)
    return CarePlan(
        **r4.envelope(found, inside, authors=(found.author, *_houses(found, inside))),
        plan_type=plan_type,
        name=found.title or found.description or plan_type.display,
        status=PlanStatus.DRAFT
        if found.intent in _PROPOSED
        else one_of(PlanStatus, found.status, PlanStatus.UNKNOWN),
        effective_at=when(period.start),
        valid_until=when(period.end),
        recorded_at=when(found.created),
        last_confirmed_at=when(confirmed),
        goals=tuple(text for one in found.goal if (text := goal(one, inside))),
        cpr=cpr,
        activities=activities(found, inside),
        contacts=(*contacts(found, resource, inside), *_named(named)),
        narrative=_narrative(found, narrative, inside),
        **said,
    )


def _houses(found: FhirCarePlan, references: References) -> Iterable[Reference]:
    return (one for one in found.contributor if type_of(one, references) == "Organization")


def _plan_type(found: FhirCarePlan) -> Concept:
    if found.category:
        return r4.concept(found.category[0])
    name = found.title or found.description
    if not name:
        raise UnreadableError("a plan without a kind or a title")
    return Concept(display=name, original_text=name)


def _said(notes: Iterable[Annotation]) -> dict[str, Any]:
    """What notes say behind the openings of the profile, those of one opening joined.

    Notes without an opening are a tuple of their own, under `narrative`.
    """
    said: dict[str, Any] = {}
    for note in notes:
        opening = next((start for start in NOTE_OPENINGS if note.text.startswith(start)), None)
        if opening is None:
            said["narrative"] = (*said.get("narrative", ()), note.words())
            continue
        field, text = NOTE_OPENINGS[opening], note.text.removeprefix(opening).strip()
        said[field] = f"{said[field]}\n{text}" if field in said else text
    return said


def _named(told: str | None) -> Iterable[PlanContact]:
    # Name, relation and number in one line are not taken apart: nobody can be sure which is which.
    return (PlanContact(name=line) for line in (told or "").split("\n") if line)


def _narrative(
    found: FhirCarePlan, notes: Iterable[str | None], references: References
) -> str | None:
    others = (r4.concept(one).display for one in found.category[1:])
    pointers = (
        pointed_at(one, references)
        for one in found.supporting_info
        if type_of(one, references) not in _SEEN_ELSEWHERE
    )
    return lines(
        found.description if found.title else None,
        *notes,
        *progress(found),
        labelled("Also", others),
        labelled("Because of", displays(found.addresses, references)),
        labelled("Based on", displays(found.based_on, references)),
        labelled("Part of", displays(found.part_of, references)),
        labelled("See also", pointers),
    )


def _cpr(
    supporting: Iterable[Reference], references: References, discussed_with: str | None
) -> CprDecision | None:
    flags = [flag for one in supporting if (flag := _flag(one, references))]
    kinds = {CPR_CODES[code] for flag in flags for code in flag.code.codes() if code in CPR_CODES}
    if not kinds:
        return None
    if len(kinds) > 1:
        raise UnreadableError(TWO_DECISIONS)
    signed = max(flags, key=lambda flag: (flag.period and flag.period.start) or "")
    return CprDecision(
        decision=kinds.pop(),
        decided_at=when(signed.period.start if signed.period else None),
        clinician=r4.practitioner(signed.author, references),
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
    searches=(
        Search(kind="CarePlan", includes=("goal", "care-team")),
        Search(kind="Consent", spared=True),
        Search(kind="QuestionnaireResponse", spared=True),
    ),
    readers={
        "CarePlan": read_care_plan,
        "Consent": read_consent,
        "QuestionnaireResponse": read_form,
    },
    points_at=("Goal", "Flag", "CareTeam", "RelatedPerson"),
)

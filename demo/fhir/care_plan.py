"""Care plans as CarePlan, by the demo's profile.

Goals, the decision on resuscitation and whom to ring are contained: a Goal each, an active Flag
whose code says what was decided, when and by whom, and a CareTeam in the order to ring. What R4 has
no element for stands in notes that begin with fixed words.
"""

from __future__ import annotations

from collections.abc import Iterator

from demo.fhir.elements import (
    SNOMED,
    Resource,
    author_role,
    coded,
    concept,
    contained_author,
    house,
    patient,
    shared,
    staff,
    trimmed,
    words,
)
from demo.store import StoredPart
from federation.records.care_plans import CarePlan, CprDecision, CprKind, PlanContact, PlanStatus

FOR_CPR = ("450475007", "For attempted cardiopulmonary resuscitation")
NOT_FOR_CPR = ("450476008", "Not for attempted cardiopulmonary resuscitation")
_DECISIONS = {CprKind.ATTEMPT_CPR: FOR_CPR, CprKind.DO_NOT_ATTEMPT_CPR: NOT_FOR_CPR}
_STATUS = {
    PlanStatus.DRAFT: "draft",
    PlanStatus.ACTIVE: "active",
    PlanStatus.ON_HOLD: "on-hold",
    PlanStatus.REVOKED: "revoked",
    PlanStatus.COMPLETED: "completed",
}


def care_plans(part: StoredPart, key: str) -> list[Resource]:
    """Every plan that a node holds."""
    return [_care_plan(item, key) for item in part.items if isinstance(item, CarePlan)]


def _care_plan(item: CarePlan, key: str) -> Resource:
    goals = [_goal(text, index, key) for index, text in enumerate(item.goals, 1)]
    flag = _flag(item.cpr, key)
    people = [_related(one, at, key) for at, one in enumerate(item.contacts, 1)]
    team = _team(people, key)
    return {
        **shared("CarePlan", item, author_role(item), *goals, flag, *people, team),
        **trimmed(
            status=_STATUS.get(item.status, "unknown"),
            intent="plan",
            category=[concept(item.plan_type)],
            title=item.name,
            description=item.narrative,
            subject=patient(key),
            period=trimmed(start=item.effective_at, end=item.valid_until),
            created=item.recorded_at,
            author=contained_author(item),
            contributor=[house(item.custodian)] if item.custodian else None,
            careTeam=[{"reference": "#contacts"}] if team else None,
            supportingInfo=[{"reference": "#resuscitation"}] if flag else None,
            goal=[{"reference": f"#{goal['id']}"} for goal in goals],
            activity=[_activity(text) for text in item.activities],
            note=[{"text": text} for text in _notes(item)],
        ),
    }


def _activity(text: str) -> Resource:
    return {"detail": {"status": "in-progress", "description": text}}


def _related(contact: PlanContact, index: int, key: str) -> Resource:
    return trimmed(
        resourceType="RelatedPerson",
        id=f"contact-{index}",
        patient=patient(key),
        name=[{"text": contact.name}],
        relationship=[words(contact.relationship)] if contact.relationship else None,
        telecom=[{"system": "phone", "value": phone} for phone in contact.phones],
    )


def _team(people: list[Resource], key: str) -> Resource | None:
    if not people:
        return None
    return {
        "resourceType": "CareTeam",
        "id": "contacts",
        "subject": patient(key),
        "participant": [{"member": {"reference": f"#{one['id']}"}} for one in people],
    }


def _goal(text: str, index: int, key: str) -> Resource:
    return {
        "resourceType": "Goal",
        "id": f"goal-{index}",
        "lifecycleStatus": "active",
        "description": {"text": text},
        "subject": patient(key),
    }


def _flag(cpr: CprDecision | None, key: str) -> Resource | None:
    code = _DECISIONS.get(cpr.decision) if cpr else None
    if cpr is None or code is None:
        return None
    return trimmed(
        resourceType="Flag",
        id="resuscitation",
        status="active",
        code=coded(SNOMED, *code),
        subject=patient(key),
        period=trimmed(start=cpr.decided_at),
        author=staff(cpr.clinician),
    )


def _notes(item: CarePlan) -> Iterator[str]:
    told = {
        "Discussed with": item.cpr.discussed_with if item.cpr else None,
        "Preferences": item.preferences,
        "Preferred place of care": item.preferred_place_of_care,
        "Preferred place of death": item.preferred_place_of_death,
        "Ceiling of treatment": item.ceiling_of_treatment,
        "Anticipatory medicines": item.anticipatory_medicines,
        "Advance decision": item.advance_decision,
        "Lasting power of attorney": item.lasting_power_of_attorney,
        "Access": item.access_note,
        "Last confirmed": item.last_confirmed_at,
    }
    return (f"{heading}: {text}" for heading, text in told.items() if text)

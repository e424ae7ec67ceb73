"""Care and support plans: contingency, end-of-life, ReSPECT, advance decisions. A whole list.

Never linked: each plan stands on its own line, newest by the day it was signed, whenever it was
fetched. Plans in use that decide differently on resuscitation stand first, each with the conflict;
none of them is chosen.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated

from msgspec import Struct

from federation.model import Category, Practitioner
from federation.records.base import (
    CategoryDefinition,
    Concept,
    Disagreement,
    FactKey,
    Instant,
    Item,
    PartialDate,
    PartialDateTime,
    Shape,
    described,
)
from federation.records.compare import places, safety
from federation.records.standing import below, standing


class PlanStatus(StrEnum):
    """Whether the plan is in use."""

    DRAFT = "DRAFT"
    ACTIVE = "ACTIVE"
    ON_HOLD = "ON_HOLD"
    REVOKED = "REVOKED"
    COMPLETED = "COMPLETED"
    UNKNOWN = "UNKNOWN"


class CprKind(StrEnum):
    """The decision on cardiopulmonary resuscitation."""

    ATTEMPT_CPR = "ATTEMPT_CPR"
    DO_NOT_ATTEMPT_CPR = "DO_NOT_ATTEMPT_CPR"
    NOT_STATED = "NOT_STATED"


class CprDecision(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True, gc=False):
    """One recorded decision on resuscitation. The signed form with the patient comes first."""

    decision: Annotated[CprKind, described("What was decided.")]
    decided_at: Annotated[PartialDate | None, described("When it was signed.")] = None
    clinician: Annotated[Practitioner | None, described("Who signed it.")] = None
    discussed_with: Annotated[str | None, described("With whom it was discussed.")] = None
    confirmed_at: Annotated[
        Instant | None, described("When this gateway last had it confirmed by its source.")
    ] = None


class PlanContact(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True, gc=False):
    """Somebody whom the plan says to ring."""

    name: Annotated[str, described("Who it is.")]
    relationship: Annotated[str | None, described("What they are to the person.")] = None
    phones: Annotated[tuple[str, ...], described("How to reach them.")] = ()


class CarePlan(Item, frozen=True, kw_only=True):
    """One plan as one source holds it."""

    plan_type: Annotated[Concept, described("What kind of plan it is.")]
    name: Annotated[str, described("Its title.")]
    status: Annotated[PlanStatus, described("Whether it is in use.")] = PlanStatus.UNKNOWN
    valid_until: Annotated[PartialDate | None, described("When it ends or must be reviewed.")] = (
        None
    )
    last_confirmed_at: Annotated[
        PartialDate | None, described("When it was last confirmed with the person.")
    ] = None
    goals: Annotated[tuple[str, ...], described("What the person wants to reach.")] = ()
    preferences: Annotated[str | None, described("What the person prefers, in words.")] = None
    preferred_place_of_care: Annotated[
        str | None, described("Where they wish to be cared for.")
    ] = None
    preferred_place_of_death: Annotated[str | None, described("Where they wish to die.")] = None
    cpr: Annotated[CprDecision | None, described("The recorded decision on resuscitation.")] = None
    ceiling_of_treatment: Annotated[str | None, described("How far treatment should go.")] = None
    anticipatory_medicines: Annotated[str | None, described("Medicines kept ready.")] = None
    advance_decision: Annotated[
        str | None, described("An advance decision to refuse treatment.")
    ] = None
    lasting_power_of_attorney: Annotated[
        str | None, described("Who may decide for the person, and about what.")
    ] = None
    contacts: Annotated[
        tuple[PlanContact, ...], described("Whom to ring, in the plan's order.")
    ] = ()
    access_note: Annotated[
        str | None, described("How to get in; for those who are on their way there.")
    ] = None
    activities: Annotated[tuple[str, ...], described("What is to be done.")] = ()
    narrative: Annotated[str | None, described("The plan in words, such as for one condition.")] = (
        None
    )


_DECISIONS = {
    CprKind.ATTEMPT_CPR: "for attempted resuscitation",
    CprKind.DO_NOT_ATTEMPT_CPR: "not for attempted resuscitation",
}
_ENDED = frozenset((PlanStatus.REVOKED, PlanStatus.COMPLETED))


def _signed(plan: CarePlan) -> PartialDateTime | None:
    decided = plan.cpr.decided_at if plan.cpr else None
    return decided or plan.effective_at or plan.recorded_at


def ended(plan: CarePlan) -> bool:
    """Whether it is no longer in use."""
    return plan.status in _ENDED


def _in_force(plan: CarePlan) -> bool:
    return plan.status is not PlanStatus.DRAFT and not ended(plan)


def _decision(plan: CarePlan) -> str | None:
    return _DECISIONS.get(plan.cpr.decision) if plan.cpr else None


def _related(plan: CarePlan) -> tuple[FactKey, ...]:
    return (("resuscitation",),) if _in_force(plan) and _decision(plan) else ()


def _said(plan: CarePlan) -> str:
    return f"{_decision(plan)}, signed {_signed(plan) or 'on a day not recorded'}"


def _related_conflicts(plans: Sequence[CarePlan]) -> tuple[Disagreement, ...]:
    if len({_decision(plan) for plan in plans}) <= 1:
        return ()
    message = f"Two different CPR decisions are in force: {places(plans)}."
    return (Disagreement(safety("cpr", message, plans, _said), tuple(plans)),)


_IN_USE = frozenset(("active", "unknown"))


def _subtitle(plan: CarePlan) -> str | None:
    until = f"Valid until {plan.valid_until}" if plan.valid_until else None
    return below(standing(plan.status, expected=_IN_USE), until, plan.plan_type.display)


CARE_PLANS = CategoryDefinition(
    category=Category.CARE_PLANS,
    field_name="carePlans",
    section_name="CarePlansSection",
    item=CarePlan,
    shape=Shape.WHOLE_LIST,
    description="Care and support plans, with the decision on resuscitation where one is recorded.",
    title=lambda plan: plan.name,
    subtitle=_subtitle,
    codes=lambda plan: plan.plan_type.codings,
    clinical_date=_signed,
    related=_related,
    related_conflicts=_related_conflicts,
    conflicts_first=True,
    ended=ended,
    links_by_identifier=False,
)

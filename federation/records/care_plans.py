"""Care and support plans: contingency, end-of-life, ReSPECT, the Universal Care Plan, advance decisions. A whole list; never linked."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from msgspec import Struct

from federation.model import Category, Practitioner
from federation.records.base import CategoryDefinition, Concept, Instant, Item, PartialDate, Shape, described


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


class CprDecision(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """One recorded decision on resuscitation. The signed form with the patient comes first, always."""

    decision: Annotated[CprKind, described("What was decided.")]
    decided_at: Annotated[PartialDate | None, described("When it was signed.")] = None
    clinician: Annotated[Practitioner | None, described("Who signed it.")] = None
    discussed_with: Annotated[str | None, described("With whom it was discussed.")] = None
    confirmed_at: Annotated[Instant | None, described("When this gateway last had it confirmed by its source.")] = None


class CarePlan(Item, frozen=True, kw_only=True):
    """One plan as one source holds it."""

    plan_type: Annotated[Concept, described("What kind of plan it is.")]
    name: Annotated[str, described("Its title.")]
    status: Annotated[PlanStatus, described("Whether it is in use.")] = PlanStatus.UNKNOWN
    valid_until: Annotated[PartialDate | None, described("When it ends or must be reviewed.")] = None
    last_confirmed_at: Annotated[PartialDate | None, described("When it was last confirmed with the person.")] = None
    goals: Annotated[tuple[str, ...], described("What the person wants to reach.")] = ()
    preferences: Annotated[str | None, described("What the person prefers, in words.")] = None
    preferred_place_of_care: Annotated[str | None, described("Where they wish to be cared for.")] = None
    preferred_place_of_death: Annotated[str | None, described("Where they wish to die.")] = None
    cpr: Annotated[CprDecision | None, described("The recorded decision on resuscitation.")] = None
    ceiling_of_treatment: Annotated[str | None, described("How far treatment should go.")] = None
    anticipatory_medicines: Annotated[str | None, described("Medicines kept ready.")] = None
    advance_decision: Annotated[str | None, described("An advance decision to refuse treatment.")] = None


CARE_PLANS = CategoryDefinition(
    category=Category.CARE_PLANS,
    field_name="carePlans",
    section_name="CarePlansSection",
    item=CarePlan,
    shape=Shape.WHOLE_LIST,
    description="Care and support plans, with the decision on resuscitation where one is recorded.",
    title=lambda plan: plan.name,
    subtitle=lambda plan: plan.plan_type.display,
    codes=lambda plan: plan.plan_type.codings,
    filled=True,
    links_by_identifier=False,
)

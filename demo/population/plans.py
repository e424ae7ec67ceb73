"""Care plans: the Universal Care Plan's, and those that a practice keeps itself.

Plan types are those of the National Record Locator. Not everybody with a plan has decided about
resuscitation.
"""

from __future__ import annotations

from datetime import date, timedelta

from demo.population.pen import Pen, day_text
from demo.population.terms import snomed
from federation.model import Practitioner
from federation.records.care_plans import CarePlan, CprDecision, CprKind, PlanStatus

END_OF_LIFE = snomed("736373009", "End of life care plan")
SUPPORT = snomed("2181441000000107", "Personalised care and support plan")
ADVANCE = snomed("736366004", "Advance care plan")
CRISIS = snomed("736253002", "Mental health crisis plan")

_PREFERENCES = (
    "Likes to be called by her or his first name; keep the radio on.",
    "Wants the family to be rung before any move to hospital.",
    "Prefers to be treated at home as long as symptoms are controlled.",
)
_GOALS = (
    "To stay at home with the support of the district nurses",
    "To see the grandchildren at weekends",
    "To walk to the corner shop again",
    "To be free of pain at night",
)


def universal_plan(pen: Pen) -> CarePlan:
    """A plan that the urgent care services are meant to see."""
    draw = pen.draw
    signed = pen.earlier(30, 500)
    author = draw.choice(pen.desk.staff)
    decision = draw.choice((CprKind.DO_NOT_ATTEMPT_CPR, CprKind.ATTEMPT_CPR, None))
    return CarePlan(
        **pen.envelope(signed, author),
        plan_type=END_OF_LIFE if decision else SUPPORT,
        name="Universal Care Plan",
        status=PlanStatus.ACTIVE,
        valid_until=day_text(signed + timedelta(days=730)),
        last_confirmed_at=day_text(pen.earlier(1, 29)),
        goals=tuple(draw.sample(_GOALS, 2)),
        preferences=draw.choice(_PREFERENCES),
        preferred_place_of_care="Home",
        preferred_place_of_death=draw.choice(("Home", "Hospice", None)),
        cpr=_decision(decision, signed, author) if decision else None,
        ceiling_of_treatment="Ward-based care, no intensive care" if decision else None,
        anticipatory_medicines="Kept at home in the blue box" if decision else None,
    )


def support_plan(pen: Pen) -> CarePlan:
    """A plan that a practice keeps for somebody with long-term conditions."""
    draw = pen.draw
    made = pen.earlier(60, 400)
    return CarePlan(
        **pen.envelope(made),
        plan_type=SUPPORT,
        name="Long-term conditions plan",
        status=draw.choice((PlanStatus.ACTIVE, PlanStatus.ACTIVE, PlanStatus.COMPLETED)),
        goals=(draw.choice(_GOALS),),
    )


def _decision(kind: CprKind, signed: date, author: Practitioner) -> CprDecision:
    return CprDecision(
        decision=kind,
        decided_at=day_text(signed),
        clinician=author,
        discussed_with="The person and a close relative",
    )

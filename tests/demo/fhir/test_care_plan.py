"""Care plans, written and read back with every field set."""

import pytest

from demo.fhir.care_plan import care_plans
from federation.model import Category
from federation.records.base import Coding, Concept
from federation.records.care_plans import CarePlan, CprDecision, CprKind, PlanContact, PlanStatus
from tests.demo.fhir.arriving import ENVELOPE, arriving, differing, unset

RESPECT = Concept(
    display="ReSPECT",
    codings=(Coding(system="http://snomed.info/sct", code="1382601000000107", display="ReSPECT"),),
)
PLAN = CarePlan(
    **ENVELOPE,
    plan_type=RESPECT,
    name="My plan",
    status=PlanStatus.ACTIVE,
    effective_at="2024-03-01",
    valid_until="2025-03-01",
    last_confirmed_at="2024-06",
    goals=("Stay at home", "See the sea"),
    preferences="Quiet, and the dog beside me.\nNo hospital at night.",
    preferred_place_of_care="Home",
    preferred_place_of_death="Hospice",
    cpr=CprDecision(
        decision=CprKind.DO_NOT_ATTEMPT_CPR, decided_at="2024-03-01", discussed_with="her daughter"
    ),
    ceiling_of_treatment="Ward",
    anticipatory_medicines="In the fridge",
    advance_decision="No ventilation",
    lasting_power_of_attorney="Her daughter, for health and welfare",
    contacts=(
        PlanContact(name="Joy Example", relationship="Daughter", phones=("07700 900123",)),
        PlanContact(name="St Example Hospice"),
    ),
    access_note="Key safe by the door",
    activities=("Turn twice a day", "Mouth care"),
    narrative="Crises: give oral rehydration early.",
)


def test_a_plan_arrives_field_by_field():
    """What was written with every field set is what is read."""
    assert unset(PLAN) == set()
    (read,) = arriving(Category.CARE_PLANS, care_plans, PLAN)
    assert differing(PLAN, read) == {}


@pytest.mark.parametrize("status", list(PlanStatus))
def test_every_state_of_a_plan_arrives(status):
    """A plan that is not in use never arrives as one that is."""
    item = CarePlan(source_id="i", plan_type=RESPECT, name="My plan", status=status)
    (read,) = arriving(Category.CARE_PLANS, care_plans, item)
    assert differing(item, read) == {}

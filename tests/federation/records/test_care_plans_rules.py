"""Care plans: never linked, in order of signature, two CPR decisions in force always shown."""

from __future__ import annotations

import pytest

from federation.records.care_plans import CARE_PLANS
from tests.builders import CARE_PLAN_NODE, LONDON
from tests.items import a_care_plan

FOR, NOT_FOR = "ATTEMPT_CPR", "DO_NOT_ATTEMPT_CPR"


def test_plans_never_link():
    """Not by fact, not by identifier."""
    assert CARE_PLANS.same_fact(a_care_plan(decision=FOR)) is None
    assert not CARE_PLANS.links_by_identifier


@pytest.mark.parametrize(
    ("given", "date"),
    [
        ({"decision": FOR, "decided_at": "2024-05-01", "effective_at": "2025"}, "2024-05-01"),
        ({"decision": FOR, "effective_at": "2025", "recorded_at": "2026"}, "2025"),
        ({"recorded_at": "2026"}, "2026"),
        ({}, None),
    ],
)
def test_a_plan_stands_by_the_day_it_was_signed(given, date):
    """The signature on the decision first, then the plan's own dates; never the fetch."""
    assert CARE_PLANS.clinical_date(a_care_plan(**given)) == date


def _found(*plans):
    related = [plan for plan in plans if CARE_PLANS.related(plan)]
    return CARE_PLANS.related_conflicts(related) if len(related) > 1 else ()


def test_two_different_decisions_in_force_are_a_safety_conflict_on_both():
    """Both sources and both signatures are named, and neither wins."""
    ours = a_care_plan("a", LONDON, decision=FOR, decided_at="2024-05-01")
    theirs = a_care_plan("b", CARE_PLAN_NODE, decision=NOT_FOR)
    (found,) = _found(ours, theirs)
    assert found.between == (ours, theirs)
    assert (found.conflict.field, found.conflict.severity.name) == ("cpr", "SAFETY")
    assert found.conflict.message == (
        "Two different CPR decisions are in force: London Care Record and Universal Care Plan."
    )
    assert [(said.source.id, said.value) for said in found.conflict.values] == [
        ("london-care-record", "for attempted resuscitation, signed 2024-05-01"),
        (
            "universal-care-plan",
            "not for attempted resuscitation, signed on a day not recorded",
        ),
    ]


@pytest.mark.parametrize(
    ("other", "disagree", "why"),
    [
        ({"decision": FOR}, False, "the same decision"),
        ({"decision": "NOT_STATED"}, False, "no decision"),
        ({}, False, "no decision recorded"),
        ({"decision": NOT_FOR, "status": "REVOKED"}, False, "revoked"),
        ({"decision": NOT_FOR, "status": "COMPLETED"}, False, "over"),
        ({"decision": NOT_FOR, "status": "DRAFT"}, False, "not in force yet"),
        ({"decision": NOT_FOR, "status": "ON_HOLD"}, True, "on hold may still be acted on"),
        ({"decision": NOT_FOR, "status": "UNKNOWN"}, True, "nothing says that it is over"),
        ({"decision": NOT_FOR, "valid_until": "2001"}, True, "past its review, not revoked"),
    ],
)
def test_only_decisions_in_force_disagree(other, disagree, why):
    """A plan that is over or a draft disputes nothing; anything else does."""
    found = _found(a_care_plan("a", decision=FOR), a_care_plan("b", **other))
    assert bool(found) is disagree, why


@pytest.mark.parametrize(
    ("status", "ended"),
    [("ACTIVE", False), ("DRAFT", False), ("REVOKED", True), ("COMPLETED", True)],
)
def test_a_plan_ends_when_revoked_or_completed(status, ended):
    """Everything else may still be acted on."""
    assert CARE_PLANS.ended(a_care_plan(status=status)) is ended

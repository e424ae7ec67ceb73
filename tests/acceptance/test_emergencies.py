"""Emergencies, on the way and at the door. Scenarios 4 to 7, 21, 22, 50 and 52."""

from __future__ import annotations

import pytest

from tests.acceptance.asking import CLINICAL, As
from tests.acceptance.launching import Launched
from tests.scenarios.network import System

HERTS, LONDON, PLANS = "herts-west-essex", "london-care-record", "universal-care-plan"
NODES = (LONDON, HERTS, "milton-keynes")


async def test_04_an_emergency_must_be_earned(as_: As):
    """The purpose alone opens nothing."""
    answer = await as_("paramedic-london").asks(about="two-doses", purpose="EMERGENCY")
    assert answer.refused_with == "EMERGENCY_NOT_EARNED"


@pytest.mark.xfail(reason="turned on by the person search")
async def test_06_unconscious_unknown(as_: As):
    """Unconscious, no number: at most five masked candidates, and nothing clinical."""
    answer = await as_("paramedic-london").sends(
        '{ searchPerson(familyName: "Adeyemi", aboutAge: 78) { candidates { id maskedName } } }', {}
    )
    assert answer.refused_with is None
    assert 1 <= len(answer.body["data"]["searchPerson"]["candidates"]) <= 5


@pytest.mark.xfail(reason="turned on by the cache")
async def test_07_the_plan_as_last_known(as_: As, system: System, launched: Launched):
    """The plan's text as last known, within its limit, and its decision as recorded then."""
    gateway = system.gateway({PLANS: "killed"})
    paramedic = as_("paramedic-london", gateway)
    for _ in range(2):
        launch = await launched("paramedic-london", "palliative", "INCIDENT", at=gateway)
        answer = await paramedic.asks(about="palliative", purpose="EMERGENCY", launch=launch)
        for process in gateway.killable:
            process.kill()
    assert answer.row(PLANS, "CARE_PLANS").state == "STALE"
    assert answer.titles("CARE_PLANS") == ["Universal Care Plan"]


async def test_52_a_child_with_a_protection_plan(as_: As, launched: Launched):
    """Emergency nurse, child with a plan next door: that it exists, and the telephone."""
    launch = await launched("ed-nurse-london", "child-protection", "ADMISSION")
    answer = await as_("ed-nurse-london").asks(
        about="child-protection", categories=CLINICAL, launch=launch
    )
    (alert,) = answer.items("ALERTS")
    assert alert["source"]["id"] == HERTS
    assert "01632 960242" in alert["text"]
    assert "Harm at home" not in answer.everything

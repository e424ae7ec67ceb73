"""Emergencies, on the way and at the door. Scenarios 4 to 7, 21, 22, 50 and 52."""

from __future__ import annotations

import pytest

from tests.acceptance.asking import As

HERTS, LONDON, PLANS = "herts-west-essex", "london-care-record", "universal-care-plan"
NODES = (LONDON, HERTS, "milton-keynes")


async def test_04_an_emergency_must_be_earned(as_: As):
    """The purpose alone opens nothing."""
    answer = await as_("paramedic-london").asks(about="everywhere", purpose="EMERGENCY")
    assert answer.refused_with == "EMERGENCY_NOT_EARNED"


@pytest.mark.xfail(reason="turned on by the person search")
async def test_06_unconscious_unknown(as_: As):
    """Unconscious, no number: at most five masked candidates, and nothing clinical."""
    answer = await as_("paramedic-london").sends(
        '{ searchPerson(familyName: "Adeyemi", aboutAge: 78) { candidates { id maskedName } } }', {}
    )
    assert answer.refused_with is None
    assert 1 <= len(answer.body["data"]["searchPerson"]["candidates"]) <= 5

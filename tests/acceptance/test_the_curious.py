"""Records that draw the curious. Scenarios 37 to 40 and 49."""

from __future__ import annotations

import asyncio

import pytest

from tests.acceptance.asking import CLINICAL, As

LONDON, HERTS = "london-care-record", "herts-west-essex"


async def test_37_ward_clerk_and_a_famous_patient(as_: As):
    """Famous patient admitted, a ward clerk opens the record: nothing clinical, and an alert."""
    clerk = as_("ward-clerk-london")
    answer = await clerk.asks(about="watched", categories=CLINICAL)
    if answer.refused_with is None:
        assert not any(answer.items(one) for one in CLINICAL if one != "APPOINTMENTS")
    else:
        assert answer.refused_with == "FORBIDDEN"
    assert await clerk.events("REFUSAL") or await clerk.events("VIEW")


async def test_39_a_nurse_and_her_own_record(as_: As):
    """Staff open their own record: refused, told of their own account, and alerted."""
    answer = await as_("community-nurse-herts").asks(about="the-nurse-herself")
    assert answer.refused_with == "FORBIDDEN"
    assert "Migraine" not in answer.everything


@pytest.mark.xfail(reason="turned on by throttling")
async def test_49_three_hundred_people_in_an_hour(as_: As):
    """One user opens three hundred people's records in an hour: slowed, and alerted."""
    doctor = as_("gp-london")
    answers = await asyncio.gather(
        *(
            doctor.asks(about="held-nowhere", categories=(), confirm="1900-01-01")
            for _ in range(300)
        )
    )
    assert "RATE_LIMITED" in {answer.refused_with for answer in answers}

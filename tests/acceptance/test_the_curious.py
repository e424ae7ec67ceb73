"""Records that draw the curious. Scenarios 37 to 40 and 49."""

from __future__ import annotations

import asyncio

import pytest

from tests.acceptance.asking import CLINICAL, As
from tests.acceptance.launching import Launched

LONDON, HERTS = "london-care-record", "herts-west-essex"


async def test_37_ward_clerk_and_a_famous_patient(as_: As):
    """Famous patient admitted, a ward clerk opens the record: nothing clinical, and an alert."""
    clerk = as_("ward-clerk-london")
    answer = await clerk.asks(about="watched", categories=CLINICAL)
    assert answer.refused_with == "FORBIDDEN"
    assert answer.body["data"] in (None, {"patient": None})
    *_, refused = await clerk.events("REFUSAL")
    assert refused["error"] == "FORBIDDEN"


async def test_37_the_attempt_is_alerted(as_: As):
    """Privacy officers are told of the attempt."""
    clerk = as_("ward-clerk-london")
    await clerk.asks(about="watched", categories=CLINICAL)
    assert await clerk.alerts("REFUSAL")


async def test_38_treating_consultant_and_a_famous_patient(as_: As, launched: Launched):
    """Famous patient, treating consultant: everything, and every look is reviewed."""
    launch = await launched("consultant-london", "watched", "ADMISSION")
    answer = await as_("consultant-london").asks(
        about="watched", categories=CLINICAL, launch=launch
    )
    assert "Inpatient stay" in answer.titles("ENCOUNTERS")
    assert "Ramipril 5mg capsules" in answer.titles("MEDICATIONS")
    assert "AUDIT_REVIEW" in answer.obligations


async def test_39_a_nurse_and_her_own_record(as_: As):
    """Staff open their own record: refused, told of their own account, and alerted."""
    nurse = as_("community-nurse-herts")
    answer = await nurse.asks(about="the-nurse-herself")
    assert answer.refused_with == "FORBIDDEN"
    assert answer.body["data"] in (None, {"patient": None})
    assert "your own account" in answer.refusal
    told = await nurse.does("declareRelationship", "id", "the-nurse-herself", reason="It is me")
    assert told.refused_with == "FORBIDDEN"
    *_, attempt = await nurse.alerts("REFUSAL")
    assert attempt["deed"] == "DECLARE_RELATIONSHIP"
    assert [to for to, _ in attempt["alerts"]] == ["organisation:Z99250"]


async def test_39_the_look_is_alerted(as_: As):
    """Privacy officers are told of the look, and not of a declaration alone."""
    nurse = as_("community-nurse-herts")
    await nurse.asks(about="the-nurse-herself")
    assert [one for one in await nurse.alerts("REFUSAL") if "deed" not in one]


async def test_40_a_nurse_and_her_husband(as_: As):
    """Staff open a relative's record: shown where work sends them, reviewed."""
    answer = await as_("community-nurse-herts").asks(about="the-nurses-husband")
    assert "Essential hypertension" in answer.titles("PROBLEMS")
    assert "AUDIT_REVIEW" in answer.obligations


async def test_40_not_on_her_own_word(as_: As):
    """On their own word they may not."""
    nurse = as_("community-nurse-herts")
    declared = await nurse.does(
        "declareRelationship", "id", "the-nurses-husband", reason="He asked me to look"
    )
    assert declared.refused_with == "FORBIDDEN"
    assert "your own statement is not enough" in declared.refusal
    *_, attempt = await nurse.alerts("REFUSAL")
    assert attempt["deed"] == "DECLARE_RELATIONSHIP"


async def test_40_the_look_is_alerted(as_: As):
    """Privacy officers are told of a look at a relative's record."""
    nurse = as_("community-nurse-herts")
    await nurse.asks(about="the-nurses-husband")
    assert await nurse.alerts("VIEW")


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

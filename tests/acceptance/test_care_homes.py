"""Care homes. Scenarios 10 to 13."""

from __future__ import annotations

import pytest

from tests.acceptance.asking import CLINICAL, As

LONDON = "london-care-record"


async def test_10_care_home_nurse_reads_a_residents_record(as_: As):
    """Care home nurse, resident: discharge summary, results, care plan and medicines."""
    answer = await as_("care-home-nurse-london").asks(
        about="elder-court-resident", categories=CLINICAL
    )
    assert "Discharge summary: shortness of breath" in answer.titles("DOCUMENTS")
    assert answer.titles("CARE_PLANS") == ["Universal Care Plan"]
    for category in ("RESULTS", "MEDICATIONS"):
        assert answer.states(category)[LONDON] == "FRESH"
        assert answer.items(category)


async def test_11_activities_worker_is_refused(as_: As):
    """Care home's activities worker: no role that gives care, and nothing clinical."""
    answer = await as_("care-home-activities-worker-london").asks(about="elder-court-resident")
    assert answer.refused_with == "FORBIDDEN"
    assert answer.body["data"] in (None, {"patient": None})


async def test_12_a_resident_who_moved_out(as_: As):
    """Care home's manager, resident moved out last month: the relationship has ended."""
    answer = await as_("care-home-manager-london").asks(about="moved-out", categories=CLINICAL)
    for category in CLINICAL:
        assert not answer.items(category)
    assert answer.states("MEDICATIONS")[LONDON] == "WITHHELD RELATIONSHIP_NEEDED"


async def test_13_standing_that_lapsed_yesterday(as_: As):
    """Care home whose standing lapsed yesterday: shown for a dated while, and told to renew."""
    answer = await as_("care-home-nurse-grace").asks(about="moved-out", categories=CLINICAL)
    assert answer.states("MEDICATIONS")[LONDON] == "FRESH"
    assert answer.items("MEDICATIONS")
    assert "must be renewed" in answer.told_of("RENEW_STANDING")


@pytest.mark.parametrize("persona", ["care-home-nurse-lapsed", "care-home-nurse-suspended"])
async def test_13_standing_whose_time_is_over(as_: As, persona: str):
    """After the grace, or once a named person suspended it: refused, and told how to renew."""
    answer = await as_(persona).asks(about="moved-out")
    assert answer.refused_with == "FORBIDDEN"
    assert answer.body["data"] in (None, {"patient": None})
    assert "must renew its assessment" in answer.refusal
    worker = await as_("care-home-activities-worker-london").asks(about="moved-out")
    assert worker.refused_with == "FORBIDDEN"
    assert "renew" not in worker.refusal, "only whoever it can help is told so"

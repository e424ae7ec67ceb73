"""What people want. Scenarios 31 to 33."""

from __future__ import annotations

from functools import partial

from tests.acceptance.asking import CLINICAL, As, Caller
from tests.acceptance.launching import Launched

HERTS, LONDON = "herts-west-essex", "london-care-record"


async def object_to(practice: Caller, about: str, **what: object) -> None:
    """The person's practice records what they said; said twice it counts once."""
    answer = await practice.does("recordObjection", "id", about, effect="OBJECT", **what)
    assert answer.refused_with is None, answer


async def test_31_opted_out_of_research(as_: As):
    """Direct care of somebody who opted out of research and planning: as anybody's."""
    answer = await as_("gp-london").asks(about="opted-out", categories=CLINICAL)
    for category in ("PROBLEMS", "MEDICATIONS", "OBSERVATIONS"):
        assert answer.states(category)[LONDON] == "FRESH"
        assert answer.items(category)
    assert answer.states("ENCOUNTERS")[HERTS] == "FRESH"


async def test_32_objection_to_the_london_record(as_: As, launched: Launched):
    """Person objected to the London record: withheld by objection, not liftable; others shown."""
    await object_to(as_("gp-london"), "objector", source=LONDON, inEmergency=True)
    launch = await launched("ed-doctor-watford", "objector", "ADMISSION")
    doctor = as_("ed-doctor-watford")
    answer = await doctor.asks(about="objector", categories=CLINICAL, launch=launch)
    for category in CLINICAL:
        row = answer.row(LONDON, category)
        assert (row.state, row.code, row.liftable) == ("WITHHELD", "OBJECTION", False), category
        assert not any(item["source"]["id"] == LONDON for item in answer.items(category))
    assert answer.row(LONDON, "ALLERGIES").contact
    assert answer.states("ENCOUNTERS")[HERTS] == "FRESH"
    granted = await doctor.does(
        "breakGlass", "id", "objector", reasonCode="RISK_TO_LIFE", reason="Collapse"
    )
    assert granted.refused_with is None, granted
    again = await doctor.asks(about="objector", categories=CLINICAL)
    assert again.states("ALLERGIES")[LONDON] == "WITHHELD OBJECTION"


async def test_33_objection_to_one_hospital(as_: As, launched: Launched):
    """Person objected to one hospital: withheld from that hospital, and from nobody else."""
    await object_to(as_("gp-london"), "objects-to-one-place", organisation="RWG")
    launch = await launched("ed-doctor-watford", "objects-to-one-place", "ADMISSION")
    there = await as_("ed-doctor-watford").asks(about="objects-to-one-place", launch=launch)
    assert there.states("MEDICATIONS")[LONDON] == "WITHHELD OBJECTION"
    assert not there.items("MEDICATIONS")
    practice = await as_("gp-london").asks(about="objects-to-one-place")
    assert practice.states("MEDICATIONS")[LONDON] == "FRESH"
    elsewhere = await launched("ed-doctor-london", "objects-to-one-place", "ADMISSION")
    other = await as_("ed-doctor-london").asks(about="objects-to-one-place", launch=elsewhere)
    assert other.items("MEDICATIONS")


async def test_33_taken_back(as_: As):
    """Taken back, it holds no longer: the next look is as the one before it was said."""
    practice, about = as_("gp-london"), "two-doses"
    what = {"source": LONDON, "category": "ALLERGIES", "organisation": "Z99201"}
    look = partial(as_("gp-herts").asks, about=about, categories=("ALLERGIES",))
    before = await look()
    assert before.states("ALLERGIES")[LONDON].startswith("FRESH")
    await object_to(practice, about, **what)
    assert (await look()).states("ALLERGIES")[LONDON] == "WITHHELD OBJECTION"
    taken = await practice.does("recordObjection", "id", about, effect="WITHDRAW", **what)
    assert taken.refused_with is None, taken
    assert (await look()).states("ALLERGIES") == before.states("ALLERGIES")

"""What people want. Scenarios 31 to 33."""

from __future__ import annotations

from tests.acceptance.asking import CLINICAL, As, Caller

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

"""Who is meant: replaced numbers, birth dates, records that are not theirs. 46, 47, 51, 53, 54."""

from __future__ import annotations

from tests.acceptance.asking import CLINICAL, As
from tests.scenarios.network import System


async def test_46_a_replaced_number_is_resolved_anew(as_: As, system: System):
    """A number replaced while a view is open: resolved anew, the old one dropped, and said."""
    story = system.people.stories["superseded"]
    answer = await as_("gp-london").asks(about="superseded")
    assert answer.row("herts-west-essex", "ALLERGIES").state == "FRESH"
    by_the_old = await as_("gp-london").asks(about="superseded", number=story.old_number)
    assert by_the_old.record["nhsNumber"] == story.nhs_number
    assert "replaced" in by_the_old.record["identity"]["message"]
    assert answer.titles("ALLERGIES") == by_the_old.titles("ALLERGIES")


async def test_47_another_birth_date_is_quarantined(as_: As):
    """A node returns another birth date: mismatch, its items quarantined, nothing of them shown."""
    answer = await as_("gp-london").asks(about="other-birth-date", categories=CLINICAL)
    for category in ("ALLERGIES", "MEDICATIONS", "OBSERVATIONS"):
        assert answer.row("milton-keynes", category).state == "IDENTITY_MISMATCH"
    assert {item["source"]["id"] for item in answer.items("MEDICATIONS")} == {"london-care-record"}
    assert answer.row("milton-keynes", "ALLERGIES").contact
    assert "Milton Keynes" in answer.headline


async def test_51_a_namesakes_number_shows_nothing(as_: As, system: System):
    """A clerk typed a namesake's number, on which every node agrees: not confirmed, and no data."""
    meant = system.people.stories["namesake-b"]
    answer = await as_("gp-london").asks(about="namesake-a", confirm=meant.birth_date)
    assert answer.refused_with == "IDENTITY_NOT_CONFIRMED"
    assert answer.body["data"] in (None, {"patient": None})
    assert "Penicillin" not in answer.everything


async def test_53_a_node_is_asked_by_the_number_that_it_knows(as_: As):
    """One node still holds the replaced number: asked by that too, and shown as one person."""
    answer = await as_("gp-london").asks(about="superseded", categories=CLINICAL)
    assert answer.row("herts-west-essex", "ALLERGIES").state == "FRESH"
    sources = {item["source"]["id"] for item in answer.items("OBSERVATIONS")}
    assert sources == {"london-care-record", "herts-west-essex"}


async def test_54_an_adopted_child_is_never_linked(as_: As):
    """Adopted child, old number known to a node: never linked, and nothing says so."""
    answer = await as_("gp-london").asks(about="adopted-child", categories=CLINICAL)
    for category in CLINICAL:
        assert answer.row("herts-west-essex", category).state == "NO_RECORD_HELD"
    assert "Garrod" not in answer.everything
    assert "Injury of the wrist" not in answer.everything

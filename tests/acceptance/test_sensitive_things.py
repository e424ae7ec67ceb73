"""What is sensitive, to whom. Scenarios 18, 19, 20, 23, 41, 57 and 59."""

from __future__ import annotations

from tests.acceptance.asking import CLINICAL, EVERYTHING, As

HERTS, LONDON = "herts-west-essex", "london-care-record"
TOPICS = ("sexual", "Chlamydia", "HIV", "Genitourinary", "STD", "Lamplight")


async def test_18_no_topic_is_named(as_: As):
    """Social worker about somebody whom a sexual health clinic saw: withheld, no topic named."""
    answer = await as_("social-worker-herts").asks(about="sensitive-items", categories=CLINICAL)
    said = answer.everything.replace(answer.notice, "")
    assert not [topic for topic in TOPICS if topic.lower() in said.lower()]
    other = await as_("social-worker-herts").asks(about="care-home-resident")
    assert answer.notice == other.notice


async def test_41_whereabouts_are_emptied_for_everybody(as_: As):
    """Clinician about a restricted person: address, telephone and practice emptied for all."""
    answer = await as_("gp-herts").asks(about="restricted", categories=EVERYTHING)
    person = answer.person
    assert (person["address"], person["phones"], person["gpPractice"]) == (None, [], None)
    for secret in ("Harlow", "CM20", "Foxbury", "Roding", "07700 900124", "Hamstel"):
        assert secret not in answer.everything, secret
    assert "Trimethoprim" in answer.titles("ALLERGIES")


async def test_57_the_next_appointment_is_withheld(as_: As):
    """Anybody about a restricted person's next appointment: withheld whole, places emptied."""
    answer = await as_("gp-herts").asks(about="restricted", categories=("APPOINTMENTS",))
    assert not answer.items("APPOINTMENTS")
    states = set(answer.states("APPOINTMENTS").values())
    assert states <= {"WITHHELD NOT_PERMITTED", "NOT_ASKED NOT_OFFERED"}
    assert "2026-07" not in answer.everything

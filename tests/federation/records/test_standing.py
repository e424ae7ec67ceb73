"""What a line says of what is not so, not in force or not done."""

from __future__ import annotations

import pytest

from federation.model import Category
from federation.records import DEFINITIONS
from federation.records.standing import named, turned
from tests.items import a_concept, an_item


@pytest.mark.parametrize(
    ("category", "given", "subtitle"),
    [
        (Category.ALLERGIES, {"verification_status": "REFUTED"}, "Refuted"),
        (Category.ALLERGIES, {"verification_status": "UNCONFIRMED"}, "Unconfirmed"),
        (
            Category.ALLERGIES,
            {"clinical_status": "RESOLVED", "reactions": (a_concept(None, "Rash"),)},
            "Ended; Rash",
        ),
        (Category.ALLERGIES, {"verification_status": "CONFIRMED"}, None),
        (
            Category.PROBLEMS,
            {"verification_status": "REFUTED", "clinical_status": "ACTIVE"},
            "Refuted",
        ),
        (Category.PROBLEMS, {"verification_status": "PROVISIONAL"}, "Provisional"),
        (
            Category.PROBLEMS,
            {"clinical_status": "RESOLVED", "body_site": "left knee"},
            "Resolved; left knee",
        ),
        (Category.PROBLEMS, {"clinical_status": "ACTIVE"}, None),
        (
            Category.MEDICATIONS,
            {"status": "STOPPED", "dosage": "one daily"},
            "Stopped; one daily, oral",
        ),
        (Category.MEDICATIONS, {"status": "ON_HOLD", "dosage": None}, "On hold; oral"),
        (Category.MEDICATIONS, {"status": "NOT_TAKEN", "dosage": None, "route": None}, "Not taken"),
        (
            Category.MEDICATIONS,
            {"status": "COMPLETED", "event": "ADMINISTERED", "dosage": "5 mg"},
            "Given; 5 mg, oral",
        ),
        (Category.MEDICATIONS, {"dosage": "one daily"}, "one daily, oral"),
        (Category.IMMUNISATIONS, {"given": False}, "Not given"),
        (
            Category.IMMUNISATIONS,
            {"given": False, "not_given_reason": "Declined"},
            "Not given: Declined",
        ),
        (Category.IMMUNISATIONS, {"given": True}, None),
        (Category.PROCEDURES, {"status": "not done"}, "Not done"),
        (Category.PROCEDURES, {"status": "completed", "outcome": "Success"}, "Success"),
        (Category.REFERRALS, {"status": "revoked", "reason": "Pain"}, "Revoked; Pain"),
        (Category.REFERRALS, {"status": "active", "intent": "proposal"}, "Proposal"),
        (Category.ENCOUNTERS, {"status": "cancelled", "reason": "Fall"}, "Cancelled; Fall"),
        (Category.ENCOUNTERS, {"status": "finished", "reason": "Fall"}, "Fall"),
        (Category.ALERTS, {"status": "INACTIVE", "text": "two visit"}, "Inactive; two visit"),
        (
            Category.ALERTS,
            {"end": "2026-03-01", "text": "two visit"},
            "Until 2026-03-01; two visit",
        ),
        (Category.RESULTS, {"status": "CANCELLED"}, "Cancelled"),
        (
            Category.RESULTS,
            {"status": "PRELIMINARY", "conclusion": "Benign"},
            "Preliminary; Benign",
        ),
        (Category.OBSERVATIONS, {"status": "preliminary", "value": None}, "Preliminary"),
    ],
)
def test_what_is_not_so_is_said_below_the_title(category, given, subtitle):
    """A line never reads as active, given, done or in force where its item says otherwise."""
    assert DEFINITIONS[category].subtitle(an_item(category, **given)) == subtitle


@pytest.mark.parametrize(
    ("category", "given", "starts"),
    [
        (Category.CARE_PLANS, {"status": "REVOKED"}, "Revoked; "),
        (Category.CARE_PLANS, {"valid_until": "2024-05-01"}, "Valid until 2024-05-01; "),
        (Category.DOCUMENTS, {"superseded_by": "d2"}, "Superseded; "),
        (Category.DOCUMENTS, {"status": "preliminary"}, "Preliminary; "),
        (Category.SOCIAL_CARE, {"status": "finished"}, "Finished; "),
    ],
)
def test_what_is_over_or_not_yet_says_so_before_its_kind(category, given, starts):
    """Plans, documents and packages that are no longer, or not yet, in force say so first."""
    assert DEFINITIONS[category].subtitle(an_item(category, **given)).startswith(starts)


@pytest.mark.parametrize(
    ("display", "said", "words"),
    [
        ("Penicillin", "No known penicillin allergy", ("no",)),
        ("Asthma", "?asthma", ("?",)),
        ("Asthma", "FH: asthma", ("fh",)),
        ("Asthma", "Asthma ruled out", ("ruled out",)),
        ("No known allergy", "No known allergies", ()),
        ("Asthma", "Asthma, mild", ()),
        ("Knot", "Nothing", ()),
        ("Asthma", None, ()),
    ],
)
def test_words_that_turn_a_code_round_are_found(display, said, words):
    """Denial, doubt and a relative's: as whole words, and only where the code has none."""
    concept = a_concept("1", display, original_text=said)
    assert turned(concept) == words
    assert named(concept) == (said if words else display)


@pytest.mark.parametrize(
    ("category", "field"),
    [(Category.ALLERGIES, "substance"), (Category.PROBLEMS, "condition")],
)
def test_what_was_denied_is_never_on_the_line_of_what_is_so(category, field):
    """The code alone makes no fact of words that say the opposite; the title says them."""
    definition = DEFINITIONS[category]
    denied = an_item(category, **{field: a_concept("195967001", "A", original_text="No A")})
    held = an_item(category, **{field: a_concept("195967001", "A", original_text="A")})
    assert definition.same_fact(denied) != definition.same_fact(held)
    assert not definition.may_link(denied, held)
    assert definition.title(denied) == "No A"

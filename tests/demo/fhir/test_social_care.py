"""Social care and what matters to a person, written and read back with every field set."""

import pytest

from demo.fhir.about_me import about_me
from demo.fhir.social_care import social_care
from federation.model import Category
from federation.records.about_me import AboutMe
from federation.records.base import Coding, Concept
from federation.records.social_care import SocialCareItem
from tests.demo.fhir.arriving import ENVELOPE, HOUSE, NURSE, arriving, differing, unset

# R4 has no element for who wrote down an episode, or when.
PACKAGE = SocialCareItem(
    **(ENVELOPE | {"author": None, "recorded_at": None}),
    kind=Concept(
        display="Deprivation of liberty",
        codings=(Coding(system="urn:x", code="1", display="Deprivation of liberty"),),
    ),
    text="Carers visit <twice> a day & at night.\nTwo for each transfer.",
    status="onhold",
    start="2024-01-02",
    end="2024-06",
    provider=HOUSE,
    named_worker=NURSE,
)
GARDEN = AboutMe(
    **ENVELOPE, effective_at="2024-05-01", heading="What matters to me", text="My garden.\nThe cat."
)


@pytest.mark.parametrize(
    ("category", "write", "item", "without"),
    [
        (Category.SOCIAL_CARE, social_care, PACKAGE, {"author", "recorded_at", "effective_at"}),
        (Category.ABOUT_ME, about_me, GARDEN, set()),
    ],
)
def test_an_item_arrives_field_by_field(category, write, item, without):
    """What was written with every field set is what is read."""
    assert unset(item) == without
    (read,) = arriving(category, write, item)
    assert differing(item, read) == {}


def test_a_fact_of_social_care_in_words():
    """A fact without a code, a provider or a worker arrives as it is."""
    words = Concept(display="Housing", original_text="Housing")
    item = SocialCareItem(source_id="i", kind=words, text="Ground-floor flat.", status="active")
    (read,) = arriving(Category.SOCIAL_CARE, social_care, item)
    assert differing(item, read) == {}

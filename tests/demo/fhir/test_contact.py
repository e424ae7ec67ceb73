"""Contacts, written and read back: two that have every field between them."""

import pytest

from demo.fhir.contact import care_teams, related_people
from federation.model import Category
from federation.records.contacts import Contact
from tests.demo.fhir.arriving import ENVELOPE, HOUSE, arriving, differing, unset

# R4 has no element for who wrote down a relation, or when; of a team it has whose it is.
BY_NOBODY = ENVELOPE | {"author": None, "recorded_at": None, "effective_at": "2024-05-01"}
RELATIVE = Contact(
    **(BY_NOBODY | {"custodian": None}),
    name="Joy Example",
    relationship="Wife",
    phones=("07700 900123", "01632 960111"),
    next_of_kin=True,
    lasting_power_of_attorney="Health and welfare, registered 2021",
    rank=1,
    carer=True,
    emergency=True,
)
NURSE = Contact(
    **BY_NOBODY,
    name="Nurse Ada Example",
    relationship="Professional",
    phones=("01632 960002",),
    rank=2,
    role="District nurse",
    organisation=HOUSE,
    team="Community nursing",
)


@pytest.mark.parametrize(("write", "item"), [(related_people, RELATIVE), (care_teams, NURSE)])
def test_a_contact_arrives_field_by_field(write, item):
    """What was written with every field set is what is read."""
    (read,) = arriving(Category.CONTACTS, write, item)
    assert differing(item, read) == {}


def test_between_them_they_have_every_field():
    """No field of a contact goes without being written and read back."""
    assert unset(RELATIVE) & unset(NURSE) == {"author", "recorded_at"}


def test_somebody_of_whom_only_the_name_is_known():
    """What is not known is not made up."""
    item = Contact(source_id="i", name="Joy Example")
    (read,) = arriving(Category.CONTACTS, related_people, item)
    assert differing(item, read) == {}

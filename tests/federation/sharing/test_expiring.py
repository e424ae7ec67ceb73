"""Agreements that are about to end are told of in time."""

from datetime import date, timedelta

import pytest

from federation.model import AgreementStatus
from federation.sharing.expiring import expiring
from tests.federation.sharing.given import an_agreement

TODAY = date(2026, 11, 26)


def _in(days, **given):
    return an_agreement(valid_until=TODAY + timedelta(days=days), **given)


@pytest.mark.parametrize(
    ("days", "stage"),
    [
        (91, None), (90, 90), (31, 90), (30, 30), (8, 30), (7, 7), (2, 7), (1, 1), (0, None),
        (-1, None),
    ],
)  # fmt: skip
def test_each_warning_is_due_from_its_day_on(days, stage):
    """From 90, 30, 7 days and a day before; not once it has ended."""
    assert [one.stage for one in expiring([_in(days)], TODAY)] == ([stage] if stage else [])


def test_the_first_to_end_comes_first():
    """Whoever reads the list begins with what is most pressing."""
    found = expiring([_in(30, id="b"), _in(5, id="a"), _in(30, id="a")], TODAY)
    assert [(one.days, one.agreement) for one in found] == [(5, "a"), (30, "a"), (30, "b")]


def test_what_opens_nothing_or_never_ends_is_not_told_of():
    """A draft, a suspended agreement, and one without an end."""
    none = [
        _in(5, status=AgreementStatus.DRAFT),
        _in(5, status=AgreementStatus.SUSPENDED),
        an_agreement(valid_until=None),
    ]
    assert expiring(none, TODAY) == ()


def test_it_can_be_asked_for_further_ahead():
    """Whoever plans a year wants more than the warnings."""
    assert [one.stage for one in expiring([_in(200)], TODAY, within=365)] == [None]

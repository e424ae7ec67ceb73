"""Age in words, as exact as its dates."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from federation.merge.age import age_text

NOON = datetime(2026, 10, 5, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("born", "died", "age", "why"),
    [
        ("2026-10-05", None, "0 days", "born today"),
        ("2026-10-04", None, "1 day", "one"),
        ("2026-09-08", None, "27 days", "days up to four weeks"),
        ("2026-09-07", None, "4 weeks", "four weeks, not yet a month"),
        ("2026-09-05", None, "1 month", "a month to the day"),
        ("2026-05-17", None, "4 months", "the month is not full"),
        ("2024-10-06", None, "23 months", "a day short of two years"),
        ("2024-10-05", None, "2 years", "two years to the day"),
        ("1943-10-06", None, "82 years", "the day before the birthday"),
        ("1943-10-05", None, "83 years", "the birthday"),
        ("1943", None, "82 or 83 years", "a year leaves two ages"),
        ("1943-10", None, "82 or 83 years", "so does this month"),
        ("1943-02", None, "83 years", "this month leaves one"),
        ("2026", None, "9 months", "the oldest that fits, if even the unit is open"),
        ("2025", None, "9 or 21 months", "a year of months"),
        ("2026-09", None, "1 month", "the oldest that fits"),
        ("1943-10-05", "2020-10-04", "76 years", "at death"),
        ("1943-10-05", "2020", "76 or 77 years", "at a death in some month of that year"),
        ("2026-10-06", None, None, "born tomorrow"),
        ("2000-01-01", "1999", None, "died before the birth"),
        (None, None, None, "no date of birth"),
        ("2026-10-04T23:30:00Z", None, "0 days", "born after midnight here"),
    ],
)
def test_age_is_told_as_exactly_as_the_dates_allow(born, died, age, why):
    """Days, weeks, months, years; two numbers where the dates leave two."""
    assert age_text(born, died, NOON, deceased=died is not None) == age, why


def test_somebody_who_died_on_a_day_not_known_has_no_age():
    """Nobody goes on growing older."""
    assert age_text("1943-10-05", None, NOON, deceased=True) is None


@given(st.dates(max_value=NOON.date()))
def test_every_real_day_of_birth_gives_one_age(born):
    """A whole date of birth never leaves two ages open."""
    age = age_text(born.isoformat(), None, NOON, deceased=False)
    assert age is not None
    assert " or " not in age

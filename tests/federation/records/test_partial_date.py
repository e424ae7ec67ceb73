"""Partial dates: what is a date, how they sort, and which days they could mean."""

from __future__ import annotations

from datetime import date

import pytest

from federation.records.partial_date import first_instant, is_date, local_days, sort_key

DATES = [
    ("2019", True),
    ("2019-04", True),
    ("2019-04-02", True),
    ("2020-02-29", True),
    ("2019-02-29", False),
    ("2019-13", False),
    ("2019-04-02T10:00:00Z", True),
    ("2019-04-02T10:00:00+01:00", True),
    ("2016-12-31T23:59:60Z", True),
    ("2019-02-30T10:00:00Z", False),
    ("2019-04-02T25:00:00Z", False),
    ("2019/04/02T10:00:00Z", False),
    ("2019-04-02T10:00:00", False),
    ("02/04/2019", False),
    ("2019-04-02\n", False),
    ("٢٠١٩", False),
    ("", False),
]


@pytest.mark.parametrize(("text", "expected"), DATES)
def test_what_is_a_date(text, expected) -> None:
    """A real day at one of four precisions, an instant only with its offset."""
    assert is_date(text) is expected


NEWEST_FIRST = [
    "2019-04-02T10:00:00+02:00",
    "2019-04-02T08:59:00+01:00",
    "2019-04-02",
    "2019-04",
    "2019",
    "2018-12-31",
    None,
]


def test_newest_first_and_undated_last() -> None:
    """A date counts from its first instant, and of two with the same the more precise is newer."""
    assert sorted(sorted(NEWEST_FIRST, key=str), key=sort_key, reverse=True) == NEWEST_FIRST


LOCAL = [
    ("2019", date(2019, 1, 1), date(2019, 12, 31)),
    ("2020-02", date(2020, 2, 1), date(2020, 2, 29)),
    ("2019-04-02", date(2019, 4, 2), date(2019, 4, 2)),
    ("2019-07-01T23:30:00Z", date(2019, 7, 2), date(2019, 7, 2)),
    ("2019-01-01T23:30:00Z", date(2019, 1, 1), date(2019, 1, 1)),
]


@pytest.mark.parametrize(("text", "first", "last"), LOCAL)
def test_days_are_days_in_the_united_kingdom(text, first, last) -> None:
    """An instant late on a summer's evening in UTC is on the next day here."""
    assert local_days(text) == (first, last)


def test_the_ends_of_the_calendar_do_not_overflow() -> None:
    """The first and the last instants that can be written have a place in the order."""
    first, last = "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"
    assert is_date(first)
    assert sort_key(first) < sort_key("2019") < sort_key(last)
    assert first_instant(last).year == 9999


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2026-09-01T08:00:00Z", "2026-09-01T09:00:00+01:00", True),
        ("2026-09-01T08:00:00Z", "2026-09-01T08:00:00+00:00", True),
        ("2026-09-01T08:00:00.5Z", "2026-09-01T09:00:00.5+01:00", True),
        ("2026-09-01T08:00:00Z", "2026-09-01T08:00Z", False),
        ("2026-09-01T08:00:00Z", "2026-09-01T08:00:01Z", False),
        ("2026-08-31T23:00:00Z", "2026-09-01", False),
    ],
)
def test_an_offset_says_nothing_about_precision(one, other, same):
    """One instant has one place, whatever its offset; seconds make it more precise."""
    assert (sort_key(one) == sort_key(other)) is same

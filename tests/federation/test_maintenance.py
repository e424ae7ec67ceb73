"""When a node may be down: local time, over midnight, through both changes of clocks."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest

from federation.maintenance import maintenance_until
from federation.model import Maintenance, Weekday
from federation.records.partial_date import LOCAL

SUNDAYS = Maintenance(days=(Weekday.SUNDAY,), begins=time(2), ends=time(4))
NIGHTLY = Maintenance(begins=time(22, 30), ends=time(1, 15))
SATURDAY_NIGHT = Maintenance(days=(Weekday.SATURDAY,), begins=time(22), ends=time(2))
HALF_PAST_ONE = Maintenance(begins=time(1, 30), ends=time(2, 30))
UNTIL_HALF_PAST_ONE = Maintenance(begins=time(0, 30), ends=time(1, 30))


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("window", "at", "until", "why"),
    [
        # 4 January 2026 is a Sunday, in winter; 5 July is one in summer.
        (SUNDAYS, "2026-01-04T01:59:59", None, "not yet"),
        (SUNDAYS, "2026-01-04T02:00", "2026-01-04T04:00", "it begins"),
        (SUNDAYS, "2026-01-04T03:59:59", "2026-01-04T04:00", "it still holds"),
        (SUNDAYS, "2026-01-04T04:00", None, "it is over"),
        (SUNDAYS, "2026-01-05T03:00", None, "a Monday"),
        (SUNDAYS, "2026-07-05T01:00", "2026-07-05T03:00", "local time in summer"),
        (SUNDAYS, "2026-07-05T03:30", None, "half past four in summer"),
        (NIGHTLY, "2026-01-05T23:00", "2026-01-06T01:15", "before midnight"),
        (NIGHTLY, "2026-01-06T00:00", "2026-01-06T01:15", "at midnight"),
        (NIGHTLY, "2026-01-06T01:14", "2026-01-06T01:15", "after midnight"),
        (NIGHTLY, "2026-01-06T01:15", None, "over"),
        (SATURDAY_NIGHT, "2026-01-04T01:00", "2026-01-04T02:00", "it began on Saturday"),
        (SATURDAY_NIGHT, "2026-01-03T01:00", None, "the night to Saturday is Friday's"),
        (SATURDAY_NIGHT, "2026-01-04T22:30", None, "Sunday night"),
        # Clocks go back on 25 October 2026 at 01:00 UTC: 01:00 to 02:00 comes twice.
        (HALF_PAST_ONE, "2026-10-25T00:29", None, "before its first half past one"),
        (HALF_PAST_ONE, "2026-10-25T00:30", "2026-10-25T02:30", "the first half past one"),
        (HALF_PAST_ONE, "2026-10-25T01:10", "2026-10-25T02:30", "ten past one, again"),
        (HALF_PAST_ONE, "2026-10-25T02:30", None, "over"),
        (UNTIL_HALF_PAST_ONE, "2026-10-25T01:20", "2026-10-25T01:30", "until the second one"),
        (SATURDAY_NIGHT, "2026-10-25T01:59", "2026-10-25T02:00", "an hour longer"),
        # Clocks go forward on 29 March 2026 at 01:00 UTC: 01:00 to 02:00 never comes.
        (HALF_PAST_ONE, "2026-03-29T01:15", "2026-03-29T01:30", "as long as ever"),
        (HALF_PAST_ONE, "2026-03-29T01:30", None, "half past two"),
        (UNTIL_HALF_PAST_ONE, "2026-03-29T00:45", "2026-03-29T01:30", "as long as ever"),
        (SATURDAY_NIGHT, "2026-03-29T00:59", "2026-03-29T01:00", "an hour shorter"),
        (SATURDAY_NIGHT, "2026-03-29T01:00", None, "three o'clock"),
    ],
)
def test_when_a_window_holds(window, at, until, why):
    """By the clock on the wall there, from its beginning up to its end."""
    found = maintenance_until((window,), utc(at))
    assert found == (until and utc(until)), why


@pytest.mark.parametrize("window", [SUNDAYS, NIGHTLY, SATURDAY_NIGHT, HALF_PAST_ONE])
def test_every_window_of_a_year_is_one_stretch(window):
    """Whatever clocks do, it is on once for each of its days, and its end is where it says."""
    at, ends = utc("2026-01-01T12:00"), set()
    while at < utc("2027-01-01T12:00"):
        until = maintenance_until((window,), at)
        if until is not None:
            ends.add(until)
            assert maintenance_until((window,), until) is None
        at += timedelta(minutes=15)
    assert len(ends) == (365 if not window.days else 52)
    # A quarter past one, which is left out once, is then a quarter past two.
    assert sum(one.astimezone(LOCAL).time() != window.ends for one in ends) == (window is NIGHTLY)


def test_windows_that_meet_are_one():
    """Whoever reads until when it lasts is not told of the seam."""
    windows = (
        Maintenance(begins=time(22), ends=time(0)),
        Maintenance(begins=time(0), ends=time(3)),
        Maintenance(begins=time(2), ends=time(5)),
    )
    assert maintenance_until(windows, utc("2026-01-05T23:00")) == utc("2026-01-06T05:00")


def test_a_node_that_may_always_be_down_is_told_of_for_a_week():
    """Its answer is found all the same."""
    always = (
        Maintenance(begins=time(0), ends=time(12)),
        Maintenance(begins=time(12), ends=time(0)),
    )
    at = utc("2026-01-05T23:00")
    until = maintenance_until(always, at)
    assert until is not None
    assert timedelta(days=7) <= until - at < timedelta(days=8)


def test_a_node_that_announced_nothing_is_always_expected():
    """There is no window without one."""
    assert maintenance_until((), utc("2026-01-04T03:00")) is None

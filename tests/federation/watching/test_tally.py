"""Calls are summed in slots of five minutes; quantiles are never better than what was measured."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from federation.watching.tally import (
    KEPT,
    STEPS_SECONDS,
    Counted,
    Ended,
    History,
    Tally,
    slot_of,
    window_of,
)
from tests.builders import NOW


def a_call(ended: Ended = Ended.ANSWERED, seconds: float = 0.1, **given_: int) -> Counted:
    return Counted(ended=ended, seconds=seconds, **given_)


@given(
    st.lists(st.floats(min_value=0.0, max_value=20.0), min_size=1, max_size=200),
    st.sampled_from((0.5, 0.95, 0.99)),
)
def test_a_quantile_is_the_step_above_what_was_measured(seconds, part):
    """At least that part of the calls took no longer, and the step below would not have done."""
    tally = Tally()
    for one in seconds:
        tally.add(a_call(seconds=one))
    found = tally.quantile(part)
    exact = sorted(seconds)[max(0, math.ceil(part * len(seconds) - 1e-9) - 1)]
    if found is None:
        assert exact > STEPS_SECONDS[-1]
    else:
        assert exact <= found
        below = max((step for step in STEPS_SECONDS if step < found), default=-1.0)
        assert exact > below


@given(st.lists(st.sampled_from(Ended)), st.lists(st.sampled_from(Ended)))
def test_two_tallies_put_together_are_one_of_all_their_calls(some, others):
    """Nothing is lost where sums are added."""
    one, other, both = Tally(), Tally(), Tally()
    for ended in some:
        one.add(a_call(ended, parts=2, whole=1))
        both.add(a_call(ended, parts=2, whole=1))
    for ended in others:
        other.add(a_call(ended, parts=3))
        both.add(a_call(ended, parts=3))
    one.include(other)
    assert window_of(one) == window_of(both)


def test_a_refusal_is_an_answer():
    """A node that says no is there; only silence and failure count against it."""
    tally = Tally()
    for ended in (Ended.ANSWERED, Ended.REFUSED, Ended.LATE, Ended.FAILED):
        tally.add(a_call(ended))
    window = window_of(tally)
    assert (window.answered, window.refused, window.late) == (0.5, 0.25, 0.25)


def test_without_calls_there_is_nothing_to_say():
    """No rate is made up: neither a perfect one nor a bad one."""
    window = window_of(Tally())
    assert (window.calls, window.answered, window.complete, window.p95_seconds) == (
        0,
        None,
        None,
        None,
    )


def test_an_hour_forgets_what_was_before_it_and_a_day_what_was_the_day_before():
    """Old slots count no more, and are let go."""
    history = History()
    history.add(a_call(Ended.FAILED), NOW - timedelta(hours=30))
    history.add(a_call(Ended.FAILED), NOW - timedelta(hours=5))
    history.add(a_call(), NOW)
    assert history.over(timedelta(hours=1), NOW).answered == 1.0
    assert history.over(timedelta(days=1), NOW).answered == 0.5
    assert [slot.tally.calls for slot in history.slots(NOW)] == [1, 1]
    assert history.total.calls == 3


def test_slots_do_not_pile_up():
    """A day of them is kept, however long the gateway runs."""
    history = History()
    for slot in range(1000):
        history.add(a_call(), NOW + slot * timedelta(minutes=5))
    assert len(history._slots) <= KEPT / timedelta(minutes=5)


def test_a_clock_that_is_set_back_loses_nothing():
    """What comes then is counted in the newest slot."""
    history = History()
    history.add(a_call(), NOW)
    history.add(a_call(), NOW - timedelta(minutes=20))
    assert [slot.tally.calls for slot in history.slots(NOW)] == [2]


def test_a_clock_that_was_far_ahead_is_forgotten():
    """What it counted in a year to come is not the last hour until then; the totals have it."""
    history = History()
    history.add(a_call(seconds=0.1), NOW)
    history.add(a_call(seconds=7.0), NOW + timedelta(days=400))
    history.add(a_call(seconds=0.1), NOW + timedelta(minutes=1))
    window = history.over(timedelta(hours=1), NOW + timedelta(minutes=2))
    assert (window.calls, window.p99_seconds) == (1, 0.1)
    assert history.total.calls == 3


def test_a_slot_begins_at_a_whole_five_minutes():
    """So that the slots of all gateways are the same."""
    at = datetime(2026, 10, 5, 9, 34, 59, 999999, tzinfo=UTC)
    assert slot_of(at) == datetime(2026, 10, 5, 9, 30, tzinfo=UTC)

"""How long a region takes to its report and to being live, by the steps that its node has taken."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace

from federation.joining.steps import Report, Retirement, Suspension
from federation.model import NodeState
from gateway.watching.clocks import SHOWN_LIVE, on_their_way
from tests.federation.joining.given import (
    APPROVED,
    ENROLLED,
    FIRST,
    LIVE,
    NOW,
    PASSED,
    ROSA,
    SAFETY_ONLY,
    SUBMITTED,
    SUE,
    after,
    step,
)

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
FAILED = replace(step(Report(passed=False), SUE, FIRST), at=NOW + HOUR)
REPORTED = replace(PASSED, at=NOW + 2 * HOUR)
APPROVED_LATER = tuple(replace(one, at=NOW + DAY) for one in APPROVED)
WENT_LIVE = replace(LIVE, at=NOW + 9 * DAY)
ALL = (REPORTED, *APPROVED_LATER, SAFETY_ONLY)


def shown(*steps, at=NOW + 10 * DAY):
    return list(on_their_way(after(ENROLLED, SUBMITTED, *steps), at))


@pytest.mark.parametrize(
    ("steps", "state", "reported", "live"),
    [
        ((), NodeState.SUBMITTED, None, None),
        ((FAILED,), NodeState.CONFORMANCE, None, None),
        ((FAILED, REPORTED), NodeState.AWAITING_APPROVAL, 2 * HOUR, None),
        (ALL, NodeState.SAFETY_ONLY, 2 * HOUR, None),
        ((*ALL, WENT_LIVE), NodeState.LIVE, 2 * HOUR, 9 * DAY),
        ((*ALL, WENT_LIVE, step(Suspension(reason="x"))), NodeState.SUSPENDED, 2 * HOUR, 9 * DAY),
    ],
)
def test_the_clocks_stop_at_the_report_that_it_passed_and_when_it_is_live(
    steps, state, reported, live
):
    """A report that it did not pass stops none."""
    (one,) = shown(*steps)
    assert (one.state, one.submitted_at) == (state, NOW)
    assert one.reported_at == (reported and NOW + reported)
    assert one.live_at == (live and NOW + live)


def test_a_later_report_does_not_set_the_first_clock_back():
    """It took so long to the first that it passed."""
    again = replace(step(Report(passed=True, signed="anew"), SUE, FIRST), at=NOW + 5 * HOUR)
    (one,) = shown(REPORTED, again)
    assert one.reported_at == NOW + 2 * HOUR


def test_who_is_not_among_those_that_join():
    """Who has been live for a month, and who left."""
    assert shown(*ALL, WENT_LIVE, at=NOW + 9 * DAY + SHOWN_LIVE) == []
    assert shown(step(Retirement(reason="x"), ROSA)) == []

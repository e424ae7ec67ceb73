"""Rows after release: the state, code and assertion that several parts come to."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from federation.model import Assertion, Category
from federation.sharing.rows import row_of_parts
from federation.status import FaultOrigin, SourceCode, SourceState, sentence
from tests.builders import LONDON, NOW
from tests.federation.sharing.given import a_part

S, A = SourceState, Assertion


def _part(state, code=None, **given):
    return a_part(Category.PROBLEMS, state=state, code=code, **given)


STATES = [
    # parts' states, whether anything is shown, the row's state
    ([S.FRESH], True, S.FRESH),
    ([S.FRESH], False, S.FRESH_EMPTY),
    ([S.FRESH_EMPTY], False, S.FRESH_EMPTY),
    ([S.FRESH, S.FRESH_EMPTY], True, S.FRESH),
    ([S.FRESH, S.FRESH], False, S.FRESH_EMPTY),
    ([S.PARTIAL], True, S.PARTIAL),
    ([S.PARTIAL], False, S.PARTIAL),
    ([S.CACHED], True, S.CACHED),
    ([S.STALE], False, S.STALE),
    ([S.WITHHELD], False, S.WITHHELD),
    ([S.UNAVAILABLE], False, S.UNAVAILABLE),
    ([S.INVALID_RESPONSE], False, S.INVALID_RESPONSE),
    ([S.FRESH, S.WITHHELD], True, S.PARTIAL),
    ([S.WITHHELD, S.FRESH], False, S.PARTIAL),
    ([S.UNAVAILABLE, S.WITHHELD], False, S.UNAVAILABLE),
    ([S.WITHHELD], True, S.PARTIAL),  # the node gave something beside saying that it withholds
    ([S.FRESH, S.PARTIAL], True, S.PARTIAL),
]


@pytest.mark.parametrize(("states", "held", "expected"), STATES)
def test_the_state_of_joined_parts(states, held, expected):
    """Whole parts make a whole row; one part missing among several makes the row a partial one."""
    told = row_of_parts(LONDON, [_part(state) for state in states], held=held)
    assert told.state is expected
    assert told.message == sentence(LONDON, expected, None)


ASSERTIONS = [
    # state, what the parts assert, whether anything is shown, the row's assertion
    (S.FRESH_EMPTY, [A.NONE_KNOWN], False, A.NONE_KNOWN),
    (S.FRESH_EMPTY, [A.NO_CONTENT_RECORDED], False, A.NO_CONTENT_RECORDED),
    (S.FRESH_EMPTY, [None], False, A.NO_CONTENT_RECORDED),
    (S.FRESH_EMPTY, [A.NOT_KNOWN], False, A.NOT_KNOWN),
    (S.FRESH_EMPTY, [A.NONE_KNOWN, A.NONE_KNOWN], False, A.NONE_KNOWN),
    (S.FRESH_EMPTY, [A.NONE_KNOWN, None], False, A.NO_CONTENT_RECORDED),
    (S.FRESH_EMPTY, [A.NOT_KNOWN, A.NONE_KNOWN], False, A.NOT_KNOWN),
    (S.FRESH, [None], True, None),
    (S.FRESH, [A.NO_CONTENT_RECORDED], True, None),
    (S.FRESH, [A.NONE_KNOWN], True, A.NONE_KNOWN),  # a contradiction that the reader must be told
    (S.FRESH, [A.NONE_KNOWN, None], True, A.NONE_KNOWN),
    (S.STALE, [A.NONE_KNOWN], False, A.NONE_KNOWN),
    (S.PARTIAL, [A.NONE_KNOWN], False, None),
    (S.PARTIAL, [None], True, None),
    (S.WITHHELD, [A.NONE_KNOWN], False, None),
    (S.UNAVAILABLE, [None], False, None),
]


@pytest.mark.parametrize(("state", "said", "held", "expected"), ASSERTIONS)
def test_what_an_empty_list_means(state, said, held, expected):
    """None known is asserted by every record or by none; what is not whole asserts nothing."""
    parts = [_part(state, assertion=assertion) for assertion in said]
    assert row_of_parts(LONDON, parts, held=held).assertion is expected


def test_the_worst_part_says_why():
    """Code, origin and retry advice are those of the part that is worst off."""
    late = _part(
        S.UNAVAILABLE, SourceCode.RATE_LIMITED, origin=FaultOrigin.NODE, retry_after_seconds=7
    )
    told = row_of_parts(LONDON, [_part(S.FRESH), late], held=True, retrieved_at=NOW)
    assert (told.code, told.origin, told.retry_after_seconds, told.retrieved_at) == (
        SourceCode.RATE_LIMITED,
        FaultOrigin.NODE,
        7,
        NOW,
    )
    assert told.retryable


def test_a_row_is_as_old_as_its_oldest_part():
    """Joined data is current to the earliest time that any part is current to."""
    parts = [
        _part(S.FRESH, data_current_to=NOW),
        _part(S.FRESH),
        _part(S.FRESH, data_current_to=NOW - timedelta(hours=2)),
    ]
    assert row_of_parts(LONDON, parts, held=True).data_current_to == NOW - timedelta(hours=2)
    assert row_of_parts(LONDON, parts[1:2], held=True).data_current_to is None


def test_a_failed_rule_is_told_and_asserts_nothing():
    """Where a rule failed on some items the row says that something is left out."""
    part = _part(S.FRESH, assertion=A.NONE_KNOWN)
    told = row_of_parts(LONDON, [part], held=False, unsettled=True)
    assert (told.state, told.code, told.origin, told.assertion) == (
        S.PARTIAL,
        SourceCode.POLICY_UNAVAILABLE,
        FaultOrigin.POLICY,
        None,
    )


FED = replace(LONDON, current_within=((Category.PROBLEMS, 60), (Category.ALLERGIES, 5)))


@pytest.mark.parametrize(
    ("node", "minutes", "expected", "why"),
    [
        (FED, 61, (S.FRESH, None), "a minute is allowed for clocks that differ"),
        (FED, 62, (S.PARTIAL, SourceCode.AWAITING_FILING), "it lags further than it said"),
        (FED, -5, (S.FRESH, None), "its clock is ahead"),
        (FED, None, (S.FRESH, None), "it does not say up to when its data goes"),
        (LONDON, 60 * 24 * 365, (S.FRESH, None), "it did not say how far it may lag"),
        (
            replace(LONDON, current_within=((Category.ALLERGIES, 5),)),
            60 * 24,
            (S.FRESH, None),
            "it said so of another category",
        ),
    ],
)
def test_a_feed_that_lags_further_than_was_declared_is_said_to(node, minutes, expected, why):
    """What such a feed has not brought is missing, and the row says up to when it goes."""
    current_to = None if minutes is None else NOW - timedelta(minutes=minutes)
    told = row_of_parts(
        node, [_part(S.FRESH, data_current_to=current_to)], held=True, retrieved_at=NOW
    )
    assert (told.state, told.code) == expected, why
    assert told.data_current_to == current_to
    late = expected[0] is S.PARTIAL
    assert ("older than it should be" in told.message) is late
    assert not late or told.message == (
        "London Care Record gave what it has up to 5 Oct 2026, 09:28, which is older than it"
        " should be; anything newer is not shown. If it matters now, ring 020 7946 0000."
    )


def test_a_feed_that_lags_asserts_nothing_of_an_empty_list():
    """That none were known yesterday is not that none are known."""
    part = _part(S.FRESH_EMPTY, assertion=A.NONE_KNOWN, data_current_to=NOW - timedelta(minutes=90))
    told = row_of_parts(FED, [part], held=False, retrieved_at=NOW)
    assert (told.state, told.assertion) == (S.PARTIAL, None)


def test_what_is_worse_than_a_lag_is_told_first():
    """A part that is withheld says so, however old it is."""
    part = _part(S.WITHHELD, SourceCode.OBJECTION, data_current_to=NOW - timedelta(days=1))
    told = row_of_parts(FED, [part], held=False, retrieved_at=NOW)
    assert (told.state, told.code) == (S.WITHHELD, SourceCode.OBJECTION)

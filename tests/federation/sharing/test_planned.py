"""A node that is down in maintenance that it announced says so, and until when."""

from __future__ import annotations

from datetime import UTC, datetime, time

import pytest
from msgspec.structs import replace

from federation.flow import Released
from federation.model import Category, Maintenance, Weekday
from federation.sharing import CedarRules, conceal
from federation.sharing.planned import told_maintenance
from federation.status import FaultOrigin, SourceCode, SourceState, row
from tests.builders import KEY, LONDON, NOW, a_question, a_reference
from tests.federation.sharing.given import a_part, held, released_from, verified_of
from tests.items import an_allergy

# It is half past ten on a Monday.
MONDAYS = Maintenance(days=(Weekday.MONDAY,), begins=time(10), ends=time(11, 15))
TUESDAYS = replace(MONDAYS, days=(Weekday.TUESDAY,))
PLANNED = replace(LONDON, maintenance=(TUESDAYS, MONDAYS))
S, C, O = SourceState, SourceCode, FaultOrigin  # noqa: E741 - one letter each


@pytest.fixture(scope="module")
def rules():
    return CedarRules.shipped()


def _told(node, state, code, origin, at=NOW):
    return told_maintenance(node, row(node, Category.ALLERGIES, state, code, origin), at)


@pytest.mark.parametrize(
    ("state", "code", "origin"),
    [
        (S.UNAVAILABLE, C.CONNECTION_REFUSED, O.NETWORK),
        (S.UNAVAILABLE, C.CONNECTION_LOST, O.NODE),
        (S.TIMED_OUT, C.DEADLINE_EXCEEDED, O.NODE),
        (S.UNAVAILABLE, C.NODE_ERROR, O.NODE),
        (S.UNAVAILABLE, C.NODE_ERROR, O.UPSTREAM_OF_NODE),
        (S.UNAVAILABLE, C.RATE_LIMITED, O.NODE),
    ],
)
def test_its_row_says_until_when(state, code, origin):
    """Its state and code stay: nothing was answered. When to come again is when it ends."""
    told = _told(PLANNED, state, code, origin)
    assert (told.state, told.code, told.origin) == (state, code, origin)
    assert told.message == (
        "London Care Record did not answer: it is in planned maintenance until 11:15."
        " If it matters now, ring 020 7946 0000."
    )
    assert (told.retryable, told.retry_after_seconds) == (True, 45 * 60)


@pytest.mark.parametrize(
    ("state", "code", "origin"),
    [
        (S.UNAVAILABLE, C.TLS_FAILED, O.NETWORK),
        (S.UNAVAILABLE, C.NODE_REFUSED_IDENTITY, O.NODE),
        (S.UNAVAILABLE, C.CONNECTION_REFUSED, O.GATEWAY),
        (S.UNAVAILABLE, C.RATE_LIMITED, O.GATEWAY),
        (S.TIMED_OUT, C.DEADLINE_EXCEEDED, O.GATEWAY),
        (S.INVALID_RESPONSE, C.MALFORMED, O.NODE),
        (S.IDENTITY_MISMATCH, C.WRONG_PERSON, O.NODE),
        (S.WITHHELD, C.OBJECTION, O.NODE),
        (S.NOT_ASKED, C.NODE_SUSPENDED, None),
        (S.PARTIAL, C.TRUNCATED, O.NODE),
        (S.FRESH, None, None),
    ],
)
def test_what_no_maintenance_explains_is_told_as_ever(state, code, origin):
    """A certificate, somebody else's data, the gateway's own fault: nothing excuses them."""
    plain = row(PLANNED, Category.ALLERGIES, state, code, origin)
    assert told_maintenance(PLANNED, plain, NOW) == plain


@pytest.mark.parametrize(
    ("node", "at"),
    [
        (LONDON, NOW),
        (replace(LONDON, maintenance=(TUESDAYS,)), NOW),
        (PLANNED, datetime(2026, 10, 5, 10, 15, tzinfo=UTC)),
    ],
    ids=["announced nothing", "another day", "it is over"],
)
def test_outside_of_it_a_node_that_is_down_is_down(node, at):
    """What it announced for another time says nothing of now."""
    plain = row(node, Category.ALLERGIES, S.UNAVAILABLE, C.NODE_ERROR, O.NODE)
    assert told_maintenance(node, plain, at) == plain


def test_over_midnight_the_day_is_said():
    """A time of tomorrow is not taken for one of today."""
    nightly = replace(LONDON, maintenance=(Maintenance(begins=time(9), ends=time(2)),))
    told = _told(nightly, S.UNAVAILABLE, C.NODE_ERROR, O.NODE)
    assert "until 6 Oct 2026, 02:00." in told.message


def test_a_node_that_answers_in_its_maintenance_is_used_as_ever(rules):
    """It announced that it may be down, not that it is."""
    given = held(allergies=a_part(Category.ALLERGIES, an_allergy("there")))
    (released,) = released_from(rules, verified_of(PLANNED, given))
    (plain,) = released_from(rules, verified_of(LONDON, given))
    assert released.items[Category.ALLERGIES] == plain.items[Category.ALLERGIES]
    told = released.rows[Category.ALLERGIES]
    assert (told.state, told.planned_until) == (S.FRESH, None)


def test_the_release_says_it_of_one_category_that_failed_and_of_a_whole_node(rules):
    """Whether the node is down or what is behind one of its lists."""
    lost = {"state": S.UNAVAILABLE, "code": C.NODE_ERROR, "origin": O.UPSTREAM_OF_NODE}
    given = held(allergies=a_part(Category.ALLERGIES, **lost))
    (released,) = released_from(rules, verified_of(PLANNED, given))
    assert "planned maintenance until 11:15" in released.rows[Category.ALLERGIES].message
    down = row(PLANNED, Category.ALLERGIES, S.UNAVAILABLE, C.CONNECTION_REFUSED, O.NETWORK)
    (released,) = released_from(rules, verified_of(PLANNED, rows=(down,)))
    assert "planned maintenance until 11:15" in released.rows[Category.ALLERGIES].message


def test_nothing_of_it_is_told_of_a_protected_person():
    """Whose maintenance it is would tell whose source it is."""
    told = _told(PLANNED, S.UNAVAILABLE, C.NODE_ERROR, O.NODE)
    released = Released(node=PLANNED, rows={Category.ALLERGIES: told}, restricted=True)
    (concealed,) = conceal(
        a_question(Category.ALLERGIES), a_reference(restricted=True), (released,), (), KEY
    )
    shown = concealed.rows[Category.ALLERGIES]
    assert "maintenance" not in shown.message
    assert (shown.planned_until, shown.retry_after_seconds) == (None, None)

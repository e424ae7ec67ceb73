"""Days that rules tell apart: what they say of a day they say of every day that is like it."""

from __future__ import annotations

import json
from datetime import date, timedelta

import cedarpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from federation.model import Category, OdsCode
from federation.sharing.days import day_like, turns_of
from federation.status import SourceCode
from tests.builders import LONDON
from tests.federation.sharing.given import a_case, rules_with

TODAY = date(2026, 10, 5)
FIXED, MONTH = date(2020, 3, 1), timedelta(days=-30)
OLD = 'resource.day < datetime("2020-03-01")'


def turns(condition):
    text = f"forbid (principal, action, resource) when {{ resource has day && {condition} }};"
    (policy,) = json.loads(cedarpy.policies_to_json_str(text))["staticPolicies"].values()
    return turns_of(policy["conditions"])


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (OLD, {FIXED}),
        ('datetime("2020-03-01") >= resource.day', {FIXED}),
        ('!(resource.day == datetime("2020-03-01"))', {FIXED}),
        ('resource.day < context.day.offset(duration("-30d"))', {MONTH}),
        ("resource.day > context.day", {timedelta()}),
        (f'{OLD} || resource.day < context.day.offset(duration("-30d"))', {FIXED, MONTH}),
        ("context.day < context.day", set()),
        ('resource.day < datetime("2020-03-01T12:00:00Z")', None),
        ('resource.day.offset(duration("1d")) < datetime("2020-03-01")', None),
        ('resource.day < context.day.offset(duration("-1h"))', None),
        ("resource.day.toTime() == context.day.toTime()", None),
        ("[context.day].contains(resource.day)", None),
    ],
)
def test_where_a_rule_turns(condition, expected):
    """Comparisons with fixed days and days counted from today; anything else tells all apart."""
    assert turns(condition) == expected


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2026-09-05", "2026-09-05"),  # a month ago to the day
        ("2026-09-06", "2026-09-06"),
        ("2026-10-04", "2026-09-06"),
        ("2020-03-01", "2020-03-01"),
        ("2020-03-02", "2020-03-02"),
        ("2023-01-01", "2020-03-02"),
        ("1999-01-01", "2020-02-29"),
    ],
)
def test_days_between_two_turns_are_alike(day, expected):
    """Each turn is a day of its own, and what lies between two of them is one."""
    assert day_like(date.fromisoformat(day), (FIXED, MONTH), TODAY).isoformat() == expected


def test_days_beyond_the_calendar_are_left_as_they_are():
    """Nobody's far offset stops a view."""
    assert day_like(FIXED, (timedelta(days=-999_999),), TODAY) == FIXED
    assert day_like(FIXED, (), TODAY) == FIXED


RULES = rules_with(
    '@id("old") @reason("r") forbid (principal, action == Action::"see", resource is Holding)'
    ' when { resource has day && (resource.day <= datetime("2026-09-20") &&'
    ' resource.day != datetime("2026-09-10") ||'
    ' resource.day > context.day.offset(duration("-7d"))) };'
)


@settings(max_examples=60, deadline=None)
@given(days=st.integers(-40, 10))
def test_the_rules_say_the_same_of_days_that_are_alike(days):
    """Law: whatever is decided of a day is decided of the day that stands for it."""
    today = a_case().footing.day
    day = today + timedelta(days=days)
    like = RULES.day_like(LONDON.id, OdsCode("RRV"), day, today)
    said, same = (RULES.decide(a_case(category=Category.RESULTS, day=one)) for one in (day, like))
    assert (said.outcome, said.rules) == (same.outcome, same.rules)
    assert said.code is not SourceCode.POLICY_UNAVAILABLE

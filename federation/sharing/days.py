"""Which days a rule tells apart, so that things of a hundred days fall into a few classes.

A rule that compares the day of a thing with fixed days, or with days counted from today, says the
same of all days between two of those. A rule that does anything else with a day tells every day
from every other, and costs a decision for each.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any

Turn = date | timedelta
"""A day, or how far from today one is."""
_COMPARISONS = frozenset(("<", "<=", ">", ">=", "==", "!="))
_DAY = {".": {"left": {"Var": "resource"}, "attr": "day"}}
_TODAY = {".": {"left": {"Var": "context"}, "attr": "day"}}
_FIXED = re.compile(r"\d{4}-\d{2}-\d{2}")
_DISTANCE = re.compile(r"(-?\d{1,6})d")


class _NotReadError(Exception):
    """A day is looked at in a way that is not known here."""


def turns_of(conditions: object) -> frozenset[Turn] | None:
    """The days at which what a rule says may turn; None where each day may be another case."""
    try:
        return frozenset(_turns(conditions))
    except (_NotReadError, ValueError):  # or a day that no calendar has
        return None


def day_like(day: date, turns: Iterable[Turn], today: date) -> date:
    """A day of which rules that turn on these days say the same as of this one."""
    try:
        days = sorted({today + one if isinstance(one, timedelta) else one for one in turns})
    except OverflowError:
        return day
    place = bisect_left(days, day)
    if not days or (place < len(days) and days[place] == day):
        return day
    return days[place - 1] + timedelta(days=1) if place else days[0] - timedelta(days=1)


def _turns(expression: object) -> Iterator[Turn]:
    if expression == _DAY:
        raise _NotReadError
    if isinstance(expression, Mapping):
        for operator, inner in expression.items():
            if operator in _COMPARISONS and _DAY in (inner["left"], inner["right"]):
                yield _turn(inner["right"] if inner["left"] == _DAY else inner["left"])
            else:
                yield from _turns(inner)
    elif isinstance(expression, list):
        for one in expression:
            yield from _turns(one)


def _turn(moment: Any) -> Turn:
    match moment:
        case {"datetime": [{"Value": str(text)}]} if _FIXED.fullmatch(text):
            return date.fromisoformat(text)
        case {"offset": [today, {"duration": [{"Value": str(text)}]}]} if today == _TODAY:
            if found := _DISTANCE.fullmatch(text):
                return timedelta(days=int(found.group(1)))
        case _ if moment == _TODAY:
            return timedelta()
    raise _NotReadError

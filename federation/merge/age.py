"""How old somebody is, in words as exact as the dates: "4 months", "83 years", "82 or 83 years"."""

from __future__ import annotations

from datetime import date, datetime

from federation.records.base import PartialDateTime
from federation.records.partial_date import LOCAL, local_days

_WEEKS_FROM_DAYS = 28
_YEARS_FROM_MONTHS = 24


def age_text(
    born: PartialDateTime | None,
    died: PartialDateTime | None,
    asked_at: datetime,
    *,
    deceased: bool,
) -> str | None:
    """The age on the day asked, or at death; None where the dates do not tell.

    >>> from datetime import UTC
    >>> asked_at = datetime(2026, 10, 5, 12, tzinfo=UTC)
    >>> age_text(PartialDateTime("2026-05-17"), None, asked_at, deceased=False)
    '4 months'
    >>> age_text(PartialDateTime("1943"), None, asked_at, deceased=False)
    '82 or 83 years'
    """
    if born is None or (deceased and died is None):
        return None
    today = asked_at.astimezone(LOCAL).date()
    first, last = local_days(died) if died else (today, today)
    earliest, latest = local_days(born)
    if last < earliest:
        return None
    youngest, oldest = _age(latest, max(first, latest)), _age(earliest, last)
    if youngest == oldest:
        return oldest
    return f"{youngest.split(' ')[0]} or {oldest}" if _same_unit(youngest, oldest) else oldest


def _age(born: date, on: date) -> str:
    days, months = (on - born).days, _months(born, on)
    if days < _WEEKS_FROM_DAYS:
        return _counted(days, "day")
    if months < _YEARS_FROM_MONTHS:
        return _counted(months, "month") if months else _counted(days // 7, "week")
    return _counted(months // 12, "year")


def _months(born: date, on: date) -> int:
    months = (on.year - born.year) * 12 + on.month - born.month
    return months - (on.day < born.day)


def _counted(count: int, unit: str) -> str:
    return f"{count} {unit}" if count == 1 else f"{count} {unit}s"


def _same_unit(one: str, other: str) -> bool:
    return one.split(" ")[1].rstrip("s") == other.split(" ")[1].rstrip("s")

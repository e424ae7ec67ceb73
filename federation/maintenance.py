"""When a node may be down, as it announced: windows of local time, over midnight and clock changes.

>>> from datetime import UTC, datetime, time
>>> nightly = Maintenance(begins=time(23), ends=time(1))
>>> maintenance_until([nightly], datetime(2026, 1, 5, 23, 30, tzinfo=UTC))
datetime.datetime(2026, 1, 6, 1, 0, tzinfo=datetime.timezone.utc)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta

from federation.model import Maintenance, Weekday
from federation.records.partial_date import LOCAL

_DAY = timedelta(days=1)
_WEEK = timedelta(days=7)
_WEEKDAYS = tuple(Weekday)


def maintenance_until(windows: Sequence[Maintenance], at: datetime) -> datetime | None:
    """Until when it may be down that may be down at `at`; None: it should be there.

    A window on which another follows ends with that one; of those that never end, a week is said.
    """
    until = at
    while until - at < _WEEK:
        end = max(_ends(windows, until), default=None)
        if end is None:
            break
        until = end
    return until if until > at else None


def _ends(windows: Iterable[Maintenance], at: datetime) -> Iterator[datetime]:
    """The ends of those that hold."""
    today = at.astimezone(LOCAL).date()
    for window in windows:
        for day in (today - _DAY, today):
            begins, ends = _span(window, day)
            if _is_on(window, day) and begins <= at < ends:
                yield ends


def _is_on(window: Maintenance, day: date) -> bool:
    """Whether it begins on this day."""
    return not window.days or _WEEKDAYS[day.weekday()] in window.days


def _span(window: Maintenance, day: date) -> tuple[datetime, datetime]:
    # A time that a change of clocks repeats, or leaves out, begins early and ends late: whoever
    # works through the change is not said to have stopped in the middle of it.
    over_midnight = window.ends <= window.begins
    return (
        min(_readings(day, window.begins)),
        max(_readings(day + _DAY if over_midnight else day, window.ends)),
    )


def _readings(day: date, said: time) -> tuple[datetime, datetime]:
    local = datetime.combine(day, said, LOCAL)
    return local.astimezone(UTC), local.replace(fold=1).astimezone(UTC)

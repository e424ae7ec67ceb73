"""When something that was arranged or that happened began and was over, for what it proves.

Only a date that names its day says so; where a time of day is missing, the whole local day counts.
"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

from federation.records.base import PartialDateTime
from federation.records.partial_date import LOCAL, first_instant, local_days

_DAY = len("2019-04-02")


def begin_of(text: PartialDateTime | None) -> datetime | None:
    """The first instant (aware UTC) that a date can mean; None where it does not name its day.

    >>> begin_of(PartialDateTime("2019-07-02")), begin_of(PartialDateTime("2019-07"))
    (datetime.datetime(2019, 7, 1, 23, 0, tzinfo=datetime.timezone.utc), None)
    """
    return first_instant(text) if text and len(text) >= _DAY else None


def end_of_day(text: PartialDateTime) -> datetime:
    """The instant (aware UTC) at which the last local day that a date can mean is over.

    >>> end_of_day(PartialDateTime("2019-07-02T10:00:00Z"))
    datetime.datetime(2019, 7, 2, 23, 0, tzinfo=datetime.timezone.utc)
    """
    next_day = local_days(text)[1] + timedelta(days=1)
    return datetime.combine(next_day, time(), LOCAL).astimezone(UTC)

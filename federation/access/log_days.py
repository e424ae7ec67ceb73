"""Events that the index finds by a clue, of the local days on which they were asked for."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterable
from contextlib import aclosing
from datetime import date, datetime, time, timedelta

from federation.access.access_log import AuditLog
from federation.audit import Clue, Opened, find
from federation.audit.wanted import local_day
from federation.records.partial_date import LOCAL
from federation.storage.base import AuditPlace

_WRITTEN_WITHIN = timedelta(days=1)
_LAST = date.max - 3 * _WRITTEN_WITHIN
"""No event is of a later day, and a day after it may be none that can be said."""


async def find_on_days(
    log: AuditLog,
    sought: Clue,
    since: date | None,
    until: date | None,
    before: AuditPlace | None = None,
) -> AsyncGenerator[Opened]:
    """Newest first, before the place `before`; both days included, None: without end."""
    # By when they were written, which is never before they were asked for.
    begins = _begins(since) if since else None
    ends = _begins(min(until, _LAST)) + _WRITTEN_WITHIN * 2 if until else None
    found = find(log.store, log.sealer, (sought,), before=before, since=begins, until=ends)
    async with aclosing(found) as events:
        async for event in events:
            if within(event, since, until):
                yield event


async def in_batches(events: AsyncIterable[Opened], size: int) -> AsyncGenerator[list[Opened]]:
    """The events in order, so many at a time."""
    some: list[Opened] = []
    async for event in events:
        some.append(event)
        if len(some) == size:
            yield some
            some = []
    if some:
        yield some


def within(event: Opened, since: date | None, until: date | None) -> bool:
    """Whether it was asked for on one of these days."""
    day = local_day(event.plain.at)
    return (not since or since <= day) and (not until or day <= until)


def _begins(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=LOCAL)

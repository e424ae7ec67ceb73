"""Finds events by a clue, newest first, and makes the index anew where it lacks something.

Nothing is believed of the index but that it names a place: what lies there is opened, by its seal
and for that place, and handed on only if it has what was looked for. So an entry that somebody
wrote into the index shows nobody another person's events. What the index lacks is not found, until
`reindex` has gone through the chain.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from datetime import datetime

from msgspec import Struct

from federation.audit.chain import Opened, open_row, sealed_under
from federation.audit.clues import Clue, clues, entries, entry, index, indexed
from federation.audit.seal import Sealer
from federation.storage.base import AuditPlace, AuditRow, AuditStore, IndexEntry

_PAGE = 100


class Reindexed(Struct, frozen=True, kw_only=True):
    """How many events there are, and how many entries the index had lacked of theirs."""

    events: int
    entries: int


async def find(
    store: AuditStore,
    sealer: Sealer,
    sought: Sequence[Clue],
    *,
    before: AuditPlace | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> AsyncGenerator[Opened, None]:
    """Every event that the index has under any of the clues, newest first, as far as it is read.

    By when they were written: from `since` on, before `until`, and before the place `before`
    (`place_of` the last that was read). Raises `AuditBrokenError` for one that is not as written.
    """
    wanted = frozenset(sought)
    by = tuple(one for clue in sought for one in entries(clue, sealer))
    while True:
        rows = await store.find(by, before=before, since=since, until=until, limit=_PAGE)
        for row in rows:
            event = open_row(row, sealer)
            if not wanted.isdisjoint(clues(event.plain, event.sealed)):
                yield event
        if len(rows) < _PAGE:
            return
        before = AuditPlace(rows[-1].at, rows[-1].writer, rows[-1].sequence)


def place_of(event: Opened) -> AuditPlace:
    """Where an event stands among those that are found."""
    return AuditPlace(event.written_at, event.writer, event.sequence)


async def reindex(store: AuditStore, sealer: Sealer) -> Reindexed:
    """Go through the chains and add what the index lacks, beside a running gateway or without one.

    Raises `AuditBrokenError` for an event that is not as written, after indexing those before it.
    """
    events = missing = 0
    page: list[AuditRow] = []
    async for row in store.read():
        page.append(row)
        if len(page) == _PAGE:
            missing += await _index(store, sealer, page)
            events, page = events + len(page), []
    missing += await _index(store, sealer, page)
    return Reindexed(events=events + len(page), entries=missing)


async def _index(store: AuditStore, sealer: Sealer, rows: Sequence[AuditRow]) -> int:
    return await store.index(index_of(rows, sealer))


def index_of(rows: Sequence[AuditRow], sealer: Sealer) -> tuple[IndexEntry, ...]:
    """What the index has of these rows, made anew from them."""
    return index(rows, [_entries(row, sealer) for row in rows])


def _entries(row: AuditRow, sealer: Sealer) -> tuple[str, ...]:
    event = open_row(row, sealer)
    # As they stood from the start: under the key that was the current one then.
    key = sealed_under(row)
    return tuple(entry(clue, sealer, key) for clue in indexed(event.plain, event.sealed))

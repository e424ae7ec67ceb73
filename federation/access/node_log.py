"""A node's log, for the officers of its own region: what was asked of it, and never about whom.

Newest first, found by the index and opened by its seal. That it was read is on the record before it
is told. What an entry says is `audit/asked.py`.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing

from msgspec import Struct
from msgspec.structs import replace

from federation.access.access_log import AuditLog, entry_id
from federation.access.log_cursors import LogCursors
from federation.access.log_days import find_on_days
from federation.access.officers import answers_for, need_officer
from federation.access.standing import Parts
from federation.audit import Opened, place_of
from federation.audit.asked import NodeLook, concerns, look_of
from federation.audit.chain import open_row
from federation.audit.clues import node as node_clue
from federation.audit.deeds import node_log_read
from federation.audit.wanted import local_day
from federation.deeds import ReadNodeLog
from federation.errors import (
    AuditBrokenError,
    ForbiddenError,
    LogUnreadableError,
    StorageError,
)
from federation.storage.base import AuditPlace


class NodeLogPage(Struct, frozen=True, kw_only=True):
    """Entries, each with its cursor."""

    looks: tuple[NodeLook, ...]
    cursors: tuple[str, ...]
    has_next: bool
    has_previous: bool


async def read_node_log(deed: ReadNodeLog, parts: Parts, log: AuditLog) -> NodeLogPage:
    """One page, once it is on the record that it was read.

    Raises the `ForbiddenError` of whoever may not, `InvalidCursorError` for a cursor that was not
    theirs, and `LogUnreadableError` where the log cannot be read or is not as it was written.
    """
    organisation = need_officer(deed.requester, or_operator=True)
    # What was asked of a node is kept, and told, when the node has left.
    if not answers_for(organisation, parts.registry.now().node_of_log(deed.node)):
        raise ForbiddenError
    page = await _page(deed, log)
    await parts.trail.record((node_log_read(deed, len(page.looks)),))
    return page


async def _page(deed: ReadNodeLog, log: AuditLog) -> NodeLogPage:
    cursors = _cursors(deed, log)
    before = cursors.open(deed.after) if deed.after is not None else None
    found: list[tuple[NodeLook, str]] = []
    try:
        async with aclosing(_events(deed, log, before)) as events:
            async for event in events:
                if len(found) == deed.first:
                    return _told(deed, found, has_next=True)
                found.append((await _look(deed, log, event), cursors.close(place_of(event))))
    except (StorageError, AuditBrokenError) as lost:
        raise LogUnreadableError from lost
    return _told(deed, found, has_next=False)


async def _events(
    deed: ReadNodeLog, log: AuditLog, before: AuditPlace | None
) -> AsyncGenerator[Opened]:
    sought = node_clue(deed.node)
    async with aclosing(find_on_days(log, sought, deed.since, deed.until, before)) as events:
        async for event in events:
            if concerns(event, deed.node):
                yield event


async def _look(deed: ReadNodeLog, log: AuditLog, event: Opened) -> NodeLook:
    rows = await log.store.of_view(event.plain.view_id)
    look = look_of(deed.node, event, [open_row(row, log.sealer) for row in rows])
    code = look.asker.organisation if look.asker else None
    return replace(
        look,
        # A client may keep the entries of two nodes, which differ, by their ids.
        id=entry_id(event, log.cursor_key, f"{deed.requester.authority}\x1f{deed.node}"),
        organisation=log.organisation(code, local_day(look.at)) if code else None,
    )


def _cursors(deed: ReadNodeLog, log: AuditLog) -> LogCursors:
    days = (day.isoformat() if day else "" for day in (deed.since, deed.until))
    return LogCursors(log.cursor_key, "node", deed.node, *days, deed.requester.authority)


def _told(deed: ReadNodeLog, found: list[tuple[NodeLook, str]], *, has_next: bool) -> NodeLogPage:
    return NodeLogPage(
        looks=tuple(look for look, _ in found),
        cursors=tuple(cursor for _, cursor in found),
        has_next=has_next,
        has_previous=deed.after is not None,
    )

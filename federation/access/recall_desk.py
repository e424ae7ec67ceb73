"""Recalls as officers of a node's own region ask for them, and how they stand."""

from __future__ import annotations

from datetime import datetime, time

from msgspec.structs import replace

from federation.access.access_log import AuditLog
from federation.access.log_cursors import LogCursors
from federation.access.officers import answers_for, need_officer
from federation.access.recall import MOST, Recaller
from federation.access.standing import Parts
from federation.audit.deeds import recalls_read
from federation.audit.recalls import RecallOf
from federation.deeds import Deed, ReadRecalls, Recall, RecallItem, RecallPage
from federation.errors import (
    AuditBrokenError,
    ForbiddenError,
    InvalidCursorError,
    LogUnreadableError,
    StorageError,
)
from federation.model import Node, NodeId
from federation.records.partial_date import LOCAL


async def recall_item(deed: RecallItem, parts: Parts, log: AuditLog, most: int = MOST) -> Recall:
    """How the recall stands after this run.

    Raises the `ForbiddenError` of whoever may not, `ConflictError` for a key of another recall,
    `InvalidCursorError`, and `LogUnreadableError` where the log cannot be read: then those who were
    told so far were told, and the next run goes on.
    """
    node = _node(deed, deed.node, parts)
    cursors = LogCursors(
        log.cursor_key, "recall", deed.node, deed.source_id, deed.requester.authority
    )
    before = cursors.open(deed.after) if deed.after is not None else None
    what = RecallOf(
        node=deed.node,
        source_id=deed.source_id,
        version=deed.version,
        reason=deed.reason,
        key=deed.key,
    )
    since = datetime.combine(deed.since, time.min, tzinfo=LOCAL) if deed.since else None
    try:
        recaller = _recaller(parts, log)
        run = await recaller.begin(deed, what, node, deed.asked_at, deed.note)
        stopped = await run.through(before, since, most)
        stands = await recaller.stands(what, run.named)
        return replace(
            stands,
            unread=await log.gone(),
            next=cursors.close(stopped) if stopped is not None else None,
        )
    except (StorageError, AuditBrokenError) as lost:
        raise LogUnreadableError from lost


async def read_recalls(deed: ReadRecalls, parts: Parts, log: AuditLog) -> RecallPage:
    """One page of a node's recalls, the last run first, once it is on the record."""
    _node(deed, deed.node, parts)
    recaller = _recaller(parts, log)
    try:
        known = await recaller.known(deed.node)
        ids = list(known)
        if deed.after is not None and deed.after not in known:
            raise InvalidCursorError
        begin = ids.index(deed.after) + 1 if deed.after is not None else 0
        page = ids[begin : begin + deed.first]
        recalls = [await recaller.stands(*known[each]) for each in page]
        gone = await log.gone()
    except (StorageError, AuditBrokenError) as lost:
        raise LogUnreadableError from lost
    await parts.trail.record((recalls_read(deed),))
    return RecallPage(
        recalls=tuple(replace(one, unread=gone) for one in recalls),
        has_next=begin + deed.first < len(ids),
        has_previous=deed.after is not None,
    )


def _recaller(parts: Parts, log: AuditLog) -> Recaller:
    return Recaller(store=log.store, sealer=log.sealer, trail=parts.trail)


def _node(deed: Deed, id_: NodeId, parts: Parts) -> Node:
    """The node whose officer asks, or the `ForbiddenError` that answers them."""
    # What a node showed is called back after it has left, too.
    node = parts.registry.now().node_of_log(id_)
    organisation = need_officer(deed.requester, or_operator=True)
    if node is None or not answers_for(organisation, node):
        raise ForbiddenError
    return node

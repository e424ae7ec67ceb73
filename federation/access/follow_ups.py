"""What became known after somebody's views: told to them alone, and that they have read it.

The audit log is where it is kept: what is told was written there first (`Pipeline.look_again`), and
is found under the authority that they looked under. Another role of theirs is not told: it might
not have been shown as much.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import datetime
from hashlib import blake2b

from msgspec.structs import replace

from federation.access.access_log import AuditLog
from federation.access.standing import Parts
from federation.audit import EventKind, Opened, find
from federation.audit.clues import told
from federation.audit.deeds import acknowledged, follow_ups_read
from federation.deeds import (
    Acknowledge,
    FollowUp,
    FollowUpKind,
    FollowUpPage,
    ReadFollowUps,
)
from federation.errors import (
    AuditBrokenError,
    ForbiddenError,
    InvalidCursorError,
    LogUnreadableError,
    NotFoundError,
    StandingLapsedError,
    StorageError,
)
from federation.model import Node, NodeId, Requester, RequesterKind
from federation.model import Standing as OrganisationStanding
from federation.sharing import UNNAMED_SOURCE, need_role

_KINDS = {
    EventKind.SECOND_LOOK: FollowUpKind.SECOND_LOOK,
    EventKind.RECALL_NOTICE: FollowUpKind.RECALL,
}
_ID_BYTES = 16


async def read_follow_ups(deed: ReadFollowUps, parts: Parts, log: AuditLog) -> FollowUpPage:
    """One page of the caller's own, newest first, once it is on the record that it was read.

    Raises the `ForbiddenError` of whoever is no professional, `InvalidCursorError` for a cursor
    that was not theirs, and `LogUnreadableError` where the log cannot be read.
    """
    _admit(deed.requester)
    found: list[FollowUp] = []
    begun = deed.after is None
    async with aclosing(_follow_ups(deed.requester, parts, log)) as follow_ups:
        async for one, _ in follow_ups:
            if begun:
                found.append(one)
            begun = begun or one.id == deed.after
            if len(found) > deed.first:
                break
    if not begun:
        raise InvalidCursorError
    page = tuple(found[: deed.first])
    if page:
        await parts.trail.record((follow_ups_read(deed),))
    return FollowUpPage(
        follow_ups=page,
        has_next=len(found) > deed.first,
        has_previous=deed.after is not None,
    )


async def acknowledge(deed: Acknowledge, parts: Parts, log: AuditLog) -> FollowUp:
    """The same, read. Twice changes nothing; raises `NotFoundError` where it is not theirs."""
    _admit(deed.requester)
    async with aclosing(_follow_ups(deed.requester, parts, log)) as follow_ups:
        async for one, event in follow_ups:
            if one.id == deed.follow_up:
                return await _acknowledge(deed, one, event, parts)
    raise NotFoundError


async def _acknowledge(deed: Acknowledge, one: FollowUp, event: Opened, parts: Parts) -> FollowUp:
    # Said once more it changes nothing, but the answer tells of it once more.
    number, recall = event.sealed.number, event.plain.recall
    await parts.trail.record((acknowledged(deed, one.view_id, one.category, number, recall),))
    return replace(one, acknowledged_at=one.acknowledged_at or deed.asked_at)


def _admit(requester: Requester) -> None:
    need_role(requester)
    if requester.kind is not RequesterKind.PROFESSIONAL:
        raise ForbiddenError
    if requester.standing is OrganisationStanding.LAPSED:
        raise StandingLapsedError


async def _follow_ups(
    requester: Requester, parts: Parts, log: AuditLog
) -> AsyncGenerator[tuple[FollowUp, Opened], None]:
    """All of theirs, newest first. What acknowledges something is newer than it: it comes before.

    A second look at a source that has left the network since is no longer told; a recall is, and
    once, whoever wrote it down at the same time as another.
    """
    nodes = {node.id: node for node in parts.registry.now().nodes}
    read: dict[str, datetime] = {}
    known: set[str] = set()
    try:
        async with aclosing(find(log.store, log.sealer, (told(requester.authority),))) as events:
            async for event in events:
                plain = event.plain
                if plain.kind is EventKind.ACKNOWLEDGED and plain.follow_up is not None:
                    read[plain.follow_up] = plain.at
                elif plain.kind in _KINDS and (plain.recall or plain.nodes[0] in nodes):
                    one = _follow_up(event, nodes, read, log.cursor_key)
                    if one.id not in known:
                        known.add(one.id)
                        yield one, event
    except (StorageError, AuditBrokenError) as lost:
        raise LogUnreadableError from lost


def _follow_up(
    event: Opened, nodes: dict[NodeId, Node], read: dict[str, datetime], key: bytes
) -> FollowUp:
    plain, (what,) = event.plain, event.sealed.told
    place = f"{event.writer}\0{event.sequence}".encode()
    if plain.recall is not None:
        # One for each look, though two runs at once found it.
        place = f"{plain.recall.id}\0{plain.view_id}".encode()
    id_ = blake2b(place, key=key, digest_size=_ID_BYTES, person=b"watling follow").hexdigest()
    return FollowUp(
        id=id_,
        kind=_KINDS[plain.kind],
        view_id=plain.view_id,
        viewed_at=plain.viewed_at or plain.at,
        at=plain.at,
        source=nodes.get(what.node, UNNAMED_SOURCE),
        category=what.category,
        message=what.message,
        acknowledged_at=read.get(id_),
    )

"""Calls an item back: finds every look that showed it, and tells those whose looks they were.

Each step is in the log before it counts, and the log is all there is of it: whoever was told is not
told again, so that a recall that was broken off is asked for once more and goes on. Looks that were
made after a recall was first asked for are none of it: by then the source had said otherwise.
"""

from __future__ import annotations

from collections.abc import AsyncIterable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import datetime

import msgspec
from msgspec.structs import replace

from federation.audit import AuditTrail, Opened, Sealer, find, place_of
from federation.audit.clues import kind
from federation.audit.clues import node as node_clue
from federation.audit.clues import recall as recall_clue
from federation.audit.event import AuditEvent, EventKind
from federation.audit.recalled import RecallNamed
from federation.audit.recalls import By, RecallOf, recall_notice, recalled
from federation.deeds import Recall
from federation.errors import ConflictError
from federation.model import Node, NodeId, ViewId
from federation.storage.base import AuditPlace, AuditStore

BATCH = 100
"""How many viewers are told in one transaction, so that no look waits long behind a recall."""
_ID_BYTES = 16
MOST = 20_000
"""How many events one request looks into; it says where the next goes on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recaller:
    """Calls items back in one log."""

    store: AuditStore
    sealer: Sealer
    trail: AuditTrail

    async def begin(
        self, by: By, what: RecallOf, node: Node, at: datetime, note: str | None = None
    ) -> Run:
        """Put it on the record. `ConflictError` where its key stands for another recall.

        Raises `StorageError` and `AuditBrokenError`, here and later, where the log cannot be read.
        """
        run = await self.plan(by, what, node, at)
        await self.trail.record((recalled(by, what, run.named, (node.id,), note),))
        return run

    async def plan(self, by: By, what: RecallOf, node: Node, at: datetime) -> Run:
        """The same, with nothing written down: which recall it is, and who has been told."""
        named: RecallNamed | None = None
        alike: set[str] = set()
        for id_, (earlier, as_named) in (await self.known(node.id)).items():
            if earlier == what:
                named = as_named
            elif what.key is not None and what.key == earlier.key:
                raise ConflictError
            if earlier.item == what.item:
                alike.add(id_)
        if named is None:
            named = RecallNamed(id=self._id_of(what), reason=what.reason, began_at=at)
        told = await self._told(alike)
        return Run(recaller=self, by=by, what=what, node=node, named=named, told=told)

    def _id_of(self, what: RecallOf) -> str:
        """The id of a recall that nobody asked for before.

        Two who ask for it at once give it one id, by which a viewer whom both tell is told once.
        """
        name = self.sealer.index_name(b"recall\0" + msgspec.json.encode(what))
        return name[:_ID_BYTES].hex()

    async def stands(self, what: RecallOf, named: RecallNamed) -> Recall:
        """How a recall stands, by the log."""
        views: dict[ViewId, tuple[str | None, bool]] = {}
        read: set[str] = set()
        sought = (recall_clue(named.id),)
        async with aclosing(find(self.store, self.sealer, sought)) as events:
            async for event in events:
                plain, sealed = event.plain, event.sealed
                if plain.kind is EventKind.RECALL_NOTICE and sealed.recalled is not None:
                    views[plain.view_id] = (sealed.recalled.viewer, sealed.told_to is not None)
                elif plain.kind is EventKind.ACKNOWLEDGED and plain.follow_up is not None:
                    read.add(plain.follow_up)
        notified = sum(professional for _, professional in views.values())
        return Recall(
            id=named.id,
            node=what.node,
            source_id=what.source_id,
            version=what.version,
            reason=named.reason,
            began_at=named.began_at,
            views=len(views),
            viewers=len({viewer for viewer, _ in views.values()}),
            notified=notified,
            others=len(views) - notified,
            acknowledged=len(read),
        )

    async def known(self, node: NodeId) -> dict[str, tuple[RecallOf, RecallNamed]]:
        """Every recall of a node by its id, in order of their last runs, newest first."""
        found: dict[str, tuple[RecallOf, RecallNamed]] = {}
        async with aclosing(find(self.store, self.sealer, (kind(EventKind.RECALLED),))) as events:
            async for event in events:
                named, item = event.plain.recall, event.sealed.recalled
                if named is None or item is None or event.plain.nodes != (node,):
                    continue
                what = RecallOf(
                    node=node,
                    source_id=item.source_id,
                    version=item.version,
                    reason=named.reason,
                    key=item.key,
                )
                found.setdefault(named.id, (what, named))
        return found

    async def _told(self, recalls: set[str]) -> set[ViewId]:
        told: set[ViewId] = set()
        if not recalls:
            return told
        sought = tuple(map(recall_clue, sorted(recalls)))
        async with aclosing(find(self.store, self.sealer, sought)) as events:
            async for event in events:
                if event.plain.kind is EventKind.RECALL_NOTICE:
                    told.add(event.plain.view_id)
        return told


@dataclass(slots=True, kw_only=True)
class Run:
    """One run of a recall."""

    recaller: Recaller
    by: By
    what: RecallOf
    node: Node
    named: RecallNamed
    told: set[ViewId]
    found: list[AuditEvent] = field(default_factory=list)

    async def through(
        self,
        before: AuditPlace | None = None,
        since: datetime | None = None,
        most: int | None = MOST,
        *,
        dry: bool = False,
    ) -> AuditPlace | None:
        """Look into the log, newest first, and tell; where it stopped, None at the end."""
        recaller, looked = self.recaller, 0
        sought = (node_clue(self.node.id),)
        events = find(recaller.store, recaller.sealer, sought, before=before, since=since)
        async with aclosing(events):
            async for event in events:
                await self._look(event, dry=dry)
                looked += 1
                if looked == most:
                    await self._tell(dry=dry)
                    return place_of(event)
        await self._tell(dry=dry)
        return None

    async def of(self, events: AsyncIterable[Opened], *, dry: bool = False) -> None:
        """Look into these events as well, and tell."""
        async for event in events:
            await self._look(event, dry=dry)
        await self._tell(dry=dry)

    async def _look(self, event: Opened, *, dry: bool) -> None:
        plain = event.plain
        if plain.at > self.named.began_at or plain.view_id in self.told:
            return
        category = self.what.shown_under(event)
        if category is None:
            return
        self.told.add(plain.view_id)
        self.found.append(recall_notice(self.by, self.what, self.named, event, category, self.node))
        if len(self.found) >= BATCH and not dry:
            await self._tell(dry=dry)

    async def _tell(self, *, dry: bool) -> None:
        if not dry and self.found:
            await self.recaller.trail.record(tuple(self.found))
            self.found.clear()


def foreseen(recall: Recall, notices: Sequence[AuditEvent]) -> Recall:
    """How a recall would stand, had these been told too."""
    notified = sum(one.sealed.told_to is not None for one in notices)
    viewers = {one.sealed.recalled.viewer for one in notices if one.sealed.recalled}
    return replace(
        recall,
        views=recall.views + len(notices),
        viewers=recall.viewers + len(viewers),
        notified=recall.notified + notified,
        others=recall.others + len(notices) - notified,
    )

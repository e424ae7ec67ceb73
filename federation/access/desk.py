"""The desk: the one way in to every deed, and no way out that is not on the record."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeVar

from msgspec import Struct

from federation.access.access_log import AuditLog, read_access_log
from federation.access.break_glass import break_glass
from federation.access.declare import declare_relationship
from federation.access.end_emergency import end_emergency_access
from federation.access.explain import explain_access
from federation.access.follow_ups import acknowledge, read_follow_ups
from federation.access.node_log import NodeLogPage, read_node_log
from federation.access.node_steps import (
    Membership,
    change_node,
    read_submissions,
    submit_node,
)
from federation.access.objection import record_objection
from federation.access.recall_desk import read_recalls, recall_item
from federation.access.review_queue import AccessReview
from federation.access.reviews import ReviewPage, read_reviews, review_access
from federation.access.standing import Parts
from federation.audit.deeds import deed_abandoned, deed_refused
from federation.audit.watch import Watch, flagged
from federation.deeds import (
    AccessLogPage,
    Acknowledge,
    BreakGlass,
    Declared,
    DeclareRelationship,
    Deed,
    DeedKind,
    EndEmergencyAccess,
    ExplainAccess,
    Explanation,
    FollowUp,
    FollowUpPage,
    NodeDeed,
    PersonDeed,
    ReadAccessLog,
    ReadFollowUps,
    ReadNodeLog,
    ReadRecalls,
    ReadReviews,
    ReadSubmissions,
    Recall,
    RecallItem,
    RecallPage,
    RecordedObjection,
    RecordObjection,
    ReviewAccess,
    SubmitNode,
)
from federation.errors import (
    AuditUnavailableError,
    ErrorCode,
    EvidenceNeededError,
    NotRecordedError,
    PolicyUnavailableError,
    RefusedError,
    StorageError,
)
from federation.flow import EmergencyAccess
from federation.joining.life import NodeLife
from federation.model import Node, ViewId
from federation.nhs_number import NhsNumber

_LOST = {
    DeedKind.EXPLAIN_ACCESS: PolicyUnavailableError,
    DeedKind.ACCESS_LOG: PolicyUnavailableError,
}
"""What a lost store is told as, where nothing was to be recorded in it."""
D = TypeVar("D", bound=Deed)
R = TypeVar("R")


class Happened(Struct, frozen=True, kw_only=True):
    """One deed as the operators hear of it, for alarms on how often: never who, never whom."""

    kind: DeedKind
    deed_id: ViewId
    organisation: str | None
    refused: ErrorCode | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessDesk:
    """Carries deeds out. `report` hears of each, done or refused, once it is over.

    `watch` counts refusals, together with those of looks; `membership` is of deeds about nodes.
    """

    parts: Parts
    log: AuditLog
    membership: Membership
    watch: Watch
    report: Callable[[Happened], None]

    async def break_glass(self, deed: BreakGlass) -> EmergencyAccess:
        """Emergency access, or the refusal that the caller reads."""
        return await self._carry_out(break_glass, deed)

    async def end_emergency_access(self, deed: EndEmergencyAccess) -> EmergencyAccess:
        """The grant as it ended."""
        return await self._carry_out(end_emergency_access, deed)

    async def declare_relationship(self, deed: DeclareRelationship) -> Declared:
        """A relationship on the caller's own word."""
        return await self._carry_out(declare_relationship, deed)

    async def record_objection(self, deed: RecordObjection) -> RecordedObjection:
        """An objection, or its withdrawal."""
        return await self._carry_out(record_objection, deed)

    async def explain_access(self, deed: ExplainAccess) -> Explanation:
        """What the caller may see, and why."""
        return await self._carry_out(explain_access, deed)

    async def read_access_log(self, deed: ReadAccessLog) -> AccessLogPage:
        """Who looked, as the caller may know it."""

        async def read(deed: ReadAccessLog, parts: Parts) -> AccessLogPage:
            return await read_access_log(deed, parts, self.log)

        return await self._carry_out(read, deed)

    async def read_node_log(self, deed: ReadNodeLog) -> NodeLogPage:
        """What was asked of a node, for the officers of its region."""

        async def read(deed: ReadNodeLog, parts: Parts) -> NodeLogPage:
            return await read_node_log(deed, parts, self.log)

        return await self._carry_out(read, deed)

    async def read_reviews(self, deed: ReadReviews) -> ReviewPage:
        """Alerts that wait for the caller's organisation, or for a node of their region."""

        async def read(deed: ReadReviews, parts: Parts) -> ReviewPage:
            return await read_reviews(deed, parts, self.log)

        return await self._carry_out(read, deed)

    async def review_access(self, deed: ReviewAccess) -> AccessReview:
        """What the caller found of one of them."""

        async def act(deed: ReviewAccess, parts: Parts) -> AccessReview:
            return await review_access(deed, parts, self.log)

        return await self._carry_out(act, deed)

    async def submit_node(self, deed: SubmitNode) -> Node:
        """A node that is to join, as it stands now."""

        async def act(deed: SubmitNode, parts: Parts) -> Node:
            return await submit_node(deed, parts, self.membership)

        return await self._carry_out(act, deed)

    async def change_node(self, deed: NodeDeed) -> Node:
        """A node, one step on."""

        async def act(deed: NodeDeed, parts: Parts) -> Node:
            return await change_node(deed, parts, self.membership)

        return await self._carry_out(act, deed)

    async def read_submissions(self, deed: ReadSubmissions) -> tuple[NodeLife, ...]:
        """How the nodes stand that were submitted."""

        async def read(deed: ReadSubmissions, parts: Parts) -> tuple[NodeLife, ...]:
            return await read_submissions(deed, parts, self.membership)

        return await self._carry_out(read, deed)

    async def read_follow_ups(self, deed: ReadFollowUps) -> FollowUpPage:
        """What became known after the caller's own views."""

        async def read(deed: ReadFollowUps, parts: Parts) -> FollowUpPage:
            return await read_follow_ups(deed, parts, self.log)

        return await self._carry_out(read, deed)

    async def acknowledge(self, deed: Acknowledge) -> FollowUp:
        """That the caller has read one of them."""

        async def act(deed: Acknowledge, parts: Parts) -> FollowUp:
            return await acknowledge(deed, parts, self.log)

        return await self._carry_out(act, deed)

    async def recall_item(self, deed: RecallItem) -> Recall:
        """An item called back, as far as this run came."""

        async def act(deed: RecallItem, parts: Parts) -> Recall:
            return await recall_item(deed, parts, self.log)

        return await self._carry_out(act, deed)

    async def read_recalls(self, deed: ReadRecalls) -> RecallPage:
        """How a node's recalls stand, for the officers of its region."""

        async def read(deed: ReadRecalls, parts: Parts) -> RecallPage:
            return await read_recalls(deed, parts, self.log)

        return await self._carry_out(read, deed)

    async def _carry_out(self, act: Callable[[D, Parts], Awaitable[R]], deed: D) -> R:
        try:
            done = await act(deed, self.parts)
        except RefusedError as refused:
            # A log that could not be written cannot be told so.
            if type(refused) is not AuditUnavailableError:
                await self._refuse(deed, refused)
            raise
        except StorageError as lost:
            error = _LOST.get(deed.kind, NotRecordedError)()
            await self._refuse(deed, error)
            raise error from lost
        except (asyncio.CancelledError, Exception):
            # Nothing was told, and perhaps something was done: that is on the record all the same.
            with suppress(AuditUnavailableError):
                await self.parts.trail.record((deed_abandoned(deed, self._number(deed)),))
            raise
        self._tell(deed)
        return done

    async def _refuse(self, deed: Deed, refused: RefusedError) -> None:
        number = self._number(deed)
        alert = isinstance(refused, EvidenceNeededError)
        event = deed_refused(deed, number, refused.code, alert=alert)
        flags = self.watch.of_refusal(deed.requester, deed.asked_at, ())
        await self.parts.trail.record((flagged(event, flags, deed.requester),))
        self._tell(deed, refused.code)

    def _number(self, deed: Deed) -> NhsNumber | None:
        return self.parts.number_of(deed) if isinstance(deed, PersonDeed) else None

    def _tell(self, deed: Deed, refused: ErrorCode | None = None) -> None:
        organisation = deed.requester.organisation
        self.report(
            Happened(
                kind=deed.kind,
                deed_id=deed.deed_id,
                organisation=organisation.ods_code if organisation else None,
                refused=refused,
            )
        )

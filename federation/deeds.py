"""What somebody does about access to a record, apart from looking at it: the requests and answers.

Breaking the glass and ending it, declaring a relationship, recording an objection, asking why
something may or may not be seen, and reading who looked. `access/` carries them out; here are only
their values.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar

from msgspec import Struct

from federation.authority import EmergencyReason, ObjectionEffect
from federation.flow import Outcome
from federation.model import (
    Category,
    Node,
    NodeId,
    NodeState,
    OdsCode,
    Organisation,
    Purpose,
    Requester,
    RequestId,
    ViewId,
)
from federation.nhs_number import NhsNumber
from federation.status import SourceCode

LONGEST_REASON = 1_000
"""Letters of a reason in somebody's own words."""
LONGEST_IDEMPOTENCY_KEY = 128


class DeedKind(StrEnum):
    """What is done, as audit and rules name it."""

    BREAK_GLASS = "BREAK_GLASS"
    END_EMERGENCY_ACCESS = "END_EMERGENCY_ACCESS"
    DECLARE_RELATIONSHIP = "DECLARE_RELATIONSHIP"
    RECORD_OBJECTION = "RECORD_OBJECTION"
    EXPLAIN_ACCESS = "EXPLAIN_ACCESS"
    ACCESS_LOG = "ACCESS_LOG"
    FOLLOW_UPS = "FOLLOW_UPS"
    ACKNOWLEDGE = "ACKNOWLEDGED"
    READ_NODE_LOG = "READ_NODE_LOG"
    READ_REVIEWS = "READ_REVIEWS"
    REVIEW = "REVIEWED"
    RECALL_ITEM = "RECALLED"
    READ_RECALLS = "READ_RECALLS"
    SUBMIT_NODE = "NODE_SUBMITTED"
    APPROVE_NODE = "NODE_APPROVED"
    REJECT_NODE = "NODE_REJECTED"
    PROMOTE_NODE = "NODE_PROMOTED"
    SUSPEND_NODE = "NODE_SUSPENDED"
    RESUME_NODE = "NODE_RESUMED"
    RETIRE_NODE = "NODE_RETIRED"
    READ_SUBMISSIONS = "NODE_SUBMISSIONS"


class Deed(Struct, frozen=True, kw_only=True):
    """One verified request that changes or explains access.

    `deed_id` names it in the audit trail, as a view's id names a view. `asked_at` is the one time
    by which everything about it is decided (aware UTC).
    """

    kind: ClassVar[DeedKind]

    deed_id: ViewId
    request_id: RequestId
    requester: Requester
    asked_at: datetime


class PersonDeed(Deed, frozen=True, kw_only=True):
    """A deed about one person, named by the number that the caller gave."""

    nhs_number: NhsNumber


class BreakGlass(PersonDeed, frozen=True, kw_only=True):
    """Emergency access is asked for. `nodes` and `categories` None: all of them."""

    kind = DeedKind.BREAK_GLASS

    reason_code: EmergencyReason
    reason: str
    nodes: frozenset[NodeId] | None = None
    categories: frozenset[Category] | None = None
    idempotency_key: str | None = None


class EndEmergencyAccess(Deed, frozen=True, kw_only=True):
    """A grant is no longer needed."""

    kind = DeedKind.END_EMERGENCY_ACCESS

    grant_id: str


class DeclareRelationship(PersonDeed, frozen=True, kw_only=True):
    """The caller says that they care for the person."""

    kind = DeedKind.DECLARE_RELATIONSHIP

    reason: str


class RecordObjection(PersonDeed, frozen=True, kw_only=True):
    """The person objects, or no longer does. None in the scope stands for all."""

    kind = DeedKind.RECORD_OBJECTION

    effect: ObjectionEffect
    node: NodeId | None = None
    category: Category | None = None
    organisation: OdsCode | None = None
    in_emergency: bool = False
    reason: str | None = None


class ExplainAccess(PersonDeed, frozen=True, kw_only=True):
    """The caller wants to know what they may see, without seeing any of it."""

    kind = DeedKind.EXPLAIN_ACCESS

    purpose: Purpose


class ReadAccessLog(PersonDeed, frozen=True, kw_only=True):
    """The caller wants to know who looked. `first` entries behind the cursor `after`."""

    kind = DeedKind.ACCESS_LOG

    first: int
    after: str | None = None


class ReadNodeLog(Deed, frozen=True, kw_only=True):
    """An officer of its region reads what was asked of a node, `first` entries behind `after`.

    Days are local, both included; None: without end.
    """

    kind = DeedKind.READ_NODE_LOG

    node: NodeId
    since: date | None = None
    until: date | None = None
    first: int = 50
    after: str | None = None


class ReviewOutcome(StrEnum):
    """What an officer found when they looked into an alert."""

    JUSTIFIED = "JUSTIFIED"
    """What was done was right."""
    NOT_JUSTIFIED = "NOT_JUSTIFIED"
    """It should not have been done; what follows is for the organisation's own procedure."""
    NEEDS_INQUIRY = "NEEDS_INQUIRY"
    """That cannot be said yet: it stays in the queue as an open inquiry."""


class ReviewState(StrEnum):
    """Where an alert stands in the queue."""

    WAITING = "WAITING"
    """Nobody has looked into it yet."""
    INQUIRY = "INQUIRY"
    """Somebody has, and an inquiry is open."""
    CLOSED = "CLOSED"
    """It was found justified or not justified."""


class ReadReviews(Deed, frozen=True, kw_only=True):
    """An officer reads what waits for them: `node` None, for their organisation; else for a node.

    Days are local, by when what is alerted was asked for, both included. None: whatever it is.
    """

    kind = DeedKind.READ_REVIEWS

    node: NodeId | None = None
    since: date | None = None
    until: date | None = None
    state: ReviewState | None = None
    outcome: ReviewOutcome | None = None
    overdue: bool | None = None
    first: int = 50
    after: str | None = None


class ReviewAccess(Deed, frozen=True, kw_only=True):
    """An officer says what they found when they looked into an alert; `review` is its id."""

    kind = DeedKind.REVIEW

    review: str
    outcome: ReviewOutcome
    note: str
    idempotency_key: str | None = None


class ReadFollowUps(Deed, frozen=True, kw_only=True):
    """The caller wants to know what became known after their own views."""

    kind = DeedKind.FOLLOW_UPS

    first: int
    after: str | None = None


class Acknowledge(Deed, frozen=True, kw_only=True):
    """The caller says that they have read one thing that became known after a view."""

    kind = DeedKind.ACKNOWLEDGE

    follow_up: str


class RecallReason(StrEnum):
    """Why an item is called back."""

    CORRECTED = "CORRECTED"
    """The source says something else by now."""
    WITHDRAWN = "WITHDRAWN"
    """The source no longer says it."""
    WRONG_PERSON = "WRONG_PERSON"
    """It stood in the record of a person whom it is not about."""


class RecallItem(Deed, frozen=True, kw_only=True):
    """An officer of its region calls an item of a node back; `version` None: in any.

    Looks of `since` or later, a local day, are looked into, behind the cursor `after`. With another
    `key` it is another recall of the same item; `note` is told to nobody.
    """

    kind = DeedKind.RECALL_ITEM

    node: NodeId
    source_id: str
    reason: RecallReason
    version: str | None = None
    since: date | None = None
    note: str | None = None
    key: str | None = None
    after: str | None = None


class ReadRecalls(Deed, frozen=True, kw_only=True):
    """An officer of its region asks how a node's recalls stand, `first` of them behind `after`."""

    kind = DeedKind.READ_RECALLS

    node: NodeId
    first: int
    after: str | None = None


class SubmitNode(Deed, frozen=True, kw_only=True):
    """A region's node, or a new version of one, is to join: `descriptor` is signed by the region.

    `expectations` and `bundle` are what lies beside it.
    """

    kind = DeedKind.SUBMIT_NODE

    descriptor: str
    expectations: str | None = None
    bundle: str | None = None


class NodeDeed(Deed, frozen=True, kw_only=True):
    """A deed about one node."""

    node: NodeId


class ApproveNode(NodeDeed, frozen=True, kw_only=True):
    """Exactly the descriptor of this digest may join."""

    kind = DeedKind.APPROVE_NODE

    digest: str


class RejectNode(NodeDeed, frozen=True, kw_only=True):
    """Exactly the descriptor of this digest may not join."""

    kind = DeedKind.REJECT_NODE

    digest: str
    reason: str


class PromoteNode(NodeDeed, frozen=True, kw_only=True):
    """The node goes on; `testers` (ODS codes) are for whom it is safety-only.

    `digest` is of the descriptor that goes on; None where but one version stands.
    """

    kind = DeedKind.PROMOTE_NODE

    to: NodeState
    digest: str | None = None
    testers: tuple[str, ...] = ()


class SuspendNode(NodeDeed, frozen=True, kw_only=True):
    """The node, some of its categories, or what a custodian keeps there is asked no more."""

    kind = DeedKind.SUSPEND_NODE

    categories: tuple[Category, ...] = ()
    custodian: OdsCode | None = None
    reason: str


class ResumeNode(NodeDeed, frozen=True, kw_only=True):
    """What the caller's side suspended is asked again."""

    kind = DeedKind.RESUME_NODE

    categories: tuple[Category, ...] = ()
    custodian: OdsCode | None = None


class RetireNode(NodeDeed, frozen=True, kw_only=True):
    """The node leaves the network for good."""

    kind = DeedKind.RETIRE_NODE

    reason: str


class ReadSubmissions(Deed, frozen=True, kw_only=True):
    """How nodes stand that join."""

    kind = DeedKind.READ_SUBMISSIONS


# ── answers ───────────────────────────────────────────────────────────────────────────────────────


class Declared(Struct, frozen=True, kw_only=True):
    """A declared relationship as whoever declared it sees it."""

    id: str
    expires_at: datetime


class RecordedObjection(Struct, frozen=True, kw_only=True):
    """What was recorded."""

    id: str
    nhs_number: NhsNumber
    effect: ObjectionEffect
    recorded_at: datetime


class ExplainedDecision(Struct, frozen=True, kw_only=True):
    """What the rules say of one category of one node for this caller."""

    source: Node
    category: Category
    outcome: Outcome
    code: SourceCode | None = None
    message: str
    liftable_by_break_glass: bool = False


class Explanation(Struct, frozen=True, kw_only=True):
    """One decision for each node and category."""

    purpose: Purpose
    decisions: tuple[ExplainedDecision, ...]


class LookKind(StrEnum):
    """What an entry of the access log tells of."""

    VIEW = "VIEW"
    BREAK_GLASS = "BREAK_GLASS"
    DECLARE_RELATIONSHIP = "DECLARE_RELATIONSHIP"
    ACCESS_LOG = "ACCESS_LOG"
    REFUSAL = "REFUSAL"


class ListedLook(Struct, frozen=True, kw_only=True):
    """One entry of the access log, as this reader may know it.

    `name` and `emergency_reason` are for privacy officers. `regions` are those whose nodes were
    asked; None: not for this reader.
    """

    id: str
    kind: LookKind
    at: datetime
    name: str | None = None
    role: str
    organisation: Organisation | None
    purpose: Purpose
    categories: tuple[Category, ...]
    emergency: bool
    emergency_reason: EmergencyReason | None = None
    regions: tuple[str, ...] | None = None


class AccessLogPage(Struct, frozen=True, kw_only=True):
    """Entries newest first, a cursor for each, and whether there is more on either side."""

    looks: tuple[ListedLook, ...]
    cursors: tuple[str, ...]
    has_next: bool
    has_previous: bool


class Recall(Struct, frozen=True, kw_only=True):
    """How a recall stands: `views` are looks that showed the item, `viewers` whose they were.

    `notified` of the looks were told to professionals, who read follow-ups; `others` were made by
    people themselves and by proxies, whom the region must write to. `acknowledged` of the notified
    were read. `unread` stretches of the log are archived or deleted, and were not looked into;
    `next` is where this run stopped, None where it came to the end.
    """

    id: str
    node: NodeId
    source_id: str
    version: str | None
    reason: RecallReason
    began_at: datetime
    views: int = 0
    viewers: int = 0
    notified: int = 0
    others: int = 0
    acknowledged: int = 0
    unread: int = 0
    next: str | None = None


class RecallPage(Struct, frozen=True, kw_only=True):
    """Newest first; the id of each is its cursor."""

    recalls: tuple[Recall, ...]
    has_next: bool
    has_previous: bool


class FollowUpKind(StrEnum):
    """Why somebody is told something after their view."""

    SECOND_LOOK = "SECOND_LOOK"
    """A source that was missing answers again, and holds something that was not shown."""
    RECALL = "RECALL"
    """A source calls back something that was shown."""


_UNITS = ((48 * 60, 24 * 60, "day"), (6 * 60, 60, "hour"), (0, 1, "minute"))
"""From how many minutes on a time is told in which unit, and how many minutes that has."""


class FollowUp(Struct, frozen=True, kw_only=True):
    """One thing that became known after a view, as whoever looked is told it.

    `at` is when it became known; `acknowledged_at` None: nobody has said that they read it.
    """

    id: str
    kind: FollowUpKind
    view_id: ViewId
    viewed_at: datetime
    at: datetime
    source: Node
    category: Category
    message: str
    acknowledged_at: datetime | None = None

    @property
    def minutes_after(self) -> int:
        """Whole minutes from the view until it became known."""
        return max(0, int((self.at - self.viewed_at).total_seconds() // 60))

    @property
    def sentence(self) -> str:
        """All of it in one sentence."""
        minutes = self.minutes_after
        size, what = next((size, word) for begins, size, word in _UNITS if minutes >= begins)
        many = minutes // size
        return f"{many} {what}{'' if many == 1 else 's'} after your view: {self.message}"


class FollowUpPage(Struct, frozen=True, kw_only=True):
    """Newest first; the id of each is its cursor."""

    follow_ups: tuple[FollowUp, ...]
    has_next: bool
    has_previous: bool

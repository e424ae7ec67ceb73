"""What one audit event says: the values, and nothing of how they are made, sealed or stored.

Every event has two parts. `Plain` can be read by whoever holds the file, and names no person:
neither the one looked at nor the one who looked. `Sealed` holds what does, and what would tell
about the person's health. `account.py` makes events; `seal.py` closes them.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from federation.audit.done import (
    Alert,
    AuditExported,
    FailuresCounted,
    FeedLoaded,
    GrantAsked,
    HoldNamed,
    JoiningStep,
    LogOpened,
    NodeLogRead,
    ObjectionRecorded,
    ReceiptMade,
    RelationshipDeclared,
    RulesChanged,
    SegmentNamed,
)
from federation.audit.form import Fields
from federation.audit.made_on import FootingKept
from federation.audit.recalled import ItemRecalled, RecallNamed
from federation.audit.reviewed import EventPlace, Reviewed
from federation.audit.seen import (
    AgreementInForce,
    CallOutcome,
    ConflictShown,
    CoverageShown,
    Decided,
    DecidedBeside,
    EvidenceHeld,
    EvidenceInForce,
    LookedAt,
    PageAsked,
    RowShown,
    SectionShown,
    ShadowPart,
    Told,
    WithheldCount,
)
from federation.deeds import DeedKind
from federation.errors import ErrorCode
from federation.model import (
    Category,
    IdentityBasis,
    NodeId,
    OdsCode,
    Purpose,
    RequesterKind,
    RequestId,
    ViewId,
)
from federation.nhs_number import NhsNumber
from federation.status import SourceCode


class EventKind(StrEnum):
    """What happened."""

    VIEW = "VIEW"
    """A record was about to be shown."""
    NODE_CALL = "NODE_CALL"
    """One node was asked about the person."""
    SECOND_LOOK = "SECOND_LOOK"
    """A node that a view had missed is back; what it would have changed is about to be told."""
    SHADOW_LOOK = "SHADOW_LOOK"
    """A node in the shadow was asked beside a view, and nothing of it was shown."""
    SHADOW_RULES = "SHADOW_RULES"
    """A view was decided again by a bundle in the shadow, and nothing came of it."""
    FOLLOW_UPS = "FOLLOW_UPS"
    """Somebody is about to read what became known after their views."""
    ACKNOWLEDGED = "ACKNOWLEDGED"
    """Somebody is about to say that they have read something of that."""
    RECALLED = "RECALLED"
    """An item of a source is about to be called back, or a recall to be gone on with."""
    RECALL_NOTICE = "RECALL_NOTICE"
    """Somebody whose look showed an item that is called back is about to be told."""
    READ_RECALLS = "READ_RECALLS"
    """An officer of its region is about to be shown a node's recalls."""
    INCIDENT = "INCIDENT"
    """A node answered for somebody else, or something else that must be looked into."""
    REFUSAL = "REFUSAL"
    """A request got an error and no record."""
    ABANDONED = "ABANDONED"
    """A request ended before there was an answer: the caller went away, or the gateway failed."""
    BREAK_GLASS = "BREAK_GLASS"
    """Emergency access is about to be granted."""
    END_EMERGENCY_ACCESS = "END_EMERGENCY_ACCESS"
    """Emergency access is about to be ended early."""
    DECLARE_RELATIONSHIP = "DECLARE_RELATIONSHIP"
    """Somebody says that they care for the person, on their own word."""
    RECORD_OBJECTION = "RECORD_OBJECTION"
    """An objection is about to be recorded or withdrawn."""
    EXPLAIN_ACCESS = "EXPLAIN_ACCESS"
    """Somebody is about to be told what they may see of the person, and why."""
    ACCESS_LOG = "ACCESS_LOG"
    """Somebody is about to be told who looked at the person's record."""
    READ_NODE_LOG = "READ_NODE_LOG"
    """An officer of its region is about to be shown what was asked of a node."""
    READ_REVIEWS = "READ_REVIEWS"
    """An officer is about to be shown alerts that wait for them."""
    REVIEWED = "REVIEWED"
    """An officer is about to say what they found of an alert; the same again has no `review`."""
    SIGN_IN_FAILURE = "SIGN_IN_FAILURE"
    """Tokens, or launches that nobody known had signed, were refused since the last such event."""
    LAUNCHED = "LAUNCHED"
    """A host system is about to be given a handle for what it vouched for."""
    LAUNCH_REFUSED = "LAUNCH_REFUSED"
    """A launch that a known host system signed is about to be refused."""
    FEED_LOADED = "FEED_LOADED"
    """An operator, or the gateway as it starts, is about to replace what a feed says."""
    RULES_PUBLISHED = "RULES_PUBLISHED"
    """An operator, or the gateway as it starts, is about to publish an owner's rules."""
    RULES_ROLLED_BACK = "RULES_ROLLED_BACK"
    """An operator is about to publish an owner's earlier rules once more."""
    RULES_PUT_IN_SHADOW = "RULES_PUT_IN_SHADOW"
    """An operator is about to have an owner's rules tried beside live traffic, deciding nothing."""
    RULES_TAKEN_FROM_SHADOW = "RULES_TAKEN_FROM_SHADOW"
    """An operator is about to end that."""
    AUDIT_EXPORTED = "AUDIT_EXPORTED"
    """An operator is about to take events out of this log."""
    LOG_OPENED = "LOG_OPENED"
    """An operator's command is about to show what is in this log, or to count in it."""
    AUDIT_ARCHIVED = "AUDIT_ARCHIVED"
    """Events are about to leave the store for an archive."""
    AUDIT_PURGED = "AUDIT_PURGED"
    """An archive is about to be deleted."""
    HOLD_PLACED = "HOLD_PLACED"
    """Something in the log is about to be held: no archive of it may be deleted."""
    HOLD_LIFTED = "HOLD_LIFTED"
    """A hold is about to be lifted."""
    RECEIPT_MADE = "RECEIPT_MADE"
    """An operator is about to hand out a signed receipt of what was asked of a node."""
    REGION_ENROLLED = "REGION_ENROLLED"
    """An operator is about to enrol a region: its keys and its networks."""
    NODE_SUBMITTED = "NODE_SUBMITTED"
    """A region's signed descriptor of a node is about to be taken in."""
    NODE_EXAMINED = "NODE_EXAMINED"
    """A gateway is about to check a node that was submitted."""
    NODE_REPORTED = "NODE_REPORTED"
    """What the conformance checks of a node came to is about to be filed."""
    NODE_APPROVED = "NODE_APPROVED"
    """One side is about to approve a descriptor."""
    NODE_REJECTED = "NODE_REJECTED"
    """One side is about to reject a descriptor."""
    NODE_PROMOTED = "NODE_PROMOTED"
    """A node is about to go on in its life cycle."""
    NODE_SUSPENDED = "NODE_SUSPENDED"
    """A node is about to be asked no more, wholly or in part."""
    NODE_RESUMED = "NODE_RESUMED"
    """A node is about to be asked again, wholly or in part."""
    NODE_RETIRED = "NODE_RETIRED"
    """A node is about to leave the network for good."""
    NODE_SUBMISSIONS = "NODE_SUBMISSIONS"
    """Somebody is about to be told how nodes stand that join."""


class Flag(StrEnum):
    """Why somebody is to look into an event. Sealed: it tells of whoever was looked at."""

    EMERGENCY_ACCESS = "EMERGENCY_ACCESS"
    """Emergency access held."""
    SELF_DECLARED = "SELF_DECLARED"
    """Nothing tied who asked to the person but their own word; of such looks, a sample."""
    OWN_RECORD = "OWN_RECORD"
    """An employer's list says that it is their own record."""
    FAMILY = "FAMILY"
    """An employer's list says that the person is of their family or household."""
    WATCHED = "WATCHED"
    """The record draws the curious."""
    RESTRICTED = "RESTRICTED"
    """The person's whereabouts are protected."""
    RULE = "RULE"
    """A rule asks for it, and none of the above is why."""
    MANY_PEOPLE = "MANY_PEOPLE"
    """One person looked at far more people within an hour than their role usually does."""
    MANY_REFUSALS = "MANY_REFUSALS"
    """One person was refused again and again."""


class Asker(Fields, frozen=True):
    """In which capacity somebody asked. Who they are is in the sealed part."""

    kind: RequesterKind
    role: str | None = None
    organisation: OdsCode | None = None
    region: str | None = None


class Plain(Fields, frozen=True):
    """What may be read without a key. `at` is when it was asked for, `nodes` who was asked.

    `deed` says of a refusal, or of what was abandoned, what was asked for, where that was not a
    view. An event with `alerts`
    waits in the review queue of each of those named. `launched`: a launch's handle was
    given, and is spent; `vouched_by` is the host system whose launch was redeemed, or that posted
    it. `evidence_only`:
    a node was asked for what could tie the person to who asks, and nothing of it was shown.
    `asker` is None where no requester asked: an operator's command, or the gateway as it starts.
    """

    kind: EventKind
    at: datetime
    view_id: ViewId
    request_id: RequestId
    categories: tuple[Category, ...]
    confirmed: bool
    asker: Asker | None = None
    purpose: Purpose | None = None
    deed: DeedKind | None = None
    alerts: tuple[Alert, ...] = ()
    grant: GrantAsked | None = None
    grant_id: str | None = None
    relationship: RelationshipDeclared | None = None
    objection: ObjectionRecorded | None = None
    feed: FeedLoaded | None = None
    rules: RulesChanged | None = None
    joining: JoiningStep | None = None
    log_read: NodeLogRead | None = None
    exported: AuditExported | None = None
    opened: LogOpened | None = None
    failures: tuple[FailuresCounted, ...] = ()
    segment: SegmentNamed | None = None
    hold: HoldNamed | None = None
    receipt: ReceiptMade | None = None
    launched: bool = False
    vouched_by: str | None = None
    evidence: tuple[EvidenceInForce, ...] = ()
    nodes: tuple[NodeId, ...] = ()
    identity: IdentityBasis | None = None
    rows: tuple[RowShown, ...] = ()
    coverage: CoverageShown | None = None
    rules_version: str | None = None
    agreements: tuple[AgreementInForce, ...] = ()
    obligations: tuple[str, ...] = ()
    outcome: CallOutcome | None = None
    evidence_only: bool = False
    milliseconds: int | None = None
    """How long the node took, in the shadow."""
    microseconds: int | None = None
    """How long rules in the shadow took to decide."""
    left_out: int = 0
    """Views before this one that they were not asked about, for too much was under way."""
    error: ErrorCode | None = None
    incident: SourceCode | None = None
    detail: str | None = None
    viewed_at: datetime | None = None
    """When the look was that is followed up; it has the same `view_id`."""
    follow_up: str | None = None
    """The id of what was acknowledged."""
    review: Reviewed | None = None
    recall: RecallNamed | None = None
    """The recall that it belongs to: also of what was acknowledged."""


class Sealed(Fields, frozen=True):
    """What says who was looked at, who looked, and what was there to see.

    `issuer` is the identity provider that knows the `subject`, by its id in the settings; of
    what an operator did the `subject` is their account on the machine, without issuer. `number` is
    the person's number in use, as far as it was known (None where a deed named none);
    `asked_number` the one that was typed, where that is another. `reason` is why, in the caller's
    own words. `decisions` were made on `footing`; `granted`: some emergency grant held. `screened`
    were made before anything was asked for, and of their categories none since: on `screened_on`,
    where nodes made known more of the person than was known then.
    """

    subject: str
    issuer: str = ""
    number: NhsNumber | None = None
    name: str | None = None
    asked_number: NhsNumber | None = None
    asked_with: tuple[NhsNumber, ...] = ()
    evidence: tuple[EvidenceHeld, ...] = ()
    pages: tuple[PageAsked, ...] = ()
    shown: tuple[SectionShown, ...] = ()
    conflicts: tuple[ConflictShown, ...] = ()
    footing: FootingKept | None = None
    granted: bool = False
    decisions: tuple[Decided, ...] = ()
    screened: tuple[Decided, ...] = ()
    screened_on: FootingKept | None = None
    looked_at: tuple[LookedAt, ...] = ()
    withheld: tuple[WithheldCount, ...] = ()
    reason: str | None = None
    flags: tuple[Flag, ...] = ()
    """Why the event's alerts are there; a deed's kind says it of itself."""
    told: tuple[Told, ...] = ()
    """What is told of a view afterwards."""
    shadow: tuple[ShadowPart, ...] = ()
    """What a node in the shadow would have added to the view."""
    decided_beside: tuple[DecidedBeside, ...] = ()
    """What rules in the shadow would have made of the view."""
    told_to: str | None = None
    """Whom a follow-up concerns: the authority that they had looked under."""
    recalled: ItemRecalled | None = None
    objected: bool = False
    """The person had an objection on file when emergency access was asked for."""
    listed: tuple[EventPlace, ...] = ()
    """Whose alerts an officer was shown."""
    idempotency_key: str | None = None


class AuditEvent(Struct, frozen=True, kw_only=True):
    """One event, before it is sealed and chained."""

    plain: Plain
    sealed: Sealed

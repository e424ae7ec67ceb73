"""What one audit event says: the values, and nothing of how they are made, sealed or stored.

Every event has two parts. `Plain` can be read by whoever holds the file, and names no person:
neither the one looked at nor the one who looked. `Sealed` holds what does, and what would tell
about the person's health. `account.py` makes events; `seal.py` closes them.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from msgspec import Struct

from federation.audit.form import Columns, Fields
from federation.audit.made_on import FootingKept, MadeOn
from federation.audit.recalled import ItemRecalled, RecallNamed
from federation.audit.reviewed import EventPlace, Reviewed
from federation.authority import (
    EmergencyReason,
    EvidenceSource,
    ObjectionEffect,
    RelationshipKind,
)
from federation.deeds import DeedKind
from federation.errors import ErrorCode
from federation.flow import CoverageState, DecidedAgain, Decision, Outcome, WarningCode
from federation.model import (
    Assertion,
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
from federation.records.base import Severity
from federation.status import FaultOrigin, SourceCode, SourceState


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


# ── the plain part ────────────────────────────────────────────────────────────────────────────────


class Asker(Fields, frozen=True):
    """In which capacity somebody asked. Who they are is in the sealed part."""

    kind: RequesterKind
    role: str | None = None
    organisation: OdsCode | None = None
    region: str | None = None


class RowShown(Columns, frozen=True):
    """A source row as it stood on the screen."""

    node: NodeId
    category: Category
    state: SourceState
    code: SourceCode | None


class CoverageShown(Fields, frozen=True):
    """What the reader was told about what is missing."""

    state: CoverageState
    headline: str
    asked: int
    answered: int


class AgreementInForce(Columns, frozen=True):
    """An agreement that the rules had before them, of any node that could have been asked."""

    node: NodeId
    id: str
    version: str


class EvidenceInForce(Columns, frozen=True):
    """A relationship that the rules had before them, by kind and by who says so."""

    kind: RelationshipKind
    source: EvidenceSource


class CallOutcome(Fields, frozen=True):
    """What came of one node call: records held, or why not."""

    records: int = 0
    retrieved_at: datetime | None = None
    state: SourceState | None = None
    code: SourceCode | None = None
    origin: FaultOrigin | None = None


class GrantAsked(Fields, frozen=True):
    """Emergency access. `nodes` and `categories` None: all. Why in words is in the sealed part."""

    id: str
    reason_code: EmergencyReason
    begins_at: datetime
    expires_at: datetime
    nodes: tuple[NodeId, ...] | None = None
    categories: tuple[Category, ...] | None = None


class RelationshipDeclared(Fields, frozen=True):
    """A relationship on somebody's own word."""

    id: str
    ends_at: datetime


class ObjectionRecorded(Fields, frozen=True):
    """What is objected to, or no longer. None: all."""

    id: str
    effect: ObjectionEffect
    node: NodeId | None = None
    category: Category | None = None
    organisation: OdsCode | None = None
    in_emergency: bool = False


class FeedLoaded(Fields, frozen=True):
    """A load of a feed: `feed` is `kind:name`, `digest` the SHA-256 of what was read, in hex.

    The counts are of facts, against what the feed said before.
    """

    feed: str
    digest: str
    added: int
    changed: int
    removed: int


class RulesChanged(Fields, frozen=True):
    """An owner's rules, in force or in the shadow; `digest` is their bytes' SHA-256, in hex."""

    owner: str
    version: str
    digest: str


class JoiningStep(Fields, frozen=True):
    """A step of a node's life, or of a region's; `digest` is the descriptor's SHA-256, in hex.

    `side` is for whom it is taken: `operator`, or a region's id. Why in words is in the sealed
    part.
    """

    region: str
    side: str
    node: NodeId | None = None
    digest: str | None = None
    to: str | None = None
    passed: bool | None = None
    categories: tuple[Category, ...] = ()
    custodian: str | None = None


class AuditExported(Fields, frozen=True):
    """Which events were taken out of the log, and in which form; None: all.

    `identities`: people stand in it by their own names. Days are local and both included. Whose
    events, where one person's were asked for, is in the sealed part.
    """

    form: str
    identities: bool = False
    organisation: str | None = None
    node: str | None = None
    since: date | None = None
    until: date | None = None
    kinds: tuple[str, ...] | None = None


class LogOpened(Fields, frozen=True):
    """Which command is about to show something of the log, and of which events; None: all.

    Days are local and both included. Whose view it is, is in the sealed part.
    """

    command: str
    opened_view: ViewId | None = None
    organisation: str | None = None
    node: str | None = None
    since: date | None = None
    until: date | None = None


class SegmentNamed(Fields, frozen=True):
    """Events of one writer, from `first` to `last`, and the last one's hash in hex."""

    writer: str
    first: int
    last: int
    hash: str


class HoldNamed(Fields, frozen=True):
    """A hold: on a view, on a period, or on a person, whose number is in the sealed part."""

    id: str
    reference: str
    held_view: ViewId | None = None
    since: datetime | None = None
    until: datetime | None = None


class NodeLogRead(Fields, frozen=True):
    """Which page of a node's log, or of a queue of alerts, and how many entries were shown."""

    first: int
    entries: int
    continued: bool = False
    since: date | None = None
    until: date | None = None


class ReceiptMade(Fields, frozen=True):
    """A receipt of a month; `digest` is the SHA-256 of the signed text, in hex."""

    month: str
    digest: str


class FailuresCounted(Columns, frozen=True):
    """How many tokens or launches were refused for one reason."""

    fault: str
    count: int


class Alert(Columns, frozen=True):
    """Whose privacy officers are to be told: `organisation:RRV`, `node:london-care-record`."""

    to: str
    due: datetime
    """By when it is to have been looked into."""


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


# ── the sealed part ───────────────────────────────────────────────────────────────────────────────


class ItemShown(Columns, frozen=True):
    """One item: whose, which, and in what version.

    Where the source gives no version, `version` is `sha256:` and a digest of the content.
    `redacted` names the fields that the rules emptied.
    """

    node: NodeId
    source_id: str
    version: str
    redacted: tuple[str, ...] = ()


class SectionShown(Fields, frozen=True):
    """One category as it stood on the screen: lines in order, each with the items linked on it."""

    category: Category
    assertion: Assertion | None = None
    warnings: tuple[WarningCode, ...] = ()
    lines: tuple[tuple[ItemShown, ...], ...] = ()


class ConflictShown(Columns, frozen=True):
    """How many lines of a category showed a disagreement about a field."""

    category: Category
    field: str
    severity: Severity
    lines: int


class Decided(Columns, frozen=True):
    """One decision of the rules, which of them made it, and on what.

    With the footing of its view and the agreements in force it is the whole case, so that other
    rules can be asked the same. `made_on` None: an ordinary thing and an ordinary decision, or one
    that was written down before this was kept (then there is no footing either).
    """

    node: NodeId
    category: Category
    labels: tuple[str, ...]
    outcome: Outcome
    code: SourceCode | None
    rules: tuple[str, ...]
    made_on: MadeOn | None = None

    @classmethod
    def of(cls, decision: Decision) -> Decided:
        """The decision as it is kept."""
        return cls(
            decision.node,
            decision.category,
            tuple(sorted(decision.kind.labels)),
            decision.outcome,
            decision.code,
            decision.rules,
            MadeOn.of(decision),
        )

    def decision(self) -> Decision:
        """The decision as it was made."""
        made_on = self.made_on or _ORDINARY
        return Decision(
            node=self.node,
            category=self.category,
            kind=made_on.item_class(self.labels),
            granted=made_on.granted,
            objected=made_on.objected,
            objected_in_emergency=made_on.objected_in_emergency,
            outcome=self.outcome,
            disclosure=made_on.disclosure,
            code=self.code,
            liftable=made_on.liftable,
            redact=made_on.redact,
            obligations=made_on.obligations,
            rules=self.rules,
            lifted=made_on.lifted,
        )


_ORDINARY = MadeOn()


class EvidenceHeld(Columns, frozen=True):
    """A relationship that the rules had before them, and by what its source can be asked about it.

    `id` is its own, `evidence` the source's: an admission's, a referral's, an incident's number.
    """

    kind: RelationshipKind
    source: EvidenceSource
    id: str
    evidence: str | None = None


class LookedAt(Columns, frozen=True):
    """Which details of its items some rule or agreement of a node asked for.

    Details that are not among them stand in no class, whether or not items had them.
    """

    node: NodeId
    details: tuple[str, ...]


class WithheldCount(Columns, frozen=True):
    """How many items the rules took away."""

    node: NodeId
    category: Category
    items: int


class ShadowPart(Columns, frozen=True):
    """What the row of one category would have said, and how many items would have been shown."""

    category: Category
    state: SourceState
    code: SourceCode | None = None
    shared: int = 0
    withheld: int = 0


class DecidedBeside(Columns, frozen=True):
    """One category of a node, as it was and as rules in the shadow would have it.

    As `flow.DecidedAgain` says it.
    """

    node: NodeId
    category: Category
    state: SourceState
    code: SourceCode | None
    would_state: SourceState | None
    would_code: SourceCode | None
    shared: int
    otherwise: int
    more: int
    fewer: int
    directions: tuple[str, ...]
    because: tuple[str, ...]

    @classmethod
    def of(cls, again: DecidedAgain) -> DecidedBeside:
        """What is kept of it."""
        return cls(**{name: getattr(again, name) for name in cls.__struct_fields__})

    @property
    def differs(self) -> bool:
        """Whether a reader would have noticed, whatever is held."""
        return (
            (self.state, self.code) != (self.would_state, self.would_code)
            or bool(self.directions)
            or bool(self.otherwise or self.more or self.fewer)
        )


class Told(Columns, frozen=True):
    """One item that a reader is told of after their look, and the sentence for them."""

    node: NodeId
    source_id: str
    version: str | None
    category: Category
    message: str


class PageAsked(Fields, frozen=True):
    """Which page of a timeline was asked for; the cursor itself says nothing and is left out."""

    category: Category
    first: int
    continued: bool = False
    since: date | None = None
    until: date | None = None
    codes: tuple[str, ...] | None = None


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

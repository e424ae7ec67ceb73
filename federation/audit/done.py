"""What an event keeps of a deed, of a command or of a duty of the gateway.

Each is named by what it says; which of them anybody may read without a key, `event.py` says.
"""

from __future__ import annotations

from datetime import date, datetime

from federation.audit.form import Columns, Fields
from federation.authority import EmergencyReason, ObjectionEffect
from federation.model import Category, NodeId, OdsCode, ViewId


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

"""Makes audit events from what no requester does: operators, host systems, and nobody known.

Of an operator's deed the account on the machine stands in the sealed part alone. A host system is
no person, and stands in the plain part.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from federation.audit.done import (
    AuditExported,
    FailuresCounted,
    FeedLoaded,
    HoldNamed,
    JoiningStep,
    LogOpened,
    ReceiptMade,
    RulesChanged,
    SegmentNamed,
)
from federation.audit.event import AuditEvent, EventKind, Plain, Sealed
from federation.audit.seen import EvidenceHeld, EvidenceInForce
from federation.authority import EvidenceSource, Launch
from federation.errors import ErrorCode
from federation.model import NodeId, RequestId, ViewId
from federation.nhs_number import NhsNumber


class Operation(Struct, frozen=True, kw_only=True):
    """Something done at the machine: under which id, when, and by whose account there."""

    id: str
    at: datetime
    operator: str


def feed_loaded(operation: Operation, loaded: FeedLoaded) -> AuditEvent:
    """What a feed says is about to be replaced."""
    return _event(operation, EventKind.FEED_LOADED, feed=loaded)


def rules_published(operation: Operation, changed: RulesChanged) -> AuditEvent:
    """Rules are about to be published."""
    return _event(operation, EventKind.RULES_PUBLISHED, rules=changed)


def rules_rolled_back(operation: Operation, changed: RulesChanged) -> AuditEvent:
    """Rules that were in force before are about to be published once more."""
    return _event(operation, EventKind.RULES_ROLLED_BACK, rules=changed)


def rules_put_in_shadow(operation: Operation, changed: RulesChanged) -> AuditEvent:
    """Rules are about to be tried beside live traffic."""
    return _event(operation, EventKind.RULES_PUT_IN_SHADOW, rules=changed)


def rules_taken_from_shadow(operation: Operation, changed: RulesChanged) -> AuditEvent:
    """Rules are about to be tried no more."""
    return _event(operation, EventKind.RULES_TAKEN_FROM_SHADOW, rules=changed)


def joining_step(
    operation: Operation, kind: EventKind, step: JoiningStep, reason: str | None = None
) -> AuditEvent:
    """A step by which a region or a node joins, stays or leaves is about to be taken."""
    nodes = (step.node,) if step.node is not None else ()
    event = _event(operation, kind, nodes=nodes, joining=step)
    return AuditEvent(plain=event.plain, sealed=replace(event.sealed, reason=reason))


def audit_exported(
    operation: Operation, exported: AuditExported, number: NhsNumber | None = None
) -> AuditEvent:
    """Events are about to be taken out of the log, of one person where a number is given."""
    return _event(operation, EventKind.AUDIT_EXPORTED, number=number, exported=exported)


def log_opened(
    operation: Operation, what: LogOpened, number: NhsNumber | None = None
) -> AuditEvent:
    """A command is about to show something of the log, of one person where a number is given."""
    return _event(operation, EventKind.LOG_OPENED, number=number, opened=what)


def archived(operation: Operation, segment: SegmentNamed) -> AuditEvent:
    """Events are about to leave the store for an archive."""
    return _event(operation, EventKind.AUDIT_ARCHIVED, segment=segment)


def purged(operation: Operation, segment: SegmentNamed) -> AuditEvent:
    """An archive is about to be deleted."""
    return _event(operation, EventKind.AUDIT_PURGED, segment=segment)


def hold_placed(
    operation: Operation, hold: HoldNamed, number: NhsNumber | None = None
) -> AuditEvent:
    """Something is about to be held; `number` where that is a person."""
    return _event(operation, EventKind.HOLD_PLACED, number=number, hold=hold)


def hold_lifted(operation: Operation, hold: HoldNamed) -> AuditEvent:
    """A hold is about to be lifted."""
    return _event(operation, EventKind.HOLD_LIFTED, hold=hold)


def receipt_made(operation: Operation, node: NodeId, receipt: ReceiptMade) -> AuditEvent:
    """A receipt of what was asked of a node is about to be handed out."""
    return _event(operation, EventKind.RECEIPT_MADE, nodes=(node,), receipt=receipt)


def sign_ins_failed(operation: Operation, counts: Mapping[str, int]) -> AuditEvent:
    """Tokens were refused, by reason; `operator` says that nobody knows who sent them."""
    counted = tuple(FailuresCounted(fault, counts[fault]) for fault in sorted(counts))
    return _event(operation, EventKind.SIGN_IN_FAILURE, failures=counted)


def launched(operation: Operation, launch: Launch) -> AuditEvent:
    """A host system is about to be given a handle for this."""
    event = _event(
        operation,
        EventKind.LAUNCHED,
        number=launch.number,
        vouched_by=launch.host,
        evidence=(EvidenceInForce(launch.kind, EvidenceSource.LAUNCH),),
    )
    held = EvidenceHeld(launch.kind, EvidenceSource.LAUNCH, launch.id, launch.evidence)
    return AuditEvent(plain=event.plain, sealed=replace(event.sealed, evidence=(held,)))


def launch_refused(operation: Operation, host: str, fault: str, code: ErrorCode) -> AuditEvent:
    """What a known host system signed is about to be refused."""
    return _event(
        operation,
        EventKind.LAUNCH_REFUSED,
        vouched_by=host,
        failures=(FailuresCounted(fault, 1),),
        error=code,
    )


def _event(
    operation: Operation, kind: EventKind, *, number: NhsNumber | None = None, **more: object
) -> AuditEvent:
    plain = Plain(
        kind=kind,
        at=operation.at,
        view_id=ViewId(operation.id),
        request_id=RequestId(operation.id),
        categories=(),
        confirmed=False,
        **more,  # type: ignore[arg-type]  # the optional fields, checked by the struct's own names
    )
    return AuditEvent(plain=plain, sealed=Sealed(subject=operation.operator, number=number))

"""Makes audit events from deeds: what was asked for, what came of it, and who must hear of it.

Written before anything is stored or answered (`access/`), so that nothing is granted that is not on
the record. Reasons in words, and who is meant, are in the sealed part.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from federation.audit.account import asker_of
from federation.audit.alerts import alerts_for
from federation.audit.done import (
    Alert,
    GrantAsked,
    JoiningStep,
    NodeLogRead,
    ObjectionRecorded,
    RelationshipDeclared,
)
from federation.audit.event import AuditEvent, EventKind, Plain, Sealed
from federation.audit.made_on import FootingKept
from federation.audit.recalled import RecallNamed
from federation.audit.reviewed import EventPlace, Reviewed
from federation.audit.seen import Decided
from federation.authority import Grant, Relationship
from federation.case import Footing
from federation.deeds import (
    Acknowledge,
    BreakGlass,
    DeclareRelationship,
    Deed,
    EndEmergencyAccess,
    ExplainAccess,
    NodeDeed,
    PersonDeed,
    ReadAccessLog,
    ReadFollowUps,
    ReadNodeLog,
    ReadRecalls,
    ReadReviews,
    ReadSubmissions,
    RecallItem,
    RecordObjection,
    ReviewAccess,
)
from federation.errors import ErrorCode
from federation.flow import Decision
from federation.model import Category, NodeId, Purpose, ViewId
from federation.nhs_number import NhsNumber


class Reviewable(Struct, frozen=True, kw_only=True):
    """An event with an alert that is looked into; `node`: as one that the alert tells."""

    place: EventPlace
    view_id: ViewId
    number: NhsNumber | None
    node: NodeId | None


def emergency_granted(
    deed: BreakGlass,
    number: NhsNumber,
    grant: Grant,
    sources: Sequence[NodeId],
    *,
    objected: bool,
) -> AuditEvent:
    """Emergency access is about to be granted; both sides are to be told.

    `sources` are the nodes that the grant reaches.
    """
    asked = GrantAsked(
        id=grant.id,
        reason_code=grant.reason_code,
        begins_at=grant.begins_at,
        expires_at=grant.expires_at,
        nodes=_sorted(grant.nodes),
        categories=_sorted(grant.categories),
    )
    return AuditEvent(
        plain=_plain(
            deed,
            grant=asked,
            nodes=tuple(sources),
            categories=asked.categories or (),
            alerts=_alerts(deed, sources),
        ),
        sealed=_sealed(deed, number, reason=deed.reason, objected=objected),
    )


def emergency_asked_again(deed: BreakGlass, number: NhsNumber, grant: Grant) -> AuditEvent:
    """The same request came again: nothing new is granted, and nobody is told twice."""
    return AuditEvent(plain=_plain(deed, grant_id=grant.id), sealed=_sealed(deed, number))


def emergency_ended(deed: EndEmergencyAccess) -> AuditEvent:
    """Emergency access is about to be ended, if it is the caller's."""
    return AuditEvent(plain=_plain(deed, grant_id=deed.grant_id), sealed=_sealed(deed))


def relationship_declared(
    deed: DeclareRelationship, number: NhsNumber, relationship: Relationship
) -> AuditEvent:
    """Somebody's own word is about to count; their organisation is to be told."""
    assert relationship.ends_at is not None  # noqa: S101 - one's own word never counts without end
    return AuditEvent(
        plain=_plain(
            deed,
            relationship=RelationshipDeclared(id=relationship.id, ends_at=relationship.ends_at),
            alerts=_alerts(deed),
        ),
        sealed=_sealed(deed, number, reason=deed.reason),
    )


def objection_recorded(deed: RecordObjection, number: NhsNumber, id: str) -> AuditEvent:  # noqa: A002 - the struct's own name for it
    """An objection is about to be recorded or withdrawn."""
    recorded = ObjectionRecorded(
        id=id,
        effect=deed.effect,
        node=deed.node,
        category=deed.category,
        organisation=deed.organisation,
        in_emergency=deed.in_emergency,
    )
    return AuditEvent(
        plain=_plain(deed, objection=recorded), sealed=_sealed(deed, number, reason=deed.reason)
    )


def access_explained(
    deed: ExplainAccess,
    number: NhsNumber,
    decisions: Sequence[Decision],
    rules_version: str,
    footing: Footing | None = None,
) -> AuditEvent:
    """The caller is about to be told what they may see; the truth, hidden things too, is sealed.

    `footing` is what the decisions were made on.
    """
    return AuditEvent(
        plain=_plain(deed, purpose=deed.purpose, rules_version=rules_version),
        sealed=_sealed(
            deed,
            number,
            footing=FootingKept.of(footing) if footing else None,
            decisions=tuple(map(Decided.of, decisions)),
        ),
    )


def access_log_read(deed: ReadAccessLog, number: NhsNumber, purpose: Purpose) -> AuditEvent:
    """Somebody is about to be told who looked."""
    return AuditEvent(plain=_plain(deed, purpose=purpose), sealed=_sealed(deed, number))


def node_log_read(deed: ReadNodeLog, entries: int) -> AuditEvent:
    """So many entries of a node's log are about to be shown."""
    read = NodeLogRead(
        first=deed.first,
        entries=entries,
        continued=deed.after is not None,
        since=deed.since,
        until=deed.until,
    )
    return AuditEvent(plain=_plain(deed, nodes=(deed.node,), log_read=read), sealed=_sealed(deed))


def reviews_read(deed: ReadReviews, listed: Sequence[EventPlace]) -> AuditEvent:
    """These alerts are about to be shown."""
    read = NodeLogRead(
        first=deed.first,
        entries=len(listed),
        continued=deed.after is not None,
        since=deed.since,
        until=deed.until,
    )
    return AuditEvent(
        plain=_plain(deed, nodes=_nodes(deed), log_read=read),
        sealed=_sealed(deed, listed=tuple(listed)),
    )


def access_reviewed(deed: ReviewAccess, of: Reviewable, review: Reviewed | None) -> AuditEvent:
    """Somebody is about to have looked into an alert; `review` None: they had said so before."""
    return AuditEvent(
        plain=_plain(
            deed,
            view_id=of.view_id,
            nodes=(of.node,) if of.node else (),
            review=review,
        ),
        sealed=_sealed(
            deed,
            of.number,
            listed=(of.place,),
            reason=deed.note if review else None,
            idempotency_key=deed.idempotency_key if review else None,
        ),
    )


def follow_ups_read(deed: ReadFollowUps) -> AuditEvent:
    """Somebody is about to be told what became known after their views."""
    return AuditEvent(plain=_plain(deed), sealed=_sealed(deed))


def recalls_read(deed: ReadRecalls) -> AuditEvent:
    """A page of a node's recalls is about to be shown."""
    return AuditEvent(plain=_plain(deed, nodes=(deed.node,)), sealed=_sealed(deed))


def acknowledged(
    deed: Acknowledge,
    view_id: ViewId,
    category: Category,
    number: NhsNumber | None,
    recall: RecallNamed | None = None,
) -> AuditEvent:
    """Somebody is about to have said that they read what became known after this view."""
    return AuditEvent(
        plain=_plain(
            deed,
            view_id=view_id,
            categories=(category,),
            follow_up=deed.follow_up,
            recall=recall,
        ),
        sealed=_sealed(deed, number, told_to=deed.requester.authority),
    )


def node_step(deed: Deed, step: JoiningStep) -> AuditEvent:
    """A step of a node's life is about to be taken."""
    nodes = (step.node,) if step.node is not None else ()
    return AuditEvent(
        plain=_plain(deed, nodes=nodes, joining=step),
        sealed=_sealed(deed, reason=getattr(deed, "reason", None)),
    )


def submissions_read(deed: ReadSubmissions) -> AuditEvent:
    """Somebody is about to be told how nodes stand that join."""
    return AuditEvent(plain=_plain(deed), sealed=_sealed(deed))


def deed_refused(
    deed: Deed, number: NhsNumber | None, code: ErrorCode, *, alert: bool = False
) -> AuditEvent:
    """The caller got an error and nothing was done; with `alert` their organisation hears of it."""
    alerts = _alerts(deed) if alert else ()
    return AuditEvent(
        plain=_plain(
            deed,
            kind=EventKind.REFUSAL,
            deed=deed.kind,
            error=code,
            alerts=alerts,
            nodes=_nodes(deed),
        ),
        sealed=_sealed(deed, number, reason=getattr(deed, "reason", None)),
    )


def deed_abandoned(deed: Deed, number: NhsNumber | None) -> AuditEvent:
    """The caller went away, or the gateway failed, while the deed was carried out.

    Whether anything was done is told by an event of the deed's own kind before this one.
    """
    return AuditEvent(
        plain=_plain(deed, kind=EventKind.ABANDONED, deed=deed.kind),
        sealed=_sealed(deed, number, reason=getattr(deed, "reason", None)),
    )


def _plain(deed: Deed, /, **more: object) -> Plain:
    return Plain(
        **{  # type: ignore[arg-type]  # the optional fields, checked by the struct's own names
            "kind": EventKind(deed.kind.value),
            "at": deed.asked_at,
            "view_id": deed.deed_id,
            "request_id": deed.request_id,
            "asker": asker_of(deed.requester),
            "categories": (),
            "confirmed": False,
        }
        | more
    )


def _sealed(deed: Deed, number: NhsNumber | None = None, **more: object) -> Sealed:
    asked = deed.nhs_number if isinstance(deed, PersonDeed) else None
    return Sealed(
        subject=deed.requester.subject,
        issuer=deed.requester.issuer,
        name=deed.requester.name,
        number=number or asked,
        asked_number=asked if number and asked != number else None,
        **more,  # type: ignore[arg-type]  # the optional fields, checked by the struct's own names
    )


def _nodes(deed: Deed) -> tuple[NodeId, ...]:
    """The node whose log, queue or life is asked for."""
    of_a_node = ReadNodeLog | ReadReviews | ReadRecalls | RecallItem | NodeDeed
    if isinstance(deed, of_a_node) and deed.node is not None:
        return (deed.node,)
    return ()


def _alerts(deed: Deed, sources: Sequence[NodeId] = ()) -> tuple[Alert, ...]:
    return alerts_for(deed.requester, deed.asked_at, sources)


def _sorted(scope: frozenset | None) -> tuple | None:  # type: ignore[type-arg]  # either ids or categories
    return None if scope is None else tuple(sorted(scope))

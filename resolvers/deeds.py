"""From the input of a mutation to a `Deed`, every length and name checked.

What is refused is refused by the name of the field, never with its value. Whether the caller may
is for `federation/access`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from typing import Any

import strawberry

from federation.deeds import (
    LONGEST_IDEMPOTENCY_KEY,
    LONGEST_REASON,
    Acknowledge,
    BreakGlass,
    DeclareRelationship,
    EndEmergencyAccess,
    ExplainAccess,
    ReadAccessLog,
    ReadFollowUps,
    ReadNodeLog,
    ReadRecalls,
    ReadReviews,
    RecallItem,
    RecordObjection,
    ReviewAccess,
    ReviewOutcome,
    ReviewState,
)
from federation.errors import BadUserInputError
from federation.flow import Window
from federation.model import NodeId, OdsCode, Purpose
from federation.nhs_number import NhsNumber
from resolvers.context import Context
from resolvers.question import check_windows
from resolvers.types.inputs import BreakGlassInput, DeclareRelationshipInput, ObjectionInput
from resolvers.types.recalls import RecallItemInput
from resolvers.types.reviews import ReviewAccessInput

LONGEST_ID = 200
LONGEST_SOURCE_ID = 1_000
_ODS_CODE = re.compile(r"[A-Z0-9]{2,12}", re.ASCII)


def breaking_of(context: Context, given: BreakGlassInput) -> BreakGlass:
    """Emergency access as it is asked for."""
    categories = or_none(given.categories)
    return BreakGlass(
        **asked(context),
        nhs_number=given.nhs_number,
        reason_code=given.reason_code,
        reason=reason_of(given.reason),
        nodes=_nodes(context, or_none(given.sources)),
        categories=_some(categories, "categories"),
        idempotency_key=_key(or_none(given.idempotency_key)),
    )


def ending_of(context: Context, grant_id: str) -> EndEmergencyAccess:
    """Which grant is to end."""
    if len(grant_id) > LONGEST_ID:
        raise BadUserInputError("`id` is too long to be a grant's")
    return EndEmergencyAccess(**asked(context), grant_id=str(grant_id))


def declaration_of(context: Context, given: DeclareRelationshipInput) -> DeclareRelationship:
    """For whom the caller cares, and how."""
    return DeclareRelationship(
        **asked(context), nhs_number=given.nhs_number, reason=reason_of(given.reason)
    )


def objection_of(context: Context, given: ObjectionInput) -> RecordObjection:
    """What must not be shared, or may be again."""
    source, reason = or_none(given.source), or_none(given.reason)
    nodes = _nodes(context, None if source is None else (source,), "source")
    return RecordObjection(
        **asked(context),
        nhs_number=given.nhs_number,
        effect=given.effect,
        node=next(iter(nodes)) if nodes else None,
        category=or_none(given.category),
        organisation=organisation_of(or_none(given.organisation)),
        in_emergency=given.in_emergency,
        reason=None if reason is None else reason_of(reason),
    )


def explanation_of(context: Context, number: NhsNumber, purpose: Purpose) -> ExplainAccess:
    """What the caller wants explained."""
    return ExplainAccess(**asked(context), nhs_number=number, purpose=purpose)


def log_reading_of(
    context: Context, number: NhsNumber, first: int, after: str | None
) -> ReadAccessLog:
    """Which page of whose log."""
    page = Window(first=first, after=or_none(after))
    check_windows((page,))
    return ReadAccessLog(**asked(context), nhs_number=number, first=page.first, after=page.after)


def node_log_reading_of(
    context: Context,
    node: str,
    since: date | None,
    until: date | None,
    first: int,
    after: str | None,
) -> ReadNodeLog:
    """Which page of which node's log."""
    check_windows((Window(first=first, after=after, since=since, until=until),))
    _node_of_log(context, node)
    return ReadNodeLog(
        **asked(context), node=NodeId(node), since=since, until=until, first=first, after=after
    )


def reviews_reading_of(
    context: Context,
    node: str | None,
    since: date | None,
    until: date | None,
    state: ReviewState | None,
    outcome: ReviewOutcome | None,
    overdue: bool | None,
    first: int,
    after: str | None,
) -> ReadReviews:
    """Which page of which queue."""
    check_windows((Window(first=first, after=after, since=since, until=until),))
    if node is not None:
        _node_of_log(context, node)
    return ReadReviews(
        **asked(context),
        node=None if node is None else NodeId(node),
        since=since,
        until=until,
        state=state,
        outcome=outcome,
        overdue=overdue,
        first=first,
        after=after,
    )


def review_of(context: Context, given: ReviewAccessInput) -> ReviewAccess:
    """What an officer found."""
    if len(given.id) > LONGEST_ID:
        raise BadUserInputError("`id` is too long to be an alert's")
    return ReviewAccess(
        **asked(context),
        review=str(given.id),
        outcome=given.outcome,
        note=reason_of(given.note, "note"),
        idempotency_key=_key(or_none(given.idempotency_key)),
    )


def follow_ups_reading_of(context: Context, first: int, after: str | None) -> ReadFollowUps:
    """Which page of the caller's own follow-ups."""
    check_windows((Window(first=first, after=after),))
    return ReadFollowUps(**asked(context), first=first, after=after)


def acknowledgement_of(context: Context, follow_up: str) -> Acknowledge:
    """What the caller has read."""
    if len(follow_up) > LONGEST_ID:
        raise BadUserInputError("`id` is too long to be a follow-up's")
    return Acknowledge(**asked(context), follow_up=str(follow_up))


def recalling_of(context: Context, given: RecallItemInput) -> RecallItem:
    """Which item of which node is called back."""
    _node_of_log(context, given.node)
    note = or_none(given.note)
    return RecallItem(
        **asked(context),
        node=NodeId(given.node),
        source_id=_id_of_item(given.source_id, "sourceId"),
        reason=given.reason,
        version=_optional_id(or_none(given.version), "version"),
        since=or_none(given.since),
        note=None if note is None else reason_of(note, "note"),
        key=_key(or_none(given.idempotency_key)),
        after=or_none(given.after),
    )


def recalls_reading_of(context: Context, node: str, first: int, after: str | None) -> ReadRecalls:
    """Which page of a node's recalls."""
    check_windows((Window(first=first, after=after),))
    _node_of_log(context, node)
    return ReadRecalls(**asked(context), node=NodeId(node), first=first, after=after)


def _id_of_item(said: str, name: str) -> str:
    if not 0 < len(said) <= LONGEST_SOURCE_ID:
        raise BadUserInputError(f"`{name}` must have 1 to {LONGEST_SOURCE_ID} letters")
    return said


def _optional_id(said: str | None, name: str) -> str | None:
    return None if said is None else _id_of_item(said, name)


def asked(context: Context) -> dict[str, Any]:
    """What every deed says of whoever asks."""
    return {
        "deed_id": context.new_view_id(),
        "request_id": context.request_id,
        "requester": context.requester,
        "asked_at": context.clock(),
    }


def or_none(value: Any) -> Any:
    """What was given; None for what was left out."""
    return None if value is strawberry.UNSET else value


def reason_of(said: str, name: str = "reason") -> str:
    """Why, in words."""
    said = said.strip()
    if not said:
        raise BadUserInputError(f"`{name}` must say why")
    if len(said) > LONGEST_REASON:
        raise BadUserInputError(f"`{name}` may have {LONGEST_REASON} letters at most")
    return said


def _key(said: str | None) -> str | None:
    if said is not None and not 0 < len(said) <= LONGEST_IDEMPOTENCY_KEY:
        raise BadUserInputError(
            f"`idempotencyKey` must have 1 to {LONGEST_IDEMPOTENCY_KEY} letters"
        )
    return said


def _node_of_log(context: Context, node: str) -> None:
    """Refuse what never was in the network; what has left it has its log still."""
    if node not in {one.id for one in context.left()}:
        _nodes(context, (node,), "node")


def _nodes(
    context: Context, said: Iterable[str] | None, name: str = "sources"
) -> frozenset[NodeId] | None:
    chosen = _some(said, name)
    if chosen is None:
        return None
    if not chosen <= {node.id for node in context.nodes()}:
        raise BadUserInputError(f"`{name}` names a node that is not in the network")
    return frozenset(map(NodeId, chosen))


def _some(said: Iterable[Any] | None, name: str) -> frozenset[Any] | None:
    if said is None:
        return None
    chosen = frozenset(said)
    if not chosen:
        raise BadUserInputError(f"`{name}` must name at least one, or be left out for all")
    return chosen


def organisation_of(said: str | None, name: str = "organisation") -> OdsCode | None:
    """An organisation's code, where one is given."""
    if said is None:
        return None
    if not _ODS_CODE.fullmatch(said):
        raise BadUserInputError(f"`{name}` must be an organisation's code")
    return OdsCode(said)

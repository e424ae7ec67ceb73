"""Steps of nodes' lives that are asked for over the schema: who asks, for which side.

The operator is whoever holds that role at the organisation that runs this gateway; a region's
approvers act for their region. Which side may take which step is for `joining/lifecycle.py`.
"""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from federation.access.joining import Steps, take_step
from federation.access.officers import SECOND_FACTOR
from federation.access.standing import Parts
from federation.access.takers import Takers
from federation.audit.deeds import node_step, submissions_read
from federation.audit.done import JoiningStep
from federation.deeds import (
    ApproveNode,
    Deed,
    NodeDeed,
    PromoteNode,
    ReadSubmissions,
    RejectNode,
    ResumeNode,
    RetireNode,
    SubmitNode,
    SuspendNode,
)
from federation.errors import (
    BadUserInputError,
    FaultyFileError,
    ForbiddenError,
    NotFoundError,
    StandingLapsedError,
)
from federation.joining.descriptor import digest_of, read_descriptor
from federation.joining.life import NodeLife
from federation.joining.signing import SignatureError, unverified
from federation.joining.steps import (
    OPERATOR,
    Approval,
    By,
    Detail,
    Promotion,
    Rejection,
    Resumption,
    Retirement,
    Step,
    Submission,
    Suspension,
)
from federation.joining.submitting import told_of
from federation.model import Node, NodeId, OdsCode, RegionId, Requester, RequesterKind, Standing
from federation.sharing import need_role

APPROVER = "APPROVER"
_OPERATOR_ROLE = "OPERATOR"
_NOT_SURE_ENOUGH = (
    "what changes the network needs a stronger sign-in: sign in again with a second factor, "
    "then ask again"
)
_NO_NEIGHBOUR = "your region has no node in this network, so it is no neighbour of others"


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """What steps need: those that were taken, and who runs this gateway.

    `takers` names those who take them.
    """

    steps: Steps
    takers: Takers
    operator: OdsCode | None


def side_of(requester: Requester, operator: OdsCode | None) -> str:
    """For whom they act, or the `RefusedError` that answers them. The default is refuse."""
    need_role(requester)
    organisation = requester.organisation
    if organisation is None or not organisation.ods_code:
        raise ForbiddenError
    side: str | None = None
    if requester.kind is RequesterKind.OPERATOR and requester.role == _OPERATOR_ROLE:
        side = OPERATOR if organisation.ods_code == operator else None
    elif requester.kind is RequesterKind.PROFESSIONAL and requester.role == APPROVER:
        if requester.standing is Standing.LAPSED:
            raise StandingLapsedError
        side = organisation.region if requester.standing is not Standing.UNKNOWN else None
    # A region that is called as the operator's side would act for it.
    if side is None or (side == OPERATOR and requester.role == APPROVER):
        raise ForbiddenError
    if requester.assurance < SECOND_FACTOR:
        raise ForbiddenError(_NOT_SURE_ENOUGH)
    return side


async def submit_node(deed: SubmitNode, parts: Parts, membership: Membership) -> Node:
    """A signed descriptor is taken in."""
    by = _by(deed, membership)
    try:
        body = unverified(deed.descriptor)
        said = read_descriptor(body).node
    except SignatureError as fault:
        raise BadUserInputError(f"`descriptor` {fault}") from None
    except FaultyFileError as fault:
        raise BadUserInputError(told_of(fault)) from None
    detail = Submission(signed=deed.descriptor, expectations=deed.expectations, bundle=deed.bundle)
    step = _step(deed, by, detail, RegionId(said.region_id), NodeId(said.id), digest_of(body))
    return _node_of(await _taken(deed, step, parts, membership))


async def change_node(deed: NodeDeed, parts: Parts, membership: Membership) -> Node:
    """One more step of a node's life."""
    by = _by(deed, membership)
    if isinstance(deed, ApproveNode | RejectNode):
        _need_neighbour(by, parts)
    joining, _ = await membership.steps.read()
    life = joining.nodes.get(deed.node)
    if life is None:
        raise NotFoundError
    digest = deed.digest if isinstance(deed, ApproveNode | RejectNode | PromoteNode) else None
    step = _step(deed, by, _detail(deed), life.region, life.id, digest)
    return _node_of(await _taken(deed, step, parts, membership))


async def read_submissions(
    deed: ReadSubmissions, parts: Parts, membership: Membership
) -> tuple[NodeLife, ...]:
    """How every node stands that was submitted, once it is on the record that it was read."""
    side_of(deed.requester, membership.operator)
    joining, _ = await membership.steps.read()
    await parts.trail.record((submissions_read(deed),))
    return tuple(life for life in joining.nodes.values() if life.newest and life.newest.digest)


def _by(deed: Deed, membership: Membership) -> By:
    side = side_of(deed.requester, membership.operator)
    return membership.takers.by(side, deed.requester.principal)


def _need_neighbour(by: By, parts: Parts) -> None:
    regions = {node.region_id for node in parts.registry.now().nodes}
    if by.side != OPERATOR and by.side not in regions:
        raise ForbiddenError(_NO_NEIGHBOUR)


def _detail(deed: NodeDeed) -> Detail:
    match deed:
        case ApproveNode():
            return Approval()
        case RejectNode():
            return Rejection(reason=deed.reason)
        case PromoteNode():
            return Promotion(to=deed.to, testers=deed.testers)
        case SuspendNode():
            return Suspension(
                categories=deed.categories, custodian=deed.custodian, reason=deed.reason
            )
        case ResumeNode():
            return Resumption(categories=deed.categories, custodian=deed.custodian)
        case RetireNode():
            return Retirement(reason=deed.reason)
    raise LookupError(f"no step is made of {deed.kind}")


def _step(
    deed: Deed, by: By, detail: Detail, region: RegionId, node: NodeId, digest: str | None
) -> Step:
    return Step(
        id=deed.deed_id,
        region=region,
        node=node,
        digest=digest,
        by=by,
        at=deed.asked_at,
        detail=detail,
    )


async def _taken(deed: Deed, step: Step, parts: Parts, membership: Membership) -> NodeLife:
    async def record(told: JoiningStep) -> None:
        await parts.trail.record((node_step(deed, told),))

    joining = await take_step(step, membership.steps, record)
    assert step.node is not None  # noqa: S101 - of a region alone nobody asks here
    return joining.nodes[step.node]


def _node_of(life: NodeLife) -> Node:
    """The node as whoever changed it sees it now."""
    version = life.candidate or life.current
    if version is None:
        raise NotFoundError("this descriptor was rejected: there is no other of this node")
    return msgspec.structs.replace(version.node, state=life.state)

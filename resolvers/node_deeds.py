"""From the input of a mutation about a node to a `Deed`, every length and name checked.

What a descriptor says is for `federation/joining`; whether the caller may, for `federation/access`.
"""

from __future__ import annotations

import re

from federation.deeds import (
    ApproveNode,
    PromoteNode,
    ReadSubmissions,
    RejectNode,
    ResumeNode,
    RetireNode,
    SubmitNode,
    SuspendNode,
)
from federation.errors import BadUserInputError
from federation.model import NodeId, NodeState
from resolvers.context import Context
from resolvers.deeds import asked, or_none, organisation_of, reason_of
from resolvers.types.inputs import (
    ApproveNodeInput,
    PromoteNodeInput,
    RejectNodeInput,
    ResumeNodeInput,
    RetireNodeInput,
    SubmitNodeInput,
    SuspendNodeInput,
)

LONGEST_TEXT = 600_000
"""Letters of a signed descriptor, and of each file beside it."""
MOST_TESTERS = 100
_NODE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*", re.ASCII)
_DIGEST = re.compile(r"[0-9a-f]{64}", re.ASCII)
_PROMOTED = frozenset((NodeState.SAFETY_ONLY, NodeState.LIVE))


def submission_of(context: Context, said: SubmitNodeInput) -> SubmitNode:
    """What a region submits."""
    return SubmitNode(
        **asked(context),
        descriptor=_text(said.descriptor, "descriptor"),
        expectations=_beside(or_none(said.expectations), "expectations"),
        bundle=_beside(or_none(said.bundle), "bundle"),
    )


def approval_of(context: Context, said: ApproveNodeInput) -> ApproveNode:
    """Which descriptor is approved."""
    return ApproveNode(
        **asked(context), node=_node(said.id), digest=_digest(said.descriptor_digest)
    )


def rejection_of(context: Context, said: RejectNodeInput) -> RejectNode:
    """Which descriptor is rejected."""
    return RejectNode(
        **asked(context),
        node=_node(said.id),
        digest=_digest(said.descriptor_digest),
        reason=reason_of(said.reason),
    )


def promotion_of(context: Context, said: PromoteNodeInput) -> PromoteNode:
    """To which state a node goes on."""
    if said.to not in _PROMOTED:
        raise BadUserInputError("`to` is SAFETY_ONLY or LIVE; SHADOW comes with the approvals")
    testers = tuple(map(str, or_none(said.testers) or ()))
    if len(testers) > MOST_TESTERS:
        raise BadUserInputError(f"`testers` may name {MOST_TESTERS} organisations at most")
    if said.to is NodeState.SAFETY_ONLY and not testers:
        raise BadUserInputError("`testers` must name for whom a safety-only node is asked")
    for one in testers:
        organisation_of(one, "testers")
    digest = or_none(said.descriptor_digest)
    return PromoteNode(
        **asked(context),
        node=_node(said.id),
        to=said.to,
        digest=None if digest is None else _digest(digest),
        testers=testers,
    )


def suspension_of(context: Context, said: SuspendNodeInput) -> SuspendNode:
    """What is asked no more."""
    return SuspendNode(
        **asked(context),
        node=_node(said.id),
        categories=_categories(said),
        custodian=organisation_of(or_none(said.custodian), "custodian"),
        reason=reason_of(said.reason),
    )


def resumption_of(context: Context, said: ResumeNodeInput) -> ResumeNode:
    """What is asked again."""
    return ResumeNode(
        **asked(context),
        node=_node(said.id),
        categories=_categories(said),
        custodian=organisation_of(or_none(said.custodian), "custodian"),
    )


def retirement_of(context: Context, said: RetireNodeInput) -> RetireNode:
    """Which node leaves."""
    return RetireNode(**asked(context), node=_node(said.id), reason=reason_of(said.reason))


def submissions_reading_of(context: Context) -> ReadSubmissions:
    """Who wants to know how nodes stand."""
    return ReadSubmissions(**asked(context))


def _categories(said: SuspendNodeInput | ResumeNodeInput) -> tuple:  # type: ignore[type-arg]  # of categories
    chosen = or_none(said.categories)
    if chosen is not None and not chosen:
        raise BadUserInputError("`categories` must name at least one, or be left out for all")
    return tuple(sorted(set(chosen or ())))


def _node(said: str) -> NodeId:
    if len(said) > 64 or not _NODE.fullmatch(said):  # noqa: PLR2004 - as in the descriptor
        raise BadUserInputError("`id` is no node's id")
    return NodeId(str(said))


def _digest(said: str) -> str:
    if not _DIGEST.fullmatch(said):
        raise BadUserInputError("`descriptorDigest` is a SHA-256 in 64 hexadecimal digits")
    return said


def _beside(said: str | None, name: str) -> str | None:
    return None if said is None else _text(said, name)


def _text(said: str, name: str) -> str:
    if not 0 < len(said) <= LONGEST_TEXT:
        raise BadUserInputError(f"`{name}` is empty or too long")
    return said

"""The root fields that change the network, and the one that tells how nodes stand that join.

Carried out at the desk, one a request, as every other deed.
"""

from __future__ import annotations

from typing import Annotated, Any

import strawberry

from federation.model import Node
from resolvers.context import Context
from resolvers.node_deeds import (
    approval_of,
    promotion_of,
    rejection_of,
    resumption_of,
    retirement_of,
    submission_of,
    submissions_reading_of,
    suspension_of,
)
from resolvers.types.inputs import (
    ApproveNodeInput,
    PromoteNodeInput,
    RejectNodeInput,
    ResumeNodeInput,
    RetireNodeInput,
    SubmitNodeInput,
    SuspendNodeInput,
)
from resolvers.types.node import RecordNode

Info = strawberry.Info[Context, None]


async def _submit(info: Info, input: Any) -> Node:  # noqa: A002 - the contract's name
    """A descriptor is taken in."""
    deed = submission_of(info.context, input)
    return await info.context.desk_once().submit_node(deed)


def _changing(made_of: Any) -> Any:
    async def change(info: Info, input: Any) -> Node:  # noqa: A002 - the contract's name
        deed = made_of(info.context, input)
        return await info.context.desk_once().change_node(deed)

    return change


def _field(resolve: Any, said: type, description: str) -> Any:
    """A mutation of one input that answers with the node as it stands now."""
    resolve.__annotations__["input"] = Annotated[
        said, strawberry.argument(description="What is asked for.")
    ]
    return strawberry.field(resolver=resolve, graphql_type=RecordNode, description=description)


SUBMIT_NODE = _field(
    _submit,
    SubmitNodeInput,
    "Proposes a node, or a change of one, for approval. Signed by its region; brought by its"
    " approvers or the operator.",
)
APPROVE_NODE = _field(
    _changing(approval_of),
    ApproveNodeInput,
    "Approves exactly the descriptor whose digest is named. Two different approvers are needed:"
    " the operator, and a neighbouring region's. The second moves the node into the shadow.",
)
REJECT_NODE = _field(
    _changing(rejection_of),
    RejectNodeInput,
    "Rejects exactly the descriptor whose digest is named.",
)
PROMOTE_NODE = _field(
    _changing(promotion_of),
    PromoteNodeInput,
    "To the next state of its life cycle: safety-only, live. For the operator.",
)
SUSPEND_NODE = _field(
    _changing(suspension_of),
    SuspendNodeInput,
    "Stop asking a node, wholly or for categories or a custodian organisation; within two seconds"
    " everywhere. For the operator and the node's own region. Only the side that suspended may"
    " resume.",
)
RESUME_NODE = _field(
    _changing(resumption_of),
    ResumeNodeInput,
    "Ask a suspended node again, wholly or in part: what the caller's side suspended.",
)
RETIRE_NODE = _field(
    _changing(retirement_of),
    RetireNodeInput,
    "Takes a node out of the network for good. For the operator and the node's own region.",
)


async def node_submissions(info: Info) -> Any:
    """How the nodes stand that were submitted."""
    deed = submissions_reading_of(info.context)
    return await info.context.desk_once().read_submissions(deed)

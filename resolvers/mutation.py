"""The root of everything that changes something.

All of it belongs to a later release and answers NOT_AVAILABLE until then.
"""

from __future__ import annotations

from typing import Annotated, Any

import strawberry

from federation.errors import NotAvailableError
from resolvers.types.access import DeclaredRelationship, EmergencyGrant, Objection
from resolvers.types.inputs import (
    ApproveNodeInput,
    BreakGlassInput,
    DeclareRelationshipInput,
    ObjectionInput,
    PromoteNodeInput,
    RejectNodeInput,
    ResumeNodeInput,
    RetireNodeInput,
    SubmitNodeInput,
    SuspendNodeInput,
)
from resolvers.types.node import RecordNode

GrantId = Annotated[strawberry.ID, strawberry.argument(description="Which grant.")]


def _later(input_type: type, result: type, description: str) -> Any:
    """A mutation of one input that is not available yet."""

    def resolve(input: Any) -> Any:  # noqa: A002, ARG001 - the contract's name; nothing is done with it
        raise NotAvailableError

    resolve.__annotations__["input"] = Annotated[
        input_type, strawberry.argument(description="What is asked for.")
    ]
    return strawberry.field(
        resolver=resolve, graphql_type=result, description=f"{description} Not available yet."
    )


def _end_later(id: GrantId) -> EmergencyGrant:  # noqa: A002, ARG001 - the contract's name; nothing is done with it
    raise NotAvailableError


@strawberry.type(description="Everything that can be changed.")
class Mutation:
    """The root fields."""

    break_glass: EmergencyGrant = _later(
        BreakGlassInput,
        EmergencyGrant,
        "Emergency access: lifts only what each rule marks as liftable, for this person and a"
        " limited time. Alerts both privacy officers.",
    )
    declare_relationship: DeclaredRelationship = _later(
        DeclareRelationshipInput,
        DeclaredRelationship,
        "The caller states that they care for this person. Recorded, time-boxed, sampled for"
        " review.",
    )
    record_objection: Objection = _later(
        ObjectionInput,
        Objection,
        "A person's objection to sharing, or its withdrawal, by themselves, their proxy or an"
        " organisation acting for them.",
    )

    end_emergency_access: EmergencyGrant = strawberry.field(
        resolver=_end_later, description="Ends an emergency grant early. Not available yet."
    )
    submit_node: RecordNode = _later(
        SubmitNodeInput, RecordNode, "Proposes a node, or a change of one, for approval."
    )
    approve_node: RecordNode = _later(
        ApproveNodeInput,
        RecordNode,
        "Approves exactly the descriptor whose digest is named. Two different approvers are"
        " needed.",
    )
    reject_node: RecordNode = _later(
        RejectNodeInput, RecordNode, "Rejects exactly the descriptor whose digest is named."
    )
    promote_node: RecordNode = _later(
        PromoteNodeInput,
        RecordNode,
        "To the next state of its life cycle: shadow, safety-only, live.",
    )
    suspend_node: RecordNode = _later(
        SuspendNodeInput,
        RecordNode,
        "Stop asking a node, wholly or for categories or a custodian organisation. Only the side"
        " that suspended may resume.",
    )
    resume_node: RecordNode = _later(
        ResumeNodeInput, RecordNode, "Ask a suspended node again, wholly or in part."
    )
    retire_node: RecordNode = _later(
        RetireNodeInput, RecordNode, "Takes a node out of the network for good."
    )

"""The root of everything that changes something.

Deeds are carried out at the desk (`federation/access`), one a request. Those that change the
network are in `nodes.py`.
"""

from __future__ import annotations

from typing import Annotated, Any

import strawberry

from resolvers.context import Context
from resolvers.deeds import (
    acknowledgement_of,
    breaking_of,
    declaration_of,
    ending_of,
    objection_of,
    recalling_of,
    review_of,
)
from resolvers.nodes import (
    APPROVE_NODE,
    PROMOTE_NODE,
    REJECT_NODE,
    RESUME_NODE,
    RETIRE_NODE,
    SUBMIT_NODE,
    SUSPEND_NODE,
)
from resolvers.types.access import DeclaredRelationship, EmergencyGrant, Objection
from resolvers.types.follow_ups import FollowUp
from resolvers.types.inputs import (
    BreakGlassInput,
    DeclareRelationshipInput,
    ObjectionInput,
)
from resolvers.types.recalls import Recall, RecallItemInput
from resolvers.types.reviews import AccessReview, ReviewAccessInput

_ASKED = strawberry.argument(description="What is asked for.")
FollowUpId = Annotated[strawberry.ID, strawberry.argument(description="Which follow-up.")]
GrantId = Annotated[strawberry.ID, strawberry.argument(description="Which grant.")]


Info = strawberry.Info[Context, None]


async def break_glass(
    info: Info,
    input: Annotated[BreakGlassInput, _ASKED],  # noqa: A002 - the contract's name
) -> Any:
    """Emergency access."""
    deed = breaking_of(info.context, input)
    return await info.context.desk_once().break_glass(deed)


async def end_emergency_access(info: Info, id: GrantId) -> Any:  # noqa: A002 - the contract's name
    """The end of emergency access."""
    deed = ending_of(info.context, id)
    return await info.context.desk_once().end_emergency_access(deed)


async def declare_relationship(
    info: Info,
    input: Annotated[DeclareRelationshipInput, _ASKED],  # noqa: A002 - the contract's name
) -> Any:
    """A relationship on the caller's word."""
    deed = declaration_of(info.context, input)
    return await info.context.desk_once().declare_relationship(deed)


async def record_objection(
    info: Info,
    input: Annotated[ObjectionInput, _ASKED],  # noqa: A002 - the contract's name
) -> Any:
    """An objection, or its withdrawal."""
    deed = objection_of(info.context, input)
    return await info.context.desk_once().record_objection(deed)


async def acknowledge_follow_up(info: Info, id: FollowUpId) -> Any:  # noqa: A002 - as of grants
    """That something was read."""
    deed = acknowledgement_of(info.context, id)
    return await info.context.desk_once().acknowledge(deed)


async def review_access(
    info: Info,
    input: Annotated[ReviewAccessInput, _ASKED],  # noqa: A002 - the contract's name
) -> Any:
    """What an officer found of an alert."""
    deed = review_of(info.context, input)
    return await info.context.desk_once().review_access(deed)


async def recall_item(
    info: Info,
    input: Annotated[RecallItemInput, _ASKED],  # noqa: A002 - the contract's name
) -> Any:
    """An item called back."""
    deed = recalling_of(info.context, input)
    return await info.context.desk_once().recall_item(deed)


@strawberry.type(description="Everything that can be changed.")
class Mutation:
    """The root fields."""

    break_glass: Any = strawberry.field(
        resolver=break_glass,
        graphql_type=EmergencyGrant,
        description=(
            "Emergency access: lifts only what each rule marks as liftable, for this person and a"
            " limited time. Alerts both privacy officers."
        ),
    )
    declare_relationship: Any = strawberry.field(
        resolver=declare_relationship,
        graphql_type=DeclaredRelationship,
        description=(
            "The caller states that they care for this person. Recorded, time-boxed, sampled for"
            " review."
        ),
    )
    record_objection: Any = strawberry.field(
        resolver=record_objection,
        graphql_type=Objection,
        description=(
            "A person's objection to sharing, or its withdrawal, by themselves, their proxy or an"
            " organisation acting for them."
        ),
    )
    end_emergency_access: Any = strawberry.field(
        resolver=end_emergency_access,
        graphql_type=EmergencyGrant,
        description="Ends an emergency grant early.",
    )
    acknowledge_follow_up: Any = strawberry.field(
        resolver=acknowledge_follow_up,
        graphql_type=FollowUp,
        description="The caller has read something that became known after a view of theirs.",
    )
    review_access: Any = strawberry.field(
        resolver=review_access,
        graphql_type=AccessReview,
        description=(
            "What an officer found of an alert in their queue. A later review holds, and all are"
            " kept. Not of a look of their own, nor of their own or their family's record."
        ),
    )
    recall_item: Any = strawberry.field(
        resolver=recall_item,
        graphql_type=Recall,
        description=(
            "Calls an item of a node back: whoever was shown it is told by `followUps`. Asked for"
            " again it goes on, and tells nobody twice. For officers of the node's own region."
        ),
    )
    submit_node: Any = SUBMIT_NODE
    approve_node: Any = APPROVE_NODE
    reject_node: Any = REJECT_NODE
    promote_node: Any = PROMOTE_NODE
    suspend_node: Any = SUSPEND_NODE
    resume_node: Any = RESUME_NODE
    retire_node: Any = RETIRE_NODE

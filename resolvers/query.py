"""The root of every query.

`patient` is the one field that asks for data; whatever stands below it only reads the answer.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, cast

import strawberry
from graphql import GraphQLObjectType

from federation.flow import Answer
from federation.model import Node, NodeId, Purpose
from federation.model import Requester as RequesterValue
from federation.nhs_number import NhsNumber
from resolvers.context import Context
from resolvers.deeds import (
    explanation_of,
    follow_ups_reading_of,
    log_reading_of,
    node_log_reading_of,
    recalls_reading_of,
    reviews_reading_of,
)
from resolvers.nodes import node_submissions
from resolvers.question import make_question
from resolvers.selection import Reader, Selected
from resolvers.types.access import AccessExplanation, AccessLogConnection
from resolvers.types.follow_ups import FollowUpConnection
from resolvers.types.inputs import ConfirmIdentityInput
from resolvers.types.node import RecordNode
from resolvers.types.node_log import NodeAccessLogConnection
from resolvers.types.pages import Page
from resolvers.types.patient import PatientRecord
from resolvers.types.recalls import RecallConnection
from resolvers.types.requester import Requester
from resolvers.types.reviews import (
    AccessReviewConnection,
    InState,
    IsOverdue,
    WhoseQueue,
    WithOutcome,
)
from resolvers.types.submissions import NodeSubmission
from resolvers.types.timeline import DEFAULT_FIRST

DEFAULT_ANSWER_WITHIN_MS = 3500

WhoseNumber = Annotated[NhsNumber, strawberry.argument(description="Whose record.")]
Why = Annotated[Purpose, strawberry.argument(description="Why the caller asks.")]
Confirm = Annotated[
    ConfirmIdentityInput | None,
    strawberry.argument(
        description=(
            "What the caller believes about the person. Required of professionals, unless a signed"
            " launch context carries it; a mismatch answers IDENTITY_NOT_CONFIRMED and no data."
        )
    ),
]
Launch = Annotated[
    str | None,
    strawberry.argument(
        description=(
            "A one-use handle from the caller's host system: who the person is and why they are in"
            " front of the caller."
        )
    ),
]
AnswerWithin = Annotated[
    int,
    strawberry.argument(
        description=(
            "Answer with what is known by then; nodes that are later are TIMED_OUT and their calls"
            " cancelled. 100 to 8000."
        )
    ),
]
WhichNode = Annotated[
    strawberry.ID, strawberry.argument(description="The node's id in the network.")
]
FirstLooks = Annotated[int, strawberry.argument(description="How many looks, 1 to 500.")]
SinceDay = Annotated[
    date | None, strawberry.argument(description="The first local day that counts, inclusive.")
]
UntilDay = Annotated[
    date | None, strawberry.argument(description="The last local day that counts, inclusive.")
]
AfterLook = Annotated[
    str | None, strawberry.argument(description="The cursor of the last look already seen.")
]


FirstFollowUps = Annotated[int, strawberry.argument(description="How many, 1 to 500.")]
FirstRecalls = Annotated[int, strawberry.argument(description="How many recalls, 1 to 500.")]
AfterFollowUp = Annotated[
    str | None, strawberry.argument(description="The cursor of the last one already seen.")
]


def selection_of(info: strawberry.Info) -> Selected:
    """What the operation wants below the field that is being resolved."""
    raw = info._raw_info  # noqa: SLF001 - strawberry keeps graphql-core's info there
    reader = Reader(raw.schema, raw.fragments, info.variable_values)
    record = cast("GraphQLObjectType", raw.schema.type_map["PatientRecord"])
    return reader.selected(record, raw.field_nodes)


def given(value: Any) -> Any:
    """An optional argument, None where it was left out."""
    return None if value is strawberry.UNSET else value


async def patient(
    info: strawberry.Info[Context, None],
    nhs_number: WhoseNumber,
    purpose: Why,
    confirm: Confirm = strawberry.UNSET,
    launch: Launch = strawberry.UNSET,
    answer_within_ms: AnswerWithin = DEFAULT_ANSWER_WITHIN_MS,
) -> Answer:
    """Ask once for everything that is selected below."""
    believed = given(confirm)
    question = make_question(
        info.context,
        selection_of(info),
        nhs_number=nhs_number,
        purpose=purpose,
        birth_date=believed.birth_date if believed else None,
        family_name=given(believed.family_name) if believed else None,
        launch=given(launch),
        answer_within_ms=answer_within_ms,
    )
    return await info.context.ask_once(question)


def record_nodes(info: strawberry.Info[Context, None]) -> tuple[Node, ...]:
    """Every node as the registry knows it now, and how it is doing."""
    return tuple(map(info.context.watched, info.context.nodes()))


def record_node(info: strawberry.Info[Context, None], id: WhichNode) -> Node | None:  # noqa: A002 - the contract's name
    """The node of that id."""
    found = next((node for node in info.context.nodes() if node.id == NodeId(id)), None)
    return None if found is None else info.context.watched(found)


def me(info: strawberry.Info[Context, None]) -> RequesterValue:
    """The verified caller."""
    return info.context.requester


async def explain_access(
    info: strawberry.Info[Context, None], nhs_number: WhoseNumber, purpose: Why
) -> Any:
    """Ask the rules, and nobody else."""
    deed = explanation_of(info.context, nhs_number, purpose)
    return await info.context.desk_once().explain_access(deed)


async def access_log(
    info: strawberry.Info[Context, None],
    nhs_number: WhoseNumber,
    first: FirstLooks = DEFAULT_FIRST,
    after: AfterLook = strawberry.UNSET,
) -> Any:
    """Read one page of who looked."""
    deed = log_reading_of(info.context, nhs_number, first, after)
    page = await info.context.desk_once().read_access_log(deed)
    return Page(page, page.cursors, page.looks)


async def node_access_log(
    info: strawberry.Info[Context, None],
    node: WhichNode,
    since: SinceDay = strawberry.UNSET,
    until: UntilDay = strawberry.UNSET,
    first: FirstLooks = DEFAULT_FIRST,
    after: AfterLook = strawberry.UNSET,
) -> Any:
    """What was asked of one node."""
    deed = node_log_reading_of(info.context, node, given(since), given(until), first, given(after))
    page = await info.context.desk_once().read_node_log(deed)
    return Page(page, page.cursors, page.looks)


async def follow_ups(
    info: strawberry.Info[Context, None],
    first: FirstFollowUps = DEFAULT_FIRST,
    after: AfterFollowUp = strawberry.UNSET,
) -> Any:
    """What became known after the caller's views."""
    deed = follow_ups_reading_of(info.context, first, given(after))
    page = await info.context.desk_once().read_follow_ups(deed)
    return Page(page, [one.id for one in page.follow_ups], page.follow_ups)


async def access_reviews(
    info: strawberry.Info[Context, None],
    node: WhoseQueue = strawberry.UNSET,
    since: SinceDay = strawberry.UNSET,
    until: UntilDay = strawberry.UNSET,
    state: InState = strawberry.UNSET,
    outcome: WithOutcome = strawberry.UNSET,
    overdue: IsOverdue = strawberry.UNSET,
    first: FirstFollowUps = DEFAULT_FIRST,
    after: AfterFollowUp = strawberry.UNSET,
) -> Any:
    """Alerts that wait for the caller."""
    deed = reviews_reading_of(
        info.context,
        given(node),
        given(since),
        given(until),
        given(state),
        given(outcome),
        given(overdue),
        first,
        given(after),
    )
    page = await info.context.desk_once().read_reviews(deed)
    return Page(page, page.cursors, page.reviews)


async def recalls(
    info: strawberry.Info[Context, None],
    node: WhichNode,
    first: FirstRecalls = DEFAULT_FIRST,
    after: AfterFollowUp = strawberry.UNSET,
) -> Any:
    """How a node's recalls stand."""
    deed = recalls_reading_of(info.context, node, first, given(after))
    page = await info.context.desk_once().read_recalls(deed)
    return Page(page, [one.id for one in page.recalls], page.recalls)


@strawberry.type(description="Everything that can be read.")
class Query:
    """The root fields."""

    patient: Any = strawberry.field(
        resolver=patient,
        graphql_type=PatientRecord | None,
        description=(
            "One person's record, merged from every node that holds a part of it and may share"
            " that part with the caller. Null only beside an error; a person whom no node holds is"
            " a record whose rows say so. One person per HTTP request."
        ),
    )
    record_nodes: Any = strawberry.field(
        resolver=record_nodes,
        graphql_type=list[RecordNode],
        description="Every node of the network, its state and what it offers.",
    )
    record_node: Any = strawberry.field(
        resolver=record_node,
        graphql_type=RecordNode | None,
        description="One node of the network; null where there is none of that id.",
    )
    me: Any = strawberry.field(
        resolver=me,
        graphql_type=Requester,
        description=(
            "Who the caller is to the gateway: role, organisation, what they may do, and the roles"
            " they could choose."
        ),
    )
    explain_access: Any = strawberry.field(
        resolver=explain_access,
        graphql_type=AccessExplanation,
        description=(
            "Why the caller may or may not see each category from each node, without showing any"
            " of it. Audited; silent about what is hidden."
        ),
    )
    access_log: Any = strawberry.field(
        resolver=access_log,
        graphql_type=AccessLogConnection,
        description=(
            "Who looked at this person's record, when, from where and why. For the person, their"
            " proxy and privacy officers. Audited; silent about what a look found."
        ),
    )
    node_access_log: Any = strawberry.field(
        resolver=node_access_log,
        graphql_type=NodeAccessLogConnection,
        description=(
            "What was asked of a node: by whom, why, on which evidence and rules, and how much was"
            " shown, taken away or for somebody else. Never about whom. For officers of the node's"
            " own region; each reading is audited."
        ),
    )
    node_submissions: Any = strawberry.field(
        resolver=node_submissions,
        graphql_type=list[NodeSubmission],
        description=(
            "How every node stands whose descriptor was submitted, with exactly what is to be"
            " approved. For the operator and approvers of regions; each reading is audited."
        ),
    )
    follow_ups: Any = strawberry.field(
        resolver=follow_ups,
        graphql_type=FollowUpConnection,
        description=(
            "What became known after the caller's own views, newest first: an allergy, an alert or"
            " a resuscitation decision of a source that was missing when they looked and came back"
            " within four hours, and whatever a source has called back that they were shown. For"
            " professionals, in the role they looked in."
        ),
    )
    recalls: Any = strawberry.field(
        resolver=recalls,
        graphql_type=RecallConnection,
        description=(
            "How the recalls of a node's items stand: how many looks showed each, and how many of"
            " those who looked have read that. For officers of the node's own region; each reading"
            " is audited."
        ),
    )
    access_reviews: Any = strawberry.field(
        resolver=access_reviews,
        graphql_type=AccessReviewConnection,
        description=(
            "Looks and requests that an officer is to look into, newest first, by when, and what"
            " was found of them. For privacy officers: of their own organisation's staff, or, with"
            " `node`, of a node of their region, and then never about whom. Each reading is"
            " audited."
        ),
    )

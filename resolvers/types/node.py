"""A node of the network as clients see it: never its endpoint, its limits or its keys."""

from __future__ import annotations

import strawberry

from federation.model import Category, NodeProtocol, NodeState
from resolvers.types.fields import told
from resolvers.types.watching import NodeHealth


@strawberry.type(description="One record source of one region.")
class RecordNode:
    """Read from `model.Node`, or from `watching.NodeNow`."""

    id: strawberry.ID = told("The node's id in the network.")
    name: str = told("What it is called.")
    region: str = told("The region that answers for it.")
    state: NodeState = told("Where it is in its life.")
    protocol: NodeProtocol = told("How it is spoken to.")
    categories: list[Category] = told("What it offers.")
    contact_route: str | None = told("Whom to ring when it matters.")
    health: NodeHealth | None = told(
        "How it is doing; null where the node is a source of a record."
    )

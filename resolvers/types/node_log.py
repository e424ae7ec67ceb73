"""A node's own log: what was asked of it, for the officers of its region.

Read from `audit.asked.NodeLook`. About whom is nowhere in it, and of other nodes nothing.
"""

from __future__ import annotations

from datetime import datetime

import strawberry

from federation.audit.asked import NodeLook, NodeLookKind
from federation.authority import EvidenceSource, RelationshipKind
from federation.model import Category, Purpose, RequesterKind
from federation.model import Organisation as OrganisationValue
from federation.status import SourceCode, SourceState
from resolvers.types.fields import told
from resolvers.types.structs import struct_type
from resolvers.types.timeline import PageInfo

Organisation = struct_type(OrganisationValue)


@strawberry.type(description="A kind of relationship that the rules had before them.")
class LookEvidence:
    """Read from `audit.event.EvidenceInForce`."""

    kind: RelationshipKind = told("What ties the person to who asked.")
    source: EvidenceSource = told("Who says so.")


def _acting_as(self: NodeLook) -> RequesterKind | None:
    return self.asker.kind if self.asker else None


def _role(self: NodeLook) -> str | None:
    return self.asker.role if self.asker else None


@strawberry.type(description="One look at somebody's record, as far as it concerned the node.")
class NodeAccessLogEntry:
    """One line of the log."""

    id: strawberry.ID = told(
        "The look's id for this node's officer: up to the dot it is its id in the audit trail."
    )
    at: datetime = told("When it was asked for.")
    kind: NodeLookKind = told("What it was.")
    acting_as: RequesterKind | None = strawberry.field(
        resolver=_acting_as, description="In which capacity somebody asked."
    )
    role: str | None = strawberry.field(
        resolver=_role, description="The national role code of whoever asked."
    )
    organisation: Organisation | None = told("The organisation that they acted for.")  # type: ignore[valid-type]  # made from the struct
    purpose: Purpose | None = told("Why they asked.")
    emergency: bool = told("Whether it was an emergency, or stood on emergency access.")
    evidence: list[LookEvidence] = told("What tied the person to who asked.")
    categories: list[Category] = told("What the node was asked for; empty where it was not asked.")
    refused: list[Category] = told("Of what the rules let nothing be shown.")
    rules: list[str] = told("The ids of the rules and agreements that decided.")
    state: SourceState | None = told("Why the node gave nothing; null where it answered.")
    code: SourceCode | None = told("That as a code.")
    released: int = told("How many of the node's items were shown.")
    withheld: int = told("How many of them the rules took away, those that are hidden included.")
    mismatches: int = told("How many of the node's answers were for somebody else.")


@strawberry.type(description="One entry of a page of a node's log.")
class NodeAccessLogEdge:
    """An entry and its cursor."""

    cursor: str = told("Where this entry stands; give it as `after` to read on behind it.")
    node: NodeAccessLogEntry = told("The entry.")


@strawberry.type(description="A page of a node's log, newest first.")
class NodeAccessLogConnection:
    """Read from `pages.Page`."""

    edges: list[NodeAccessLogEdge] = told("The entries of this page, each with its cursor.")
    page_info: PageInfo = told("Whether there is more.")

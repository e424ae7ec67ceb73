"""What the rules are asked: who asks for what purpose, and for which class of things of which node.

A case is a class, never a person: it has no name, no number and no item in it, so that one decision
serves every person and every item for whom the facts are the same. `rules.py` says what answers it.
"""

from __future__ import annotations

from datetime import date

from msgspec import Struct

from federation.flow import Question
from federation.model import Agreement, Category, NodeId, Purpose, RequesterKind

NO_LABELS: frozenset[str] = frozenset()


class Asking(Struct, frozen=True, kw_only=True, cache_hash=True):
    """Who asks and why, as rules see them. Empty texts stand for what a requester does not have."""

    kind: RequesterKind
    role: str
    organisation_kind: str
    region: str
    purpose: Purpose


class Case(Struct, frozen=True, kw_only=True):
    """May this be seen? `agreements` are the node's with the requester's region, open or not."""

    asking: Asking
    day: date
    restricted: bool
    node: NodeId
    category: Category
    labels: frozenset[str] = NO_LABELS
    carries_cpr: bool = False
    agreements: tuple[Agreement, ...] = ()


def asking_of(question: Question) -> Asking:
    """What rules may know of the requester of this question."""
    requester = question.requester
    organisation = requester.organisation
    return Asking(
        kind=requester.kind,
        role=requester.role or "",
        organisation_kind=(organisation.kind if organisation else None) or "",
        region=(organisation.region if organisation else None) or "",
        purpose=question.purpose,
    )

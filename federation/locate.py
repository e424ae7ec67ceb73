"""Candidates: which nodes could hold something. A node that is not asked gets its rows anyway.

Every live node is a candidate today; a locator that knows where a person is held takes its place in
`_why_not` when it comes.
"""

from __future__ import annotations

from federation.flow import Candidate, Facts, Question
from federation.model import Category, Node, NodeState
from federation.status import SourceCode, SourceState, SourceStatus, row

_IN_THE_NETWORK = frozenset(
    (NodeState.SHADOW, NodeState.SAFETY_ONLY, NodeState.LIVE, NodeState.SUSPENDED)
)
"""States in which a reader is told of a node: before them an application, after them history."""


def locate(question: Question, facts: Facts) -> tuple[Candidate, ...]:
    """One candidate for each node of the network, in the network's order."""
    return tuple(
        _candidate(node, question.categories) for node in facts.nodes if in_the_network(node)
    )


def in_the_network(node: Node) -> bool:
    """Whether readers are told of this node at all."""
    return node.state in _IN_THE_NETWORK


def _candidate(node: Node, asked: frozenset[Category]) -> Candidate:
    reasons = {category: _why_not(node, category) for category in sorted(asked)}
    return Candidate(
        node=node,
        categories=frozenset(category for category, code in reasons.items() if code is None),
        rows=tuple(_not_asked(node, category, code) for category, code in reasons.items() if code),
    )


def _why_not(node: Node, category: Category) -> SourceCode | None:
    if node.state is NodeState.SUSPENDED:
        return SourceCode.NODE_SUSPENDED
    if node.state is not NodeState.LIVE:
        return SourceCode.NODE_NOT_LIVE
    if category not in node.categories:
        return SourceCode.NOT_OFFERED
    return None


def _not_asked(node: Node, category: Category, code: SourceCode) -> SourceStatus:
    return row(node, category, SourceState.NOT_ASKED, code)

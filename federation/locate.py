"""Candidates: which nodes could hold something. A node that is not asked gets its rows anyway.

A node in its safety trial is asked for its testers' own patients alone: nobody else may take a
record that is being tried out for one to treat by. Every live node is a candidate today; a locator
that knows where a person is held takes its place in `_why_not` when it comes.
"""

from __future__ import annotations

from federation.authority import EvidenceSource
from federation.flow import Candidate, Facts, Question
from federation.model import Category, Node, NodeState, Purpose, RequesterKind
from federation.status import SourceCode, SourceState, SourceStatus, row

_IN_THE_NETWORK = frozenset(
    (NodeState.SHADOW, NodeState.SAFETY_ONLY, NodeState.LIVE, NodeState.SUSPENDED)
)
"""States in which a reader is told of a node: before them an application, after them history."""


def locate(question: Question, facts: Facts) -> tuple[Candidate, ...]:
    """One candidate for each node of the network, in the network's order."""
    return tuple(
        _candidate(node, question, tries=_tries(node, question, facts))
        for node in facts.nodes
        if in_the_network(node)
    )


def in_the_network(node: Node) -> bool:
    """Whether readers are told of this node at all."""
    return node.state in _IN_THE_NETWORK


def _tries(node: Node, question: Question, facts: Facts) -> bool:
    """Whether it is a tester's own patient: somebody else than the tester says so."""
    requester = question.requester
    code = requester.organisation.ods_code if requester.organisation else None
    return (
        requester.kind is RequesterKind.PROFESSIONAL
        and question.purpose is Purpose.DIRECT_CARE
        and code in node.testers
        and any(tie.source is not EvidenceSource.SELF for tie in facts.relationships)
    )


def _candidate(node: Node, question: Question, *, tries: bool) -> Candidate:
    reasons = {
        category: _why_not(node, category, tries=tries) for category in sorted(question.categories)
    }
    return Candidate(
        node=node,
        categories=frozenset(category for category, code in reasons.items() if code is None),
        rows=tuple(_not_asked(node, category, code) for category, code in reasons.items() if code),
    )


def _why_not(node: Node, category: Category, *, tries: bool) -> SourceCode | None:
    if node.state is NodeState.SUSPENDED:
        return SourceCode.NODE_SUSPENDED
    if node.state is not NodeState.LIVE and not (tries and node.state is NodeState.SAFETY_ONLY):
        return SourceCode.NODE_NOT_LIVE
    if category not in node.categories:
        return SourceCode.NOT_OFFERED
    if category in node.suspended_categories:
        return SourceCode.NODE_SUSPENDED
    return None


def _not_asked(node: Node, category: Category, code: SourceCode) -> SourceStatus:
    return row(node, category, SourceState.NOT_ASKED, code)

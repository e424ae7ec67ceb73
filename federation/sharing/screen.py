"""Screen: may this node be asked for this category at all? What may not be told is not fetched.

Decides for things of which nothing is known yet; `release.py` decides again for what arrives. The
echo of who the person is comes with every answer, for verification; whether it is shown is
DEMOGRAPHICS' decision.
"""

from __future__ import annotations

from collections.abc import Sequence

from federation.flow import (
    Candidate,
    Decision,
    Facts,
    Outcome,
    Question,
    Reference,
    Screened,
)
from federation.model import Category, Node
from federation.sharing.decisions import Decisions
from federation.sharing.rules import Rules
from federation.status import FaultOrigin, SourceState, SourceStatus, row


def screen(
    question: Question,
    reference: Reference,
    facts: Facts,
    candidates: Sequence[Candidate],
    rules: Rules,
) -> tuple[Screened, ...]:
    """One `Screened` for each candidate, in order: what may be asked, and rows for the rest."""
    decisions = Decisions(question, reference, facts, rules)
    return tuple(_screen_one(candidate, decisions) for candidate in candidates)


def _screen_one(candidate: Candidate, decisions: Decisions) -> Screened:
    node = candidate.node
    asked: list[Category] = []
    hidden: list[Category] = []
    rows = list(candidate.rows)
    for category in sorted(candidate.categories):
        decision = decisions.asks(node.id, category)
        if decision.outcome is Outcome.PERMIT:
            asked.append(category)
        elif decision.hides:
            hidden.append(category)
        else:
            rows.append(row_of(node, decision))
    return Screened(
        node=node,
        categories=frozenset(asked),
        hidden=frozenset(hidden),
        unseen=bool(hidden) and not asked and _unseen(node, decisions),
        rows=tuple(rows),
        decisions=decisions.made_of(node.id),
        footing=decisions.footing,
    )


def _unseen(node: Node, decisions: Decisions) -> bool:
    """Whether nothing of the node may be seen, asked for now or not.

    Not by what is asked for now: a node that is silent about the person in one answer and knows
    them in the next would tell that something is hidden.
    """
    return all(
        decisions.asks(node.id, category).outcome is not Outcome.PERMIT
        for category in sorted(node.categories)
    )


def row_of(node: Node, decision: Decision) -> SourceStatus:
    """What a reader is told of a class that is not permitted; the same whatever is held."""
    withheld = decision.outcome is not Outcome.NOT_ASKED
    return row(
        node,
        decision.category,
        SourceState.WITHHELD if withheld else SourceState.NOT_ASKED,
        decision.code,
        FaultOrigin.POLICY,
        liftable_by_break_glass=decision.liftable,
    )

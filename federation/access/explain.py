"""Explain access: what the rules say of each category of each node, for this caller.

Nothing is shown and no node is asked, so the answer is the same whether or not the person exists or
anything is held. A rule that hides is passed over in silence: the answer is the one without it.
"""

from __future__ import annotations

from collections.abc import Iterator

from federation.access.standing import Parts, Standing, question_of, stand
from federation.audit.deeds import access_explained
from federation.deeds import ExplainAccess, ExplainedDecision, Explanation
from federation.errors import RefusedError, RoleNotSelectedError
from federation.flow import Candidate, Decision, Outcome
from federation.locate import locate
from federation.model import Category, Node
from federation.sharing import admit_about, load_facts
from federation.sharing.decisions import Decisions
from federation.sharing.screen import row_of
from federation.status import SourceStatus

_PERMITTED = "{name} shares this with you, where it holds anything."
_ORDER = {category: position for position, category in enumerate(Category)}


async def explain_access(deed: ExplainAccess, parts: Parts) -> Explanation:
    """One decision for each node and category, in the network's order.

    A request that would be refused as a whole is REFUSE throughout, with the words of the refusal.
    """
    try:
        standing = await stand(deed, deed.purpose, parts)
        admit_about(standing.question, standing.reference, standing.facts, standing.rules)
    except RoleNotSelectedError:
        raise
    except RefusedError as refused:
        return await _refused(deed, refused, parts)
    return await _explained(deed, standing, parts)


async def _explained(deed: ExplainAccess, standing: Standing, parts: Parts) -> Explanation:
    decisions = Decisions(standing.question, standing.reference, standing.facts, standing.rules)
    candidates = locate(standing.question, standing.facts)
    told = tuple(
        line
        for candidate in candidates
        for line in sorted(_lines(candidate, decisions), key=_place)
    )
    made = [
        decision for candidate in candidates for decision in decisions.made_of(candidate.node.id)
    ]
    event = access_explained(
        deed, standing.reference.number, made, standing.rules.version, decisions.footing
    )
    await parts.trail.record((event,))
    return Explanation(purpose=deed.purpose, decisions=told)


async def _refused(deed: ExplainAccess, refused: RefusedError, parts: Parts) -> Explanation:
    number = parts.number_of(deed)
    await parts.trail.record((access_explained(deed, number, (), parts.rules().rules.version),))
    question = question_of(deed, deed.purpose)
    facts = load_facts(parts.registry.now(), question)
    return Explanation(
        purpose=deed.purpose,
        decisions=tuple(
            ExplainedDecision(
                source=candidate.node,
                category=category,
                outcome=Outcome.REFUSE,
                message=refused.text,
            )
            for candidate in locate(question, facts)
            for category in Category
        ),
    )


def _lines(candidate: Candidate, decisions: Decisions) -> Iterator[ExplainedDecision]:
    yield from map(_not_asked, candidate.rows)
    for category in candidate.categories:
        yield _line(candidate.node, category, decisions.asks(candidate.node.id, category))


def _not_asked(row: SourceStatus) -> ExplainedDecision:
    assert row.category is not None  # noqa: S101 - a candidate's rows are of categories
    return ExplainedDecision(
        source=row.source,
        category=row.category,
        outcome=Outcome.NOT_ASKED,
        code=row.code,
        message=row.message,
    )


def _line(node: Node, category: Category, decision: Decision) -> ExplainedDecision:
    if decision.outcome is Outcome.PERMIT or decision.hides:
        return ExplainedDecision(
            source=node,
            category=category,
            outcome=Outcome.PERMIT,
            message=_PERMITTED.format(name=node.name),
        )
    told = row_of(node, decision)
    return ExplainedDecision(
        source=node,
        category=category,
        outcome=decision.outcome,
        code=decision.code,
        message=told.message,
        liftable_by_break_glass=decision.liftable,
    )


def _place(line: ExplainedDecision) -> int:
    return _ORDER[line.category]

"""The plan: one call for each node, carrying all its categories, as a value that prints itself."""

from __future__ import annotations

from collections.abc import Sequence

from federation.flow import Facts, NodeCall, Plan, Question, Reference, Screened
from federation.model import Category

_ORDER = {category: position for position, category in enumerate(Category)}


def make_plan(
    question: Question, reference: Reference, facts: Facts, screened: Sequence[Screened]
) -> Plan:
    """What to ask of whom. A node that nothing may be asked of is not called at all.

    Unless something of it is hidden: a call left out would tell. What is hidden is not asked for.

    Every number that the person may rightly be known by is asked for, so that a node which still
    holds an earlier one is not passed over; the number in use comes first. A call says by what
    right it is made: the rules and the view, and the kinds of relationship with the person.
    """
    kinds = sorted({relationship.kind for relationship in facts.relationships})
    earlier = sorted(reference.numbers - {reference.number})
    return Plan(
        calls=tuple(
            NodeCall(
                node=part.node,
                numbers=(reference.number, *earlier),
                categories=tuple(sorted(part.categories, key=_ORDER.__getitem__)),
                requester=question.requester,
                purpose=question.purpose,
                request_id=question.request_id,
                decision=f"{facts.rules_version}/{question.view_id}",
                relationships=tuple(kinds),
            )
            for part in screened
            if part.categories or part.hidden
        )
    )

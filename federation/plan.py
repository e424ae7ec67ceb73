"""The plan: one call for each node, carrying all its categories, as a value that prints itself."""

from __future__ import annotations

from collections.abc import Sequence

from federation.flow import NodeCall, Plan, Question, Reference, Screened
from federation.model import Category

_ORDER = {category: position for position, category in enumerate(Category)}


def make_plan(question: Question, reference: Reference, screened: Sequence[Screened]) -> Plan:
    """What to ask of whom. A node that nothing may be asked of is not called at all.

    Every number that the person may rightly be known by is asked for, so that a node which still
    holds an earlier one is not passed over; the number in use comes first.
    """
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
            )
            for part in screened
            if part.categories
        )
    )

"""Unheld: what is hidden reads as if the node did not hold it, before anything else looks at it.

A node of which something is hidden is called all the same (`plan.py`), for the rest or for the echo
alone, so that the calls and their times tell nothing. Here the call is read as if it had asked for
what is hidden as well, and had been given nothing of it; a node of which nothing may be seen is
read as if it did not know the person. Whatever comes after treats the two alike because they are.
The real calls and answers are for the audit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec.structs import replace

from federation.flow import Failure, HeldRecord, NodeCall, Part, Plan, Reply, Screened
from federation.model import Category, NodeId
from federation.status import SourceState

_ORDER = {category: position for position, category in enumerate(Category)}


def as_unheld(
    screened: Sequence[Screened], plan: Plan, outcomes: Sequence[Reply | Failure]
) -> tuple[Plan, tuple[Reply | Failure, ...]]:
    """The calls and what came of them as they would be if nothing were hidden and nothing held."""
    hiding = {one.node.id: one for one in screened if one.hidden}
    if not hiding:
        return plan, tuple(outcomes)
    calls = tuple(_as_if_asked(call, hiding) for call in plan.calls)
    return Plan(calls=calls), tuple(_as_if_given(one, hiding) for one in outcomes)


def _as_if_asked(call: NodeCall, hiding: Mapping[NodeId, Screened]) -> NodeCall:
    one = hiding.get(call.node.id)
    if one is None:
        return call
    asked = {*call.categories, *one.hidden}
    return replace(call, categories=tuple(sorted(asked, key=_ORDER.__getitem__)))


def _as_if_given(outcome: Reply | Failure, hiding: Mapping[NodeId, Screened]) -> Reply | Failure:
    one = hiding.get(outcome.node.id)
    if one is None or isinstance(outcome, Failure):
        return outcome
    if one.unseen:
        return replace(outcome, records=())
    return replace(
        outcome,
        records=tuple(_with_nothing_of(one.hidden, held, outcome) for held in outcome.records),
    )


def _with_nothing_of(hidden: frozenset[Category], held: HeldRecord, reply: Reply) -> HeldRecord:
    dated = {
        each: part.data_current_to for each, part in held.parts.items() if part.data_current_to
    }
    told, node, at = sorted(dated.values()), reply.node, reply.retrieved_at
    # By what each of its feeds may lag, and not by what this or that one may.
    is_behind = all(node.lags(each, said, at) for each, said in dated.items())

    def current_to(category: Category) -> datetime | None:
        """The whole record is as old as its parts are, and no part looks later than those are.

        What another feed may lag must not make this one look late, which would tell that it was not
        asked for: then it has no date, unless all of the node is behind.
        """
        if not told or is_behind:
            return told[0] if told else None
        return next(
            (said for said in (told[0], told[-1]) if not node.lags(category, said, at)), None
        )

    nothing = {
        category: Part(
            category=category,
            state=SourceState.FRESH_EMPTY,
            data_current_to=current_to(category),
        )
        for category in sorted(hidden)
    }
    return replace(held, parts={**held.parts, **nothing})

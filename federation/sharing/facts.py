"""Facts: everything that the rules may look at, loaded once and used for the whole view.

Only what holds at the decision time and binds the requester comes through here, so that no later
stage can be wrong about a date or take another's relationship for the requester's.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Protocol

from federation.authority import Held, Mark, MarkKind, Proxy, Relationship, RulesState
from federation.flow import Facts, Question
from federation.model import Agreement, Node, NodeId, Requester
from federation.records.partial_date import LOCAL

NOTHING_HELD = Held()


class NetworkNow(Protocol):
    """What is needed of the network as the registry knows it."""

    @property
    def nodes(self) -> tuple[Node, ...]: ...

    @property
    def agreements(self) -> tuple[Agreement, ...]: ...

    @property
    def version(self) -> str: ...


def load_facts(
    network: NetworkNow,
    question: Question,
    held: Held = NOTHING_HELD,
    *,
    evidence: Iterable[Relationship] = (),
    rules_state: RulesState = RulesState.CURRENT,
) -> Facts:
    """The facts at the question's own time: every node, and the agreements that are or were open.

    `held` is what the stores know of the person, `evidence` relationships from elsewhere: tracing,
    a launch, a node. Rules count as no fresher than `held` is. An agreement that begins later is
    not among the facts. `rules_version` is the network's own: agreements are the rules that permit;
    the texts that forbid are named by `Rules.version`.
    """
    at, requester = question.asked_at, question.requester
    return Facts(
        at=at,
        nodes=network.nodes,
        agreements=by_source(network.agreements, local_day(at), network.nodes),
        rules_version=network.version,
        rules_state=rules_state.or_older(held.state),
        relationships=tuple(
            one
            for one in (*held.relationships, *evidence)
            if one.holds(at) and one.binds(requester)
        ),
        grants=tuple(
            one for one in held.grants if one.authority == requester.authority and one.holds(at)
        ),
        objections=held.objections,
        consents=tuple(one for one in held.consents if one.holds(at)),
        proxy=_proxy(held, requester, at),
        marks=marks_on(held, requester),
    )


def marks_on(held: Held, requester: Requester) -> frozenset[MarkKind]:
    """The marks on a person that hold for this requester."""
    return frozenset(mark.kind for mark in held.marks if _speaks_of(mark, requester))


def local_day(at: datetime) -> date:
    """The day in the United Kingdom: agreements begin and end at local midnight."""
    return at.astimezone(LOCAL).date()


def by_source(
    agreements: Iterable[Agreement], today: date, nodes: Iterable[Node] = ()
) -> dict[NodeId, tuple[Agreement, ...]]:
    """Those that have begun by this day, of each node that gave some and of each of these."""
    of_source: dict[NodeId, list[Agreement]] = {node.id: [] for node in nodes}
    for agreement in agreements:
        if agreement.valid_from <= today:
            of_source.setdefault(agreement.source, []).append(agreement)
    return {source: tuple(several) for source, several in of_source.items()}


def _proxy(held: Held, requester: Requester, at: datetime) -> Proxy | None:
    """The proxy that the token claims, if the stores know it as this requester's and it holds."""
    return next(
        (
            one
            for one in held.proxies
            if one.id == requester.proxy_id and one.subject == requester.principal and one.holds(at)
        ),
        None,
    )


def _speaks_of(mark: Mark, requester: Requester) -> bool:
    return mark.subject is None or mark.subject == requester.principal

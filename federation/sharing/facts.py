"""Facts: everything that the rules may look at, loaded once and used for the whole view."""

from __future__ import annotations

from datetime import date, datetime
from typing import Protocol

from federation.flow import Facts
from federation.model import Agreement, Node, NodeId
from federation.records.partial_date import LOCAL


class NetworkNow(Protocol):
    """What is needed of the network as the registry knows it."""

    @property
    def nodes(self) -> tuple[Node, ...]: ...

    @property
    def agreements(self) -> tuple[Agreement, ...]: ...

    @property
    def version(self) -> str: ...


def load_facts(network: NetworkNow, at: datetime) -> Facts:
    """The facts at one moment: every node, and the agreements that are or were in force, by source.

    An agreement that begins later is not among them. `rules_version` is the network's own: the
    agreements are the rules that permit; the texts that forbid are named by `Rules.version`.
    """
    today = local_day(at)
    of_source: dict[NodeId, list[Agreement]] = {node.id: [] for node in network.nodes}
    for agreement in network.agreements:
        if agreement.valid_from <= today:
            of_source.setdefault(agreement.source, []).append(agreement)
    return Facts(
        at=at,
        nodes=network.nodes,
        agreements={source: tuple(several) for source, several in of_source.items()},
        rules_version=network.version,
    )


def local_day(at: datetime) -> date:
    """The day in the United Kingdom: agreements begin and end at local midnight."""
    return at.astimezone(LOCAL).date()

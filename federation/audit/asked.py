"""What was asked of one node, in one look or one grant: by whom, why, on what, and what came of it.

Pure, and for those who answer for that node: it tells who asked and never about whom, and of other
nodes nothing. Counts of what their own rules took away are theirs to know, also where a rule hides.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from federation.audit.chain import Opened
from federation.audit.event import Asker, EventKind
from federation.audit.seen import EvidenceInForce
from federation.flow import Outcome
from federation.model import Category, NodeId, Organisation, Purpose
from federation.status import SourceCode, SourceState


class NodeLookKind(StrEnum):
    """What an entry of a node's log is about."""

    VIEW = "VIEW"
    """A record was shown."""
    ABANDONED = "ABANDONED"
    """The request ended before there was an answer."""
    BREAK_GLASS = "BREAK_GLASS"
    """Emergency access was granted that reaches the node."""


OF_NODES = frozenset(map(EventKind, NodeLookKind))
"""Events that begin an entry; what else a look left is counted with it."""


class NodeLook(Struct, frozen=True, kw_only=True):
    """One entry of a node's log.

    `organisation` is what the directory says of the asker's. `categories` are what the node was
    asked for, `refused` those of which its rules let nothing be shown, `rules` the ids of all that
    decided. `state` and `code` say why a node that was asked gave nothing. `released` and
    `withheld` count items, `mismatches` answers that were for somebody else.
    """

    id: str
    at: datetime
    kind: NodeLookKind
    asker: Asker | None
    organisation: Organisation | None = None
    purpose: Purpose | None = None
    emergency: bool = False
    evidence: tuple[EvidenceInForce, ...] = ()
    categories: tuple[Category, ...] = ()
    refused: tuple[Category, ...] = ()
    rules: tuple[str, ...] = ()
    state: SourceState | None = None
    code: SourceCode | None = None
    released: int = 0
    withheld: int = 0
    mismatches: int = 0


def look_of(node: NodeId, first: Opened, events: Sequence[Opened]) -> NodeLook:
    """The entry that `first` begins, with what all events of its view say of this node."""
    calls = [event for event in events if is_call(event, node)]
    outcomes = [event.plain.outcome for event in calls if event.plain.outcome]
    failed = next((one for one in outcomes if one.state is not None), None)
    return NodeLook(
        id=first.plain.view_id,
        at=first.plain.at,
        kind=NodeLookKind(first.plain.kind.value),
        asker=first.plain.asker,
        purpose=first.plain.purpose,
        emergency=is_emergency(first),
        evidence=first.plain.evidence,
        categories=_in_order(
            category
            for event in calls or ((first,) if node in first.plain.nodes else ())
            for category in event.plain.categories
        ),
        refused=_in_order(refused(first, node)),
        rules=tuple(sorted(rules(first, node))),
        state=failed.state if failed else None,
        code=failed.code if failed else None,
        released=sum(released(event, node) for event in events),
        withheld=sum(withheld(event, node) for event in events),
        mismatches=sum(is_mismatch(event, node) for event in events),
    )


def is_call(event: Opened, node: NodeId) -> bool:
    """Whether it is a call of this node."""
    return event.plain.kind is EventKind.NODE_CALL and node in event.plain.nodes


def is_mismatch(event: Opened, node: NodeId) -> bool:
    """Whether this node answered for somebody else."""
    plain = event.plain
    return plain.incident is SourceCode.WRONG_PERSON and node in plain.nodes


def is_emergency(event: Opened) -> bool:
    """Whether it was an emergency, or stood on a grant of one."""
    plain = event.plain
    return (
        plain.kind is EventKind.BREAK_GLASS
        or plain.purpose is Purpose.EMERGENCY
        or event.sealed.granted
    )


def concerns(event: Opened, node: NodeId) -> bool:
    """Whether an event that begins an entry is one of this node's: asked, or refused by rules."""
    return event.plain.kind in OF_NODES and (
        node in event.plain.nodes or bool(refused(event, node))
    )


def released(event: Opened, node: NodeId) -> int:
    """How many items of this node stood on the screen."""
    return sum(
        item.node == node
        for section in event.sealed.shown
        for line in section.lines
        for item in line
    )


def withheld(event: Opened, node: NodeId) -> int:
    """How many of its items the rules took away."""
    return sum(one.items for one in event.sealed.withheld if one.node == node)


def refused(event: Opened, node: NodeId) -> frozenset[Category]:
    """What its rules refused as a whole: of an ordinary item, none could have been shown."""
    decided = (*event.sealed.decisions, *event.sealed.screened)
    of_node = [one for one in decided if one.node == node]
    permitted = {one.category for one in of_node if one.outcome is Outcome.PERMIT}
    return frozenset(one.category for one in of_node) - permitted


def rules(event: Opened, node: NodeId) -> frozenset[str]:
    """The ids of all rules and agreements that decided about this node."""
    decided = (*event.sealed.decisions, *event.sealed.screened)
    return frozenset(rule for one in decided if one.node == node for rule in one.rules)


def _in_order(categories: Iterable[Category]) -> tuple[Category, ...]:
    return tuple(sorted(set(categories)))

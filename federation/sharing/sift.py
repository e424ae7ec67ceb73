"""Sift: which items of a category may be shown, and in what form. Decided by class, not by item.

An item's class is its labels and whether it carries a decision on resuscitation; items of one class
share one decision. A node that sends more kinds of labels than anybody uses gets the cautious
answer for the rest, so that it cannot make the rules work without end.
"""

from __future__ import annotations

from collections.abc import Container, Sequence

from msgspec import Struct
from msgspec.structs import replace

from federation.flow import Decision, Outcome, Part
from federation.model import Category, NodeId
from federation.records.base import Item
from federation.records.care_plans import CarePlan, CprKind
from federation.records.documents import Document
from federation.sharing.case import NO_LABELS
from federation.sharing.decisions import Decisions
from federation.sharing.labels import UNREADABLE, labels_of
from federation.sharing.redact import emptied
from federation.status import SourceCode

MOST_CLASSES = 48


class Sifted(Struct, frozen=True, kw_only=True):
    """Parts of one category after the rules.

    `unsettled`: a rule could not be evaluated, and items are left out because of that.
    """

    items: tuple[Item, ...] = ()
    withheld: int = 0
    unsettled: bool = False


def sift(parts: Sequence[Part], node: NodeId, decisions: Decisions) -> Sifted:
    """What may be shown of one node's parts of one category."""
    category = parts[0].category
    held = tuple(item for part in parts for item in part.items)
    if _is_plain(held, category) and _untouched(decisions.of(node, category)):
        return Sifted(items=held)
    sieve = _Sieve(category, node, decisions)
    shown = tuple(item for item in map(sieve.shown, held) if item is not None)
    if len(shown) < len(held):
        gone = {item.source_id for item in held} - {item.source_id for item in shown}
        shown = tuple(_pointing_at_none(item, gone) for item in shown)
    return Sifted(items=shown, withheld=len(held) - len(shown), unsettled=sieve.unsettled)


def _is_plain(items: Sequence[Item], category: Category) -> bool:
    """Whether all of them are of the one class without labels: nearly always, and quick."""
    return category is not Category.CARE_PLANS and not any(item.security_labels for item in items)


def _untouched(decision: Decision) -> bool:
    return decision.outcome is Outcome.PERMIT and not decision.redact


class _Sieve:
    """Remembers the decision of each class that it met."""

    def __init__(self, category: Category, node: NodeId, decisions: Decisions) -> None:
        self._category = category
        self._node = node
        self._decisions = decisions
        self._classes: dict[tuple[frozenset[str], bool], Decision] = {}
        self.unsettled = False

    def shown(self, item: Item) -> Item | None:
        """The item as it may be shown; None where it may not."""
        labels = labels_of(item.security_labels) if item.security_labels else NO_LABELS
        decision = self._decision(labels, carries_cpr(item))
        if decision.outcome is not Outcome.PERMIT:
            self.unsettled |= decision.code is SourceCode.POLICY_UNAVAILABLE
            return None
        return _redacted(item, decision) if decision.redact else item

    def _decision(self, labels: frozenset[str], cpr: bool) -> Decision:
        known = self._classes.get((labels, cpr))
        if known is not None:
            return known
        if len(self._classes) >= MOST_CLASSES:
            labels = UNREADABLE
        decision = self._decisions.of(self._node, self._category, labels, carries_cpr=cpr)
        self._classes[labels, cpr] = decision
        return decision


def carries_cpr(item: Item) -> bool:
    """Whether this is a plan with a decision on resuscitation, which no rule may hide."""
    return (
        isinstance(item, CarePlan)
        and item.cpr is not None
        and item.cpr.decision is not CprKind.NOT_STATED
    )


def _pointing_at_none(item: Item, gone: Container[str]) -> Item:
    """The item without an id of what is withheld; that it is superseded, its status says."""
    if isinstance(item, Document) and item.superseded_by in gone:
        return replace(item, superseded_by=None)
    return item


def _redacted(item: Item, decision: Decision) -> Item:
    without, redactions = emptied(item, decision.redact)
    return replace(without, redactions=redactions) if redactions else without

"""Sift: which items of a category may be shown, and in what form. Decided by class, not by item.

Items of one class (`item_class.py`) share one decision. A node that sends more classes than anybody
uses gets the cautious answer for the rest, so that it cannot make the rules work without end.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from itertools import chain

from msgspec import Struct
from msgspec.structs import replace

from federation.case import ItemClass
from federation.flow import Decision, Outcome, Part
from federation.model import Category, NodeId
from federation.records.base import Item
from federation.records.documents import Document
from federation.sharing.decisions import Decisions
from federation.sharing.item_class import class_of
from federation.sharing.labels import UNREADABLE
from federation.sharing.redact import emptied, withheld_by
from federation.sharing.sensitivity import Sensitivity
from federation.status import SourceCode

MOST_CLASSES = 48
UNKNOWN = ItemClass(labels=UNREADABLE, classes=frozenset((Sensitivity.UNKNOWN_LABEL,)))
"""What stands for a class beyond those: sensitive, and nobody's own."""


class Sifted(Struct, frozen=True, kw_only=True):
    """Parts of one category after the rules.

    `unsettled`: a rule could not be evaluated, and items are left out because of that. `unshown`:
    classes that were permitted, of which no item can be shown.
    """

    items: tuple[Item, ...] = ()
    withheld: int = 0
    unsettled: bool = False
    unshown: frozenset[ItemClass] = frozenset()


def sift(parts: Sequence[Part], node: NodeId, decisions: Decisions) -> Sifted:
    """What may be shown of one node's parts of one category."""
    category = parts[0].category
    held = parts[0].items if len(parts) == 1 else tuple(chain(*(part.items for part in parts)))
    organisation, looks_at = decisions.organisation, decisions.looks_at(node)
    kinds = [class_of(item, organisation, looks_at) for item in held]
    sieve = _Sieve(category, node, decisions)
    sieve.meet(kinds)
    if sieve.lets_all_through:
        return Sifted(items=held)
    found = map(sieve.shown, held, kinds)
    shown = tuple(item for item in found if item is not None)
    if len(shown) < len(held):
        gone = {item.source_id for item in held} - {item.source_id for item in shown}
        shown = tuple(_pointing_at_none(item, gone) for item in shown)
    return Sifted(
        items=shown,
        withheld=len(held) - len(shown),
        unsettled=sieve.unsettled,
        unshown=frozenset(sieve.left_out - sieve.let_through),
    )


class _Sieve:
    """The decision of each class that was met."""

    def __init__(self, category: Category, node: NodeId, decisions: Decisions) -> None:
        self._category = category
        self._node = node
        self._decisions = decisions
        self._made: dict[ItemClass, Decision] = {}
        self._of: dict[ItemClass, Decision] = {}
        self.unsettled = False
        self.let_through: set[ItemClass] = set()
        self.left_out: set[ItemClass] = set()

    def meet(self, kinds: Iterable[ItemClass]) -> None:
        """Decide every class once, in the order in which they come."""
        for kind in dict.fromkeys(kinds):
            decision = self._of[kind] = self._decision(self._decisions.alike(self._node, kind))
            self.unsettled |= decision.code is SourceCode.POLICY_UNAVAILABLE

    @property
    def lets_all_through(self) -> bool:
        """Whether everything may be shown as it is."""
        return not self.unsettled and all(
            one.outcome is Outcome.PERMIT and not one.redact for one in self._of.values()
        )

    def shown(self, item: Item, kind: ItemClass) -> Item | None:
        """The item as it may be shown; None where it may not."""
        decision = self._of[kind]
        if decision.outcome is not Outcome.PERMIT:
            return None
        if not decision.redact:
            return item
        if withheld_by(item, decision.redact):
            self.left_out.add(decision.kind)
            return None
        self.let_through.add(decision.kind)
        return _redacted(item, decision)

    def _decision(self, kind: ItemClass) -> Decision:
        known = self._made.get(kind)
        if known is not None:
            return known
        if len(self._made) >= MOST_CLASSES:
            # A row says so, unless the thing is withheld for what it is, which no row may tell.
            self.unsettled |= Sensitivity.UNKNOWN_LABEL not in kind.classes
            kind = replace(UNKNOWN, carries_cpr=kind.carries_cpr)
        decision = self._decisions.of(self._node, self._category, kind)
        self._made[kind] = decision
        return decision


def _pointing_at_none(item: Item, gone: Container[str]) -> Item:
    """The item without an id of what is withheld; that it is superseded, its status says."""
    if isinstance(item, Document) and item.superseded_by in gone:
        return replace(item, superseded_by=None)
    return item


def _redacted(item: Item, decision: Decision) -> Item:
    without, redactions = emptied(item, decision.redact)
    return replace(without, redactions=redactions) if redactions else without

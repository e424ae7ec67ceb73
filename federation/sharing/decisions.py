"""The one decision function of a view: whatever is fetched or shown goes through `Decisions.of`.

Builds each case from the question and the facts, asks the rules, and keeps what they said for the
audit. It decides nothing itself.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from federation.case import PLAIN, ItemClass, agreements_with
from federation.flow import Decision, Facts, Outcome, Question, Reference
from federation.model import Agreement, Category, NodeId, OdsCode
from federation.sharing.asking import footing_of
from federation.sharing.rules import Hearing, Rules

MOST_CUSTODIANS = 64


class Decisions:
    """What the rules say in one view, each class of things decided once.

    `restricted`: a node asks for the person's whereabouts to be protected.
    """

    def __init__(
        self,
        question: Question,
        reference: Reference,
        facts: Facts,
        rules: Rules,
        *,
        restricted: bool = False,
    ) -> None:
        self.footing = footing_of(question, reference, facts, restricted=restricted)
        self._asking = self.footing.asking
        self._facts = facts
        self._rules = rules
        self._agreements: dict[NodeId, tuple[Agreement, ...]] = {}
        self._hearings: dict[NodeId, Hearing] = {}
        self._made: dict[NodeId, dict[tuple[Category, ItemClass], Decision]] = {}

    @property
    def organisation(self) -> str:
        """The ODS code that the requester acts for; empty where there is none."""
        return self._asking.organisation

    def of(self, node: NodeId, category: Category, kind: ItemClass = PLAIN) -> Decision:
        """Whether this class of things of this node may be seen."""
        made = self._made.setdefault(node, {})
        decision = made.get((category, kind))
        if decision is None:
            decision = made[category, kind] = self._decide(node, category, kind)
        return decision

    def asks(self, node: NodeId, category: Category) -> Decision:
        """Whether the node may be asked: if anything of the category might be shown, it may.

        The answer for things of which nothing is known, unless that is no and a class that some
        rule or agreement sets apart may be seen all the same.
        """
        plain = self.of(node, category)
        if plain.outcome is Outcome.PERMIT:
            return plain
        for kind in self._set_apart(node, category):
            decision = self.of(node, category, kind)
            if decision.outcome is Outcome.PERMIT:
                return decision
        return plain

    def looks_at(self, node: NodeId) -> frozenset[str]:
        """Which details of an item some rule or agreement of the node asks for."""
        watched = self._rules.looks_at(node, OdsCode(self._asking.organisation) or None)
        limited = any(one.custodians is not None for one in self._agreements_of(node))
        return watched | {"custodian"} if limited else watched

    def alike(self, node: NodeId, kind: ItemClass) -> ItemClass:
        """A class of which the rules say the same, and which more things are of."""
        if kind.day is None:
            return kind
        organisation = OdsCode(self._asking.organisation) or None
        day = self._rules.day_like(node, organisation, kind.day, self.footing.day)
        return kind if day == kind.day else replace(kind, day=day)

    def made_of(self, node: NodeId) -> tuple[Decision, ...]:
        """Everything decided so far of one node, in order, for the audit."""
        return tuple(self._made.get(node, {}).values())

    def _set_apart(self, node: NodeId, category: Category) -> Iterator[ItemClass]:
        yield ItemClass(own_organisation=True)
        if category is Category.CARE_PLANS:
            yield ItemClass(carries_cpr=True)
        named = {
            code
            for agreement in self._agreements_of(node)
            for code in agreement.custodians or ()
            if category in agreement.categories
        }
        for custodian in sorted(named)[:MOST_CUSTODIANS]:
            own = custodian == self._asking.organisation
            yield ItemClass(custodian=custodian, own_organisation=own)

    def _decide(self, node: NodeId, category: Category, kind: ItemClass) -> Decision:
        hearing = self._hearings.get(node)
        if hearing is None:
            hearing = self._rules.hearing(self.footing, node, self._agreements_of(node))
            self._hearings[node] = hearing
        facts = self._facts
        if not facts.objections and not facts.grants:
            return hearing.decide(category, kind)
        objecting = [
            one
            for one in facts.objections
            if one.applies(node, category, self._asking.organisation or None)
        ]
        return hearing.decide(
            category,
            kind,
            granted=any(grant.covers(node, category) for grant in facts.grants),
            objected=bool(objecting),
            objected_in_emergency=any(one.in_emergency for one in objecting),
        )

    def _agreements_of(self, node: NodeId) -> tuple[Agreement, ...]:
        if node not in self._agreements:
            asking, given = self._asking, self._facts.agreements.get(node, ())
            self._agreements[node] = agreements_with(asking.kind, asking.region, given)
        return self._agreements[node]

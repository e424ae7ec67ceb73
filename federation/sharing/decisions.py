"""The one decision function of a view: whatever is fetched or shown goes through `Decisions.of`.

Builds each case from the question and the facts, asks the rules, and keeps what they said for the
audit. It decides nothing itself.
"""

from __future__ import annotations

from federation.flow import Decision, Facts, Question
from federation.model import Agreement, Category, NodeId
from federation.sharing.case import NO_LABELS, Case, asking_of
from federation.sharing.facts import local_day
from federation.sharing.rules import Rules

Key = tuple[NodeId, Category, frozenset[str], bool]


class Decisions:
    """What the rules say in one view, each class of things decided once."""

    def __init__(
        self, question: Question, facts: Facts, rules: Rules, *, restricted: bool = False
    ) -> None:
        self._asking = asking_of(question)
        self._facts = facts
        self._rules = rules
        self._day = local_day(facts.at)
        self._restricted = restricted
        self._agreements: dict[NodeId, tuple[Agreement, ...]] = {}
        self._made: dict[Key, Decision] = {}

    def of(
        self,
        node: NodeId,
        category: Category,
        labels: frozenset[str] = NO_LABELS,
        *,
        carries_cpr: bool = False,
    ) -> Decision:
        """Whether this class of things of this node may be seen."""
        key = (node, category, labels, carries_cpr)
        made = self._made.get(key)
        if made is None:
            made = self._made[key] = self._rules.decide(self._case(*key))
        return made

    def made_of(self, node: NodeId) -> tuple[Decision, ...]:
        """Everything decided so far of one node, in order, for the audit."""
        return tuple(decision for key, decision in self._made.items() if key[0] == node)

    def _case(
        self, node: NodeId, category: Category, labels: frozenset[str], carries_cpr: bool
    ) -> Case:
        return Case(
            asking=self._asking,
            day=self._day,
            restricted=self._restricted,
            node=node,
            category=category,
            labels=labels,
            carries_cpr=carries_cpr,
            agreements=self._agreements_of(node),
        )

    def _agreements_of(self, node: NodeId) -> tuple[Agreement, ...]:
        # Only those with the requester's region: the rules would turn the others down one by one.
        if node not in self._agreements:
            self._agreements[node] = tuple(
                agreement
                for agreement in self._facts.agreements.get(node, ())
                if agreement.requester_region == self._asking.region
            )
        return self._agreements[node]

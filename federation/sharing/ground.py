"""The ground that a decision stands on: all rules of one node and one organisation, and less.

A case is put to the network's rules, the node's own, and those of the requester's organisation
together. Emergency access and hiding are decided by asking again without some of them, so a ground
can be had without any of its rules; each such set is compiled once.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping

import cedarpy

from federation.case import ERRANDS
from federation.sharing.alike import Alike, Looks
from federation.sharing.bundle import Rule
from federation.sharing.days import Turn
from federation.sharing.never_hidden import actions_of

NONE: frozenset[str] = frozenset()
_PERMIT = "agreement"
_ABOUT_NO_THINGS = ERRANDS | {"ask"}
ABOUT_THINGS = frozenset(("see", "see-whole"))


class Ground:
    """Rules by id. Immutable."""

    def __init__(self, rules: Mapping[str, Rule]) -> None:
        self.rules = rules
        self.liftable = frozenset(name for name, rule in rules.items() if rule.liftable)
        # The permit of agreements looks at custodians too, but only where an agreement names some.
        self.watches = frozenset(
            field for rule in rules.values() if rule.forbids for field in rule.watches
        )
        self.turns = _all_turns(rules.values())
        self.agreements_alike = _alike(rules.values())
        self.alike = Alike(self._speaking_of(ABOUT_THINGS))
        self.alike_in_errands = Alike(self._speaking_of(ERRANDS))
        self._compiled: dict[tuple[str, frozenset[str]], cedarpy.PolicySet] = {}

    def policies(self, action: str, without: frozenset[str] = NONE) -> cedarpy.PolicySet:
        """The rules of an action but for these, as the engine takes them, by their own ids."""
        compiled = self._compiled.get((action, without))
        if compiled is None:
            compiled = self._compiled[action, without] = self._compile(action, without)
        return compiled

    def compile(self) -> None:
        """Make ready what is asked of nearly every case."""
        for action in ABOUT_THINGS:
            self.policies(action)

    def _speaking_of(self, actions: frozenset[str]) -> list[Looks]:
        return [one.looks for one in self.rules.values() if actions & actions_of(one.policy)]

    def _compile(self, action: str, without: frozenset[str]) -> cedarpy.PolicySet:
        kept = {
            name: rule.policy
            for name, rule in self.rules.items()
            if name not in without and action in actions_of(rule.policy)
        }
        text = json.dumps({"staticPolicies": kept, "templates": {}, "templateLinks": []})
        return cedarpy.PolicySet.from_json_str(text)


def _all_turns(rules: Collection[Rule]) -> frozenset[Turn] | None:
    """The days that the rules tell apart; None where some rule tells every day from every other."""
    found = [rule.turns for rule in rules if rule.forbids]
    if None in found:
        return None
    return frozenset(turn for turns in found for turn in turns or ())


def _alike(rules: Collection[Rule]) -> bool:
    """Whether agreements differ in what the one permit that ships makes of them, and in no more.

    A rule that forbids and looks at the agreement may forbid under an agreement that opens nothing.
    """
    permits = {
        rule.id
        for rule in rules
        if not rule.forbids and not actions_of(rule.policy) <= _ABOUT_NO_THINGS
    }
    # Looser than need be: whatever names agreements at all, in a condition of any form.
    return permits == {_PERMIT} and not any(
        "agreement" in json.dumps(rule.policy.get("conditions")).lower()
        for rule in rules
        if rule.forbids
    )

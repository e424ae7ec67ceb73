"""What the rules say of the things of one node, on one footing. Remembers what it has said.

One case is one decision: each of the node's agreements with the requester's region is put to the
rules in turn (Cedar has no "any of these"), together with every rule that forbids. Agreements are
data beside the case and not policies made from templates: a change of the network then needs no new
rule set, an agreement's conditions fit no template's two slots, and what a decision hangs on is
exactly the case, so that it can be remembered by it.

Two things are asked of a class of things: may it be seen, and may it be seen whole. A rule that
forbids the first withholds; a rule that forbids the second says what is emptied and what is asked
in return. What an emergency grant lifts, and what would be shown if nothing were hidden, is found
by asking again without those rules.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import cedarpy
from msgspec.structs import replace

from federation.case import PLAIN, Case, Footing, ItemClass
from federation.flow import Decision, Disclosure, Outcome
from federation.model import Agreement, Category, NodeId
from federation.sharing import seen_by_cedar as cedar
from federation.sharing.evaluation import (
    UnsettledError,
    Verdict,
    beside,
    entities_of,
    evaluate,
    written,
)
from federation.sharing.ground import NONE, Ground
from federation.sharing.redact import fields_of
from federation.sharing.shortfall import may_permit, shortfall
from federation.status import SourceCode

REMEMBERED = 512
"""Classes of things of one node on one footing; a node that says more has itself to thank."""
_WORST_FIRST = (
    # What cannot be changed by anybody here comes before what can.
    SourceCode.NOT_PERMITTED,
    SourceCode.OBJECTION,
    SourceCode.WITHHELD_AT_SOURCE,
    SourceCode.POLICY_UNAVAILABLE,
    SourceCode.RELATIONSHIP_NEEDED,
)
_LOUDNESS = (Disclosure.WITHHOLD_NOTICE, Disclosure.WITHHOLD_SOURCE)
_Key = tuple[Category, ItemClass, bool, bool, bool]


class CedarHearing:
    """The rules of one ground, heard on one footing, of one node, under its agreements."""

    def __init__(
        self,
        ground: Ground,
        schema: cedarpy.Schema,
        footing: Footing,
        node: NodeId,
        agreements: tuple[Agreement, ...],
    ) -> None:
        self._ground = ground
        self._schema = schema
        self._footing = footing
        self._node = node
        self._agreements = agreements
        self._said: dict[_Key, Decision] = {}
        self._parties: dict[Agreement, cedarpy.Entities] = {}

    def decide(
        self,
        category: Category,
        kind: ItemClass = PLAIN,
        *,
        granted: bool = False,
        objected: bool = False,
        objected_in_emergency: bool = False,
    ) -> Decision:
        """Whether this class of things may be seen, in what form, and what is asked in return."""
        key = (category, kind, granted, objected, objected_in_emergency)
        said = self._said.get(key)
        return self._decided(key) if said is None else said

    def _decided(self, key: _Key) -> Decision:
        category = self._ground.alike.category(key[0], self._agreements)
        alike: _Key = (category, *key[1:])
        said = self._said.get(alike)
        if said is None:
            case = self._case(alike)
            try:
                said = self._settle(case)
            except UnsettledError:
                # Not remembered: the next time it may be evaluated.
                return replace(_unsettled(case), category=key[0])
            self._remember(alike, said)
        if category is not key[0]:
            said = replace(said, category=key[0])
            self._remember(key, said)
        return said

    def _remember(self, key: _Key, said: Decision) -> None:
        if len(self._said) >= REMEMBERED:
            self._said.clear()
        self._said[key] = said

    def _case(self, key: _Key) -> Case:
        category, kind, granted, objected, in_emergency = key
        return Case(
            footing=self._footing,
            node=self._node,
            category=category,
            kind=kind,
            granted=granted,
            objected=objected,
            objected_in_emergency=in_emergency,
            agreements=self._agreements,
        )

    def _settle(self, case: Case) -> Decision:
        unlifted = self._ground.liftable if case.granted else NONE
        seen = first = self._ask("see", case)
        if unlifted and not seen.allowed:
            seen = self._ask("see", case, without=unlifted)
        if not seen.allowed:
            return self._withheld(case, seen)
        lifted = tuple(rule for rule in first.rules if rule in unlifted)
        return self._shown(case, seen, lifted, without=unlifted)

    def _shown(
        self, case: Case, seen: Verdict, lifted: tuple[str, ...], *, without: frozenset[str]
    ) -> Decision:
        whole = self._ask("see-whole", case, without=without)
        if not whole.allowed and not whole.rules:
            # What opens the thing does not open all of it, and says not what it leaves out.
            return _decision(case, Outcome.WITHHOLD, code=SourceCode.NOT_PERMITTED)
        limits = () if whole.allowed else tuple(self._ground.rules[rule] for rule in whole.rules)
        redact = fields_of(name for rule in limits for name in rule.redact)
        asked = (code for rule in limits for code in rule.obligations)
        signed = (code for one in self._opening(seen) for code in one.obligations)
        return _decision(
            case,
            Outcome.PERMIT,
            disclosure=Disclosure.REDACT_FIELD if redact else Disclosure.FULL,
            redact=redact,
            obligations=tuple(dict.fromkeys((*asked, *signed))),
            rules=(*seen.rules, *(rule.id for rule in limits)),
            lifted=lifted,
        )

    def _opening(self, seen: Verdict) -> Iterable[Agreement]:
        return (one for one in self._agreements if _named(one) in seen.rules)

    def _withheld(self, case: Case, seen: Verdict) -> Decision:
        """Whatever stands in the way speaks before what is hidden: that would be told anyway."""
        ground = self._ground
        forbidding = tuple(ground.rules[rule] for rule in seen.rules)
        hiding = frozenset(rule.id for rule in forbidding if rule.disclosure is Disclosure.HIDE)
        telling = tuple(rule for rule in forbidding if rule.id not in hiding)
        code = shortfall(case)
        if code is not SourceCode.NOT_PERMITTED:
            return _decision(case, Outcome.NOT_ASKED, code=code, rules=seen.rules)
        if hiding and not telling:
            without = hiding | (ground.liftable if case.granted else NONE)
            if self._ask("see", case, without=without).allowed:
                return _decision(
                    case, Outcome.WITHHOLD, disclosure=Disclosure.HIDE, rules=seen.rules
                )
        codes = {rule.code for rule in telling} or {code}
        return _decision(
            case,
            Outcome.WITHHOLD,
            code=next((one for one in _WORST_FIRST if one in codes), code),
            disclosure=max((rule.disclosure for rule in telling), key=_LOUDNESS.index)
            if telling
            else Disclosure.WITHHOLD_SOURCE,
            liftable=self._would_lift(case, hiding),
            rules=seen.rules,
        )

    def _would_lift(self, case: Case, hiding: frozenset[str]) -> bool:
        """Whether an emergency grant would open it, as far as may be told: nobody hears of hiding.

        A row that said no on account of a rule that hides would tell that there is one.
        """
        if case.granted or not self._ground.liftable:
            return False
        granted = replace(case, granted=True)
        return self._ask("see", granted, without=self._ground.liftable | hiding).allowed

    def _ask(self, action: str, case: Case, *, without: frozenset[str] = NONE) -> Verdict:
        """One verdict over all agreements: one must permit, and no rule forbid under any."""
        policies = self._ground.policies(action, without)
        holding = cedar.holding(case)
        context = written(cedar.see_context(case))
        forbidding: dict[str, None] = {}
        permitting: dict[str, None] = {}
        for agreement in self._worth_asking(case):
            entities = beside(self._parties_under(agreement), holding, self._schema)
            verdict = evaluate(action, cedar.HOLDING, context, entities, policies, self._schema)
            if verdict.allowed:
                permitting |= dict.fromkeys((*verdict.rules, _named(agreement)))
            else:
                forbidding |= dict.fromkeys(verdict.rules)
        allowed = bool(permitting) and not forbidding
        return Verdict(allowed=allowed, rules=tuple(permitting if allowed else forbidding))

    def _worth_asking(self, case: Case) -> tuple[Agreement, ...]:
        """The agreements to put to the rules; the others would be turned down and change nothing.

        Where none is left the first still goes, so that the rules that forbid are heard.
        """
        if not self._ground.agreements_alike:
            return case.agreements
        return tuple(one for one in case.agreements if may_permit(one, case)) or case.agreements[:1]

    def _parties_under(self, agreement: Agreement) -> cedarpy.Entities:
        known = self._parties.get(agreement)
        if known is None:
            told = [*cedar.parties(self._footing), cedar.agreement(agreement)]
            known = self._parties[agreement] = entities_of(told, self._schema)
        return known


def _unsettled(case: Case) -> Decision:
    return _decision(
        case,
        Outcome.WITHHOLD,
        code=SourceCode.POLICY_UNAVAILABLE,
        disclosure=Disclosure.WITHHOLD_SOURCE,
    )


def _named(agreement: Agreement) -> str:
    return f"{agreement.id}@{agreement.version}"


def _decision(case: Case, outcome: Outcome, **more: Any) -> Decision:
    return Decision(
        node=case.node,
        category=case.category,
        kind=case.kind,
        granted=case.granted,
        objected=case.objected,
        objected_in_emergency=case.objected_in_emergency,
        outcome=outcome,
        **more,
    )

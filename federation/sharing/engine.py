"""The rule engine: Cedar behind `rules.Rules`. Evaluates and remembers; it knows no rule.

One case is one decision: each of the node's agreements with the requester's region is put to the
rules in turn (Cedar has no "any of these"), together with every rule that forbids. Agreements are
data beside the case and not policies made from templates: a change of the network then needs no new
rule set, an agreement's conditions fit no template's two slots, and what a decision hangs on is
exactly the case, so that it can be remembered by it.

Two things are asked of a class of things: may it be seen, and may it be seen whole. A rule that
forbids the first withholds; a rule that forbids the second says what is emptied and what is asked
in return. What an emergency grant lifts, and what would be shown if nothing were hidden, is found
by asking again without those rules.

Cedar skips a `forbid` that fails while it is evaluated, and answers Allow. Here nothing is allowed
but by an Allow without a single error; an error withholds, is not remembered, and has a code.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from hashlib import sha256
from typing import Any

import cedarpy
from msgspec import Struct
from msgspec.structs import replace

from federation.case import Asking, Case, Errand
from federation.errors import ErrorCode, PolicyInvalidError
from federation.flow import Decision, Disclosure, Outcome
from federation.model import Agreement, NodeId, OdsCode
from federation.sharing import seen_by_cedar as cedar
from federation.sharing.bundle import (
    Bundle,
    Rule,
    check_unrepeated,
    rules_of,
    shipped_bundles,
    shipped_schema,
)
from federation.sharing.days import day_like
from federation.sharing.ground import NONE, Ground
from federation.sharing.layers import Layer
from federation.sharing.redact import fields_of
from federation.sharing.shortfall import may_permit, shortfall
from federation.status import SourceCode

REMEMBERED_CASES = 16_384
REMEMBERED_ERRANDS = 4_096
REMEMBERED_GROUNDS = 1_024
REMEMBERED_PARTIES = 4_096
_WORST_FIRST = (
    # What cannot be changed by anybody here comes before what can.
    SourceCode.NOT_PERMITTED,
    SourceCode.OBJECTION,
    SourceCode.WITHHELD_AT_SOURCE,
    SourceCode.POLICY_UNAVAILABLE,
    SourceCode.RELATIONSHIP_NEEDED,
)


class Verdict(Struct, frozen=True, kw_only=True):
    """What the rules say of one action: allowed or not, and the ids of the rules that decided."""

    allowed: bool
    rules: tuple[str, ...]


class _UnsettledError(Exception):
    """A rule could not be evaluated. Never leaves this file."""


class CedarRules:
    """The rules of one set of bundles. Immutable: other bundles are another `CedarRules`."""

    def __init__(self, bundles: Iterable[Bundle], schema: str) -> None:
        bundles = tuple(bundles)
        self._schema = _parse_schema(schema)
        self._owned: dict[tuple[Layer, str], tuple[Rule, ...]] = {}
        for bundle in bundles:
            key = (bundle.layer, bundle.owner)
            self._owned[key] = (*self._owned.get(key, ()), *rules_of(bundle, self._schema))
        check_unrepeated(rule for rules in self._owned.values() for rule in rules)
        text = "\0".join(f"{one.layer.value}\0{one.owner}\0{one.text}" for one in bundles)
        self._version = sha256(f"{schema}\0{text}".encode()).hexdigest()[:16]
        # Invariant: a memo belongs to one rule set, so the version needs no place in its key.
        self._remember = lru_cache(maxsize=REMEMBERED_CASES)(self._settle)
        self._remember_asking = lru_cache(maxsize=REMEMBERED_ERRANDS)(self._weigh_asking)
        self._remember_errand = lru_cache(maxsize=REMEMBERED_ERRANDS)(self._weigh_errand)
        self._parties = lru_cache(maxsize=REMEMBERED_PARTIES)(self._read_parties)
        self._ground = lru_cache(maxsize=REMEMBERED_GROUNDS)(self._make_ground)

    @classmethod
    def shipped(cls) -> CedarRules:
        """The rules that come with the gateway."""
        return cls(shipped_bundles(), shipped_schema())

    @property
    def version(self) -> str:
        return self._version

    def looks_at(self, node: NodeId, organisation: OdsCode | None) -> frozenset[str]:
        return self._ground(*self._owners(node, organisation or "")).watches

    def day_like(self, node: NodeId, organisation: OdsCode | None, day: date, today: date) -> date:
        turns = self._ground(*self._owners(node, organisation or "")).turns
        return day if turns is None else day_like(day, turns, today)

    def rule(self, name: str) -> tuple[Layer, Rule] | None:
        """A rule by its id, and the layer that it speaks for; None where there is none."""
        for (layer, _), rules in self._owned.items():
            for rule in rules:
                if rule.id == name:
                    return layer, rule
        return None

    # ── the request ───────────────────────────────────────────────────────────────────────

    def refusal(self, asking: Asking) -> ErrorCode | None:
        return self._refused(self._remember_asking, asking)

    def refusal_about(self, errand: Errand) -> ErrorCode | None:
        return self._refused(self._remember_errand, errand)

    def _refused(self, weigh: Any, asked: Asking | Errand) -> ErrorCode | None:
        try:
            codes: frozenset[ErrorCode] = weigh(asked)
        except _UnsettledError:
            return ErrorCode.POLICY_UNAVAILABLE
        # What could be earned gives way to what could not.
        return next(iter(codes)) if len(codes) == 1 else ErrorCode.FORBIDDEN if codes else None

    def _weigh_asking(self, asking: Asking) -> frozenset[ErrorCode]:
        return self._codes("ask", asking, cedar.ask_context(asking))

    def _weigh_errand(self, errand: Errand) -> frozenset[ErrorCode]:
        return self._codes(errand.action, errand.footing.asking, cedar.about_context(errand))

    def _codes(self, action: str, asking: Asking, context: dict[str, Any]) -> frozenset[ErrorCode]:
        ground = self._ground(*self._owners(None, asking.organisation))
        entities = [cedar.requester(asking), cedar.gateway()]
        verdict = self._evaluate(action, cedar.GATEWAY, entities, context, ground.policies())
        if verdict.allowed:
            return frozenset()
        refusing = (ground.rules[rule] for rule in verdict.rules)
        return frozenset(rule.refusal or ErrorCode.FORBIDDEN for rule in refusing) or frozenset(
            (ErrorCode.FORBIDDEN,)
        )

    # ── a class of things ─────────────────────────────────────────────────────────────────

    def decide(self, case: Case) -> Decision:
        try:
            return self._remember(case)
        except _UnsettledError:
            return _decision(
                case,
                Outcome.WITHHOLD,
                code=SourceCode.POLICY_UNAVAILABLE,
                disclosure=Disclosure.WITHHOLD_SOURCE,
            )

    def _settle(self, case: Case) -> Decision:
        ground = self._ground(*self._owners(case.node, case.footing.asking.organisation))
        unlifted = ground.liftable if case.granted else NONE
        seen = first = self._ask("see", case, ground)
        if unlifted and not seen.allowed:
            seen = self._ask("see", case, ground, without=unlifted)
        if not seen.allowed:
            return self._withheld(case, ground, seen)
        lifted = tuple(rule for rule in first.rules if rule in unlifted)
        return self._shown(case, ground, seen, lifted, without=unlifted)

    def _shown(
        self,
        case: Case,
        ground: Ground,
        seen: Verdict,
        lifted: tuple[str, ...],
        *,
        without: frozenset[str],
    ) -> Decision:
        whole = self._ask("see-whole", case, ground, without=without)
        if not whole.allowed and not whole.rules:
            # What opens the thing does not open all of it, and says not what it leaves out.
            return _decision(case, Outcome.WITHHOLD, code=SourceCode.NOT_PERMITTED)
        limits = () if whole.allowed else tuple(ground.rules[rule] for rule in whole.rules)
        redact = fields_of(name for rule in limits for name in rule.redact)
        asked = (code for rule in limits for code in rule.obligations)
        signed = (code for one in self._opening(case, seen) for code in one.obligations)
        return _decision(
            case,
            Outcome.PERMIT,
            disclosure=Disclosure.REDACT_FIELD if redact else Disclosure.FULL,
            redact=redact,
            obligations=tuple(dict.fromkeys((*asked, *signed))),
            rules=(*seen.rules, *(rule.id for rule in limits)),
            lifted=lifted,
        )

    @staticmethod
    def _opening(case: Case, seen: Verdict) -> Iterable[Agreement]:
        return (one for one in case.agreements if _named(one) in seen.rules)

    def _withheld(self, case: Case, ground: Ground, seen: Verdict) -> Decision:
        """Whatever stands in the way speaks before what is hidden: that would be told anyway."""
        forbidding = tuple(ground.rules[rule] for rule in seen.rules)
        hiding = frozenset(rule.id for rule in forbidding if rule.disclosure is Disclosure.HIDE)
        telling = tuple(rule for rule in forbidding if rule.id not in hiding)
        code = shortfall(case)
        if code is not SourceCode.NOT_PERMITTED:
            return _decision(case, Outcome.NOT_ASKED, code=code, rules=seen.rules)
        if hiding and not telling:
            without = hiding | (ground.liftable if case.granted else NONE)
            if self._ask("see", case, ground, without=without).allowed:
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
            liftable=self._would_lift(case, ground, hiding),
            rules=seen.rules,
        )

    def _would_lift(self, case: Case, ground: Ground, hiding: frozenset[str]) -> bool:
        """Whether an emergency grant would open it, as far as may be told: nobody hears of hiding.

        A row that said no on account of a rule that hides would tell that there is one.
        """
        if case.granted or not ground.liftable:
            return False
        granted = replace(case, granted=True)
        return self._ask("see", granted, ground, without=ground.liftable | hiding).allowed

    def _ask(
        self, action: str, case: Case, ground: Ground, *, without: frozenset[str] = NONE
    ) -> Verdict:
        """One verdict over all agreements: one must permit, and no rule forbid under any."""
        policies = ground.policies(without)
        holding = json.dumps([cedar.holding(case)])
        context = cedar.see_context(case)
        forbidding: dict[str, None] = {}
        permitting: dict[str, None] = {}
        for agreement in _worth_asking(case, ground):
            entities = self._beside(case.footing.asking, agreement, holding)
            verdict = self._evaluate(action, cedar.HOLDING, entities, context, policies)
            if verdict.allowed:
                permitting |= dict.fromkeys((*verdict.rules, _named(agreement)))
            else:
                forbidding |= dict.fromkeys(verdict.rules)
        allowed = bool(permitting) and not forbidding
        return Verdict(allowed=allowed, rules=tuple(permitting if allowed else forbidding))

    # ── Cedar ─────────────────────────────────────────────────────────────────────────────

    def _owners(self, node: NodeId | None, organisation: str) -> tuple[str | None, str | None]:
        """Whose rules decide; owners without any share one ground."""
        return (
            node if node and (Layer.NODE, node) in self._owned else None,
            organisation if (Layer.ORGANISATION, organisation) in self._owned else None,
        )

    def _make_ground(self, node: str | None, organisation: str | None) -> Ground:
        layers = [(Layer.NETWORK, ""), (Layer.AGREEMENT, "")]
        layers += [(Layer.NODE, node)] if node else []
        layers += [(Layer.ORGANISATION, organisation)] if organisation else []
        return Ground({rule.id: rule for key in layers for rule in self._owned.get(key, ())})

    def _beside(self, asking: Asking, agreement: Agreement, holding: str) -> cedarpy.Entities:
        """Who asks, under which agreement, and for what; the first two are read once."""
        try:
            return self._parties(asking, agreement).with_added_json_str(holding, self._schema)
        except Exception as fault:  # whatever cannot be read withholds
            raise _UnsettledError from fault

    def _read_parties(self, asking: Asking, agreement: Agreement) -> cedarpy.Entities:
        told = json.dumps([cedar.requester(asking), cedar.agreement(agreement)])
        return cedarpy.Entities.from_json_str(told, self._schema)

    def _evaluate(
        self,
        action: str,
        resource: dict[str, str],
        entities: list[dict[str, Any]] | cedarpy.Entities,
        context: dict[str, Any],
        policies: cedarpy.PolicySet,
    ) -> Verdict:
        request = {
            "principal": cedar.REQUESTER,
            "action": {"type": "Action", "id": action},
            "resource": resource,
            "context": context,
        }
        try:
            result = cedarpy.is_authorized(request, policies, entities, self._schema)
        except Exception as fault:  # whatever the engine raises: a rule that fails withholds
            raise _UnsettledError from fault
        # Invariant: an Allow counts only without errors: Cedar skips a `forbid` that errs.
        if result.diagnostics.errors or result.decision is cedarpy.Decision.NoDecision:
            raise _UnsettledError
        return Verdict(
            allowed=result.decision is cedarpy.Decision.Allow,
            rules=tuple(sorted(result.diagnostics.reasons)),
        )


_LOUDNESS = (Disclosure.WITHHOLD_NOTICE, Disclosure.WITHHOLD_SOURCE)


def _worth_asking(case: Case, ground: Ground) -> tuple[Agreement, ...]:
    """The agreements to put to the rules; the others would be turned down and change nothing.

    Where none is left the first still goes, so that the rules that forbid are heard.
    """
    if not ground.agreements_alike:
        return case.agreements
    return tuple(one for one in case.agreements if may_permit(one, case)) or case.agreements[:1]


def _named(agreement: Agreement) -> str:
    return f"{agreement.id}@{agreement.version}"


def _decision(
    case: Case,
    outcome: Outcome,
    **more: Any,
) -> Decision:
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


def _parse_schema(schema: str) -> cedarpy.Schema:
    try:
        return cedarpy.Schema.from_str(schema)
    except ValueError as fault:
        raise PolicyInvalidError(f"the rule schema does not parse: {fault}") from fault

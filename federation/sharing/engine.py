"""The rule engine: Cedar behind `rules.Rules`. Compiles, finds whose rules decide, and remembers.

It knows no rule. Whether a request may be asked is weighed here; what may be seen of a node is
heard in `hearing.py`, on the ground (`ground.py`) of the network's rules, the node's own, and those
of the requester's organisation. What no rule can tell apart (`alike.py`) is heard once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import lru_cache
from hashlib import sha256
from typing import Any

from msgspec.structs import replace

from federation.case import Asking, Case, Errand, Footing
from federation.errors import ErrorCode
from federation.flow import Decision
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
from federation.sharing.evaluation import (
    UnsettledError,
    entities_of,
    evaluate,
    parsed_schema,
    written,
)
from federation.sharing.ground import Ground
from federation.sharing.hearing import CedarHearing
from federation.sharing.layers import Layer

REMEMBERED_HEARINGS = 4_096
REMEMBERED_ERRANDS = 4_096
REMEMBERED_GROUNDS = 1_024


class CedarRules:
    """The rules of one set of bundles. Immutable: other bundles are another `CedarRules`."""

    def __init__(self, bundles: Iterable[Bundle], schema: str) -> None:
        bundles = tuple(bundles)
        self._schema = parsed_schema(schema)
        self._owned: dict[tuple[Layer, str], tuple[Rule, ...]] = {}
        for bundle in bundles:
            key = (bundle.layer, bundle.owner)
            self._owned[key] = (*self._owned.get(key, ()), *rules_of(bundle, self._schema))
        check_unrepeated(rule for rules in self._owned.values() for rule in rules)
        text = "\0".join(f"{one.layer.value}\0{one.owner}\0{one.text}" for one in bundles)
        self._version = sha256(f"{schema}\0{text}".encode()).hexdigest()[:16]
        # Invariant: a memo belongs to one rule set, so the version needs no place in its key.
        self._remember_asking = lru_cache(maxsize=REMEMBERED_ERRANDS)(self._weigh_asking)
        self._remember_errand = lru_cache(maxsize=REMEMBERED_ERRANDS)(self._weigh_errand)
        self._heard = lru_cache(maxsize=REMEMBERED_HEARINGS)(self._hear)
        self._ground = lru_cache(maxsize=REMEMBERED_GROUNDS)(self._make_ground)
        # Compiled before anybody asks: the first look after a publication must not wait for it.
        for owner in (None, *(owner for layer, owner in self._owned if layer is Layer.NODE)):
            self._ground(owner, None).compile()

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
        ground = self._ground(*self._owners(None, asking.organisation))
        return self._refused(self._remember_asking, ground, asking)

    def refusal_about(self, errand: Errand) -> ErrorCode | None:
        ground = self._ground(*self._owners(None, errand.footing.asking.organisation))
        # No rule about a person sees the day.
        footing = replace(ground.alike_in_errands.of(errand.footing), day=date.min)
        return self._refused(self._remember_errand, ground, replace(errand, footing=footing))

    @staticmethod
    def _refused(weigh: Any, ground: Ground, asked: Asking | Errand) -> ErrorCode | None:
        try:
            codes: frozenset[ErrorCode] = weigh(ground, asked)
        except UnsettledError:
            return ErrorCode.POLICY_UNAVAILABLE
        # What could be earned gives way to what could not.
        return next(iter(codes)) if len(codes) == 1 else ErrorCode.FORBIDDEN if codes else None

    def _weigh_asking(self, ground: Ground, asking: Asking) -> frozenset[ErrorCode]:
        return self._codes("ask", ground, [cedar.requester(asking)], cedar.ask_context(asking))

    def _weigh_errand(self, ground: Ground, errand: Errand) -> frozenset[ErrorCode]:
        told, context = cedar.parties(errand.footing), cedar.about_context(errand)
        return self._codes(errand.action, ground, told, context)

    def _codes(
        self, action: str, ground: Ground, told: Sequence[Any], context: Mapping[str, Any]
    ) -> frozenset[ErrorCode]:
        entities = entities_of([*told, cedar.gateway()], self._schema)
        policies = ground.policies(action)
        said = written(context)
        verdict = evaluate(action, cedar.GATEWAY, said, entities, policies, self._schema)
        if verdict.allowed:
            return frozenset()
        refusing = (ground.rules[rule] for rule in verdict.rules)
        return frozenset(rule.refusal or ErrorCode.FORBIDDEN for rule in refusing) or frozenset(
            (ErrorCode.FORBIDDEN,)
        )

    # ── a class of things ─────────────────────────────────────────────────────────────────

    def hearing(
        self, footing: Footing, node: NodeId, agreements: tuple[Agreement, ...]
    ) -> CedarHearing:
        ground = self._ground(*self._owners(node, footing.asking.organisation))
        return self._heard(ground, ground.alike.of(footing), node, agreements)

    def decide(self, case: Case) -> Decision:
        return self.hearing(case.footing, case.node, case.agreements).decide(
            case.category,
            case.kind,
            granted=case.granted,
            objected=case.objected,
            objected_in_emergency=case.objected_in_emergency,
        )

    def _hear(
        self, ground: Ground, footing: Footing, node: NodeId, agreements: tuple[Agreement, ...]
    ) -> CedarHearing:
        return CedarHearing(ground, self._schema, footing, node, agreements)

    # ── whose rules ───────────────────────────────────────────────────────────────────────

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

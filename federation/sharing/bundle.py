"""Rule bundles: Cedar texts, each with the layer and owner that it speaks for, checked before use.

A bundle is refused whole, naming file, line and rule, when it does not parse, does not validate
against the schema, has a rule without an id of its own, or reaches beyond its layer: only
agreements (L1) permit anything of a node, every other layer only forbids (`owned.py` says what an
owner's bundle must keep to). That it reaches nobody else's things is so by construction too: it is
evaluated for that owner alone, under a condition that says so. Evaluating is `engine.py`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.resources import files
from typing import Any

import cedarpy
from msgspec import Struct

from federation.case import ERRANDS
from federation.errors import ErrorCode, PolicyInvalidError
from federation.flow import Disclosure
from federation.sharing.alike import Looks, looks_of
from federation.sharing.days import Turn, turns_of
from federation.sharing.layers import Layer
from federation.sharing.never_hidden import actions_of, attributes_of
from federation.sharing.owned import (
    annotation_faults,
    hiding_faults,
    listed,
    owned_faults,
    scoped,
)
from federation.sharing.policy_text import PolicyText, split
from federation.status import SourceCode

_ASKING = ERRANDS | {"ask"}
_OWNED = (Layer.NODE, Layer.ORGANISATION)
_DISCLOSURES = (Disclosure.WITHHOLD_NOTICE, Disclosure.WITHHOLD_SOURCE, Disclosure.HIDE)
WATCHED = {"custodian": "custodian", "authorRole": "author_role", "day": "day"}
"""Attributes of things that are looked up only where some rule asks for them, and their fields."""


class Bundle(Struct, frozen=True, kw_only=True):
    """One rule text, where it came from, and for which layer it speaks.

    `owner` is the node's id (L2) or the organisation's ODS code (L3); empty for the network's.
    """

    layer: Layer
    owner: str = ""
    file: str
    text: str


class Rule(Struct, frozen=True, kw_only=True):
    """One rule of a bundle: its annotations, and its policy as the engine's JSON.

    `watches` are the fields of `WATCHED` that it looks at.
    """

    id: str
    file: str
    policy: Mapping[str, Any]
    forbids: bool
    reason: str = ""
    code: SourceCode = SourceCode.NOT_PERMITTED
    disclosure: Disclosure = Disclosure.WITHHOLD_NOTICE
    liftable: bool = False
    redact: tuple[str, ...] = ()
    obligations: tuple[str, ...] = ()
    refusal: ErrorCode | None = None
    watches: frozenset[str] = frozenset()
    looks: Looks
    turns: frozenset[Turn] | None


def shipped_schema() -> str:
    """The schema that every bundle is held to."""
    return _policy_file("watling.cedarschema")


def shipped_bundles() -> tuple[Bundle, ...]:
    """The bundles that come with the gateway: the network's own rules, and agreements."""
    return (
        _shipped(Layer.NETWORK, "network.cedar"),
        _shipped(Layer.NETWORK, "sensitivity.cedar"),
        _shipped(Layer.AGREEMENT, "agreements.cedar"),
    )


def _shipped(layer: Layer, name: str) -> Bundle:
    return Bundle(layer=layer, file=name, text=_policy_file(name))


def _policy_file(name: str) -> str:
    return (files("federation.sharing") / "policies" / name).read_text(encoding="utf-8")


def rules_of(bundle: Bundle, schema: cedarpy.Schema) -> tuple[Rule, ...]:
    """Every rule of a bundle, in its order; raises `PolicyInvalidError`."""
    return tuple(_rules(bundle, schema))


def check_unrepeated(rules: Iterable[Rule]) -> dict[str, Rule]:
    """The rules by id; raises `PolicyInvalidError` where two have one id."""
    by_id: dict[str, Rule] = {}
    for rule in rules:
        if rule.id in by_id:
            first = by_id[rule.id].file
            raise PolicyInvalidError(
                f"{rule.file}: rule `{rule.id}`: the id is taken by a rule of {first}"
            )
        by_id[rule.id] = rule
    return by_id


def _rules(bundle: Bundle, schema: cedarpy.Schema) -> Iterator[Rule]:
    texts = split(bundle.text)
    policies = _parsed(bundle, texts)
    _check_valid(bundle, texts, schema)
    for text, policy in zip(texts, policies, strict=True):
        if not policy.get("annotations", {}).get("id"):
            raise _invalid(bundle, text, "a rule has no @id")
        rule = _Reading(bundle, text, policy).rule()
        for fault in _faults(bundle, policy, rule.disclosure):
            raise _invalid(bundle, text, fault)
        yield rule


def _faults(bundle: Bundle, policy: Mapping[str, Any], disclosure: Disclosure) -> Iterator[str]:
    yield from annotation_faults(policy["annotations"])
    yield from _reach_faults(bundle.layer, policy)
    if bundle.layer in _OWNED:
        yield from owned_faults(bundle.layer, bundle.owner, policy)
        yield from hiding_faults(policy, disclosure)


def _parsed(bundle: Bundle, texts: Sequence[PolicyText]) -> list[Mapping[str, Any]]:
    try:
        parsed: Mapping[str, Any] = json.loads(cedarpy.policies_to_json_str(bundle.text))
    except ValueError as fault:
        raise _invalid(bundle, *_unparsed(texts, str(fault))) from fault
    if parsed.get("templates"):
        raise _invalid(bundle, None, "templates have no use here")
    policies = parsed.get("staticPolicies", {})
    if len(policies) != len(texts):
        raise _invalid(bundle, None, "its rules cannot be told apart")
    # The engine counts them in the order in which they stand: policy0, policy1 ...
    return [policies[f"policy{number}"] for number in range(len(texts))]


def _unparsed(texts: Sequence[PolicyText], fault: str) -> tuple[PolicyText | None, str]:
    """The rule that does not parse, and why: the engine names no place, so each is tried alone."""
    for text in texts:
        try:
            cedarpy.PolicySet.from_str(text.text)
        except ValueError as own:
            return text, str(own)
    return None, fault


def _check_valid(bundle: Bundle, texts: Sequence[PolicyText], schema: cedarpy.Schema) -> None:
    if not bundle.text.strip():
        return
    result = cedarpy.validate_policies(bundle.text, schema)
    if not result.validation_passed:
        first = result.errors[0]
        number = first.policy_id.removeprefix("policy")
        text = texts[int(number)] if number.isdecimal() and int(number) < len(texts) else None
        raise _invalid(bundle, text, first.error)


def _reach_faults(layer: Layer, policy: Mapping[str, Any]) -> Iterator[str]:
    asks = actions_of(policy) <= _ASKING
    forbids = policy["effect"] == "forbid"
    if layer is Layer.AGREEMENT and (forbids or asks):
        yield "agreements (L1) permit, and only what a node holds"
    if layer is not Layer.AGREEMENT and not forbids and not (layer is Layer.NETWORK and asks):
        yield "only agreements (L1) permit anything that a node holds"


class _Reading:
    """Reads one rule's annotations."""

    def __init__(self, bundle: Bundle, text: PolicyText, policy: Mapping[str, Any]) -> None:
        self._bundle = bundle
        self._text = text
        self._policy = policy
        self._annotations: Mapping[str, str] = policy.get("annotations", {})

    def rule(self) -> Rule:
        said = self._annotations
        policy = scoped(self._bundle.layer, self._bundle.owner, self._policy)
        return Rule(
            id=said["id"],
            file=self._bundle.file,
            policy=policy,
            looks=looks_of(policy),
            turns=turns_of(policy.get("conditions")),
            forbids=self._policy["effect"] == "forbid",
            reason=said.get("reason", ""),
            code=self._one_of(SourceCode, "code", SourceCode.NOT_PERMITTED),
            disclosure=self._disclosure(),
            liftable=said.get("liftable") == "true",
            redact=listed(said.get("redact")),
            obligations=listed(said.get("obligation")),
            refusal=self._one_of(ErrorCode, "refusal", None),
            watches=frozenset(
                WATCHED[name]
                for name in attributes_of(self._policy.get("conditions"))
                if name in WATCHED
            ),
        )

    def _one_of(self, kind: Any, name: str, default: Any) -> Any:
        said = self._annotations.get(name)
        if said is None:
            return default
        if said not in kind.__members__:
            what = "error code" if kind is ErrorCode else "source code"
            raise _invalid(self._bundle, self._text, f"`{said}` is no {what}")
        return kind[said]

    def _disclosure(self) -> Disclosure:
        said = self._annotations.get("disclosure", Disclosure.WITHHOLD_NOTICE)
        for known in _DISCLOSURES:
            if said == known:
                return known
        raise _invalid(self._bundle, self._text, f"`{said}` is no way to withhold a thing")


def _invalid(bundle: Bundle, text: PolicyText | None, why: str) -> PolicyInvalidError:
    if text is None:
        return PolicyInvalidError(f"{bundle.file}: {why}")
    rule = f"rule `{text.id}`" if text.id else "a rule"
    return PolicyInvalidError(f"{bundle.file}: line {text.line}, {rule}: {why}")

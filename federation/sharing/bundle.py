"""Rule bundles: Cedar texts, each with the layer and owner that it speaks for, checked before use.

A bundle is refused whole, naming file and rule, when it does not parse, does not validate against
the schema, has a rule without an id of its own, or reaches beyond its layer: only agreements (L1)
permit anything of a node, every other layer only forbids. That a node's or an organisation's bundle
reaches nobody else's things is so by construction: it is evaluated for that owner alone.
Evaluating is `engine.py`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from enum import Enum
from importlib.resources import files
from typing import Any

import cedarpy
from msgspec import Struct

from federation.errors import ErrorCode, PolicyInvalidError
from federation.flow import Disclosure
from federation.status import SourceCode

_ASKING = frozenset(("ask", "ask-about"))
_RULE_START = re.compile(r'(?m)^@id\("([^"]*)"\)')
_DISCLOSURES = (Disclosure.WITHHOLD_NOTICE, Disclosure.WITHHOLD_SOURCE, Disclosure.HIDE)
WATCHED = {"custodian": "custodian", "authorRole": "author_role", "day": "day"}
"""Attributes of things that are looked up only where some rule asks for them, and their fields."""


class Layer(Enum):
    """Who speaks. L0 is the network's board, L1 both controllers, L2 a source, L3 who asks."""

    NETWORK = "L0"
    AGREEMENT = "L1"
    NODE = "L2"
    ORGANISATION = "L3"


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


def shipped_schema() -> str:
    """The schema that every bundle is held to."""
    return _policy_file("watling.cedarschema")


def shipped_bundles() -> tuple[Bundle, ...]:
    """The bundles that come with the gateway: the network's own rules, and agreements."""
    return (
        _shipped(Layer.NETWORK, "network.cedar"),
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
    policies = _parsed(bundle)
    _check_valid(bundle, schema)
    for policy in policies.values():
        annotations = policy.get("annotations", {})
        if not annotations.get("id"):
            raise _invalid(bundle, None, "a rule has no @id")
        rule = _Reading(bundle, policy, annotations).rule()
        _check_reach(bundle, rule)
        yield rule


def _parsed(bundle: Bundle) -> Mapping[str, Any]:
    try:
        parsed: Mapping[str, Any] = json.loads(cedarpy.policies_to_json_str(bundle.text))
    except ValueError as fault:
        raise _invalid(bundle, _unparsed(bundle.text), str(fault)) from fault
    if parsed.get("templates"):
        raise _invalid(bundle, None, "templates have no use here")
    policies: Mapping[str, Any] = parsed.get("staticPolicies", {})
    return policies


def _unparsed(text: str) -> str | None:
    """The rule that does not parse: the engine names no place, so each is tried alone."""
    starts = list(_RULE_START.finditer(text))
    bounds = [*(start.start() for start in starts), len(text)]
    for start, end in zip(starts, bounds[1:], strict=True):
        try:
            cedarpy.PolicySet.from_str(text[start.start() : end])
        except ValueError:
            return start.group(1)
    return None


def _check_valid(bundle: Bundle, schema: cedarpy.Schema) -> None:
    result = cedarpy.validate_policies(bundle.text, schema)
    if not result.validation_passed:
        first = result.errors[0]
        rule = result.id_annotations_by_policy_id.get(first.policy_id)
        raise _invalid(bundle, rule, first.error)


def _check_reach(bundle: Bundle, rule: Rule) -> None:
    asks = _actions(rule.policy) <= _ASKING
    if bundle.layer is Layer.AGREEMENT and (rule.forbids or asks):
        raise _invalid(bundle, rule.id, "agreements (L1) permit, and only what a node holds")
    if bundle.layer is Layer.AGREEMENT or rule.forbids:
        return
    if bundle.layer is not Layer.NETWORK or not asks:
        raise _invalid(bundle, rule.id, "only agreements (L1) permit anything that a node holds")


def _actions(policy: Mapping[str, Any]) -> frozenset[str]:
    """The actions that a rule names; `*` where it names none and so means all."""
    scope = policy["action"]
    entities = [scope["entity"]] if "entity" in scope else scope.get("entities", ())
    return frozenset(entity["id"] for entity in entities) or frozenset("*")


class _Reading:
    """Reads one rule's annotations."""

    def __init__(
        self, bundle: Bundle, policy: Mapping[str, Any], annotations: Mapping[str, str]
    ) -> None:
        self._bundle = bundle
        self._policy = policy
        self._annotations = annotations

    def rule(self) -> Rule:
        said = self._annotations
        return Rule(
            id=said["id"],
            file=self._bundle.file,
            policy=self._policy,
            forbids=self._policy["effect"] == "forbid",
            reason=said.get("reason", ""),
            code=self._one_of(SourceCode, "code", SourceCode.NOT_PERMITTED),
            disclosure=self._disclosure(),
            liftable=said.get("liftable") == "true",
            redact=_listed(said.get("redact")),
            obligations=_listed(said.get("obligation")),
            refusal=self._one_of(ErrorCode, "refusal", None),
            watches=frozenset(_watched(self._policy)),
        )

    def _one_of(self, kind: Any, name: str, default: Any) -> Any:
        said = self._annotations.get(name)
        if said is None:
            return default
        if said not in kind.__members__:
            what = "error code" if kind is ErrorCode else "source code"
            raise _invalid(self._bundle, self._annotations["id"], f"`{said}` is no {what}")
        return kind[said]

    def _disclosure(self) -> Disclosure:
        said = self._annotations.get("disclosure", Disclosure.WITHHOLD_NOTICE)
        for known in _DISCLOSURES:
            if said == known:
                return known
        raise _invalid(
            self._bundle, self._annotations["id"], f"`{said}` is no way to withhold a thing"
        )


def _listed(said: str | None) -> tuple[str, ...]:
    return tuple(one.strip() for one in (said or "").split(",") if one.strip())


def _watched(policy: object) -> Iterator[str]:
    """Fields of `WATCHED` that the policy's JSON looks at, wherever in it."""
    match policy:
        case {"left": _, "attr": str(name)} if name in WATCHED:
            yield WATCHED[name]
            yield from _watched(policy["left"])  # type: ignore[index]  # matched just above
        case dict():
            for one in policy.values():
                yield from _watched(one)
        case list():
            for one in policy:
                yield from _watched(one)


def _invalid(bundle: Bundle, rule: str | None, why: str) -> PolicyInvalidError:
    where = f"{bundle.file}: rule `{rule}`" if rule else bundle.file
    return PolicyInvalidError(f"{where}: {why}")

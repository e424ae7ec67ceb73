"""Rule bundles: Cedar texts, each with the layer that it speaks for, checked before they decide.

A bundle is refused whole, naming file and rule, when it does not parse, does not validate against
the schema, has a rule without an id of its own, or reaches beyond its layer: only agreements (L1)
permit anything of a node, every other layer only forbids. Evaluating is `engine.py`.
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

_ASK_ALONE = {"op": "==", "entity": {"type": "Action", "id": "ask"}}
_RULE_START = re.compile(r'(?m)^@id\("([^"]*)"\)')


class Layer(Enum):
    """Who speaks. L0 is the network's board, L1 both controllers."""

    NETWORK = "L0"
    AGREEMENT = "L1"


class Bundle(Struct, frozen=True, kw_only=True):
    """One rule text, where it came from and for which layer it speaks."""

    layer: Layer
    file: str
    text: str


class Rule(Struct, frozen=True, kw_only=True):
    """One rule of a bundle, as far as it is looked at from outside: its id and its annotations."""

    id: str
    file: str
    refusal: ErrorCode | None = None


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


def check_bundles(bundles: Iterable[Bundle], schema: cedarpy.Schema) -> dict[str, Rule]:
    """Every rule of every bundle by its id; raises `PolicyInvalidError`."""
    rules: dict[str, Rule] = {}
    for bundle in bundles:
        for rule in _rules(bundle, schema):
            if rule.id in rules:
                raise _invalid(
                    bundle, rule.id, f"the id is taken by a rule of {rules[rule.id].file}"
                )
            rules[rule.id] = rule
    return rules


def _rules(bundle: Bundle, schema: cedarpy.Schema) -> Iterator[Rule]:
    policies = _parsed(bundle)
    _check_valid(bundle, schema)
    for policy in policies.values():
        annotations = policy.get("annotations", {})
        if not annotations.get("id"):
            raise _invalid(bundle, None, "a rule has no @id")
        _check_reach(bundle, annotations["id"], policy)
        yield Rule(
            id=annotations["id"],
            file=bundle.file,
            refusal=_refusal(bundle, annotations),
        )


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


def _check_reach(bundle: Bundle, rule: str, policy: Mapping[str, Any]) -> None:
    opens = policy["effect"] == "permit"
    only_asks = policy["action"] == _ASK_ALONE
    if bundle.layer is Layer.AGREEMENT and (not opens or only_asks):
        raise _invalid(bundle, rule, "agreements (L1) permit, and only what a node holds")
    if bundle.layer is Layer.NETWORK and opens and not only_asks:
        raise _invalid(bundle, rule, "only agreements (L1) permit anything that a node holds")


def _refusal(bundle: Bundle, annotations: Mapping[str, str]) -> ErrorCode | None:
    code = annotations.get("refusal")
    if code is not None and code not in ErrorCode.__members__:
        raise _invalid(bundle, annotations["id"], f"`{code}` is no error code")
    return ErrorCode(code) if code else None


def _invalid(bundle: Bundle, rule: str | None, why: str) -> PolicyInvalidError:
    where = f"{bundle.file}: rule `{rule}`" if rule else bundle.file
    return PolicyInvalidError(f"{where}: {why}")

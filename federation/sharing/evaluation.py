"""One question to Cedar, and what it says. It knows no rule.

Cedar skips a `forbid` that fails while it is evaluated, and answers Allow. Here nothing is allowed
but by an Allow without a single error; an error says nothing at all.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import cedarpy
from msgspec import Struct

from federation.errors import PolicyInvalidError
from federation.sharing import seen_by_cedar as cedar


class Verdict(Struct, frozen=True, kw_only=True):
    """What the rules say of one action: allowed or not, and the ids of the rules that decided."""

    allowed: bool
    rules: tuple[str, ...]


class UnsettledError(Exception):
    """A rule could not be evaluated, or what it would look at could not be read."""


def parsed_schema(schema: str) -> cedarpy.Schema:
    """The schema, read once; raises `PolicyInvalidError`."""
    try:
        return cedarpy.Schema.from_str(schema)
    except ValueError as fault:
        raise PolicyInvalidError(f"the rule schema does not parse: {fault}") from fault


def entities_of(told: Sequence[Any], schema: cedarpy.Schema) -> cedarpy.Entities:
    """Things that rules may look at, read once; raises `UnsettledError`."""
    try:
        return cedarpy.Entities.from_json_str(json.dumps(told), schema)
    except Exception as fault:  # whatever cannot be read withholds
        raise UnsettledError from fault


def beside(
    entities: cedarpy.Entities, told: dict[str, Any], schema: cedarpy.Schema
) -> cedarpy.Entities:
    """These and one more; raises `UnsettledError`."""
    try:
        return entities.with_added_json_str(json.dumps([told]), schema)
    except Exception as fault:  # whatever cannot be read withholds
        raise UnsettledError from fault


def written(context: Mapping[str, Any]) -> str:
    """A context as the engine reads it; raises `UnsettledError`."""
    try:
        return json.dumps(context)
    except (TypeError, ValueError) as fault:
        raise UnsettledError from fault


def evaluate(
    action: str,
    resource: dict[str, str],
    context: str,
    entities: cedarpy.Entities,
    policies: cedarpy.PolicySet,
    schema: cedarpy.Schema,
) -> Verdict:
    """What these rules say; `context` as `written`. Raises `UnsettledError`."""
    request = {
        "principal": cedar.REQUESTER,
        "action": {"type": "Action", "id": action},
        "resource": resource,
        "context": context,
    }
    try:
        result = cedarpy.is_authorized(request, policies, entities, schema)
    except Exception as fault:  # whatever the engine raises: a rule that fails withholds
        raise UnsettledError from fault
    # Invariant: an Allow counts only without errors: Cedar skips a `forbid` that errs.
    if result.diagnostics.errors or result.decision is cedarpy.Decision.NoDecision:
        raise UnsettledError
    return Verdict(
        allowed=result.decision is cedarpy.Decision.Allow,
        rules=tuple(sorted(result.diagnostics.reasons)),
    )

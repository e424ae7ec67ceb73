"""What a bundle of a node or an organisation must keep to, beyond what any rule must.

It forbids, and only what is its own to forbid: a node what it holds, an organisation what its own
staff ask. By construction too: a condition that says so is put before the rule's own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from federation.case import ERRANDS
from federation.flow import Disclosure
from federation.sharing.layers import Layer
from federation.sharing.never_hidden import actions_of, may_hide_core
from federation.sharing.obligations import ObligationCode
from federation.sharing.redactable import field_exists

ANNOTATIONS = frozenset(
    ("id", "reason", "code", "disclosure", "liftable", "redact", "obligation", "refusal")
)
_SHOWN = frozenset(("see", "see-whole"))
_ASKED = ERRANDS | {"ask"}
_MAY_SAY = {
    "see": frozenset(("id", "reason", "code", "disclosure", "liftable")),
    "see-whole": frozenset(("id", "reason", "redact", "obligation", "liftable")),
    **dict.fromkeys(_ASKED, frozenset(("id", "reason", "refusal"))),
}


_OWN = {Layer.NODE: ("resource", "node"), Layer.ORGANISATION: ("principal", "organisation")}
_CALLED = {Layer.NODE: "node", Layer.ORGANISATION: "organisation"}


def owner_name(layer: Layer, owner: str) -> str:
    """`node:milton-keynes`, `organisation:RRV`."""
    return f"{_CALLED[layer]}:{owner}"


def scoped(layer: Layer, owner: str, policy: Mapping[str, Any]) -> Mapping[str, Any]:
    """The rule as Cedar's JSON, holding only where it is the owner's to say."""
    if layer not in _OWN:
        return policy
    variable, attribute = _OWN[layer]
    own = {
        "==": {
            "left": {".": {"left": {"Var": variable}, "attr": attribute}},
            "right": {"Value": owner},
        }
    }
    return {**policy, "conditions": [{"kind": "when", "body": own}, *policy["conditions"]]}


def annotation_faults(said: Mapping[str, str]) -> Iterator[str]:
    """What is wrong with what any rule, whosever, says of itself."""
    for name in said:
        if name not in ANNOTATIONS:
            yield f"there is no annotation `@{name}`"
    if said.get("liftable", "false") not in {"true", "false"}:
        yield '`@liftable` is "true" or "false"'
    for name in listed(said.get("redact")):
        if not field_exists(name):
            yield f"no record has a field `{name}` that could be redacted"
    for name in listed(said.get("obligation")):
        if name not in ObligationCode.__members__:
            yield f"`{name}` is no obligation"


def owned_faults(layer: Layer, owner: str, policy: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with a rule of this owner's bundle."""
    said = policy.get("annotations", {})
    prefix = f"{owner_name(layer, owner)}/"
    if not said.get("id", "").startswith(prefix):
        yield f"its @id must begin with `{prefix}`"
    if not (said.get("reason") or "").strip():
        yield "it gives no @reason"
    if policy["effect"] != "forbid":
        yield "only agreements (L1) permit anything that a node holds"
    actions = actions_of(policy)
    if layer is Layer.NODE and not actions <= _SHOWN:
        yield "it reaches beyond its node: a node speaks of `see` and `see-whole` alone"
    if len(actions) > 1 and not actions <= _ASKED:
        yield "it speaks of more than one action; say it in a rule for each"
    else:
        yield from _misplaced(next(iter(actions)), said)
    yield from _others(layer, owner, policy)


def hiding_faults(policy: Mapping[str, Any], disclosure: Disclosure) -> Iterator[str]:
    """Whether it would hide what may never be hidden."""
    if may_hide_core(policy, disclosure):
        yield (
            "it could hide an allergy, a medicine, an alert or a decision on resuscitation from a"
            " clinician who treats the person; leave those out, and redact their `origin` instead"
            " (who recorded it, where and why)"
        )


def _misplaced(action: str, said: Mapping[str, str]) -> Iterator[str]:
    for name in said:
        if name in ANNOTATIONS and name not in _MAY_SAY[action]:
            yield f"`@{name}` has no place in a rule of `{action}`"
    if action == "see-whole" and not (listed(said.get("redact")) or listed(said.get("obligation"))):
        yield "it names neither what it redacts nor what it asks in return"


def _others(layer: Layer, owner: str, policy: Mapping[str, Any]) -> Iterator[str]:
    """It cannot reach another's anyhow; a rule that names one was written for somebody else."""
    for named in sorted(_compared(policy["conditions"], *_OWN[layer])):
        if named != owner:
            called = _CALLED[layer]
            yield f"it reaches beyond its {called}: it names `{named}`, and its own is `{owner}`"


def _compared(expression: object, variable: str, attribute: str) -> Iterator[str]:
    """Texts that stand in one expression with this attribute."""
    match expression:
        case dict():
            for inner in expression.values():
                sides = list(inner.values()) if isinstance(inner, dict) else []
                if _names(sides, variable, attribute):
                    yield from _texts(sides)
                yield from _compared(inner, variable, attribute)
        case list():
            for one in expression:
                yield from _compared(one, variable, attribute)


def _names(sides: list[object], variable: str, attribute: str) -> bool:
    return {".": {"left": {"Var": variable}, "attr": attribute}} in sides


def _texts(sides: object) -> Iterator[str]:
    match sides:
        case {"Value": str(text)}:
            yield text
        case {"Set": list(members)}:
            yield from _texts(members)
        case list():
            for one in sides:
                yield from _texts(one)


def listed(said: str | None) -> tuple[str, ...]:
    """`a, b` as two."""
    return tuple(one.strip() for one in (said or "").split(",") if one.strip())

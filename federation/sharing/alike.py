"""Footings that no rule can tell apart, so that a case is decided once for all of them.

Nearly every look is by another organisation at somebody of another age, and rules ask for either
only to compare it with what they name. Read from the rules as the engine has them; where one does
anything else with an age or an organisation, no two of them count as alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from msgspec.structs import replace

from federation.case import Footing

ELSEWHERE = "?"
"""Stands for every organisation that no rule names; no code has this form."""
_PERSON = "person"
"""The record that has the age: whoever looks at it as a whole looks at the age."""
_ACCESSES = frozenset((".", "has"))
_COMPARISONS = frozenset(("==", "!=", "<", "<=", ">", ">=", "contains"))


class Alike:
    """What rules compare ages and organisations with; `owners` are those with rules of their own.

    `policies` are rules as the engine's JSON (`bundle.Rule.policy`).
    """

    def __init__(self, policies: Iterable[Mapping[str, Any]], owners: Iterable[str]) -> None:
        conditions = [policy.get("conditions") for policy in policies]
        ages = _compared("age", conditions)
        named = _compared("organisation", conditions)
        self._ages = None if ages is None else sorted(ages)
        self._named = None if named is None else named | set(owners)

    def of(self, footing: Footing) -> Footing:
        """The footing that stands for this one and all that rules cannot tell from it."""
        asking, about = footing.asking, footing.about
        if self._named is not None and asking.organisation not in {*self._named, ""}:
            asking = replace(asking, organisation=ELSEWHERE)
        if self._ages is not None and about.age is not None:
            about = replace(about, age=_least(about.age, self._ages))
        return replace(footing, asking=asking, about=about)


def _least(age: int, named: list[int]) -> int:
    """The least age on the same side of every one that is named."""
    if age in named:
        return age
    return max((one + 1 for one in named if one < age), default=0)


def _compared(attribute: str, conditions: object) -> set[Any] | None:
    """Every value that it is compared with; None where anything else is done with it."""
    values: set[Any] = set()
    for found in _uses(attribute, conditions):
        if found is None:
            return None
        values |= set(found)
    return values


def _uses(attribute: str, node: object) -> Iterator[list[Any] | None]:
    """Of each use the values that it is compared with; None of one that is no comparison."""
    if isinstance(node, list):
        for one in node:
            yield from _uses(attribute, one)
    elif isinstance(node, dict):
        for name, inner in node.items():
            values = _comparison(attribute, name, inner)
            if values is not None:
                yield values
            elif name in _ACCESSES:
                yield from _accessed(attribute, name, inner)
            elif (name, inner) == ("Var", "context"):
                # All of it at once, and so this too.
                yield None
            else:
                yield from _uses(attribute, inner)


def _accessed(attribute: str, name: str, inner: Any) -> Iterator[list[Any] | None]:
    if name == "." and inner["attr"] in {attribute, _PERSON}:
        yield None
    left = inner["left"]
    while left.get(".", {}).get("attr") == _PERSON:
        left = left["."]["left"]
    if "Var" not in left:
        yield from _uses(attribute, left)


def _comparison(attribute: str, name: str, inner: Any) -> list[Any] | None:
    if name not in _COMPARISONS:
        return None
    sides = inner["left"], inner["right"]
    for one, other in (sides, sides[::-1]):
        if one.get(".", {}).get("attr") == attribute:
            return _literals(other)
    return None


def _literals(node: Mapping[str, Any]) -> list[Any] | None:
    """The values of a literal, or of a set of them."""
    parts = node.get("Set", [node])
    values = [one.get("Value") for one in parts]
    return values if all(isinstance(value, str | int) for value in values) else None

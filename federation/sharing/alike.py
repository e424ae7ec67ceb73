"""Cases that no rule can tell apart, so that one decision serves all of them.

Nearly every look is by another organisation at somebody of another age, and rules ask for either
only to compare it with what they name. What no rule names at all (a device, a mark) makes no
difference either, and most categories are told apart by agreements alone. Read from the rules as
the engine has them; where one does anything else with a thing, no two of its values count as alike.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from federation.authority import RulesState
from federation.case import NOTHING, Footing
from federation.model import Agreement, Category, Device, Standing

ELSEWHERE = "?"
"""Stands for every organisation that no rule names; no code has this form."""
_OF_ASKING: Mapping[str, Any] = {
    "treating": False,
    "standing": Standing.UNKNOWN,
    "assurance": 0,
    "device": Device.UNKNOWN,
    "rules": RulesState.CURRENT,
}
_OF_ABOUT: Mapping[str, Any] = {
    "restricted": False,
    "deceased": False,
    "watched": False,
    "coerced": False,
    "own": False,
    "family": False,
    "age": None,
}
_OF_AUTHORITY: Mapping[str, Any] = {
    "relationships": NOTHING,
    "incident": False,
    "subject": False,
    "proxy": "",
    "consents": NOTHING,
}
"""By the schema's names, what stands for anything where no rule looks. Agreements are compared in
code too (`shortfall.py`): what they speak of is not among these."""
_AGREEMENT = {".": {"left": {"Var": "context"}, "attr": "agreement"}}
_OF_THE_AGREEMENT = {".": {"left": _AGREEMENT, "attr": "categories"}}
_PERSON = "person"
"""The record that has the age: whoever looks at it as a whole looks at the age."""
_ACCESSES = frozenset((".", "has"))
_COMPARISONS = frozenset(("==", "!=", "<", "<=", ">", ">=", "contains"))


class Looks(Struct, frozen=True, kw_only=True):
    """What one rule looks at, and which values it compares it with.

    None for values: it does something else with such a thing. None among `at`: it looks at all of
    the context at once.
    """

    at: frozenset[str | None]
    ages: frozenset[int] | None
    organisations: frozenset[str] | None
    categories: frozenset[str] | None


def looks_of(policy: Mapping[str, Any]) -> Looks:
    """What a rule, as the engine's JSON, looks at."""
    conditions = policy.get("conditions")
    return Looks(
        at=frozenset(_looked_at(conditions)),
        ages=_compared("age", conditions),
        organisations=_compared("organisation", conditions),
        categories=_compared("category", conditions, beside=_OF_THE_AGREEMENT),
    )


class Alike:
    """Of all that these rules look at; `owners` are organisations with rules of their own."""

    def __init__(self, looks: Iterable[Looks], owners: Iterable[str] = ()) -> None:
        looks = tuple(looks)
        ages = _all(one.ages for one in looks)
        named = _all(one.organisations for one in looks)
        looked_at = frozenset(chain.from_iterable(one.at for one in looks))
        self._ages = None if ages is None else sorted(ages)
        self._named = None if named is None else named | {*owners, ""}
        self._categories = _all(one.categories for one in looks)
        self._unseen_asking = _unseen(looked_at, _OF_ASKING)
        self._unseen_about = _unseen(looked_at, _OF_ABOUT)
        self._unseen_authority = _unseen(looked_at, _OF_AUTHORITY)

    def of(self, footing: Footing) -> Footing:
        """The footing that stands for this one and all that rules cannot tell from it."""
        asking, about, authority = footing.asking, footing.about, footing.authority
        more, age = {}, about.age
        if self._named is not None and asking.organisation not in self._named:
            more["organisation"] = ELSEWHERE
        if self._ages is not None and age is not None:
            age = _least(age, self._ages)
        return Footing(
            asking=replace(asking, **(self._unseen_asking | more)),
            about=replace(about, **({"age": age} | self._unseen_about)),
            authority=replace(authority, **self._unseen_authority),
            day=footing.day,
        )

    def category(self, category: Category, agreements: Sequence[Agreement]) -> Category:
        """The category that stands for this one, under these agreements."""
        if self._categories is None or category in self._categories:
            return category
        covering = [category in one.categories for one in agreements]
        return next(
            one
            for one in Category
            if one not in self._categories
            and [one in agreement.categories for agreement in agreements] == covering
        )


def _all(named: Iterable[frozenset[Any] | None]) -> frozenset[Any] | None:
    found: set[Any] = set()
    for one in named:
        if one is None:
            return None
        found |= one
    return frozenset(found)


def _unseen(looked_at: Container[str | None], fields: Mapping[str, Any]) -> dict[str, Any]:
    """What no rule looks at, as it stands for anything."""
    if None in looked_at:
        return {}
    return {name: blank for name, blank in fields.items() if name not in looked_at}


def _looked_at(node: object) -> Iterator[str | None]:
    """Every attribute that is looked at, whosever; None where all of the context is."""
    if isinstance(node, list):
        for one in node:
            yield from _looked_at(one)
    elif isinstance(node, dict):
        for name, inner in node.items():
            if name in _ACCESSES:
                yield inner["attr"]
                if "Var" not in inner["left"]:
                    yield from _looked_at(inner["left"])
            elif (name, inner) == ("Var", "context"):
                yield None
            else:
                yield from _looked_at(inner)


def _least(age: int, named: list[int]) -> int:
    """The least age on the same side of every one that is named."""
    if age in named or age < 0:
        return age
    return max((one + 1 for one in named if one < age), default=0)


def _compared(attribute: str, conditions: object, beside: object = None) -> frozenset[Any] | None:
    """Every value that it is compared with; None where anything else is done with it.

    To be compared with `beside`, which is no value of a rule's, counts for nothing.
    """
    values: set[Any] = set()
    for found in _uses(attribute, conditions, beside):
        if found is None:
            return None
        values |= set(found)
    return frozenset(values)


def _uses(attribute: str, node: object, beside: object) -> Iterator[list[Any] | None]:
    """Of each use the values that it is compared with; None of one that is no comparison."""
    if isinstance(node, list):
        for one in node:
            yield from _uses(attribute, one, beside)
    elif isinstance(node, dict):
        for name, inner in node.items():
            values = _comparison(attribute, name, inner, beside)
            if values is not None:
                yield values
            elif name in _ACCESSES:
                yield from _accessed(attribute, name, inner, beside)
            elif (name, inner) == ("Var", "context"):
                # All of it at once, and so this too.
                yield None
            else:
                yield from _uses(attribute, inner, beside)


def _accessed(attribute: str, name: str, inner: Any, beside: object) -> Iterator[list[Any] | None]:
    if name == "." and inner["attr"] in {attribute, _PERSON}:
        yield None
    left = inner["left"]
    while left.get(".", {}).get("attr") == _PERSON:
        left = left["."]["left"]
    if "Var" not in left:
        yield from _uses(attribute, left, beside)


def _comparison(attribute: str, name: str, inner: Any, beside: object) -> list[Any] | None:
    if name not in _COMPARISONS:
        return None
    sides = inner["left"], inner["right"]
    for one, other in (sides, sides[::-1]):
        if one.get(".", {}).get("attr") == attribute:
            return [] if other == beside else _literals(other)
    return None


def _literals(node: Mapping[str, Any]) -> list[Any] | None:
    """The values of a literal, or of a set of them."""
    parts = node.get("Set", [node])
    values = [one.get("Value") for one in parts]
    return values if all(isinstance(value, str | int) for value in values) else None

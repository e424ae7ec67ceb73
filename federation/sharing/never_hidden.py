"""What may never be hidden from a clinician who treats the person, and finding rules that would.

An allergy, a medicine, an alert or a decision on resuscitation may be withheld so that a row says
so; it may be shown without its origin; it may not vanish. A rule is read in three values: what is
not known of a case may be either. So a rule that passes here cannot hide any of them whatever else
is true, while one that is refused might, and says so by leaving them out (`unless
{ principal.treating && ... }`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from federation.case import ERRANDS
from federation.flow import Disclosure
from federation.model import Category, RequesterKind
from federation.sharing.roles import TREATING

Possible = frozenset[Any] | None
"""The values that something may have; None: any."""
Truth = bool | None
"""None: it may be either."""

CORE = (Category.ALLERGIES, Category.MEDICATIONS, Category.ALERTS)
_OF_ITEMS = frozenset(
    (
        "labels",
        "classes",
        "carriesCpr",
        "ownOrganisation",
        "emergencyPath",
        "unreleased",
        "sourceKind",
        "custodian",
        "authorRole",
        "day",
    )
)
_TREATING: dict[tuple[str, str], Possible] = {
    # Invariant: `asking_of` says treating of professionals in one of these roles, and no other.
    ("principal", "treating"): frozenset((True,)),
    ("principal", "kind"): frozenset((str(RequesterKind.PROFESSIONAL),)),
    ("principal", "role"): TREATING,
}
_WORLDS: tuple[dict[tuple[str, str], Possible], ...] = (
    *(_TREATING | {("resource", "category"): frozenset((str(one),))} for one in CORE),
    _TREATING | {("resource", "carriesCpr"): frozenset((True,))},
)


def may_hide_core(policy: Mapping[str, Any], disclosure: Disclosure) -> bool:
    """Whether this forbidding rule, as Cedar's JSON, could make one of them vanish.

    Hiding always does. Withholding with the general notice alone does where the rule tells items
    apart; where it speaks of a whole category, that category's row says that it is withheld.
    """
    if policy["effect"] != "forbid" or "see" not in actions_of(policy):
        return False
    if disclosure is not Disclosure.HIDE:
        silent = disclosure is Disclosure.WITHHOLD_NOTICE and bool(
            _OF_ITEMS & set(attributes_of(policy["conditions"]))
        )
        if not silent:
            return False
    return any(_applies(policy, world) for world in _WORLDS)


def actions_of(policy: Mapping[str, Any]) -> frozenset[str]:
    """The actions that a rule names; all of them where it names none."""
    scope = policy["action"]
    entities = [scope["entity"]] if "entity" in scope else scope.get("entities", ())
    named = frozenset(entity["id"] for entity in entities)
    return named or ERRANDS | {"ask", "see", "see-whole"}


def attributes_of(expression: object) -> Iterator[str]:
    """Every attribute of a thing that is looked at, wherever in it."""
    match expression:
        case {"attr": str(name), "left": {"Var": "resource"}}:
            yield name
        case dict():
            for one in expression.values():
                yield from attributes_of(one)
        case list():
            for one in expression:
                yield from attributes_of(one)


def _applies(policy: Mapping[str, Any], world: Mapping[tuple[str, str], Possible]) -> bool:
    """Whether nothing that the rule says keeps it from applying in this world."""
    for condition in policy["conditions"]:
        held = _Reading(world).truth(condition["body"])
        if held is (condition["kind"] != "when"):
            return False
    return True


class _Reading:
    """Reads expressions of Cedar's JSON where only some attributes are known."""

    def __init__(self, world: Mapping[tuple[str, str], Possible]) -> None:
        self._world = world
        self._readers: Mapping[str, Callable[[Any], Truth]] = {
            "&&": lambda it: _both(self.truth(it["left"]), self.truth(it["right"])),
            "||": lambda it: _either(self.truth(it["left"]), self.truth(it["right"])),
            "!": lambda it: _not(self.truth(it["arg"])),
            "if-then-else": self._chosen,
            "==": lambda it: _same(self.values(it["left"]), self.values(it["right"])),
            "!=": lambda it: _not(_same(self.values(it["left"]), self.values(it["right"]))),
            "contains": self._contains,
        }

    def truth(self, expression: Any) -> Truth:
        """Whether it holds; None where it may."""
        (operator, inner), *_ = expression.items()
        reader = self._readers.get(operator)
        if reader is not None:
            return reader(inner)
        values = self.values(expression)
        return _one(values) if values else None

    def values(self, expression: Any) -> Possible:
        """What a value may be."""
        match expression:
            case {"Value": str() | bool() | int() as literal}:
                return frozenset((literal,))
            case {".": {"left": {"Var": str(name)}, "attr": str(attribute)}}:
                return self._world.get((name, attribute))
        return None

    def _chosen(self, it: Any) -> Truth:
        chosen = self.truth(it["if"])
        then, other = self.truth(it["then"]), self.truth(it["else"])
        if chosen is None:
            return then if then is other else None
        return then if chosen else other

    def _contains(self, it: Any) -> Truth:
        listed, sought = it["left"].get("Set"), self.values(it["right"])
        if listed is None or sought is None:
            return None
        members = [self.values(one) for one in listed]
        if all(member is not None and not member & sought for member in members):
            return False
        known = frozenset(_one(member) for member in members if member and len(member) == 1)
        return True if sought <= known else None


def _one(values: frozenset[Any]) -> Any:
    return next(iter(values)) if len(values) == 1 else None


def _same(one: Possible, other: Possible) -> Truth:
    if one is None or other is None:
        return None
    if not one & other:
        return False
    return True if len(one) == len(other) == 1 else None


def _not(one: Truth) -> Truth:
    return None if one is None else not one


def _both(one: Truth, other: Truth) -> Truth:
    if one is False or other is False:
        return False
    return True if one and other else None


def _either(one: Truth, other: Truth) -> Truth:
    return _not(_both(_not(one), _not(other)))

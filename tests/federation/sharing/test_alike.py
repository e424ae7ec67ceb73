"""Which footings rules cannot tell apart: only what is compared with what a rule names counts."""

from __future__ import annotations

import cedarpy
import pytest
from msgspec.structs import replace

from federation.case import Footing
from federation.sharing.alike import ELSEWHERE, Alike
from federation.sharing.bundle import Bundle, rules_of, shipped_bundles, shipped_schema
from federation.sharing.layers import Layer
from tests.federation.sharing.given import a_case

SCHEMA = cedarpy.Schema.from_str(shipped_schema())


def alike(*conditions: str, owners: tuple[str, ...] = ()) -> Alike:
    text = "\n".join(
        f'@id("more-{number}") @reason("-") forbid (principal, action == Action::"see",'
        f" resource is Holding) when {{ {condition} }};"
        for number, condition in enumerate(conditions)
    )
    more = Bundle(layer=Layer.NETWORK, file="more.cedar", text=text)
    bundles = (*shipped_bundles(), more)
    return Alike((rule.looks for one in bundles for rule in rules_of(one, SCHEMA)), owners)


def footing(age: int | None = 40, organisation: str = "X1") -> Footing:
    one = a_case().footing
    return replace(
        one,
        asking=replace(one.asking, organisation=organisation),
        about=replace(one.about, age=age),
    )


@pytest.mark.parametrize(
    ("age", "least"), [(None, None), (0, 0), (15, 0), (16, 16), (17, 17), (64, 17), (65, 65)]
)
def test_ages_between_those_that_rules_name_are_alike(age: int | None, least: int | None):
    """The network's rules name 16; each other number that a rule names parts them further."""
    found = alike("context.person has age && 65 <= context.person.age").of(footing(age))
    assert found.about.age == least


@pytest.mark.parametrize(
    "condition",
    [
        "context.person has age && context.person.age + 1 > 60",
        "context.person has age && [context.person.age].contains(60)",
        "context.person == context.person",
        "context == context",
        '{"one": context.person}.one has age',
    ],
)
def test_where_a_rule_does_more_with_an_age_no_two_are_alike(condition: str):
    """Whatever is no comparison with a number that stands there."""
    assert alike(condition).of(footing(40)).about.age == 40


@pytest.mark.parametrize(
    ("condition", "organisation", "stands_for_it"),
    [
        ("true", "X1", ELSEWHERE),
        ("true", "", ""),
        ('principal.organisation == "X1"', "X1", "X1"),
        ('principal.organisation == "X1"', "X2", ELSEWHERE),
        ('["X1", "X2"].contains(principal.organisation)', "X2", "X2"),
        ('["X1", "X2"].contains(principal.organisation)', "X3", ELSEWHERE),
        ('principal.organisation like "X*"', "X3", "X3"),
        ("resource has custodian && resource.custodian == principal.organisation", "X3", "X3"),
    ],
)
def test_organisations_that_no_rule_names_are_alike(
    condition: str, organisation: str, stands_for_it: str
):
    """As long as no rule does more with one than to compare it with those that it names."""
    found = alike(condition).of(footing(organisation=organisation))
    assert found.asking.organisation == stands_for_it


def test_an_organisation_with_rules_of_its_own_is_like_no_other():
    """Even where its rules do not say its name."""
    found = alike("true", owners=("X1",))
    assert found.of(footing(organisation="X1")).asking.organisation == "X1"
    assert found.of(footing(organisation="X2")).asking.organisation == ELSEWHERE

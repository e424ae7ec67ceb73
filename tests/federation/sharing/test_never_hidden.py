"""What may never vanish before a treating clinician: rules that could make it are found."""

from __future__ import annotations

import json
from typing import Any

import cedarpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from federation.case import Case
from federation.flow import Disclosure
from federation.model import Category, Purpose
from federation.sharing import seen_by_cedar as cedar
from federation.sharing.bundle import rules_of, shipped_bundles, shipped_schema
from federation.sharing.never_hidden import CORE, may_hide_core
from federation.sharing.roles import TREATING
from tests.federation.sharing.given import a_case

SCHEMA = cedarpy.Schema.from_str(shipped_schema())
HIDE, NOTICE, SOURCE = Disclosure.HIDE, Disclosure.WITHHOLD_NOTICE, Disclosure.WITHHOLD_SOURCE
SPARED = (
    'unless { principal.treating && (["ALLERGIES", "MEDICATIONS", "ALERTS"]'
    ".contains(resource.category) || resource.carriesCpr) }"
)

RULES = [
    # conditions, disclosure, whether it could make one of them vanish, why
    ("", HIDE, True, "everything"),
    ("", NOTICE, False, "a category's row says so"),
    (SPARED, HIDE, False, "left out"),
    ('when { resource.category == "RESULTS" }', HIDE, True, "a result may carry the CPR mark"),
    (
        'when { resource.category == "RESULTS" && !resource.carriesCpr }',
        HIDE,
        False,
        "another category",
    ),
    ('when { resource.category == "ALLERGIES" }', HIDE, True, "allergies"),
    ('when { resource.category == "ALLERGIES" }', NOTICE, False, "the row of allergies says so"),
    ('when { resource.classes.contains("HIV") }', NOTICE, True, "item by item, in silence"),
    ('when { resource.classes.contains("HIV") }', SOURCE, False, "item by item, with a row"),
    (f'when {{ resource.classes.contains("HIV") }} {SPARED}', NOTICE, False, "left out"),
    (
        (
            'when { resource.classes.contains("HIV") }'
            ' unless { ["ALLERGIES", "MEDICATIONS", "ALERTS"].contains(resource.category) }'
        ),
        NOTICE,
        True,
        "the decision on resuscitation is not left out",
    ),
    (
        'when { resource.classes.contains("HIV") } unless { resource.carriesCpr }',
        NOTICE,
        True,
        "allergies are not left out",
    ),
    ('when { principal.kind == "PROXY" }', HIDE, False, "a proxy treats nobody"),
    ('when { ["PROXY", "CITIZEN"].contains(principal.kind) }', HIDE, False, "nor do citizens"),
    ('when { principal.kind != "CITIZEN" }', HIDE, True, "professionals do"),
    ("when { !principal.treating }", HIDE, False, "those who do not treat"),
    ('when { principal.role == "R8009" }', HIDE, False, "a receptionist treats nobody"),
    ('when { ["R8009", "R8015"].contains(principal.role) }', HIDE, False, "nor does support"),
    ('when { ["R8009", "R0260"].contains(principal.role) }', HIDE, True, "a practitioner does"),
    ('when { principal.region == "london" }', HIDE, True, "clinicians of a region"),
    ("when { if principal.treating then false else true }", HIDE, False, "a choice that is known"),
    ("when { if context.granted then true else false }", HIDE, True, "one that is not"),
    ('when { principal.region like "l*" }', HIDE, True, "what cannot be read may be so"),
    ("when { resource.classes.isEmpty() }", NOTICE, True, "nor can this"),
    ("when { 1 + 1 == 2 }", HIDE, True, "nor sums"),
    ("when { false }", HIDE, False, "never"),
    ("when { principal has kind }", HIDE, True, "whether it is there"),
]


def _policy(conditions: str) -> dict[str, Any]:
    text = f'forbid (principal, action == Action::"see", resource is Holding) {conditions};'
    parsed = json.loads(cedarpy.policies_to_json_str(text))
    policy: dict[str, Any] = parsed["staticPolicies"]["policy0"]
    return policy


@pytest.mark.parametrize(("conditions", "disclosure", "could", "why"), RULES)
def test_rules_that_could_make_it_vanish(conditions, disclosure, could, why):
    """A rule is refused if it might, and kept if it cannot whatever else is true."""
    assert may_hide_core(_policy(conditions), disclosure) is could, why


def test_rules_of_other_actions_hide_nothing():
    """What empties a field, or refuses a request, makes no item vanish."""
    for action, resource in (("see-whole", "Holding"), ("ask", "Gateway")):
        text = f'forbid (principal, action == Action::"{action}", resource is {resource});'
        policy = json.loads(cedarpy.policies_to_json_str(text))["staticPolicies"]["policy0"]
        assert not may_hide_core(policy, HIDE)


def test_no_action_named_means_all():
    """A rule without an action is a rule of `see` too."""
    policy = json.loads(cedarpy.policies_to_json_str("forbid (principal, action, resource);"))
    assert may_hide_core(policy["staticPolicies"]["policy0"], HIDE)


def test_the_network_s_own_rules_hide_none_of_it():
    """What ships keeps to what every bundle is held to."""
    for bundle in shipped_bundles():
        for rule in rules_of(bundle, SCHEMA):
            if rule.forbids:
                assert not may_hide_core(rule.policy, rule.disclosure), rule.id


ATOMS = st.sampled_from(
    [
        'resource.category == "ALLERGIES"',
        'resource.category != "MEDICATIONS"',
        '["ALERTS", "RESULTS"].contains(resource.category)',
        "resource.carriesCpr",
        "principal.treating",
        'principal.kind == "PROFESSIONAL"',
        'principal.role == "R0050"',
        '["R0050", "R8009"].contains(principal.role)',
        'resource.classes.contains("HIV")',
        "resource.ownOrganisation",
        "context.person.restricted",
        'context.purpose == "EMERGENCY"',
        "true",
        "false",
    ]
)
EXPRESSIONS = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(lambda two: f"({two[0]} && {two[1]})"),
        st.tuples(inner, inner).map(lambda two: f"({two[0]} || {two[1]})"),
        inner.map(lambda one: f"!({one})"),
        st.tuples(inner, inner, inner).map(
            lambda three: f"(if {three[0]} then {three[1]} else {three[2]})"
        ),
    ),
    max_leaves=6,
)
CASES = st.builds(
    lambda hiv, **given: a_case(classes=frozenset(("HIV",) if hiv else ()), **given),
    hiv=st.booleans(),
    category=st.sampled_from(Category),
    carries_cpr=st.booleans(),
    role=st.sampled_from(sorted(TREATING)),
    own_organisation=st.booleans(),
    restricted=st.booleans(),
    purpose=st.sampled_from(Purpose),
).filter(lambda case: case.category in CORE or case.kind.carries_cpr)


@given(EXPRESSIONS, st.sampled_from(("when", "unless")), CASES)
@settings(max_examples=300, deadline=None)
def test_no_rule_that_passes_ever_applies(expression, word, case):
    """Law: a rule that was let through leaves every such thing alone, as Cedar itself evaluates."""
    conditions = f"{word} {{ {expression} }}"
    if not may_hide_core(_policy(conditions), HIDE):
        assert not _applies(conditions, case)


def _applies(conditions: str, case: Case) -> bool:
    rule = f'forbid (principal, action == Action::"see", resource is Holding) {conditions};'
    entities = [
        *cedar.parties(case.footing),
        cedar.holding(case),
        cedar.agreement(case.agreements[0]),
    ]
    request = {
        "principal": cedar.REQUESTER,
        "action": {"type": "Action", "id": "see"},
        "resource": cedar.HOLDING,
        "context": cedar.see_context(case),
    }
    result = cedarpy.is_authorized(request, rule, entities, SCHEMA)
    assert not result.diagnostics.errors
    return bool(result.diagnostics.reasons)

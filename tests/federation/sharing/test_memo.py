"""Law: what is remembered of one person never answers for another of whom the rules say otherwise.

Rules that have decided much before say of every case what rules say that have decided nothing.
"""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from federation.authority import RulesState
from federation.case import About, Asking, Authority, Case, Footing, ItemClass
from federation.model import Category, Device, NodeId, Purpose, RequesterKind, Standing
from federation.sharing import Bundle, CedarRules, Layer
from federation.sharing.bundle import shipped_bundles, shipped_schema
from federation.sharing.facts import local_day
from tests.builders import HERTS, LONDON, NOW
from tests.federation.sharing.given import a_case, an_agreement

CONDITIONS = (
    "context.person has age && context.person.age < 18",
    "context.person has age && context.person.age == 40",
    "context.person has age && context.person.age * 2 > 80",
    "!(context.person has age)",
    "context.person.deceased || context.person.watched",
    "context.person.coerced || context.person.own || context.person.family",
    'principal.organisation == "X2"',
    'principal.organisation like "X*"',
    'principal.device == "SHARED"',
    'principal.standing != "MET" && principal.assurance < 3',
    "!principal.treating",
    'context.rules == "LAST_KNOWN"',
    'context.authority.relationships.contains("REFERRAL")',
    'context.authority.proxy == "PARENT" || context.authority.subject',
    'context.authority.consents.contains("HIV") || context.authority.incident',
    'resource.category == "DOCUMENTS"',
    '["PROBLEMS", "RESULTS"].contains(resource.category)',
    'resource.category like "P*"',
    'resource.category == "RESULTS" && context.objected',
)
FORMS = (
    (
        '@id("{owner}/{number}") @reason("-") forbid (principal, action == Action::"see",'
        " resource is Holding) when {{ {condition} }};"
    ),
    (
        '@id("{owner}/{number}") @reason("-") @obligation("AUDIT_REVIEW") forbid (principal,'
        ' action == Action::"see-whole", resource is Holding) when {{ {condition} }};'
    ),
)
OWNERS = (
    (Layer.NODE, LONDON.id, f"node:{LONDON.id}"),
    (Layer.ORGANISATION, "X2", "organisation:X2"),
)


def bundle(layer: Layer, owner: str, prefix: str, conditions: list[str], form: str) -> Bundle:
    text = "\n".join(
        form.format(owner=prefix, number=number, condition=condition)
        for number, condition in enumerate(conditions)
    )
    return Bundle(layer=layer, owner=owner, file=f"{owner}.cedar", text=text)


more = st.tuples(
    *(
        st.builds(
            bundle,
            st.just(layer),
            st.just(owner),
            st.just(prefix),
            st.lists(st.sampled_from(CONDITIONS), max_size=4, unique=True),
            st.sampled_from(FORMS),
        )
        for layer, owner, prefix in OWNERS
    )
)
askings = st.builds(
    Asking,
    kind=st.sampled_from(RequesterKind),
    role=st.sampled_from(("R0260", "R0050", "")),
    treating=st.booleans(),
    organisation=st.sampled_from(("X1", "X2", "Y9", "?", "")),
    organisation_kind=st.sampled_from(("acute", "gp")),
    region=st.sampled_from(("london", "herts")),
    standing=st.sampled_from(Standing),
    assurance=st.integers(0, 3),
    device=st.sampled_from(Device),
    purpose=st.sampled_from(Purpose),
    rules=st.sampled_from(RulesState),
)
abouts = st.builds(
    About,
    restricted=st.booleans(),
    deceased=st.booleans(),
    age=st.none() | st.sampled_from((-1, 0, 15, 16, 17, 18, 39, 40, 41, 90)),
    watched=st.booleans(),
    coerced=st.booleans(),
    own=st.booleans(),
    family=st.booleans(),
)
authorities = st.builds(
    Authority,
    relationships=st.frozensets(st.sampled_from(("REFERRAL", "SELF_DECLARED"))),
    incident=st.booleans(),
    subject=st.booleans(),
    proxy=st.sampled_from(("", "PARENT")),
    consents=st.frozensets(st.sampled_from(("HIV", "TERMINATION"))),
)
kinds = st.builds(
    ItemClass,
    labels=st.frozensets(st.sampled_from(("a|b",))),
    classes=st.frozensets(st.sampled_from(("HIV", "MENTAL_HEALTH"))),
    carries_cpr=st.booleans(),
    own_organisation=st.booleans(),
)
agreements = st.builds(
    lambda categories: (an_agreement(categories=categories),),
    st.frozensets(st.sampled_from(Category), min_size=8),
)
cases = st.builds(
    Case,
    footing=st.builds(
        Footing,
        asking=askings,
        about=abouts,
        authority=authorities,
        day=st.just(local_day(NOW)),
    ),
    node=st.sampled_from((LONDON.id, HERTS.id, NodeId("milton-keynes"))),
    category=st.sampled_from(Category),
    kind=kinds,
    granted=st.booleans(),
    objected=st.booleans(),
    agreements=agreements,
)
few = st.lists(cases, min_size=2, max_size=6)


@st.composite
def near(draw) -> tuple[Case, ...]:
    """Cases that differ from the first in one thing each: those that a memo would confuse."""
    first, *others = draw(few)
    # Where nothing is open everything is alike: most begin with what an agreement opens.
    if draw(st.integers(0, 3)):
        first = a_case(age=40, agreements=first.agreements, category=first.category)
    found = [first]
    for other in others:
        part = draw(st.sampled_from(("asking", "about", "authority", "case")))
        if part == "case":
            name = draw(st.sampled_from(("category", "node", "granted", "objected", "agreements")))
            found.append(_with(first, name, getattr(other, name)))
        else:
            whole = getattr(first.footing, part)
            name = draw(st.sampled_from(whole.__struct_fields__))
            value = getattr(getattr(other.footing, part), name)
            footing = _with(first.footing, part, _with(whole, name, value))
            found.append(_with(first, "footing", footing))
    return tuple(found)


def _with(whole, name, value):
    told = {field: getattr(whole, field) for field in whole.__struct_fields__}
    return type(whole)(**(told | {name: value}))


def rules_of(bundles: tuple[Bundle, ...]) -> CedarRules:
    return CedarRules((*shipped_bundles(), *bundles), shipped_schema())


@settings(max_examples=60, deadline=None)
@given(more, near())
def test_no_case_is_answered_with_anothers_decision(bundles, several):
    """Whatever was decided before, in whatever order."""
    rules = rules_of(bundles)
    for case in (*several, *reversed(several)):
        assert rules.decide(case) == _decided_anew(rules, case)


FLIPPED = [
    *(
        ("asking", name, value)
        for name, value in (
            ("treating", False),
            ("organisation", "X2"),
            ("organisation", "Y9"),
            ("standing", Standing.GRACE),
            ("assurance", 1),
            ("device", Device.SHARED),
            ("rules", RulesState.LAST_KNOWN),
        )
    ),
    *(
        ("about", name, value)
        for name, value in (
            ("deceased", True),
            ("watched", True),
            ("coerced", True),
            ("own", True),
            ("family", True),
            ("age", 17),
            ("age", 41),
            ("age", None),
        )
    ),
    *(
        ("authority", name, value)
        for name, value in (
            ("relationships", frozenset(("ADMISSION",))),
            ("incident", True),
            ("subject", True),
            ("proxy", "PARENT"),
            ("consents", frozenset(("HIV",))),
        )
    ),
]


@pytest.mark.parametrize("condition", CONDITIONS)
def test_one_fact_that_a_rule_looks_at_makes_another_case(condition):
    """Law, fact by fact: with one rule that looks at it, and every one of the others flipped."""
    rules = rules_of((bundle(*OWNERS[0], [condition], FORMS[0]),))
    before = a_case(age=40, treating=True, category=Category.RESULTS)
    rules.decide(before)
    for part, name, value in FLIPPED:
        whole = _with(getattr(before.footing, part), name, value)
        case = _with(before, "footing", _with(before.footing, part, whole))
        assert rules.decide(case) == _decided_anew(rules, case), (part, name)


def _decided_anew(rules: CedarRules, case: Case):
    """What the rules say of this very case: nothing is alike, nothing remembered."""
    ground = rules._ground(*rules._owners(case.node, case.footing.asking.organisation))
    heard = rules._hear(ground, case.footing, case.node, case.agreements)
    return heard._settle(case)

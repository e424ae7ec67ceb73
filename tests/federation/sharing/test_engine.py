"""The engine: what it allows, that it fails closed, and that it remembers exactly."""

from datetime import timedelta
from typing import cast

import cedarpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from federation.authority import RulesState
from federation.case import About, Asking, Authority, Case, Footing, ItemClass
from federation.flow import Outcome
from federation.model import Category, Device, NodeId, Purpose, RequesterKind, Standing
from federation.sharing import CedarRules, hearing, screen
from federation.sharing import seen_by_cedar as cedar
from federation.sharing.asking import asking_of
from federation.sharing.bundle import shipped_bundles, shipped_schema
from federation.sharing.evaluation import evaluate
from federation.sharing.facts import local_day
from federation.sharing.hearing import REMEMBERED
from federation.status import FaultOrigin, SourceCode, SourceState
from tests.builders import LONDON, NOW, a_question, a_reference
from tests.federation.sharing.given import (
    V3,
    a_case,
    a_professional,
    an_agreement,
    candidates,
    rules_with,
    some_facts,
)

DAY, ONE_DAY = local_day(NOW), timedelta(days=1)


@pytest.fixture
def evaluated(monkeypatch):
    """The actions that the engine is asked for, in order."""
    asked = []

    def counting(action, *rest):
        asked.append(action)
        return evaluate(action, *rest)

    monkeypatch.setattr(hearing, "evaluate", counting)
    return asked


ERRING = (
    '@id("erring") forbid (principal, action == Action::"see", resource is Holding)'
    " when { 9223372036854775807 + 1 == 0 };"
)


def test_cedar_alone_would_allow_past_an_erring_forbid():
    """The trap is there: Cedar skips a forbid that errs and answers Allow."""
    texts = "\n".join((*(bundle.text for bundle in shipped_bundles()), ERRING))
    schema = cedarpy.Schema.from_str(shipped_schema())
    assert cedarpy.validate_policies(texts, schema).validation_passed
    case = a_case()
    result = cedarpy.is_authorized(
        {
            "principal": 'Requester::"requester"',
            "action": 'Action::"see"',
            "resource": 'Holding::"holding"',
            "context": cedar.see_context(case),
        },
        texts,
        [
            *cedar.parties(case.footing),
            cedar.holding(case),
            cedar.agreement(case.agreements[0]),
        ],
        schema,
    )
    assert result.allowed
    assert result.diagnostics.errors


def test_an_erring_forbid_withholds(rules):
    """The trap is closed: the same forbid withholds here, with a code of its own."""
    assert rules.decide(a_case()).outcome is Outcome.PERMIT
    decision = rules_with(ERRING).decide(a_case())
    assert (decision.outcome, decision.code) == (Outcome.WITHHOLD, SourceCode.POLICY_UNAVAILABLE)


def test_an_error_in_any_question_withholds_the_whole_class():
    """Whether fields must be emptied cannot be known after an error, so nothing of it is shown."""
    decision = rules_with(ERRING.replace('"see"', '"see-whole"')).decide(a_case())
    assert decision.code is SourceCode.POLICY_UNAVAILABLE


def test_an_erring_permit_opens_nothing():
    """A permit that errs is no permit, and says so."""
    broken = rules_with(
        agreements='@id("agreement") permit (principal, action, resource is Holding)'
        " when { 9223372036854775807 + 1 == 0 };"
    )
    assert broken.decide(a_case()).code is SourceCode.POLICY_UNAVAILABLE


def test_an_unknown_attribute_withholds(rules):
    """A case that the schema does not know is not judged by what happens to match."""
    strange = replace(a_case(), node=cast("NodeId", 7))
    assert rules.decide(strange).code is SourceCode.POLICY_UNAVAILABLE


def test_an_engine_that_raises_withholds(rules):
    """Whatever the engine throws, the answer is to withhold."""
    unwritable = replace(a_case(), granted=object())
    assert rules.decide(unwritable).code is SourceCode.POLICY_UNAVAILABLE


def test_failures_are_not_remembered(evaluated):
    """A rule that could not be evaluated is tried anew the next time."""
    broken = rules_with(ERRING)
    for _ in range(3):
        broken.decide(a_case())
    assert len(evaluated) == 3


def test_screening_tells_of_rules_that_failed():
    """Where a node's rules cannot be evaluated it is not asked, and the row says why."""
    question = a_question(Category.ALLERGIES, requester=a_professional())
    facts = some_facts(an_agreement())
    (screened,) = screen(
        question, a_reference(), facts, candidates(question, LONDON), rules_with(ERRING)
    )
    assert screened.categories == frozenset()
    assert [(row.state, row.code, row.origin) for row in screened.rows] == [
        (SourceState.WITHHELD, SourceCode.POLICY_UNAVAILABLE, FaultOrigin.POLICY)
    ]


def test_a_forbid_under_one_agreement_is_not_escaped_through_another():
    """Any forbid wins, whichever agreement it fired under and whatever order they come in."""
    strict = rules_with(
        '@id("first-only") forbid (principal, action == Action::"see", resource is Holding)'
        ' when { context.agreement.roles.contains("MARKED") };'
    )
    plain = an_agreement("plain")
    marked = an_agreement("marked", roles=frozenset(("R0050", "MARKED")))
    for agreements in ((plain, marked), (marked, plain)):
        decision = strict.decide(a_case(agreements=agreements))
        assert (decision.outcome, decision.code) == (Outcome.WITHHOLD, SourceCode.NOT_PERMITTED)
        assert decision.rules == ("first-only",)
    assert strict.decide(a_case(agreements=(plain,))).outcome is Outcome.PERMIT


@pytest.mark.parametrize("days", [{"valid_from": DAY + ONE_DAY}, {"valid_until": DAY}])
def test_an_agreement_that_is_not_in_force_permits_nothing(rules, days):
    """The rules look at the days themselves and do not trust that facts were sifted before."""
    decision = rules.decide(a_case(agreements=(an_agreement(**days),)))
    assert decision.outcome is Outcome.NOT_ASKED


def test_what_is_not_opened_whole_is_not_shown():
    """An agreement text that opens the thing, but says not what of it, opens nothing."""
    narrow = rules_with(
        agreements='@id("agreement") permit (principal, action == Action::"see",'
        " resource is Holding);"
    )
    assert narrow.decide(a_case()).outcome is Outcome.WITHHOLD


def test_equal_cases_are_evaluated_once(evaluated):
    """A case that was decided is remembered, whoever asks in the same role."""
    fresh = CedarRules.shipped()
    first = fresh.decide(a_case())
    assert fresh.decide(a_case()) is first
    assert evaluated == ["see", "see-whole"]


@pytest.mark.parametrize(
    "unseen",
    [{"age": 41}, {"device": Device.MOBILE}, {"category": Category.ENCOUNTERS}],
    ids=lambda one: next(iter(one)),
)
def test_what_no_rule_can_tell_apart_is_evaluated_once(evaluated, unseen):
    """Nobody's rule looks at the device, parts forty from forty-one, or names encounters."""
    fresh, case = CedarRules.shipped(), a_case(age=40, category=Category.PROCEDURES)
    told = fresh.decide(case)
    other = fresh.decide(a_case(**({"age": 40, "category": Category.PROCEDURES} | unseen)))
    assert evaluated == ["see", "see-whole"]
    assert other == replace(told, category=unseen.get("category", Category.PROCEDURES))


def test_what_is_remembered_is_bounded():
    """A node that says another label each time has its decisions made anew, and costs no more."""
    fresh = CedarRules.shipped()
    heard = fresh.hearing(a_case().footing, LONDON.id, a_case().agreements)
    for number in range(2 * REMEMBERED + 1):
        heard.decide(Category.ALLERGIES, ItemClass(labels=frozenset((f"own|{number}",))))
        assert len(heard._said) <= REMEMBERED


def test_equal_askings_are_evaluated_once():
    """Whether such a request may be asked at all is remembered as well, by who asks and why."""
    fresh = CedarRules.shipped()
    asking = asking_of(a_question(requester=a_professional()))
    assert [fresh.refusal(asking) for _ in range(3)] == [None] * 3
    other = asking_of(a_question(purpose=Purpose.EMERGENCY, requester=a_professional()))
    assert fresh.refusal(other) is None
    info = fresh._remember_asking.cache_info()
    assert (info.hits, info.misses) == (2, 2)
    assert info.maxsize is not None


DIFFERENT = [
    {"day": local_day(NOW) + timedelta(days=1)},
    {"restricted": True},
    {"node": NodeId("milton-keynes")},
    {"category": Category.MEDICATIONS},
    {"labels": frozenset((f"{V3}|N",))},
    {"classes": frozenset(("HIV",))},
    {"carries_cpr": True},
    {"own_organisation": True},
    {"custodian": "RRV"},
    {"relationships": frozenset(("ADMISSION",))},
    {"incident": True},
    {"granted": True},
    {"objected": True},
    {"objected_in_emergency": True},
    {"age": 14},
    {"watched": True},
    {"agreements": ()},
    {"agreements": (an_agreement(version="2"),)},
    {"agreements": (an_agreement(roles=frozenset(("R0050",))),)},
    {"requester": a_professional("R0260")},
    {"requester": a_professional(at="gp")},
    {"requester": a_professional(region="milton-keynes")},
    {"purpose": Purpose.EMERGENCY},
]


LOOKS = (
    '@id("looks") forbid (principal, action == Action::"see", resource is Holding) when {'
    " [resource.category].contains(principal.device) && context.person == context.person &&"
    " [context.person.restricted, context.person.watched, context.person.own].contains(true) &&"
    " [context.person has age && context.person.age * 2 == 7].contains(true) &&"
    " [context.authority.incident, context.authority.relationships.isEmpty()].contains(true) &&"
    " [context.objected, context.objectedInEmergency].contains(resource.carriesCpr) };"
)
"""Looks at all that is known of a case, in ways that leave no two values alike."""


@pytest.mark.parametrize("difference", DIFFERENT, ids=lambda one: next(iter(one)))
def test_a_case_that_differs_in_what_is_looked_at_is_decided_for_itself(evaluated, difference):
    """Whatever rules look at is part of what a decision is remembered by."""
    fresh = rules_with(LOOKS)
    fresh.decide(a_case())
    first = len(evaluated)
    fresh.decide(a_case(**difference))
    assert len(evaluated) > first or difference == {"agreements": ()}


short = st.text("ab|", max_size=3)
some = st.frozensets(short, max_size=2)
askings = st.builds(
    Asking,
    kind=st.sampled_from(RequesterKind),
    role=short,
    treating=st.booleans(),
    organisation=short,
    organisation_kind=short,
    region=short,
    standing=st.sampled_from(Standing),
    assurance=st.integers(0, 3),
    device=st.sampled_from(Device),
    purpose=st.sampled_from(Purpose),
    rules=st.sampled_from(RulesState),
)
abouts = st.builds(About, restricted=st.booleans(), age=st.none() | st.integers(0, 110))
authorities = st.builds(Authority, relationships=some, subject=st.booleans(), proxy=short)
kinds = st.builds(
    ItemClass,
    labels=some,
    classes=some,
    carries_cpr=st.booleans(),
    custodian=st.none() | short,
    day=st.none() | st.dates(),
)
agreements = st.builds(
    lambda roles, kinds, version, day: an_agreement(
        roles=roles, organisation_kinds=kinds, version=version, valid_until=day
    ),
    st.frozensets(short, max_size=2),
    st.frozensets(short, max_size=2),
    st.sampled_from(("1", "2")),
    st.none() | st.dates(),
)
cases = st.builds(
    Case,
    footing=st.builds(Footing, asking=askings, about=abouts, authority=authorities, day=st.dates()),
    node=short,
    category=st.sampled_from(Category),
    kind=kinds,
    granted=st.booleans(),
    objected=st.booleans(),
    agreements=st.tuples(agreements),
)


def _seen(case):
    (agreement,) = case.agreements
    named = (agreement.id, agreement.version)
    entities = (
        *cedar.parties(case.footing),
        cedar.holding(case),
        cedar.agreement(agreement),
    )
    return entities, cedar.see_context(case), named


@settings(max_examples=150, deadline=None)
@given(cases, cases)
def test_equal_to_the_memo_is_equal_to_the_rules(one, other):
    """Law: two cases share a memo entry exactly when the rules are shown the same."""
    assert (one == other) == (_seen(one) == _seen(other))
    assert one != other or hash(one) == hash(other)


def test_nothing_of_an_agreement_is_hidden_from_the_rules():
    """Every condition of an agreement is in what the rules see; its name and terms are none."""
    whole = an_agreement(custodians=frozenset(("RRV",)))
    shown = cedar.agreement(whole)["attrs"]
    no_conditions = ("id", "version", "obligations", "signatories", "onward_sharing")
    terms = (*no_conditions, "retention_days")
    assert len(shown) == len(whole.__struct_fields__) - len(terms)


def test_what_could_be_lifted_tells_nothing_of_what_is_hidden():
    """Whether emergency access would help is said as if no rule hid anything."""
    hides = (
        '@id("hides") @disclosure("HIDE") forbid (principal, action == Action::"see", resource)'
        ' when { resource.category == "ALLERGIES" };'
    )
    case = a_case(relationships=frozenset())
    plain, hiding = rules_with("").decide(case), rules_with(hides).decide(case)
    assert plain.liftable
    told = [(one.outcome, one.code, one.disclosure, one.liftable) for one in (plain, hiding)]
    assert told[0] == told[1]

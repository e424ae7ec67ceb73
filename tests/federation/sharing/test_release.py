"""Release: what may be shown of what arrived, and one row for every category of every node."""

from datetime import date, timedelta

import pytest
from msgspec.structs import replace

from federation.case import PLAIN, Case, ItemClass, agreements_with
from federation.flow import Decision, Disclosure, Outcome, Screened, Verified
from federation.model import (
    Assertion,
    Category,
    Organisation,
    Practitioner,
    RegionId,
    RequesterKind,
)
from federation.records.base import SecurityLabel
from federation.records.care_plans import CprKind
from federation.sharing import CedarRules, release
from federation.sharing.obligations import ObligationCode, obligations_of
from federation.sharing.sift import MOST_CLASSES
from federation.status import FaultOrigin, SourceCode, SourceState, row
from tests.builders import (
    GP_PRACTICE,
    HERTS,
    LONDON,
    MILTON_KEYNES,
    NOW,
    a_person,
    a_question,
    a_reference,
    a_row,
    an_address,
    an_organisation,
)
from tests.federation.sharing.given import (
    ACT,
    OPEN,
    SENSITIVE,
    V3,
    a_part,
    a_professional,
    an_agreement,
    held,
    released_from,
    rules_with,
    some_facts,
    verified_of,
)
from tests.items import a_care_plan, a_medication, an_allergy, an_item, an_observation

ORDINARY = SecurityLabel(system=V3, code="N")


class CountingRules:
    """The shipped rules, counting what they are asked."""

    def __init__(self, rules: CedarRules) -> None:
        self._rules = rules
        self.version = rules.version
        self.asked: list[object] = []

    def refusal(self, asking):
        return self._rules.refusal(asking)

    def refusal_about(self, errand):
        return self._rules.refusal_about(errand)

    def looks_at(self, node, organisation):
        return self._rules.looks_at(node, organisation)

    def day_like(self, node, organisation, day, today):
        return self._rules.day_like(node, organisation, day, today)

    def hearing(self, footing, node, agreements):
        counting = self

        class Hearing:
            def decide(self, category, kind=PLAIN, **flags):
                case = Case(
                    footing=footing,
                    node=node,
                    category=category,
                    kind=kind,
                    agreements=agreements,
                    **flags,
                )
                counting.asked.append(case)
                return counting._rules.decide(case)

        return Hearing()


def _without_audit(released):
    return replace(released, decisions=(), withheld={}, screened=())


def test_items_of_ordinary_confidentiality_are_shown_as_they_are(rules):
    """What no rule restricts passes untouched, the very same objects in the same order."""
    items = (an_allergy("a1"), an_allergy("a2", security_labels=(ORDINARY,)))
    (released,) = released_from(rules, verified_of(LONDON, held(allergies=items)))
    shown = released.items[Category.ALLERGIES]
    assert [id(item) for item in shown] == [id(item) for item in items]
    assert released.rows[Category.ALLERGIES].state is SourceState.FRESH
    assert released.withheld == {}


EVERYTHING_ELSE = [
    category
    for category in Category
    if category
    not in (Category.DEMOGRAPHICS, Category.ALLERGIES, Category.MEDICATIONS, Category.ALERTS)
]


@pytest.mark.parametrize("beside", [0, 2])
@pytest.mark.parametrize("category", EVERYTHING_ELSE)
def test_a_withheld_item_leaves_no_trace(rules, category, beside):
    """The answer with a withheld item equals, whole, the answer of a node that does not hold it."""
    others = [an_item(category, f"o{number}") for number in range(beside)]
    secret = an_item(category, "s1", security_labels=(SENSITIVE,))
    name = category.lower()
    asked = a_question(requester=a_professional())
    (with_it,) = released_from(
        rules, verified_of(LONDON, held(**{name: [secret, *others]})), question=asked
    )
    (without,) = released_from(rules, verified_of(LONDON, held(**{name: others})), question=asked)
    assert _without_audit(with_it) == _without_audit(without)
    assert (with_it.withheld, without.withheld) == ({category: 1}, {})


def test_a_superseded_letter_does_not_point_at_one_that_is_withheld(rules):
    """Its status says that it is superseded; the id of what came after it is told to nobody."""
    old = an_item(Category.DOCUMENTS, "d1", status="superseded", superseded_by="d2")
    other = an_item(Category.DOCUMENTS, "d3", superseded_by="d1")
    secret = an_item(Category.DOCUMENTS, "d2", security_labels=(SENSITIVE,))
    (released,) = released_from(rules, verified_of(LONDON, held(documents=(old, other, secret))))
    shown = released.items[Category.DOCUMENTS]
    assert [(one.source_id, one.superseded_by) for one in shown] == [("d1", None), ("d3", "d1")]


@pytest.mark.parametrize("said", [None, Assertion.NO_CONTENT_RECORDED])
def test_an_emptied_list_reads_like_one_that_was_empty(rules, said):
    """Whether the node calls an empty list empty or says nothing, an emptied one reads the same."""
    secret = an_item(Category.PROBLEMS, security_labels=(SENSITIVE,))
    (emptied,) = released_from(rules, verified_of(LONDON, held(problems=[secret])))
    empty = a_part(Category.PROBLEMS, assertion=said)
    (bare,) = released_from(rules, verified_of(LONDON, held(problems=empty)))
    assert emptied.rows == bare.rows
    assert emptied.rows[Category.PROBLEMS].state is SourceState.FRESH_EMPTY


@pytest.mark.parametrize("state", [SourceState.PARTIAL, SourceState.STALE, SourceState.CACHED])
def test_a_withheld_item_leaves_no_trace_in_other_states(rules, state):
    """What is less than fresh stays as it is, with or without the withheld item."""
    secret = an_item(Category.PROBLEMS, security_labels=(SENSITIVE,))
    whole = a_part(Category.PROBLEMS, secret, state=state, code=SourceCode.TRUNCATED)
    (with_it,) = released_from(rules, verified_of(LONDON, held(problems=whole)))
    (without,) = released_from(rules, verified_of(LONDON, held(problems=replace(whole, items=()))))
    assert _without_audit(with_it) == _without_audit(without)
    assert with_it.rows[Category.PROBLEMS].state is state


AUTHOR = Practitioner(name="Nurse Pell Moss", organisation=an_organisation("RWG"))
NEVER_HIDDEN = [
    an_item(category, custodian=GP_PRACTICE, author=AUTHOR, security_labels=(SENSITIVE,))
    for category in (Category.ALLERGIES, Category.MEDICATIONS, Category.ALERTS)
] + [
    a_care_plan(
        decision=CprKind.DO_NOT_ATTEMPT_CPR,
        custodian=GP_PRACTICE,
        author=AUTHOR,
        security_labels=(SENSITIVE,),
    )
]


@pytest.mark.parametrize("item", NEVER_HIDDEN, ids=lambda item: type(item).__name__)
def test_what_no_rule_may_hide_is_shown_without_custodian_and_author(rules, item):
    """Allergies, medicines, alerts and resuscitation decisions are shown, their origin is not."""
    name = "care_plans" if hasattr(item, "cpr") else _category_of(item).lower()
    (released,) = released_from(rules, verified_of(LONDON, held(**{name: [item]})))
    ((shown,),) = released.items.values()
    redacted = {"custodian": None, "author": None, "security_labels": ()}
    named = {"name": item.plan_type.display} if hasattr(item, "plan_type") else {}
    assert shown == replace(item, **redacted, **named, redactions=shown.redactions)
    fields = {redaction.field for redaction in shown.redactions}
    assert fields == {"custodian", "author", "securityLabels", *named}
    assert released.withheld == {}


def _category_of(item):
    names = {"Allergy": "ALLERGIES", "Medication": "MEDICATIONS", "Alert": "ALERTS"}
    return Category[names[type(item).__name__]]


def test_a_plan_without_a_decision_is_withheld_beside_one_with(rules):
    """Two plans under one label part ways over the decision on resuscitation."""
    with_cpr = a_care_plan("p1", decision=CprKind.ATTEMPT_CPR, security_labels=(SENSITIVE,))
    without = a_care_plan("p2", security_labels=(SENSITIVE,))
    (released,) = released_from(rules, verified_of(LONDON, held(care_plans=[with_cpr, without])))
    assert [item.source_id for item in released.items[Category.CARE_PLANS]] == ["p1"]
    assert released.withheld == {Category.CARE_PLANS: 1}


def test_a_sensitive_plan_shows_its_decision_and_none_of_its_narrative(rules):
    """What the person said in it is emptied; the decision and the limits of treatment stay."""
    plan = a_care_plan(
        "p1",
        decision=CprKind.DO_NOT_ATTEMPT_CPR,
        security_labels=(SENSITIVE,),
        goals=("told in confidence",),
        preferences="told in confidence",
        preferred_place_of_care="told in confidence",
        preferred_place_of_death="told in confidence",
        ceiling_of_treatment="ward",
        advance_decision="no ventilation",
    )
    plan = replace(plan, cpr=replace(plan.cpr, discussed_with="told in confidence"))
    (released,) = released_from(rules, verified_of(LONDON, held(care_plans=[plan])))
    (shown,) = released.items[Category.CARE_PLANS]
    assert "told in confidence" not in repr(shown)
    assert (shown.cpr.decision, shown.ceiling_of_treatment, shown.advance_decision) == (
        CprKind.DO_NOT_ATTEMPT_CPR,
        "ward",
        "no ventilation",
    )


def test_a_plan_s_class_counts_without_labels_too():
    """A rule about plans with a decision on resuscitation reaches those that carry no label."""
    strict = rules_with(
        '@id("cpr") @redact("origin")'
        ' forbid (principal, action == Action::"see-whole", resource is Holding)'
        " when { resource.carriesCpr };"
    )
    plans = [
        a_care_plan("p1", decision=CprKind.ATTEMPT_CPR, custodian=GP_PRACTICE),
        a_care_plan("p2", custodian=GP_PRACTICE),
    ]
    (released,) = released_from(strict, verified_of(LONDON, held(care_plans=plans)))
    shown = released.items[Category.CARE_PLANS]
    assert [plan.custodian for plan in shown] == [None, GP_PRACTICE]


def test_decisions_are_by_class_and_never_by_item(rules):
    """Hundreds of items of two classes cost two decisions; ordinary labels make none."""
    counting = CountingRules(rules)
    labels = [(), (ORDINARY,), (SENSITIVE,)]
    items = [an_observation(f"o{n}", security_labels=labels[n % 3]) for n in range(300)]
    question = a_question(Category.OBSERVATIONS, requester=a_professional())
    (released,) = released_from(
        counting, verified_of(LONDON, held(observations=items)), question=question
    )
    assert len(released.items[Category.OBSERVATIONS]) == 200
    # once at the screen, and at release one for each class and one for the row
    assert len(counting.asked) <= 1 + 2 + 1
    assert len(released.decisions) == 2


def test_a_node_cannot_drown_the_rules_in_labels(rules):
    """More kinds of labels than anybody uses are decided as one, cautiously."""
    counting = CountingRules(rules)
    items = [
        an_observation(f"o{n}", security_labels=(SecurityLabel(system=ACT, code=f"X{n}"),))
        for n in range(1000)
    ]
    verified = verified_of(
        LONDON, *(held(observations=items[n : n + 100]) for n in range(0, 1000, 100))
    )
    (released,) = released_from(counting, verified, question=a_question(Category.OBSERVATIONS))
    assert released.withheld == {Category.OBSERVATIONS: 1000}
    assert len(counting.asked) <= MOST_CLASSES + 3


OLDER = rules_with(
    '@id("older") @reason("r") forbid (principal, action == Action::"see", resource is Holding)'
    ' when { resource has day && resource.day < datetime("2020-01-01") };'
)
BY_CUSTODIAN = rules_with(
    '@id("one") @reason("r") forbid (principal, action == Action::"see", resource is Holding)'
    ' when { resource has custodian && resource.custodian == "X9" };'
)


def test_a_rule_about_age_loses_nothing_of_a_long_record():
    """However many days a record spans, a rule about old things takes those alone."""
    first = date(2019, 9, 1)
    days = [first + timedelta(days=number) for number in range(300)]
    items = [an_item(Category.RESULTS, f"r{day}", effective_at=day.isoformat()) for day in days]
    counting = CountingRules(OLDER)
    (released,) = released_from(
        counting, verified_of(LONDON, held(results=items)), question=a_question(Category.RESULTS)
    )
    recent = [item for item in items if item.effective_at >= "2020-01-01"]
    assert released.items[Category.RESULTS] == tuple(recent)
    assert len(counting.asked) < 10


def test_what_is_left_out_because_it_is_too_much_is_told():
    """More kinds of things than are decided on: the rest is withheld, and the row says so."""
    keepers = [an_organisation(f"Y{number}") for number in range(MOST_CLASSES + 2)]
    items = [
        an_item(Category.RESULTS, f"r{number}", custodian=keeper)
        for number, keeper in enumerate(keepers)
    ]
    (released,) = released_from(
        BY_CUSTODIAN,
        verified_of(LONDON, held(results=items)),
        question=a_question(Category.RESULTS),
    )
    assert len(released.items[Category.RESULTS]) == MOST_CLASSES
    told = released.rows[Category.RESULTS]
    assert (told.state, told.code) == (SourceState.PARTIAL, SourceCode.POLICY_UNAVAILABLE)


def test_nothing_is_asked_for_the_sake_of_a_thing_that_a_redaction_withholds():
    """A watched thing that cannot be shown without a field asks for no review: it would be told."""
    text = (
        '@id("w") @reason("r") @redact("condition")'
        ' forbid (principal, action == Action::"see-whole", resource is Holding)'
        ' when { resource.category == "PROBLEMS" && resource.classes.contains("VIP") };'
    )
    watched = (SecurityLabel(system=ACT, code="CEL"),)
    codes = []
    for rules in (rules_with(), rules_with(text)):
        released = released_from(
            rules,
            verified_of(
                LONDON, held(problems=[an_item(Category.PROBLEMS, security_labels=watched)])
            ),
            question=a_question(Category.PROBLEMS),
        )
        asked = obligations_of(some_facts(), released)
        codes.append((len(released[0].items), [one.code for one in asked]))
    assert codes == [(1, [ObligationCode.AUDIT_REVIEW]), (0, [])]


PROTECTED = {
    "by the reference": (True, a_person(address=an_address(), phones=("01632 960111",))),
    "by an echo": (False, a_person(restricted=True, address=an_address())),
    "by an echo's label": (
        False,
        a_person(security_labels=(SecurityLabel(system=V3, code="R"),), gp_practice=GP_PRACTICE),
    ),
}


@pytest.mark.parametrize("how", PROTECTED)
def test_a_restricted_person_s_whereabouts_go_from_every_source(rules, how):
    """One protecting voice protects every echo and every item of every node."""
    restricted, person = PROTECTED[how]
    item = an_allergy(custodian=GP_PRACTICE, author=AUTHOR)
    appointment = an_item(Category.APPOINTMENTS)
    other = a_person(address=an_address(), gp_practice=GP_PRACTICE, phones=("01632 960112",))
    released = released_from(
        rules,
        verified_of(LONDON, held(person, allergies=[item])),
        verified_of(HERTS, held(other, allergies=[item], appointments=[appointment])),
        restricted=restricted,
    )
    for one in released:
        assert one.restricted
        for echo in one.persons:
            assert (echo.address, echo.phones, echo.gp_practice) == (None, (), None)
        (shown,) = one.items[Category.ALLERGIES]
        assert shown.custodian is None
        assert shown.author == Practitioner(name="Nurse Pell Moss")
        assert Category.APPOINTMENTS not in one.items
    herts = released[1]
    assert {one.field for one in herts.person_redactions} == {"address", "phones", "gpPractice"}
    told = herts.rows[Category.APPOINTMENTS]
    assert (told.state, told.code) == (SourceState.WITHHELD, SourceCode.NOT_PERMITTED)
    assert herts.withheld == {Category.APPOINTMENTS: 1}


def test_nobody_else_loses_their_whereabouts(rules):
    """A person whom nobody protects is shown with address, practice and the items' custodians."""
    person = a_person(address=an_address(), gp_practice=GP_PRACTICE, security_labels=(ORDINARY,))
    item = an_allergy(custodian=GP_PRACTICE)
    (released,) = released_from(rules, verified_of(LONDON, held(person, allergies=[item])))
    assert released.persons == (person,)
    assert released.items[Category.ALLERGIES] == (item,)
    assert released.person_redactions == ()
    assert not released.restricted


DEMOGRAPHICS = [
    # what the node answered for demographics, whether the echo is shown, the row
    (None, True, SourceState.FRESH),
    (a_part(Category.DEMOGRAPHICS), True, SourceState.FRESH),
    (a_part(Category.DEMOGRAPHICS, state=SourceState.PARTIAL), True, SourceState.PARTIAL),
    (a_part(Category.DEMOGRAPHICS, state=SourceState.WITHHELD), False, SourceState.WITHHELD),
    (a_part(Category.DEMOGRAPHICS, state=SourceState.UNAVAILABLE), False, SourceState.UNAVAILABLE),
]


@pytest.mark.parametrize(("part", "shown", "state"), DEMOGRAPHICS)
def test_the_echo_is_shown_where_demographics_are(rules, part, shown, state):
    """The echo that came for verification is shown if the node gives demographics."""
    parts = {"demographics": part} if part else {}
    (released,) = released_from(rules, verified_of(LONDON, held(**parts)))
    assert bool(released.persons) is shown
    assert released.rows[Category.DEMOGRAPHICS].state is state


@pytest.mark.parametrize("asked", [True, False])
def test_the_echo_is_not_shown_where_demographics_are_not_permitted(rules, asked):
    """An echo fetched for verification is kept back unless it was asked for and agreed."""
    agreement = an_agreement(categories=frozenset((Category.ALLERGIES,)))
    categories = (Category.ALLERGIES, *((Category.DEMOGRAPHICS,) if asked else ()))
    (released,) = released_from(
        rules,
        verified_of(LONDON, held(allergies=[an_allergy()])),
        question=a_question(*categories),
        facts=some_facts(agreement),
    )
    assert released.persons == ()
    assert set(released.rows) == set(categories)
    assert released.items[Category.ALLERGIES]


def test_parts_of_two_matching_records_are_joined(rules):
    """A node that holds the person under two numbers is one source with all of it."""
    verified = verified_of(
        LONDON,
        held(allergies=[an_allergy("a1")], problems=[]),
        held(a_person(gender="FEMALE"), allergies=[an_allergy("a2")], problems=[]),
    )
    (released,) = released_from(rules, verified)
    assert [item.source_id for item in released.items[Category.ALLERGIES]] == ["a1", "a2"]
    assert len(released.persons) == 2
    assert released.rows[Category.PROBLEMS].state is SourceState.FRESH_EMPTY


def test_every_category_of_the_question_has_exactly_one_row(rules):
    """Rows of location, screening and verification and of parts come together, none missing."""
    question = a_question()
    offered = row(LONDON, Category.RESULTS, SourceState.NOT_ASKED, SourceCode.NOT_OFFERED)
    late = a_row(LONDON, Category.PROBLEMS, SourceState.TIMED_OUT, SourceCode.DEADLINE_EXCEEDED)
    screened = (
        Screened(node=LONDON, categories=question.categories - {Category.RESULTS}, rows=(offered,)),
        Screened(node=MILTON_KEYNES, categories=frozenset()),
    )
    verified = verified_of(LONDON, held(allergies=[an_allergy()]), rows=(late,))
    released = release(question, a_reference(), some_facts(*OPEN), screened, (verified,), rules)
    for one in released:
        assert set(one.rows) == set(Category)
        assert all(told.category is category for category, told in one.rows.items())
    rows = released[0].rows
    assert rows[Category.RESULTS] == offered
    assert rows[Category.PROBLEMS] == late
    assert rows[Category.ALLERGIES].state is SourceState.FRESH
    assert {told.code for told in released[1].rows.values()} == {SourceCode.NO_AGREEMENT}


def test_an_answer_that_lacks_a_category_is_told_as_a_failure(rules):
    """Neither part nor row, which no stage should leave, reads as missing and never as empty."""
    verified = Verified(node=LONDON, retrieved_at=NOW)
    (released,) = released_from(rules, verified)
    for told in released.rows.values():
        assert (told.state, told.code, told.origin) == (
            SourceState.UNAVAILABLE,
            SourceCode.OTHER,
            FaultOrigin.GATEWAY,
        )


def test_what_was_not_asked_for_is_not_shown_when_a_node_sends_it(rules):
    """A part that a node volunteers for a category which may not be told is dropped."""
    agreement = an_agreement(categories=frozenset((Category.ALLERGIES,)))
    verified = verified_of(LONDON, held(allergies=[], problems=[an_item(Category.PROBLEMS)]))
    (released,) = released_from(rules, verified, facts=some_facts(agreement))
    assert Category.PROBLEMS not in released.items
    assert released.rows[Category.PROBLEMS].code is SourceCode.NO_AGREEMENT


def test_rules_that_changed_since_the_screen_are_obeyed(rules):
    """Release decides anew: what the rules forbid by now is withheld although it was fetched."""
    question = a_question(Category.PROBLEMS)
    screened = (Screened(node=LONDON, categories=question.categories),)
    verified = (verified_of(LONDON, held(problems=[an_item(Category.PROBLEMS)])),)
    ended = some_facts(an_agreement(valid_until=date(2026, 10, 5)))
    (released,) = release(question, a_reference(), ended, screened, verified, rules)
    assert released.items == {}
    assert released.withheld == {Category.PROBLEMS: 1}
    assert released.rows[Category.PROBLEMS].code is SourceCode.AGREEMENT_EXPIRED


def test_a_rule_that_fails_on_some_items_is_told():
    """Items whose rule errs are left out, the others stay, and the row tells of it."""
    broken = rules_with(
        '@id("erring") forbid (principal, action == Action::"see", resource is Holding)'
        " when { !resource.labels.isEmpty() && 9223372036854775807 + 1 == 0 };"
    )
    items = [a_medication("m1"), a_medication("m2", security_labels=(SENSITIVE,))]
    (released,) = released_from(broken, verified_of(LONDON, held(medications=items)))
    assert [item.source_id for item in released.items[Category.MEDICATIONS]] == ["m1"]
    told = released.rows[Category.MEDICATIONS]
    assert (told.state, told.code) == (SourceState.PARTIAL, SourceCode.POLICY_UNAVAILABLE)


def test_what_the_screen_settled_is_kept_for_the_audit(rules):
    """Of what was asked for, where nothing was decided since, and on what it was decided."""
    agreement = an_agreement(categories=frozenset((Category.ALLERGIES, Category.PROBLEMS)))
    late = a_row(LONDON, Category.PROBLEMS, SourceState.TIMED_OUT, SourceCode.DEADLINE_EXCEEDED)
    question = a_question(
        Category.ALLERGIES, Category.PROBLEMS, Category.RESULTS, requester=a_professional()
    )
    (released,) = released_from(
        rules,
        verified_of(LONDON, held(allergies=[]), rows=(late,)),
        question=question,
        facts=some_facts(agreement),
        restricted=True,
    )
    assert {one.category for one in released.decisions} == {Category.ALLERGIES}
    assert [(one.category, one.kind, one.outcome) for one in released.screened] == [
        (Category.PROBLEMS, PLAIN, Outcome.PERMIT),
        (Category.RESULTS, PLAIN, Outcome.NOT_ASKED),
        (Category.RESULTS, ItemClass(own_organisation=True), Outcome.NOT_ASKED),
    ]
    assert released.footing.about.restricted
    assert not released.screened_on.about.restricted


def test_what_the_screen_tried_beside_the_question_is_not_kept():
    """To hide a node whole, it decides of things that nobody asked for."""
    hiding = rules_with(
        '@id("hiding") @reason("-") @disclosure("HIDE")'
        ' forbid (principal, action == Action::"see", resource is Holding);'
    )
    (released,) = released_from(
        hiding, verified_of(LONDON), question=a_question(Category.RESULTS), facts=some_facts(*OPEN)
    )
    assert {one.category for one in (*released.decisions, *released.screened)} == {Category.RESULTS}


def test_what_is_looked_at_is_kept_for_the_audit(rules):
    """Details that no rule asks for stand in no class: whoever replays must know which."""
    limited = some_facts(an_agreement(custodians=frozenset(("RRV",))), *OPEN)
    (released,) = released_from(rules, verified_of(LONDON), facts=limited)
    assert released.looked_at == {"custodian"}
    (released,) = released_from(rules, verified_of(LONDON))
    assert released.looked_at == frozenset()


@pytest.mark.parametrize(
    "requester",
    [
        a_professional(),
        a_professional(region="elsewhere"),
        a_professional(region=None),
        a_professional(kind=RequesterKind.CITIZEN, organisation=None, role=None),
        a_professional(kind=RequesterKind.PROXY, organisation=None, role=None),
    ],
)
def test_cases_have_the_agreements_beside_them_that_the_audit_tells_of(rules, requester):
    """One and the same choice, made twice."""
    citizens = frozenset((RequesterKind.CITIZEN,))
    both = frozenset((RequesterKind.PROXY, RequesterKind.PROFESSIONAL))
    agreements = (
        an_agreement("a"),
        an_agreement("b", requester_region=RegionId("elsewhere")),
        an_agreement("c", requester_kinds=citizens),
        an_agreement("d", requester_kinds=both, valid_until=date(2026, 5, 1)),
        an_agreement("e", HERTS),
    )
    counting = CountingRules(rules)
    released_from(
        counting,
        verified_of(LONDON),
        question=a_question(Category.ALLERGIES, requester=requester),
        facts=some_facts(*agreements),
    )
    case = counting.asked[0]
    asking = case.footing.asking
    assert case.agreements == agreements_with(asking.kind, asking.region, agreements[:-1])


def test_decisions_are_kept_for_the_audit(rules):
    """Every class that was decided is handed on with the ids of the rules that decided it."""
    secret = an_item(Category.PROBLEMS, security_labels=(SENSITIVE,))
    (released,) = released_from(
        rules,
        verified_of(LONDON, held(problems=[secret])),
        question=a_question(Category.PROBLEMS, requester=a_professional()),
    )
    assert released.decisions == (
        Decision(
            node=LONDON.id,
            category=Category.PROBLEMS,
            outcome=Outcome.PERMIT,
            rules=("agreement", "london-itself@1"),
        ),
        Decision(
            node=LONDON.id,
            category=Category.PROBLEMS,
            kind=ItemClass(
                labels=frozenset((f"{ACT}|SEX",)), classes=frozenset(("SEXUAL_HEALTH",))
            ),
            outcome=Outcome.WITHHOLD,
            disclosure=Disclosure.HIDE,
            rules=("network.sexual-health-elsewhere",),
        ),
    )


@pytest.mark.parametrize("kept_by", [["X9"], ["X9", "X2"], ["X2"], []])
def test_where_only_one_custodian_s_things_may_be_seen_the_row_says_so(rules, kept_by):
    """An agreement as fine as one custodian: the row is the same whatever else is held."""
    narrow = an_agreement(custodians=frozenset(("X9",)))
    items = [
        an_allergy(f"a{number}", custodian=Organisation(ods_code=code, name=code))
        for number, code in enumerate(kept_by)
    ]
    (released,) = released_from(
        rules,
        verified_of(LONDON, held(allergies=items)),
        question=a_question(requester=a_professional()),
        facts=some_facts(narrow),
    )
    row = released.rows[Category.ALLERGIES]
    assert (row.state, row.code) == (SourceState.PARTIAL, SourceCode.NO_AGREEMENT)
    shown = released.items.get(Category.ALLERGIES, ())
    assert [item.custodian.ods_code for item in shown] == [c for c in kept_by if c == "X9"]

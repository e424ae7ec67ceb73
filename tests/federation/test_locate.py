"""Candidates: who is asked for what, and the row of everybody who is not."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from federation.authority import EvidenceSource
from federation.locate import locate
from federation.model import Category, NodeState, Purpose, RequesterKind
from federation.status import SourceCode, SourceState
from tests.builders import a_node, a_question, a_requester, an_organisation
from tests.federation.sharing.given import CARED_FOR, some_facts

ASKED = (Category.ALLERGIES, Category.CARE_PLANS, Category.PROBLEMS)


def _located(**node):
    facts = some_facts(nodes=(a_node(**node),))
    return locate(a_question(*ASKED), facts)


def test_a_live_node_is_asked_for_what_it_offers_and_gets_rows_for_the_rest() -> None:
    """What is offered is asked for; everything else is a NOT_OFFERED row."""
    (candidate,) = _located(categories=(Category.ALLERGIES, Category.PROBLEMS))
    assert candidate.categories == {Category.ALLERGIES, Category.PROBLEMS}
    assert [(row.category, row.state, row.code) for row in candidate.rows] == [
        (Category.CARE_PLANS, SourceState.NOT_ASKED, SourceCode.NOT_OFFERED),
    ]


def test_demographics_are_offered_or_not_like_anything_else() -> None:
    """Who the person is is asked of the nodes that offer it."""
    facts = some_facts(nodes=(a_node(categories=(Category.DEMOGRAPHICS,)),))
    (candidate,) = locate(a_question(Category.DEMOGRAPHICS), facts)
    assert candidate.categories == {Category.DEMOGRAPHICS}


STATES = [
    (NodeState.SUBMITTED, None),
    (NodeState.CONFORMANCE, None),
    (NodeState.AWAITING_APPROVAL, None),
    (NodeState.SHADOW, SourceCode.NODE_NOT_LIVE),
    (NodeState.SAFETY_ONLY, SourceCode.NODE_NOT_LIVE),
    (NodeState.SUSPENDED, SourceCode.NODE_SUSPENDED),
    (NodeState.RETIRED, None),
]


@pytest.mark.parametrize(("state", "code"), STATES)
def test_a_node_that_is_not_live_is_not_asked(state, code) -> None:
    """Of the network but not live: a row for every category. An application or history: nothing."""
    located = _located(state=state)
    assert all(not candidate.categories for candidate in located)
    rows = [row for candidate in located for row in candidate.rows]
    assert [(row.state, row.code) for row in rows] == (
        [(SourceState.NOT_ASKED, code)] * len(ASKED) if code else []
    )
    assert not any(row.complete for row in rows)


def _rows(located):
    return {row.category: row.code for candidate in located for row in candidate.rows}


def test_a_suspended_category_is_not_asked_and_the_others_are() -> None:
    """The row of the category says that it is suspended."""
    (candidate,) = _located(suspended_categories=frozenset({Category.ALLERGIES}))
    assert candidate.categories == {Category.CARE_PLANS, Category.PROBLEMS}
    assert _rows([candidate]) == {Category.ALLERGIES: SourceCode.NODE_SUSPENDED}


TESTER = a_requester(organisation=an_organisation("RY4", region="london"))
OWN_WORD = replace(CARED_FOR, source=EvidenceSource.SELF)
TRIALS = [
    ("a tester's patient", {}, {}, True),
    ("another organisation", {"requester": a_requester()}, {}, False),
    ("an emergency", {"purpose": Purpose.EMERGENCY}, {}, False),
    ("a citizen", {"requester": replace(TESTER, kind=RequesterKind.CITIZEN)}, {}, False),
    ("nobody's patient", {}, {"relationships": ()}, False),
    ("on their own word", {}, {"relationships": (OWN_WORD,)}, False),
    ("no organisation", {"requester": replace(TESTER, organisation=None)}, {}, False),
]


@pytest.mark.parametrize(
    ("asked", "known", "shown"), [row[1:] for row in TRIALS], ids=[row[0] for row in TRIALS]
)
def test_a_safety_trial_is_for_its_testers_own_patients(asked, known, shown) -> None:
    """Whoever is no tester, or has no tie with the person but their word, sees none of it."""
    node = a_node(state=NodeState.SAFETY_ONLY, testers=frozenset({"RY4"}))
    question = a_question(*ASKED, **({"requester": TESTER} | asked))
    facts = replace(some_facts(nodes=(node,)), relationships=(CARED_FOR,))
    (candidate,) = locate(question, replace(facts, **known))
    assert bool(candidate.categories) is shown
    assert set(_rows([candidate]).values()) == (set() if shown else {SourceCode.NODE_NOT_LIVE})


def test_a_trial_without_testers_is_for_nobody() -> None:
    """No organisation is no tester, whoever asks without one."""
    node = a_node(state=NodeState.SAFETY_ONLY)
    nobody = replace(TESTER, organisation=None)
    (candidate,) = locate(a_question(*ASKED, requester=nobody), some_facts(nodes=(node,)))
    assert not candidate.categories

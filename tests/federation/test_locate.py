"""Candidates: who is asked for what, and the row of everybody who is not."""

from __future__ import annotations

import pytest

from federation.locate import locate
from federation.model import Category, NodeState
from federation.status import SourceCode, SourceState
from tests.builders import a_node, a_question
from tests.federation.sharing.given import some_facts

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

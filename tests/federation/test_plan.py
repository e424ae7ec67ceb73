"""Plans are compared as they print themselves."""

from __future__ import annotations

from federation.flow import Screened
from federation.model import Category
from federation.plan import make_plan
from tests.builders import (
    HERTS,
    LONDON,
    MILTON_KEYNES,
    NUMBER,
    OTHER_NUMBER,
    a_question,
    a_reference,
)


def _plan(reference=None):
    screened = (
        Screened(node=LONDON, categories=frozenset((Category.OBSERVATIONS, Category.ALLERGIES))),
        Screened(node=HERTS, categories=frozenset()),
        Screened(node=MILTON_KEYNES, categories=frozenset((Category.DEMOGRAPHICS,))),
    )
    return make_plan(a_question(), reference or a_reference(), screened)


def test_a_plan_is_one_call_for_each_node_that_may_be_asked() -> None:
    """One line a call, in the order of the record; who may not be asked is not called."""
    assert str(_plan()) == (
        "london-care-record: ALLERGIES, OBSERVATIONS\nmilton-keynes: DEMOGRAPHICS"
    )


def test_a_plan_prints_no_person() -> None:
    """The printed plan says nothing of whom it is about."""
    assert NUMBER not in str(_plan())


def test_every_number_is_asked_for_the_one_in_use_first() -> None:
    """Earlier numbers follow the one in use, in a fixed order."""
    earlier = ("9990000034", OTHER_NUMBER)
    plan = _plan(a_reference(numbers=frozenset((NUMBER, *earlier))))
    assert {call.numbers for call in plan.calls} == {(NUMBER, OTHER_NUMBER, "9990000034")}

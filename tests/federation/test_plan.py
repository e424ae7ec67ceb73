"""Plans are compared as they print themselves."""

from __future__ import annotations

from msgspec.structs import replace

from federation.authority import EvidenceSource, Relationship, RelationshipKind
from federation.flow import Screened
from federation.model import Category
from federation.plan import make_plan
from tests.builders import (
    HERTS,
    LONDON,
    MILTON_KEYNES,
    NOW,
    NUMBER,
    OTHER_NUMBER,
    a_question,
    a_reference,
)
from tests.federation.sharing.given import some_facts


def _plan(reference=None, relationships=()):
    screened = (
        Screened(node=LONDON, categories=frozenset((Category.OBSERVATIONS, Category.ALLERGIES))),
        Screened(node=HERTS, categories=frozenset()),
        Screened(node=MILTON_KEYNES, categories=frozenset((Category.DEMOGRAPHICS,))),
    )
    facts = replace(some_facts(), relationships=relationships)
    return make_plan(a_question(), reference or a_reference(), facts, screened)


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


def test_every_call_says_by_what_right_it_is_made() -> None:
    """The rules, the view, and each kind of relationship with the person once."""
    kinds = (RelationshipKind.REFERRAL, RelationshipKind.ADMISSION, RelationshipKind.REFERRAL)
    ties = tuple(
        Relationship(id=str(at), kind=kind, source=EvidenceSource.FEED, begins_at=NOW)
        for at, kind in enumerate(kinds)
    )
    plan = _plan(relationships=ties)
    assert {call.relationships for call in plan.calls} == {("ADMISSION", "REFERRAL")}
    decisions = {call.decision for call in plan.calls}
    assert decisions == {f"{some_facts().rules_version}/view-1"}

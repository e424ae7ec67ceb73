"""What the log tells of one node: counts, rules and outcomes, and nothing of others or of whom."""

from __future__ import annotations

import msgspec
import pytest
from msgspec.structs import replace

from federation.audit.asked import (
    NodeLook,
    NodeLookKind,
    concerns,
    is_emergency,
    look_of,
    refused,
)
from federation.audit.clues import clues
from federation.audit.clues import node as node_clue
from federation.audit.event import EventKind
from federation.audit.seen import RowShown
from federation.case import ItemClass
from federation.flow import Decision, Outcome
from federation.model import Category, NodeId, Purpose
from federation.status import SourceCode, SourceState
from tests.builders import HERTS, LONDON, MILTON_KEYNES, NUMBER, a_released
from tests.federation.audit.every_kind import every_kind, opened
from tests.federation.audit.values import the_released, the_view

EVENTS = opened(the_view())


def look(node: NodeId) -> NodeLook:
    return look_of(node, EVENTS[0], EVENTS)


def test_each_node_has_its_own_counts() -> None:
    """Items shown and taken away, answers for somebody else, the rules that decided."""
    london, herts = look(LONDON.id), look(HERTS.id)
    # A person, three allergies on two lines of which two are Hertfordshire's, two observations.
    assert (london.released, london.withheld, london.mismatches) == (4, 0, 0)
    assert (herts.released, herts.withheld, herts.mismatches) == (2, 3, 1)
    assert (london.rules, herts.rules) == ((), ("herts-0007",))
    assert herts.kind is NodeLookKind.VIEW


def test_a_node_that_failed_says_why() -> None:
    """And was asked all the same."""
    milton_keynes = look(MILTON_KEYNES.id)
    assert milton_keynes.state is SourceState.TIMED_OUT
    assert milton_keynes.code is SourceCode.DEADLINE_EXCEEDED
    assert milton_keynes.categories == (Category.ALLERGIES,)
    assert milton_keynes.released == 0
    assert look(LONDON.id).state is None


@pytest.mark.parametrize("node", [LONDON, HERTS, MILTON_KEYNES], ids=lambda node: node.id)
def test_nobody_and_no_other_node_is_named(node) -> None:
    """No number, name, item or other node, whatever the entry holds."""
    sealed = EVENTS[0].sealed
    text = msgspec.json.encode(look(node.id)).decode()
    others = {one.id for one in (LONDON, HERTS, MILTON_KEYNES)} - {node.id}
    for secret in (NUMBER, sealed.subject, sealed.name, "allergy-london-1", *others):
        assert secret not in text


def decided(outcome: Outcome, *labels: str, category: Category = Category.RESULTS) -> Decision:
    return Decision(
        node=HERTS.id,
        category=category,
        kind=ItemClass(labels=frozenset(labels)),
        outcome=outcome,
        rules=("a-rule",),
    )


@pytest.mark.parametrize(
    ("decisions", "expected"),
    [
        ((), set()),
        ((decided(Outcome.PERMIT),), set()),
        ((decided(Outcome.NOT_ASKED),), {Category.RESULTS}),
        ((decided(Outcome.WITHHOLD),), {Category.RESULTS}),
        ((decided(Outcome.PERMIT), decided(Outcome.WITHHOLD, "restricted")), set()),
        (
            (decided(Outcome.PERMIT), decided(Outcome.WITHHOLD, category=Category.ALERTS)),
            {Category.ALERTS},
        ),
    ],
)
def test_what_rules_refused_as_a_whole(decisions, expected) -> None:
    """A category of which anything could have been shown is not refused."""
    view = opened(the_view(released=(a_released(HERTS, decisions=decisions),)))[0]
    assert refused(view, HERTS.id) == expected
    assert refused(view, LONDON.id) == set()


def test_a_node_that_was_kept_from_being_asked_is_concerned() -> None:
    """Its rules said no: that is its affair, and nobody else's."""
    released = (a_released(HERTS, decisions=(decided(Outcome.NOT_ASKED),)),)
    view = opened(the_view(released=released))[0]
    unasked = replace(view, plain=replace(view.plain, nodes=(LONDON.id,)))
    assert concerns(unasked, HERTS.id)
    assert concerns(unasked, LONDON.id)
    assert not concerns(unasked, MILTON_KEYNES.id)
    entry = look_of(HERTS.id, unasked, (unasked,))
    assert (entry.categories, entry.refused) == ((), (Category.RESULTS,))


def test_only_looks_and_grants_begin_an_entry() -> None:
    """Calls and incidents are told with their look; deeds and operators' doings are not asked."""
    begins = {one.plain.kind for one in opened(every_kind()) if concerns(one, LONDON.id)}
    assert begins == {EventKind.VIEW, EventKind.ABANDONED, EventKind.BREAK_GLASS}


def test_emergencies() -> None:
    """By purpose, by a grant that held, or as the grant itself."""
    view = EVENTS[0]
    assert not is_emergency(view)
    assert is_emergency(replace(view, plain=replace(view.plain, purpose=Purpose.EMERGENCY)))
    assert is_emergency(replace(view, sealed=replace(view.sealed, granted=True)))
    glass = next(one for one in opened(every_kind()) if one.plain.kind is EventKind.BREAK_GLASS)
    assert is_emergency(glass)


def test_the_values_hold_what_these_tests_count() -> None:
    """Three were withheld of one node, and of no other."""
    assert [one.withheld for one in the_released()] == [{}, {Category.ALLERGIES: 3}]


@pytest.mark.parametrize(
    ("code", "found"),
    [
        (SourceCode.NO_AGREEMENT, True),
        (SourceCode.NOT_PERMITTED, True),
        (SourceCode.RELATIONSHIP_NEEDED, True),
        (SourceCode.OBJECTION, True),
        (SourceCode.NOT_OFFERED, False),
        (SourceCode.NODE_NOT_LIVE, False),
        (None, False),
    ],
)
def test_a_look_is_found_for_a_node_whose_rules_said_no(code, found) -> None:
    """By what its row says in clear; a node that was not asked for another reason has no part."""
    view = EVENTS[0]
    row = RowShown(MILTON_KEYNES.id, Category.RESULTS, SourceState.NOT_ASKED, code)
    plain = replace(view.plain, nodes=(LONDON.id,), rows=(row,))
    assert (node_clue(MILTON_KEYNES.id) in clues(plain, view.sealed)) is found

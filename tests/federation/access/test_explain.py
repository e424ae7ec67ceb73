"""Explaining access: what the rules say, and nothing of the person or of what is hidden."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from federation.authority import Objection, RulesState
from federation.errors import PolicyUnavailableError, RoleNotSelectedError
from federation.flow import Outcome
from federation.model import Category, NodeState, Purpose
from federation.status import SourceCode
from tests.builders import (
    CARE_PLAN_NODE,
    HERTS,
    LONDON,
    NOW,
    NUMBER,
    OTHER_NUMBER,
    a_node,
    a_requester,
)
from tests.federation.access.standing import Lost, Office, explaining
from tests.federation.sharing.given import CARED_FOR, a_professional, an_agreement, rules_with

HIDE_RESULTS = """@id("hide") @reason("r") @disclosure("HIDE")
forbid (principal, action == Action::"see", resource is Holding)
when { resource.category == "RESULTS" };"""
WITHHOLD_RESULTS = HIDE_RESULTS.replace("HIDE", "WITHHOLD_SOURCE")


async def tied(**given):
    """An office whose store knows that the person is in the care of whoever asks."""
    office = Office(**given)
    organisation = a_requester().organisation
    cares = replace(CARED_FOR, organisation=organisation.ods_code)
    await office.store.relate(office.person(), (cares,))
    return office


def lines(explained):
    return {(one.source.id, one.category): one for one in explained.decisions}


async def test_every_category_of_every_node_has_a_line() -> None:
    """In the network's order; a node that does not offer a category says so."""
    office = await tied(nodes=(LONDON, CARE_PLAN_NODE))
    explained = await office.do(explaining())
    assert [(one.source.id, one.category) for one in explained.decisions] == [
        (node.id, category) for node in (LONDON, CARE_PLAN_NODE) for category in Category
    ]
    told = lines(explained)
    allowed = told[LONDON.id, Category.ALLERGIES]
    assert allowed.outcome is Outcome.PERMIT
    assert allowed.message == ("London Care Record shares this with you, where it holds anything.")
    assert explained.purpose is Purpose.DIRECT_CARE
    not_offered = told[CARE_PLAN_NODE.id, Category.ALLERGIES]
    assert (not_offered.outcome, not_offered.code) == (Outcome.NOT_ASKED, SourceCode.NOT_OFFERED)
    assert CARE_PLAN_NODE.name in not_offered.message


async def test_why_not_is_told_in_the_words_of_the_record() -> None:
    """No agreement, an objection: the same code and sentence as the row of a view."""
    office = await tied(agreements=(an_agreement(),))
    await office.store.object(
        office.person(), Objection(id="o", category=Category.RESULTS, recorded_at=NOW)
    )
    told = lines(await office.do(explaining()))
    none = told[HERTS.id, Category.RESULTS]
    assert (none.outcome, none.code) == (Outcome.NOT_ASKED, SourceCode.NO_AGREEMENT)
    objected = told[LONDON.id, Category.RESULTS]
    assert (objected.outcome, objected.code) == (Outcome.WITHHOLD, SourceCode.OBJECTION)
    assert objected.liftable_by_break_glass
    assert objected.message == (
        "London Care Record withholds this because of an objection."
        " If it matters now, ring 020 7946 0000."
    )


async def test_without_a_tie_it_says_what_is_missing() -> None:
    """A relationship is needed, and breaking the glass would stand in for it."""
    told = lines(await Office().do(explaining()))
    missing = told[LONDON.id, Category.ALLERGIES]
    assert (missing.outcome, missing.code) == (Outcome.WITHHOLD, SourceCode.RELATIONSHIP_NEEDED)
    assert missing.liftable_by_break_glass


async def test_what_is_hidden_reads_as_if_there_were_no_such_rule() -> None:
    """The whole answer is the one that the rules without it give; the sealed log has the truth."""
    hiding, plain = await tied(rules=rules_with(HIDE_RESULTS)), await tied()
    assert await hiding.do(explaining()) == await plain.do(explaining())
    (event,) = await hiding.events()
    hidden = [one for one in event.sealed.decisions if one.category is Category.RESULTS]
    assert {one.outcome for one in hidden} == {Outcome.WITHHOLD}
    withholding = await tied(rules=rules_with(WITHHOLD_RESULTS))
    told = lines(await withholding.do(explaining()))
    assert told[LONDON.id, Category.RESULTS].outcome is Outcome.WITHHOLD


async def test_a_person_whom_nobody_knows_has_the_same_answer() -> None:
    """Nothing is asked of anybody but the rules."""
    office = Office()
    assert await office.do(explaining()) == await office.do(explaining(nhs_number=OTHER_NUMBER))


async def test_it_is_on_the_record() -> None:
    """Who asked about whom, for what purpose, under which rules."""
    office = Office()
    await office.do(explaining())
    (event,) = await office.events()
    assert (event.plain.kind, event.plain.purpose) == ("EXPLAIN_ACCESS", Purpose.DIRECT_CARE)
    assert (event.plain.rules_version, event.sealed.number) == (office.rules.version, NUMBER)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"purpose": Purpose.EMERGENCY}, "an emergency needs an incident"),
        ({"requester": a_professional("R8015")}, "your role does not allow this"),
        ({"purpose": Purpose.PATIENT_REQUEST}, "your role does not allow this"),
    ],
)
async def test_what_would_be_refused_as_a_whole_is_refused_throughout(given, words) -> None:
    """Every line says what the error would say."""
    office = Office(nodes=(LONDON, CARE_PLAN_NODE))
    explained = await office.do(explaining(**given))
    assert explained.purpose == explaining(**given).purpose
    assert [(one.source.id, one.category) for one in explained.decisions] == [
        (node.id, category) for node in (LONDON, CARE_PLAN_NODE) for category in Category
    ]
    (event,) = await office.events()
    assert (event.plain.kind, event.sealed.number) == ("EXPLAIN_ACCESS", NUMBER)
    assert {one.outcome for one in explained.decisions} == {Outcome.REFUSE}
    (message,) = {one.message for one in explained.decisions}
    assert message.startswith(words)


async def test_without_a_role_there_is_nothing_to_explain() -> None:
    """The caller is told to select one."""
    with pytest.raises(RoleNotSelectedError):
        await Office().do(explaining(requester=a_professional(None, available_roles=("1",))))


async def test_while_the_store_is_lost_nothing_is_explained() -> None:
    """Half an explanation would be a wrong one."""
    with pytest.raises(PolicyUnavailableError, match="sharing rules could not be evaluated"):
        await Office(Lost()).do(explaining())


async def test_while_the_rules_are_lost_it_says_so() -> None:
    """A lost store is told as the view would tell it."""
    explained = await Office(state=RulesState.NONE).do(explaining())
    assert {one.outcome for one in explained.decisions} == {Outcome.REFUSE}


async def test_nodes_that_are_not_live_say_so() -> None:
    """A suspended node is named, an application is not."""
    suspended = a_node("suspended", state=NodeState.SUSPENDED)
    applying = a_node("applying", state=NodeState.SUBMITTED)
    explained = await Office(nodes=(suspended, applying)).do(explaining())
    assert {(one.source.id, one.code) for one in explained.decisions} == {
        ("suspended", SourceCode.NODE_SUSPENDED)
    }

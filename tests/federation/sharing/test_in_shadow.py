"""A bundle in the shadow: a view decided again as if it were in force, and told apart."""

from __future__ import annotations

from functools import cache
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from federation.audit.seen import DecidedBeside
from federation.errors import ErrorCode
from federation.flow import DecidedAgain
from federation.model import Category, NodeId
from federation.sharing import RulesNow, Viewed, release, screen
from federation.sharing.facts import load_facts
from federation.sharing.in_shadow import InShadow, compare, deciding, reaches, refusal, refused
from federation.sharing.rulebook import instead
from federation.sharing.shadow_book import make_ready
from federation.sharing.sheet import Sheet
from federation.status import SourceCode, SourceState
from tests.builders import (
    GP_PRACTICE,
    HERTS,
    LONDON,
    NETWORK,
    a_person,
    a_question,
    a_reference,
    an_organisation,
)
from tests.federation.sharing.given import (
    CARED_FOR,
    a_professional,
    candidates,
    held,
    rules_with,
    verified_of,
)
from tests.federation.sharing.sheet.given import a_sheet
from tests.federation.sharing.test_laws import CATEGORIES, answers
from tests.federation.sharing.test_redact import AUTHOR
from tests.federation.sharing.test_replay import published
from tests.items import an_allergy, an_item

EVERY: dict[str, Any] = {"categories": [str(one) for one in Category]}
TO_LONDON = ({**EVERY},)
HERTS_OWNS = f"node:{HERTS.id}"
CLOSED = {"id": "closed", "template": "rule", "categories": ["ALLERGIES"]}
KEPT = {
    "id": "kept",
    "template": "custodian-keeps-back",
    "custodians": ["F83004"],
    "categories": ["OBSERVATIONS"],
}
EMPTIED = {
    "id": "emptied",
    "template": "redact-author",
    "categories": ["ALLERGIES", "OBSERVATIONS"],
}
HIDDEN = {"id": "hidden", "template": "rule", "categories": ["APPOINTMENTS"], "disclosure": "HIDE"}
BY_CUSTODIAN = {
    "id": "by",
    "template": "custodian-keeps-back",
    "custodians": ["RRV"],
    "categories": ["OBSERVATIONS"],
}
ASKS = {
    "id": "asks",
    "template": "oblige",
    "categories": ["ALLERGIES"],
    "obligations": ["NO_DOWNLOAD"],
}
ONLY_RESULTS = ({"categories": ["RESULTS"]},)
CALLER = a_professional(organisation=an_organisation("RAL", region="london"))
RULES = (CLOSED, KEPT, EMPTIED, HIDDEN, BY_CUSTODIAN, ASKS)


def the_sheet(*rules, owner=f"node:{LONDON.id}", agreements=TO_LONDON) -> Sheet:
    return a_sheet(*rules, owner=owner, agreements=agreements)


def in_force(*sheets: Sheet) -> RulesNow:
    """What decides where these are published, Hertfordshire's among them."""
    *others, last = (the_sheet(owner=HERTS_OWNS), *sheets)
    nothing = RulesNow(rules=rules_with(), agreements=(), version="-")
    made = instead(replace(nothing, bundles=tuple(map(published, others))), last)
    return replace(made, bundles=tuple(map(published, (*others, last))))


def in_the_shadow(now: RulesNow, sheet: Sheet) -> InShadow:
    return make_ready(sheet, now)


def viewed_by(now: RulesNow, *verified, categories=CATEGORIES, **asked) -> Viewed:
    """A view as it is decided by these rules, of nodes that answered so."""
    question = a_question(*categories, **{"requester": CALLER, **asked})
    network = _Network(now)
    facts = replace(load_facts(network, question), relationships=(CARED_FOR,))
    reference = a_reference()
    nodes = candidates(question, *(one.node for one in verified))
    screened = screen(question, reference, facts, nodes, now.rules)
    return Viewed(
        question=question,
        before=reference,
        reference=reference,
        facts=facts,
        candidates=nodes,
        screened=screened,
        verified=verified,
        released=release(question, reference, facts, screened, verified, now.rules),
        rules=now.rules,
        version=now.version,
    )


class _Network:
    nodes = NETWORK
    version = "1"

    def __init__(self, now: RulesNow) -> None:
        self.agreements = now.agreements


def again(viewed: Viewed, shadow: InShadow) -> dict[tuple[NodeId, Category], DecidedAgain]:
    made = [part for one in deciding(shadow, viewed) for part in compare(viewed, one)]
    parts = {(one.node, one.category): one for one in made}
    assert len(parts) == len(made)
    return parts


def differs(one: DecidedAgain) -> bool:
    return DecidedBeside.of(one).differs


def of(parts, category, node=LONDON) -> DecidedAgain:
    return parts[node.id, category]


ALLERGY = an_allergy("a-1", LONDON, author=AUTHOR)
PRACTICE_S = an_item(Category.OBSERVATIONS, "o-1", LONDON, custodian=GP_PRACTICE)
PLAIN_ONE = an_item(Category.OBSERVATIONS, "o-2", LONDON)
LONDON_SAID = verified_of(LONDON, held(allergies=[ALLERGY], observations=[PRACTICE_S, PLAIN_ONE]))
HERTS_SAID = verified_of(HERTS, held(allergies=[an_allergy("a-2", HERTS)]))


def test_what_it_would_close_is_counted_with_the_rule_and_of_no_other_node():
    """The category's items are fewer, its row another, and everything else as it was."""
    now = in_force(the_sheet())
    parts = again(viewed_by(now, LONDON_SAID, HERTS_SAID), in_the_shadow(now, the_sheet(CLOSED)))
    closed = of(parts, Category.ALLERGIES)
    assert (closed.state, closed.would_state) == (SourceState.FRESH, SourceState.WITHHELD)
    assert closed.would_code is SourceCode.NOT_PERMITTED
    assert (closed.shared, closed.more, closed.fewer) == (0, 0, 1)
    assert closed.directions == ("closes",)
    assert closed.because == (f"node:{LONDON.id}/closed",)
    assert of(parts, Category.OBSERVATIONS).shared == 2
    assert [one for one in parts.values() if differs(one)] == [closed]
    assert {node for node, _ in parts} == {LONDON.id}


def test_what_it_would_open_is_counted_where_the_node_was_asked():
    """A rule that is left out opens a class of things, and says that it is gone."""
    now = in_force(the_sheet(KEPT))
    parts = again(viewed_by(now, LONDON_SAID), in_the_shadow(now, the_sheet()))
    opened = of(parts, Category.OBSERVATIONS)
    assert (opened.shared, opened.more, opened.fewer) == (1, 1, 0)
    assert opened.directions == ("opens",)
    assert opened.because == (f"without node:{LONDON.id}/kept",)


def test_what_it_would_open_and_was_not_asked_for_is_not_fetched_and_not_counted():
    """Of what nobody was asked for nobody knows what is held."""
    now = in_force(the_sheet(CLOSED))
    said = verified_of(LONDON, held(observations=[PLAIN_ONE]))
    parts = again(viewed_by(now, said), in_the_shadow(now, the_sheet()))
    opened = of(parts, Category.ALLERGIES)
    assert (opened.state, opened.would_state) == (SourceState.WITHHELD, None)
    assert (opened.shared, opened.more, opened.fewer) == (0, 0, 0)
    assert opened.directions == ("opens",)


def test_an_agreement_of_the_bundle_opens_and_one_that_is_left_out_closes():
    """By its own agreements, and not by those of what is in force."""
    now = in_force(the_sheet())
    closing = of(
        again(
            viewed_by(now, LONDON_SAID),
            in_the_shadow(now, the_sheet(agreements=ONLY_RESULTS)),
        ),
        Category.ALLERGIES,
    )
    assert (closing.directions, closing.fewer) == (("closes",), 1)
    before = in_force(the_sheet(agreements=ONLY_RESULTS))
    viewed = viewed_by(before, verified_of(LONDON))
    opening = of(again(viewed, in_the_shadow(before, the_sheet())), Category.ALLERGIES)
    assert (opening.directions, opening.would_state) == (("opens",), None)


def test_fields_that_it_would_empty_are_neither_more_nor_fewer():
    """The same things, otherwise."""
    now = in_force(the_sheet())
    parts = again(viewed_by(now, LONDON_SAID), in_the_shadow(now, the_sheet(EMPTIED)))
    emptied = of(parts, Category.ALLERGIES)
    assert (emptied.otherwise, emptied.more, emptied.fewer) == (1, 0, 0)
    assert emptied.directions == ("redacts",)


def test_what_it_would_hide_reads_as_nothing_held():
    """The row is one of an empty list, and the things are fewer."""
    now = in_force(the_sheet())
    said = verified_of(LONDON, held(appointments=[an_item(Category.APPOINTMENTS, "x", LONDON)]))
    hidden = of(
        again(viewed_by(now, said), in_the_shadow(now, the_sheet(HIDDEN))), Category.APPOINTMENTS
    )
    assert (hidden.would_state, hidden.fewer) == (SourceState.FRESH_EMPTY, 1)
    assert hidden.directions == ("hides",)


def test_details_that_only_it_looks_at_are_looked_at():
    """Things that today's rules do not tell apart are told apart by it, with nothing made up."""
    now = in_force(the_sheet())
    parts = again(viewed_by(now, LONDON_SAID), in_the_shadow(now, the_sheet(BY_CUSTODIAN)))
    told = of(parts, Category.OBSERVATIONS)
    assert (told.shared, told.fewer, told.directions) == (1, 1, ("closes",))
    assert told.because == (f"node:{LONDON.id}/by",)


def test_a_duty_that_it_would_ask_for_is_a_difference_though_all_is_shown():
    """The same things, and something else asked in return."""
    now = in_force(the_sheet())
    part = of(
        again(viewed_by(now, LONDON_SAID), in_the_shadow(now, the_sheet(ASKS))), Category.ALLERGIES
    )
    assert (part.shared, part.directions, differs(part)) == (1, ("obliges",), True)


def test_a_node_that_failed_failed_both_ways():
    """What no node said is no doing of any rule's."""
    now = in_force(the_sheet())
    viewed = viewed_by(now, verified_of(LONDON))
    assert not any(differs(one) for one in again(viewed, in_the_shadow(now, the_sheet())).values())


def test_it_says_nothing_of_a_view_that_other_rules_decided():
    """Between a publication and the moment when it is made ready anew nothing is compared."""
    now, later = in_force(the_sheet()), in_force(the_sheet(KEPT))
    shadow = in_the_shadow(now, the_sheet(CLOSED))
    assert reaches(shadow, viewed_by(now, LONDON_SAID))
    assert not reaches(shadow, viewed_by(later, LONDON_SAID))


def test_a_node_s_bundle_has_no_say_in_a_view_without_the_node():
    """There is nothing to decide."""
    now = in_force(the_sheet())
    shadow = in_the_shadow(now, the_sheet(CLOSED))
    assert not reaches(shadow, viewed_by(now, HERTS_SAID))


WHOLE_REFUSED = """
@id("organisation:RAL/none")
@reason("closed for the day")
forbid (principal, action == Action::"ask", resource);
"""


def an_organisation_s(*rules, owner="organisation:RAL", cedar="") -> Sheet:
    return a_sheet(*rules, owner=owner, more=f"cedar = '''{cedar}'''" if cedar else "")


def test_an_organisation_s_bundle_decides_for_its_own_staff_at_every_node():
    """And for nobody else's."""
    now = in_force(the_sheet())
    shadow = in_the_shadow(now, an_organisation_s(CLOSED))
    viewed = viewed_by(now, LONDON_SAID, HERTS_SAID)
    assert [
        of(again(viewed, shadow), Category.ALLERGIES, node).fewer for node in (LONDON, HERTS)
    ] == [1, 1]
    others = in_the_shadow(now, an_organisation_s(CLOSED, owner="organisation:RYJ"))
    assert not reaches(others, viewed)
    assert again(viewed, others) == {}


def test_a_view_that_it_would_refuse_whole_would_have_shown_nothing():
    """With the code, and everything that was shown as what would be fewer."""
    now = in_force(the_sheet())
    shadow = in_the_shadow(now, an_organisation_s(cedar=WHOLE_REFUSED))
    viewed = viewed_by(now, LONDON_SAID)
    assert refusal(shadow, viewed) is ErrorCode.FORBIDDEN
    parts = {one.category: one for one in refused(shadow, viewed)}
    assert (parts[Category.ALLERGIES].fewer, parts[Category.OBSERVATIONS].fewer) == (1, 2)
    assert parts[Category.ALLERGIES].would_state is SourceState.NOT_ASKED
    assert refusal(in_the_shadow(now, the_sheet()), viewed) is None


SHEETS = (
    the_sheet(),
    the_sheet(CLOSED, EMPTIED),
    the_sheet(KEPT, ASKS, HIDDEN),
    the_sheet(BY_CUSTODIAN, EMPTIED, agreements=ONLY_RESULTS),
    the_sheet(*RULES),
)
IN_FORCE = [in_force(sheet) for sheet in SHEETS]
sheets = st.sampled_from(range(len(SHEETS)))


@cache
def beside(at: int, other: int) -> InShadow:
    """One of them in the shadow beside another, compiled once."""
    return in_the_shadow(IN_FORCE[at], SHEETS[other])


def shown(released, category) -> int:
    return len(released.items.get(category, ()))


@settings(max_examples=40, deadline=None)
@given(answers(LONDON), answers(HERTS), sheets, st.booleans())
def test_the_same_bundle_in_the_shadow_as_in_force_never_differs(london, herts, sheet, restricted):
    """Not in a row, a thing, a field or a reason, whatever is held and whoever is protected."""
    if restricted:
        # What tracing has not heard of, another node may know.
        herts = replace(herts, persons=(a_person(restricted=True),))
    viewed = viewed_by(IN_FORCE[sheet], london, herts)
    assert {one.restricted for one in viewed.released} == {restricted}
    parts = again(viewed, beside(sheet, sheet))
    assert {category for _, category in parts} == set(CATEGORIES)
    assert [one for one in parts.values() if differs(one)] == []
    (live, _) = viewed.released
    assert {c: of(parts, c).shared for c in CATEGORIES} == {c: shown(live, c) for c in CATEGORIES}


@settings(max_examples=40, deadline=None)
@given(answers(LONDON), sheets, sheets)
def test_what_it_counts_is_what_both_show(london, sheet, other):
    """What is alike and fewer is what was shown; what is alike and more is what would be."""
    viewed = viewed_by(IN_FORCE[sheet], london)
    parts = again(viewed, beside(sheet, other))
    # As if the other one had been in force, of what the node was asked for now.
    as_if = viewed_by(IN_FORCE[other], london)
    for category in CATEGORIES:
        one = of(parts, category)
        both = one.shared + one.otherwise
        assert both + one.fewer == shown(viewed.released[0], category)
        if category in viewed.screened[0].categories:
            assert both + one.more == shown(as_if.released[0], category)
            assert one.would_state is as_if.released[0].rows[category].state
        if (one.more or one.fewer or one.otherwise) and one.would_state:
            assert one.directions
            assert one.because


def test_an_organisation_s_own_rules_stay_beside_a_node_s_that_is_tried():
    """What the requester's own organisation keeps from them stays so both ways, and the same."""
    theirs = an_organisation_s(CLOSED)
    now = in_force(theirs, the_sheet())
    viewed = viewed_by(now, LONDON_SAID, HERTS_SAID)
    parts = again(viewed, in_the_shadow(now, the_sheet()))
    assert of(parts, Category.ALLERGIES).state is SourceState.WITHHELD
    assert not any(differs(one) for one in parts.values())
    for node in (LONDON, HERTS):
        again_theirs = again(viewed, in_the_shadow(now, an_organisation_s()))
        assert of(again_theirs, Category.ALLERGIES, node).directions == ("opens",)


def test_a_view_that_what_decides_would_refuse_as_well_is_no_doing_of_the_bundle_s():
    """What was found out of the two on the way may have come after it was let pass."""
    sheet = an_organisation_s(cedar=WHOLE_REFUSED)
    now = in_force(sheet, the_sheet())
    viewed = viewed_by(now, LONDON_SAID)
    assert refusal(in_the_shadow(now, sheet), viewed) is None

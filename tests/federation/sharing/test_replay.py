"""Replay: recorded cases decided by today's rules and by a candidate, and told apart."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime

import pytest
from msgspec.structs import replace

from federation.case import PLAIN, ItemClass
from federation.errors import ErrorCode
from federation.flow import Decision, Disclosure, Outcome
from federation.model import Category, NodeId, ViewId
from federation.sharing.difference import Direction, direction, noticed
from federation.sharing.replay import Look, Replay, Replayed
from federation.sharing.rulebook import Published, RulesNow, instead
from federation.sharing.sheet import Sheet, read_sheet
from federation.status import SourceCode
from federation.storage.base import BundleRow
from tests.builders import LONDON, NOW
from tests.federation.sharing.given import a_case, rules_with

BEGUN = datetime(2026, 1, 1, tzinfo=UTC)
AGREEMENT = """
[[agreement]]
id = "open"
version = "1"
requester_region = "london"
organisation_kinds = ["acute"]
roles = ["R0050"]
categories = ["ALLERGIES", "RESULTS"]
purposes = ["DIRECT_CARE"]
valid_from = 2026-04-01
signatories = ["One, London", "Two, London"]
"""
CLOSED = """
[[rule]]
id = "closed"
template = "rule"
categories = ["RESULTS"]
reason = "-"
"""
KEPT_BY = CLOSED.replace('template = "rule"', 'template = "custodian-keeps-back"').replace(
    'categories = ["RESULTS"]', 'custodians = ["RRV"]'
)
OLD = CLOSED.replace('"rule"', '"older-than"') + "older_than_days = 400\n"
FOOTING = a_case(organisation="RX1").footing
PERMITTED = Decision(node=LONDON.id, category=Category.RESULTS, outcome=Outcome.PERMIT)


def sheet(*rows: str, owner: str = f"node:{LONDON.id}") -> Sheet:
    head = (
        f'[bundle]\nowner = "{owner}"\nversion = "1"\n'
        'effective_from = 2026-01-01T00:00:00Z\ntitle = "-"\n'
    )
    return read_sheet((head + "".join(rows)).encode(), "mine.toml")


def published(one: Sheet) -> Published:
    row = BundleRow(
        sequence=1,
        owner=one.head.owner,
        version="1",
        digest=one.digest,
        body=b"",
        signatures=(),
        effective_from=BEGUN,
        published_at=BEGUN,
        published_by="-",
    )
    return Published(row=row, sheet=one, bundle=one.bundle())


def now_with(*sheets: Sheet) -> RulesNow:
    """What decides where these are published."""
    nothing = RulesNow(rules=rules_with(), agreements=(), version="-")
    *others, last = sheets
    made = instead(replace(nothing, bundles=tuple(map(published, others))), last)
    return replace(made, bundles=tuple(map(published, sheets)))


def a_look(*decisions: Decision, **given) -> Look:
    footing = FOOTING
    defaults = {
        "decisions": decisions or (PERMITTED,),
        "view": ViewId("view-1"),
        "at": NOW,
        "footing": footing,
        "screened_on": given.get("footing", footing),
    }
    return Look(**(defaults | given))


def replayed(look: Look, candidate: Sheet, now: RulesNow | None = None, **given) -> Replayed:
    now = now or now_with(sheet(AGREEMENT))
    return Replay(now, instead(now, candidate), candidate, **given).of(look)


def directions(came: Replayed) -> Sequence[Direction]:
    return [one.direction for one in came.changes]


def test_what_a_candidate_closes_and_by_which_rule():
    """The category that the rule names; the other comes out as it was."""
    allergies = replace(PERMITTED, category=Category.ALLERGIES)
    came = replayed(a_look(PERMITTED, allergies), sheet(AGREEMENT, CLOSED))
    (change,) = came.changes
    assert (change.direction, change.category) == (Direction.CLOSES, Category.RESULTS)
    assert change.because == (f"node:{LONDON.id}/closed",)
    assert (came.decisions, came.moved, change.moved_already) == (2, (), False)


def test_without_its_agreement_a_category_closes_because_of_that():
    """What is gone is named, for no rule speaks."""
    came = replayed(a_look(), sheet(AGREEMENT.replace(', "RESULTS"', "")))
    assert [one.because for one in came.changes] == [("without agreement", "without open@1")]


def test_what_was_moved_by_others_is_not_the_candidate_s():
    """Recorded as shown, withheld by now, and by the candidate alike."""
    closed = sheet(AGREEMENT, CLOSED)
    came = replayed(a_look(), closed, now_with(closed))
    assert came.changes == ()
    assert [one.now.outcome for one in came.moved] == [Outcome.WITHHOLD]
    (back,) = replayed(a_look(), sheet(AGREEMENT), now_with(closed)).changes
    assert (back.direction, back.moved_already) == (Direction.OPENS, True)


def test_a_bundle_decides_of_its_owner_s_alone():
    """Another node's agreements stay, and an organisation's rules are for its own staff."""
    elsewhere = sheet(CLOSED, owner="node:elsewhere")
    assert replayed(a_look(), elsewhere).changes == ()
    assert directions(replayed(a_look(), sheet(CLOSED, owner="organisation:RX1"))) == ["closes"]
    assert replayed(a_look(), sheet(CLOSED, owner="organisation:RX2")).changes == ()


def test_the_screen_s_decisions_are_replayed_on_what_they_were_made_on():
    """Nobody knew yet that the person is protected."""
    footing = FOOTING
    protected = replace(footing, about=replace(footing.about, restricted=True))
    look = a_look(footing=protected, screened_on=footing, screened=(PERMITTED,), decisions=())
    came = replayed(look, sheet(AGREEMENT))
    assert (came.decisions, came.changes, came.moved) == (1, (), ())


def test_only_one_node_s_decisions_where_one_is_asked_for():
    """The others are neither replayed nor counted."""
    candidate = sheet(AGREEMENT, CLOSED)
    assert replayed(a_look(), candidate, node=NodeId("elsewhere")).decisions == 0
    assert replayed(a_look(), candidate, node=LONDON.id).decisions == 1


def test_a_look_can_be_put_to_another_day():
    """For what begins only later: on its own day it does nothing."""
    candidate = sheet(AGREEMENT, CLOSED + "from = 2027-01-01\n")
    assert replayed(a_look(), candidate).changes == ()
    assert directions(replayed(a_look(), candidate, on=date(2027, 1, 1))) == ["closes"]


def test_a_look_that_would_be_refused_whole_is_one_change():
    """With its code, and none of its decisions beside it; and where it is refused already, none."""
    refusing = """
cedar = '''
@id("organisation:RX1/nobody") @reason("-") @refusal("FORBIDDEN")
forbid (principal is Requester, action == Action::"ask-about", resource is Gateway);
'''
"""
    text = refusing + '[bundle]\nowner = "organisation:RX1"\nversion = "1"\n'
    text += 'effective_from = 2026-01-01T00:00:00Z\ntitle = "-"\n'
    candidate = read_sheet(text.encode(), "mine.toml")
    came = replayed(a_look(), candidate)
    assert came.changes == ()
    assert came.turned
    assert (came.turned.now, came.turned.candidate) == (None, ErrorCode.FORBIDDEN)
    assert came.turned.direction is Direction.CLOSES
    refused = now_with(sheet(AGREEMENT), candidate)
    already = replayed(a_look(), candidate, refused)
    assert (already.turned, already.turned_since) == (None, ErrorCode.FORBIDDEN)
    again = replayed(a_look(), sheet(owner="organisation:RX1"), refused)
    assert again.turned
    assert again.turned.direction is Direction.OPENS


def test_classes_that_go_one_way_for_one_reason_are_one_change():
    """As the screen tries several of each category."""
    own = replace(PERMITTED, kind=ItemClass(own_organisation=True))
    (change,) = replayed(a_look(PERMITTED, own), sheet(AGREEMENT, CLOSED)).changes
    assert change.kinds == (PLAIN, own.kind)


@pytest.mark.parametrize(
    ("rows", "kind", "looked_at", "unsettled"),
    [
        pytest.param(KEPT_BY, PLAIN, (), 1, id="a custodian that nobody asked for"),
        pytest.param(KEPT_BY, PLAIN, ("custodian",), 0, id="a custodian that it has not"),
        pytest.param(OLD, PLAIN, (), 1, id="a day that nobody asked for"),
        pytest.param(OLD, PLAIN, ("custodian",), 1, id="another detail was looked at"),
        pytest.param(OLD, PLAIN, ("day",), 0, id="without a day"),
        pytest.param(OLD + 'roles = ["R0260"]\n', PLAIN, (), 0, id="a rule for others"),
        pytest.param("", PLAIN, (), 0, id="nothing is looked at"),
    ],
)
def test_what_hangs_on_details_that_were_not_recorded_is_said(rows, kind, looked_at, unsettled):
    """Never taken for a decision that stays as it was."""
    one = replace(PERMITTED, kind=kind)
    look = a_look(one, one, looked_at={LONDON.id: frozenset(looked_at)})
    came = replayed(look, sheet(AGREEMENT, rows))
    assert came.changes == ()
    assert came.unsettled == (one, one) * unsettled


def test_an_agreement_for_some_custodians_is_not_settled_either():
    """Things of theirs would be shown; whose they were was not looked at."""
    limited = AGREEMENT + 'custodians = ["RRV"]\n'
    refused = replace(PERMITTED, outcome=Outcome.NOT_ASKED, code=SourceCode.NO_AGREEMENT)
    came = replayed(a_look(refused), sheet(limited), now_with(sheet()))
    assert (len(came.changes), len(came.unsettled)) == (0, 1)


def test_an_expert_s_rule_may_hang_on_anything_that_it_looks_at():
    """Whatever value it asks for, something that was not recorded might decide."""
    text = f"""cedar = '''
@id("node:{LONDON.id}/expert") @reason("-")
forbid (principal is Requester, action == Action::"see", resource is Holding)
when {{ resource has custodian && resource.custodian != "RRV" }}
unless {{ principal.treating &&
  (["ALLERGIES", "MEDICATIONS", "ALERTS"].contains(resource.category) || resource.carriesCpr) }};
'''
"""
    body = text + '[bundle]\nowner = "node:' + LONDON.id + '"\nversion = "1"\n'
    body += 'effective_from = 2026-01-01T00:00:00Z\ntitle = "-"\n' + AGREEMENT
    candidate = read_sheet(body.encode(), "mine.toml")
    assert len(replayed(a_look(), candidate).unsettled) == 1


def test_each_case_is_decided_once():
    """However many looks repeat it, at people of whatever age, by whichever organisation."""
    now, candidate = now_with(sheet(AGREEMENT)), sheet(AGREEMENT, CLOSED)
    counted = Counting(now.rules)
    again = Replay(replace(now, rules=counted), instead(now, candidate), candidate)
    footing = FOOTING
    for age in (17, 40, 90):
        older = replace(footing, about=replace(footing.about, age=age))
        moved = replace(older, asking=replace(older.asking, organisation=f"RR{age}"))
        assert directions(again.of(a_look(footing=moved))) == ["closes"]
    assert counted.asked == 1


def test_what_a_candidate_cannot_reach_is_not_put_to_it():
    """It would say what is said already, once more for every case of the network."""
    now, candidate = now_with(sheet(AGREEMENT)), sheet(CLOSED, owner="node:elsewhere")
    made = instead(now, candidate)
    counted = Counting(made.rules)
    assert Replay(now, replace(made, rules=counted), candidate).of(a_look()).changes == ()
    assert counted.asked == 0


class Counting:
    def __init__(self, rules) -> None:
        self._rules = rules
        self.version = rules.version
        self.asked = 0

    def refusal(self, asking):
        return self._rules.refusal(asking)

    def refusal_about(self, errand):
        return self._rules.refusal_about(errand)

    def looks_at(self, node, organisation):
        return self._rules.looks_at(node, organisation)

    def decide(self, case):
        self.asked += 1
        return self._rules.decide(case)


WITHHELD = replace(
    PERMITTED,
    outcome=Outcome.WITHHOLD,
    code=SourceCode.NOT_PERMITTED,
    disclosure=Disclosure.WITHHOLD_NOTICE,
)
HIDDEN = replace(PERMITTED, outcome=Outcome.WITHHOLD, disclosure=Disclosure.HIDE)
EMPTIED = replace(PERMITTED, redact=("author",), disclosure=Disclosure.REDACT_FIELD)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (PERMITTED, WITHHELD, "closes"),
        (PERMITTED, HIDDEN, "hides"),
        (WITHHELD, HIDDEN, "hides"),
        (HIDDEN, WITHHELD, "explains"),
        (HIDDEN, replace(HIDDEN, liftable=True), "explains"),
        (WITHHELD, replace(WITHHELD, liftable=True), "explains"),
        (WITHHELD, PERMITTED, "opens"),
        (HIDDEN, EMPTIED, "opens"),
        (PERMITTED, EMPTIED, "redacts"),
        (EMPTIED, PERMITTED, "restores"),
        (EMPTIED, replace(EMPTIED, redact=("place",)), "redacts"),
        (PERMITTED, replace(PERMITTED, obligations=("NO_CACHE",)), "obliges"),
    ],
)
def test_directions(before: Decision, after: Decision, expected: str):
    """By the most that a reader would notice; and each of these is noticed."""
    assert noticed(before) != noticed(after)
    assert direction(before, after) == expected


def test_rules_alone_are_noticed_by_nobody():
    """Another rule, or another version of an agreement, with the same effect is no change."""
    assert noticed(PERMITTED) == noticed(replace(PERMITTED, rules=("agreement", "open@2")))

"""What a replay prints: each change a line, and nothing passed over that could not be told."""

from __future__ import annotations

import json
from datetime import date

import pytest

from federation.audit.wanted import Wanted
from federation.case import PLAIN, ItemClass
from federation.errors import ErrorCode
from federation.flow import Decision, Disclosure, Outcome
from federation.model import Category
from federation.sharing.difference import Direction
from federation.sharing.replay import Change, Moved, Replayed, Turned
from federation.status import SourceCode
from federation.storage.memory import MemoryAudit
from gateway.cli.sharing.replayed import Found, in_few_words, print_json, print_text, said
from gateway.sharing.looks import Looks
from tests.builders import LONDON, NOW
from tests.federation.audit.values import KEYS
from tests.federation.sharing.test_replay import CLOSED, PERMITTED, WITHHELD, a_look, sheet

LOOK = a_look()
CHANGE = Change(
    look=LOOK,
    node=LONDON.id,
    category=Category.RESULTS,
    kinds=(PLAIN, ItemClass(own_organisation=True)),
    direction=Direction.CLOSES,
    recorded=PERMITTED,
    now=PERMITTED,
    candidate=WITHHELD,
    because=("node:london-care-record/closed",),
)


def found(*came: Replayed, on: date | None = None) -> Found:
    looks = Looks(MemoryAudit(), KEYS, Wanted())
    looks.first = looks.last = NOW
    made = Found(now="rules-1", looks=looks, on=on)
    for one in came:
        made.add(LOOK, one)
    return made


def test_a_change_is_a_line_and_is_counted(capsys: pytest.CaptureFixture[str]):
    """When, which look, in which capacity, what of whom, from what to what, and by what."""
    print_text(found(Replayed(decisions=2, changes=(CHANGE,))), sheet())
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == (
        "2026-10-05 10:30  view-1  R0050 at acute  closes london-care-record RESULTS of ordinary"
        " things; their own organisation's: permit -> withhold NOT_PERMITTED WITHHOLD_NOTICE,"
        " by node:london-care-record/closed"
    )
    assert lines[-1] == (
        "node:london-care-record version 1 against rules rules-1: 1 looks of 2026-10-05,"
        " 2 decisions; closes 1 would change"
    )


def test_nothing_is_passed_over(capsys: pytest.CaptureFixture[str]):
    """What others changed, what is refused whole, what cannot be replayed, and what begins late."""
    turned = Turned(look=LOOK, now=None, candidate=ErrorCode.FORBIDDEN)
    moved = Moved(recorded=PERMITTED, now=WITHHELD)
    made = found(
        Replayed(decisions=2, turned=turned),
        Replayed(decisions=1, turned_since=ErrorCode.FORBIDDEN),
        Replayed(decisions=2, moved=(moved,), unsettled=(PERMITTED,)),
    )
    made.looks.before_footings = 3
    made.looks.without_decisions = 4
    made.looks.refused[ErrorCode.FORBIDDEN] = 5
    print_text(made, sheet(CLOSED + "from = 2027-01-01\n"))
    out = capsys.readouterr().out
    for told in (
        "closes (the whole look): answered -> FORBIDDEN",
        "Not the candidate's doing",
        "3 looks of an earlier release",
        "4 looks in which nothing was decided",
        "5 requests that were refused whole (FORBIDDEN)",
        "1 decisions of london-care-record RESULTS for R0050 at acute hang on details",
        "`closed` begins on 2027-01-01; try --on 2027-01-01",
    ):
        assert told in out, told
    print_json(made, sheet(CLOSED + "from = 2027-01-01\n"))
    told = json.loads(capsys.readouterr().out)
    assert told["changes"][0]["candidate"] == {"refusal": "FORBIDDEN"}
    assert [one["count"] for one in told["movedAlready"]] == [1, 1]
    assert told["notReplayed"]["beforeFootings"] == 3
    assert told["unsettled"][0]["count"] == 1
    assert len(told["notes"]) == 1


def test_what_is_in_force_on_the_day_asked_for_is_no_note(capsys: pytest.CaptureFixture[str]):
    """The day that was given counts, and not the looks' own."""
    print_text(found(Replayed(), on=date(2027, 1, 1)), sheet(CLOSED + "from = 2027-01-01\n"))
    assert "begins" not in capsys.readouterr().out


def test_a_decision_that_moved_since_says_from_where(capsys: pytest.CaptureFixture[str]):
    """What was recorded, what it is by now, and what it would be."""
    hidden = Decision(
        node=LONDON.id,
        category=Category.RESULTS,
        outcome=Outcome.WITHHOLD,
        disclosure=Disclosure.HIDE,
    )
    once = Change(**{n: getattr(CHANGE, n) for n in Change.__struct_fields__} | {"now": hidden})
    print_text(found(Replayed(changes=(once,))), sheet())
    assert ": permit, by now hide -> withhold" in capsys.readouterr().out


def test_a_decision_in_words():
    """All that a reader would notice of it."""
    asked = Decision(
        node=LONDON.id,
        category=Category.RESULTS,
        outcome=Outcome.PERMIT,
        disclosure=Disclosure.REDACT_FIELD,
        redact=("author",),
        obligations=("NO_CACHE",),
    )
    assert said(asked) == "redact without author asks NO_CACHE"
    needed = Decision(
        node=LONDON.id,
        category=Category.RESULTS,
        outcome=Outcome.WITHHOLD,
        disclosure=Disclosure.WITHHOLD_SOURCE,
        code=SourceCode.RELATIONSHIP_NEEDED,
        liftable=True,
    )
    assert said(needed) == "withhold RELATIONSHIP_NEEDED WITHHOLD_SOURCE liftable"


def test_a_class_in_words():
    """Everything that sets it apart."""
    kind = ItemClass(
        labels=frozenset(("a|SEX",)),
        classes=frozenset(("SEXUAL_HEALTH",)),
        carries_cpr=True,
        emergency_path=True,
        unreleased=True,
        source_kind="gp",
        custodian="RRV",
        author_role="R0050",
        day=date(2026, 1, 2),
    )
    assert in_few_words(kind) == (
        "SEXUAL_HEALTH, a decision on resuscitation, of the emergency path, not released,"
        " kept at gp, kept by RRV, written as R0050, of 2026-01-02"
    )

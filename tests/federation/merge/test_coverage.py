"""Coverage: what rows mean for the reader, in one state and one headline."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace

from federation.flow import CoverageState
from federation.merge.coverage import cover, cover_record
from federation.model import Assertion, Category
from federation.status import SourceCode, SourceState, sentence_of_several
from tests.builders import HERTS, LONDON, MILTON_KEYNES, NOW, a_released, a_row

ALL, SOME, UNKNOWN = CoverageState
S, C = SourceState, SourceCode
LATE = C.DEADLINE_EXCEEDED
NODES = (LONDON, HERTS, MILTON_KEYNES)


def _rows(*states):
    return [
        a_row(node, Category.ALLERGIES, *(state if isinstance(state, tuple) else (state,)))
        for node, state in zip(NODES, states, strict=False)
    ]


@pytest.mark.parametrize(
    ("states", "expected", "asked", "answered", "why"),
    [
        ((S.FRESH, S.FRESH_EMPTY, S.CACHED), ALL, 3, 3, "everybody answered"),
        ((S.FRESH, S.NO_RECORD_HELD), ALL, 2, 2, "holding no record is an answer"),
        ((S.FRESH, (S.NOT_ASKED, C.NOT_OFFERED)), ALL, 1, 1, "nothing to ask for"),
        ((S.FRESH, (S.NOT_ASKED, C.NOT_LOCATED)), ALL, 1, 1, "not located"),
        ((S.FRESH, (S.UNAVAILABLE, C.NOT_OFFERED)), SOME, 2, 1, "offered and then not to be had"),
        ((S.FRESH, (S.NO_RECORD_HELD, C.NOT_OFFERED)), SOME, 2, 1, "the same in other words"),
        (((S.UNAVAILABLE, C.NOT_OFFERED),), UNKNOWN, 1, 0, "nobody said a word of the person"),
        ((S.FRESH, (S.NOT_ASKED, C.NO_AGREEMENT)), SOME, 1, 1, "no agreement"),
        ((S.FRESH, (S.NOT_ASKED, C.NODE_SUSPENDED)), SOME, 1, 1, "suspended"),
        ((S.FRESH, (S.WITHHELD, C.NOT_PERMITTED)), SOME, 2, 1, "withheld"),
        ((S.FRESH, (S.TIMED_OUT, C.DEADLINE_EXCEEDED)), SOME, 2, 1, "late"),
        ((S.FRESH, S.STALE), SOME, 2, 1, "an earlier answer"),
        ((S.FRESH, (S.PARTIAL, C.TRUNCATED)), SOME, 2, 1, "only a part"),
        (((S.PARTIAL, C.TRUNCATED),), SOME, 1, 0, "a part is not nothing"),
        ((S.STALE, S.UNAVAILABLE), UNKNOWN, 2, 0, "nobody answered now"),
        ((S.UNAVAILABLE, S.INVALID_RESPONSE, S.IDENTITY_MISMATCH), UNKNOWN, 3, 0, "nobody"),
        (((S.NOT_ASKED, C.NOT_OFFERED),), UNKNOWN, 0, 0, "nobody was asked"),
        ((), UNKNOWN, 0, 0, "there is nobody"),
    ],
)
def test_what_rows_mean(states, expected, asked, answered, why):
    """UNKNOWN first, when nobody answered; ALL only if no row is missing anything."""
    coverage = cover(_rows(*states))
    assert (coverage.state, coverage.asked, coverage.answered) == (expected, asked, answered), why
    assert len(coverage.rows) == len(states)


@pytest.mark.parametrize(
    ("states", "headline"),
    [
        ((S.FRESH, S.FRESH_EMPTY), "All sources that were asked answered."),
        (
            (S.FRESH, (S.NOT_ASKED, C.NO_AGREEMENT), (S.TIMED_OUT, C.DEADLINE_EXCEEDED)),
            "Some of the record may be missing. {2} {1}",
        ),
        (
            ((S.UNAVAILABLE, C.CONNECTION_REFUSED), (S.IDENTITY_MISMATCH, C.WRONG_PERSON), S.FRESH),
            "STOP: POSSIBLY THE WRONG PERSON. {1} Some of the record may be missing. {0}",
        ),
        (
            (S.UNAVAILABLE, S.FRESH, (S.PARTIAL, C.TRUNCATED)),
            "Some of the record may be missing. {0} {2}",
        ),
        ((S.UNAVAILABLE,), "No source answered, so nothing is known here. {0}"),
        (
            ((S.NOT_ASKED, C.NOT_OFFERED),),
            "No source offers this part of the record, so nothing is known here.",
        ),
    ],
)
def test_the_headline_names_what_is_missing_and_whom_to_ring(states, headline):
    """One banner, the worst first, another person's data before everything."""
    rows = _rows(*states)
    assert cover(rows).headline == headline.format(*(row.message for row in rows))


def test_a_reason_that_several_share_is_said_once():
    """The reasons with the worst first, and under each every source by its name, once."""
    rows = [
        a_row(replace(node, name=name, contact_route=route), Category.ALLERGIES, *given)
        for node, name, route, given in (
            (LONDON, "London", "London service desk, 01632 960001", (S.TIMED_OUT, LATE)),
            (HERTS, "Herts", None, (S.NOT_ASKED, C.NO_AGREEMENT)),
            (MILTON_KEYNES, "Milton Keynes", "01632 960002", (S.TIMED_OUT, LATE)),
            (replace(LONDON, id="plans"), "Plans", "01632 960003", (S.NOT_ASKED, C.NO_AGREEMENT)),
        )
    ]
    assert cover(rows).headline == (
        "No source answered, so nothing is known here. "
        "Did not answer in time: London (service desk, 01632 960001), "
        "Milton Keynes (01632 960002). If it matters now, ring them. "
        "Not asked, for want of an agreement to share this with you: Herts, Plans."
    )


def test_a_source_in_planned_maintenance_says_so_itself():
    """Beside others that fail for the same reason and did not say so before."""
    rows = [
        a_row(node, Category.ALLERGIES, S.UNAVAILABLE, C.CONNECTION_REFUSED)
        for node in (LONDON, HERTS, MILTON_KEYNES)
    ]
    rows[1] = replace(rows[1], message="Herts is in maintenance.", planned_until=NOW)
    headline = cover(rows).headline
    assert "Herts is in maintenance." in headline
    assert f"Could not be reached: {LONDON.name} (" in headline
    assert headline.count(HERTS.name) == 0


def test_one_desk_for_several_sources_is_named_once():
    """As where a gateway's own desk stands for all of them."""
    rows = [
        a_row(replace(node, contact_route="the desk"), Category.ALLERGIES, S.UNAVAILABLE)
        for node in (LONDON, HERTS)
    ]
    told = f"Unavailable: {HERTS.name}, {LONDON.name}. If it matters now, ring the desk."
    assert cover(rows).headline.endswith(told)


def test_an_alarm_that_several_raise_is_said_once_and_first():
    """Another person's data, from two sources."""
    wrong = (S.IDENTITY_MISMATCH, C.WRONG_PERSON)
    headline = cover(_rows(S.UNAVAILABLE, wrong, wrong)).headline
    alarm, rest = headline.split(" No source answered", 1)
    assert alarm.startswith("STOP: POSSIBLY THE WRONG PERSON. Answered for somebody else")
    assert alarm.count(HERTS.name) == alarm.count(MILTON_KEYNES.name) == 1
    assert LONDON.name in rest
    assert HERTS.name not in rest


@pytest.mark.parametrize("code", [None, *C])
@pytest.mark.parametrize("state", [state for state in S if state.severity])
def test_every_reason_is_told_of_one_and_of_several(state, code):
    """Whatever keeps two sources away, the sentence names each once and ends as a sentence."""
    text = sentence_of_several(_rows((state, code), (state, code)))
    assert text.count(LONDON.name) == text.count(HERTS.name) == 1
    assert text[0].isupper()
    assert text.endswith(".")
    assert "{" not in text


def test_a_headline_says_whom_to_ring():
    """The sentence of a source that is missing names its contact."""
    assert "ring 020 7946 0000" in cover(_rows(S.UNAVAILABLE)).headline


def _of(node, *states):
    rows = [
        a_row(node, category, *(state if isinstance(state, tuple) else (state,)))
        for category, state in zip(Category, states, strict=False)
    ]
    return a_released(node, rows=rows, categories=list(Category)[: len(states)])


@pytest.mark.parametrize(
    ("states", "worst", "why"),
    [
        ((S.FRESH, S.FRESH_EMPTY), S.FRESH, "nothing under one heading says nothing of the rest"),
        ((S.FRESH_EMPTY, S.FRESH_EMPTY), S.FRESH_EMPTY, "nothing anywhere"),
        ((S.FRESH, (S.NOT_ASKED, C.NOT_OFFERED)), S.FRESH, "not offered is not missing"),
        (((S.NOT_ASKED, C.NOT_OFFERED),), S.NOT_ASKED, "nothing offered"),
        ((S.FRESH_EMPTY, (S.NOT_ASKED, C.NOT_OFFERED)), S.FRESH_EMPTY, "it answered"),
        ((S.FRESH, (S.NOT_ASKED, C.NO_AGREEMENT)), S.NOT_ASKED, "something was not asked"),
        ((S.FRESH, S.WITHHELD, S.TIMED_OUT), S.TIMED_OUT, "the worst of several"),
    ],
)
def test_the_record_has_the_worst_row_of_each_node(states, worst, why):
    """One row a node, without category, that a reader of the whole must know about."""
    (row,) = cover_record([_of(LONDON, *states)]).rows
    assert (row.state, row.category, row.assertion) == (worst, None, None), why


def test_the_worst_row_carries_the_oldest_times():
    """A fresh part does not make an older one look newer, and assertions stay in their section."""
    old, older = NOW - timedelta(hours=1), NOW - timedelta(hours=9)
    rows = [
        a_row(
            LONDON,
            Category.ALLERGIES,
            S.FRESH_EMPTY,
            assertion=Assertion.NONE_KNOWN,
            retrieved_at=old,
            data_current_to=older,
        ),
        a_row(LONDON, Category.MEDICATIONS),
    ]
    released = a_released(LONDON, rows=rows, categories=(Category.ALLERGIES, Category.MEDICATIONS))
    (row,) = cover_record([released]).rows
    assert (row.retrieved_at, row.data_current_to, row.assertion) == (old, older, None)


def test_the_record_is_known_if_any_category_is():
    """A node that failed for one category still answered for another."""
    coverage = cover_record([_of(LONDON, S.FRESH, S.UNAVAILABLE)])
    assert (coverage.state, coverage.answered) == (SOME, 0)
    assert cover_record([_of(LONDON, S.FRESH, (S.NOT_ASKED, C.NOT_OFFERED))]).state is ALL
    assert cover_record([_of(LONDON, S.UNAVAILABLE)]).state is UNKNOWN


def test_a_question_without_categories_has_no_rows():
    """Nothing asked, nothing told."""
    assert cover_record([_of(LONDON)]).rows == ()

"""Pages: filters applied again, cursors that say nothing, and what happens when entries go."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import date

import pytest

from federation.errors import InvalidCursorError
from federation.flow import WarningCode, Window
from federation.merge import check_cursors, merge
from federation.merge.pages import Sealer, Standing
from federation.model import Category
from federation.records.clinical import Quantity
from federation.status import SourceCode, SourceState
from tests.builders import HERTS, KEY, LONDON, NUMBER, a_question, a_reference, a_released, a_row
from tests.items import a_concept, an_observation

O = Category.OBSERVATIONS  # noqa: E741 - a column of letters
PULSE, WEIGHT = a_concept("364075005", "Heart rate"), a_concept("27113001", "Body weight")
MARCH = {"since": date(2024, 3, 1), "until": date(2024, 3, 31)}


def _page(items, theirs=(), **window):
    asked = Window(**window)
    record = merge(
        a_question(O, windows={O: (asked,)}),
        a_reference(),
        [a_released(LONDON, {O: items}), a_released(HERTS, {O: theirs})],
        notice="",
        obligations=(),
        cursor_key=KEY,
    )
    return record.sections[O].pages[asked]


def _shown(page):
    return [entry.lead.source_id for entry in page.entries]


@pytest.mark.parametrize(
    ("when", "shown", "why"),
    [
        ("2024-03-01", True, "the first day"),
        ("2024-03-31", True, "the last day"),
        ("2024-02-29", False, "the day before"),
        ("2024-04-01", False, "the day after"),
        ("2024-03", True, "the month"),
        ("2024", True, "the year overlaps"),
        ("2023", False, "another year"),
        ("2024-03-31T22:59:59Z", True, "a second before midnight here"),
        ("2024-03-31T23:00:00Z", False, "midnight here, in summer time"),
        ("2024-02-29T23:30:00-01:00", True, "after midnight here"),
        (None, False, "no date to compare"),
    ],
)
def test_a_window_takes_what_its_local_days_overlap(when, shown, why):
    """Both ends are inclusive, in days of the United Kingdom."""
    assert bool(_shown(_page([an_observation(effective_at=when)], **MARCH))) is shown, why


@pytest.mark.parametrize(
    ("window", "shown"),
    [
        ({"since": date(2024, 3, 1)}, ["new", "mid"]),
        ({"until": date(2024, 3, 31)}, ["mid", "old"]),
        ({}, ["new", "mid", "old", "never"]),
    ],
)
def test_a_window_may_be_open_on_one_side(window, shown):
    """Without dates everything comes, undated last."""
    items = [
        an_observation("never", effective_at=None),
        an_observation("old", effective_at="2020"),
        an_observation("mid", effective_at="2024-03-05"),
        an_observation("new", effective_at="2026"),
    ]
    assert _shown(_page(items, **window)) == shown


def test_undated_entries_left_out_are_warned_of():
    """A window by dates says that it cannot show what has none, and only then."""
    undated = an_observation("never", effective_at=None)
    (warning,) = _page([undated], **MARCH).warnings
    assert warning.code is WarningCode.OTHER
    assert _page([undated]).warnings == ()
    assert _page([an_observation()], **MARCH).warnings == ()
    assert _page([], **MARCH).warnings == ()


@pytest.mark.parametrize(
    ("codes", "shown"),
    [
        (("http://snomed.info/sct|364075005",), ["pulse"]),
        (
            ("http://snomed.info/sct|364075005", "http://snomed.info/sct|27113001"),
            ["pulse", "weight"],
        ),
        (("364075005",), []),
        (("https://other.example|364075005",), []),
        ((), ["pulse", "weight"]),
        (None, ["pulse", "weight"]),
    ],
)
def test_codes_are_applied_again(codes, shown):
    """Nodes are known to ignore filters; system and code must both match."""
    items = [
        an_observation("pulse", code=PULSE, effective_at="2024-03-05"),
        an_observation("weight", code=WEIGHT, effective_at="2024-03-04"),
    ]
    assert _shown(_page(items, codes=codes)) == shown


@pytest.mark.parametrize(
    ("asked", "written", "shown"),
    [
        ("http://snomed.info/sct", "urn:oid:2.16.840.1.113883.6.96", True),
        ("urn:oid:2.16.840.1.113883.6.96", "http://snomed.info/sct", True),
        ("http://snomed.info/sct", "https://dmd.nhs.uk", True),
        ("http://snomed.info/sct", "http://loinc.org", False),
    ],
)
def test_a_code_is_found_by_any_name_of_its_system(asked, written, shown):
    """A filter leaves nothing out because a source writes the system in another way."""
    pulse = an_observation(code=a_concept("364075005", "Heart rate", system=written))
    assert bool(_shown(_page([pulse], codes=(f"{asked}|364075005",)))) is shown


def _codes(page):
    return [warning.code for warning in page.warnings]


@pytest.mark.parametrize(
    ("given", "theirs", "warned", "why"),
    [
        ({}, True, False, "code, instant and custodian"),
        ({"effective_at": "2024-03"}, True, True, "only the month"),
        ({"effective_at": None}, True, True, "no date"),
        ({"code": a_concept(None, "pulse")}, True, True, "no code"),
        (
            {"effective_at": None, "identifiers": [("https://example/id", "1")]},
            True,
            False,
            "named",
        ),
        ({"effective_at": None}, False, False, "only one source holds any"),
    ],
)
def test_a_page_says_what_could_not_be_linked(given, theirs, warned, why):
    """Timelines link by identifier or on one day: what has neither may stand once a source."""
    other = [an_observation("b", HERTS, effective_at="2001-01-01T00:00:00Z")] if theirs else []
    page = _page([an_observation(**given)], other)
    assert _codes(page) == ([WarningCode.OTHER] if warned else []), why


def test_only_what_a_page_shows_is_warned_of():
    """A vague entry far back is no news on the first page."""
    items = [an_observation("new"), an_observation("old", effective_at="2001")]
    other = [an_observation("b", HERTS)]
    first = _page(items, other, first=1)
    assert _codes(first) == []
    assert _codes(_page(items, other, first=1, after=first.cursors[-1])) == [WarningCode.OTHER]
    assert _codes(_page(items, other, first=2)) == [WarningCode.OTHER]


def test_a_timeline_of_which_a_source_gave_a_part_warns_of_it():
    """A source that holds more than it gave is named, whatever the page."""
    row = a_row(LONDON, O, SourceState.PARTIAL, SourceCode.TRUNCATED)
    record = merge(
        a_question(O),
        a_reference(),
        [a_released(LONDON, {O: [an_observation()]}, rows=[row]), a_released(HERTS)],
        notice="",
        obligations=(),
        cursor_key=KEY,
    )
    assert [(one.code, one.message) for one in record.sections[O].warnings] == [
        (WarningCode.TRUNCATED, row.message)
    ]


def test_entries_of_one_instant_stand_in_one_order_across_pages():
    """Where everything has one date, pages of any size still make up the whole."""
    items = [an_observation(f"o{n}", value=Quantity(value=float(n))) for n in range(7)]
    whole = _shown(_page(items))
    assert sorted(whole) == [f"o{n}" for n in range(7)]
    for first in (1, 2, 3, 6):
        read, after = [], None
        for _ in range(8):
            page = _page(list(reversed(items)), first=first, after=after)
            read += _shown(page)
            if not page.has_next:
                break
            after = page.cursors[-1]
        assert read == whole


def test_a_cursor_of_another_layout_is_refused():
    """One that carries more than a place, as it may once be given out, is none of these."""
    seal = Sealer(KEY, NUMBER, a_question(O).requester.authority).of(O, Window())
    assert seal.open(seal.close(Standing((0.0, 0), bytes(16)))).place == (0.0, 0)
    other = urlsafe_b64encode(seal._cipher.encrypt(b"\x02" + bytes(25), seal._bound_to)).decode()
    with pytest.raises(InvalidCursorError):
        seal.open(other)


def test_a_page_knows_what_lies_on_both_sides():
    """`has_next` and `has_previous` speak of the filtered list."""
    items = [an_observation(f"o{day}", effective_at=f"2024-03-0{day}") for day in range(1, 6)]
    first = _page(items, first=2)
    assert (_shown(first), first.has_previous, first.has_next) == (["o5", "o4"], False, True)
    second = _page(items, first=2, after=first.cursors[-1])
    assert (_shown(second), second.has_previous, second.has_next) == (["o3", "o2"], True, True)
    last = _page(items, first=2, after=second.cursors[-1])
    assert (_shown(last), last.has_previous, last.has_next) == (["o1"], True, False)
    behind = _page(items, first=2, after=last.cursors[-1])
    assert (_shown(behind), behind.has_previous, behind.has_next) == ([], True, False)


def test_a_page_of_nothing_is_empty():
    """`first: 0` shows nothing and says that there is more."""
    page = _page([an_observation()], first=0)
    assert (page.entries, page.cursors, page.has_next) == ((), (), True)


def test_what_comes_in_between_pages_is_not_inserted_behind_the_reader():
    """A newer entry that appears later is not on the next page."""
    items = [an_observation(f"o{day}", effective_at=f"2024-03-0{day}") for day in (1, 2, 3)]
    after = _page(items, first=1).cursors[-1]
    newer = an_observation("new", HERTS, effective_at="2025")
    assert _shown(_page(items, [newer], after=after)) == ["o2", "o1"]


def test_what_goes_away_between_pages_loses_nothing():
    """If the entry of a cursor is gone, those of its date come again rather than never."""
    same = [
        an_observation(f"s{place}", effective_at="2024-03-05", method=str(place))
        for place in range(3)
    ]
    older = an_observation("old", effective_at="2024-03-04")
    page = _page([*same, older], first=2)
    gone = page.entries[1].lead
    rest = [item for item in (*same, older) if item is not gone]
    shown = _shown(_page(rest, after=page.cursors[1]))
    assert shown[-1] == "old"
    assert set(shown) == {item.source_id for item in rest}
    assert _shown(_page([older], after=page.cursors[1])) == ["old"]
    assert set(_shown(_page(rest[:2], after=page.cursors[1]))) == {"s0", "s1", "s2"} - {
        gone.source_id
    }


def test_each_cursor_of_a_page_is_the_one_of_its_own_line():
    """Cursors are read one by one, from behind, in part or all at once, and are the same."""
    items = [an_observation(f"o{day}", effective_at=f"2024-03-0{day}") for day in range(1, 5)]
    cursors = _page(items).cursors
    assert len(set(cursors)) == len(cursors) == 4
    assert [cursors[n] for n in range(4)] == list(cursors)
    assert (cursors[-1], cursors[1:3]) == (list(cursors)[3], tuple(cursors)[1:3])
    assert cursors == _page(items).cursors != _page(items[1:]).cursors
    assert hash(cursors) == hash(tuple(cursors))


def test_cursors_say_nothing():
    """All are of one length, and neither date nor fact nor number can be read in them."""
    items = [
        an_observation("a", effective_at="2024-03-05"),
        an_observation("b", effective_at=None),
        an_observation("c", effective_at="2024-03-05T09:00:00Z", code=WEIGHT),
    ]
    cursors = _page(items).cursors
    assert {len(cursor) for cursor in cursors} == {56}
    sealed = [urlsafe_b64decode(cursor) for cursor in cursors]
    assert all(
        word not in one for one in sealed for word in (b"2024", b"364075005", NUMBER.encode())
    )
    heads = {one[:8] for one in sealed}
    assert len(heads) == len(sealed)


def test_the_same_place_has_the_same_cursor():
    """A query sent twice does not differ."""
    items = [an_observation()]
    assert _page(items).cursors == _page(items).cursors


@pytest.mark.parametrize(
    "cursor",
    ["", "x", "é" * 56, "!" * 56, "A" * 56, "A" * 57, "=" * 56, "\ud800" * 56, "A" * 100_000],
)
def test_nonsense_is_refused(cursor):
    """Whatever is no cursor of ours is refused with one code, before anybody is asked."""
    with pytest.raises(InvalidCursorError):
        check_cursors(a_question(O, windows={O: (Window(after=cursor),)}), NUMBER, KEY)


def test_codes_that_no_text_can_be_are_no_fault():
    """A lone surrogate in a filter matches nothing, and its cursors still hold."""
    items = [an_observation()]
    assert _shown(_page(items, codes=("\ud800|1",))) == []
    both = ("\ud800|1", "http://snomed.info/sct|364075005")
    page = _page(items, codes=both)
    check_cursors(
        a_question(O, windows={O: (Window(after=page.cursors[0], codes=both),)}), NUMBER, KEY
    )


def test_a_question_without_cursors_is_fine():
    """Nothing to check, nothing refused."""
    check_cursors(a_question(O), NUMBER, KEY)

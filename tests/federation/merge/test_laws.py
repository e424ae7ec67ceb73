"""Laws of merging, over generated records of every category."""

from __future__ import annotations

import random
from collections import Counter
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from federation.errors import InvalidCursorError
from federation.flow import Window
from federation.merge import check_cursors, merge
from federation.model import Assertion, Category
from federation.records import CATEGORIES, DEFINITIONS
from federation.records.base import Basis, Shape
from federation.status import SourceState
from tests.builders import (
    HERTS,
    KEY,
    LONDON,
    MILTON_KEYNES,
    NUMBER,
    OTHER_NUMBER,
    a_question,
    a_reference,
    a_released,
    a_requester,
    a_row,
    an_organisation,
)
from tests.items import a_concept, an_item

NODES = (LONDON, HERTS, MILTON_KEYNES)
EVERYTHING = Window(first=10_000)
CONCEPT_FIELDS = {
    Category.ALLERGIES: "substance",
    Category.MEDICATIONS: "medicine",
    Category.PROBLEMS: "condition",
    Category.ALERTS: "kind",
    Category.CARE_PLANS: "plan_type",
    Category.SOCIAL_CARE: "kind",
    Category.OBSERVATIONS: "code",
    Category.RESULTS: "code",
    Category.IMMUNISATIONS: "vaccine",
    Category.ENCOUNTERS: "type",
    Category.PROCEDURES: "code",
    Category.DOCUMENTS: "type",
    Category.REFERRALS: "service",
}
OWN_FIELDS = {
    Category.ALLERGIES: {
        "type": ["ALLERGY", "INTOLERANCE", "UNKNOWN"],
        "clinical_status": ["ACTIVE", "RESOLVED"],
        "criticality": ["HIGH", "LOW", "UNKNOWN"],
    },
    Category.MEDICATIONS: {
        "dosage": ["one daily", "two daily"],
        "status": ["ACTIVE", "STOPPED"],
        "start": [None, "2019", "2026-01-10"],
        "end": [None, "2020"],
    },
    Category.CARE_PLANS: {
        "decision": [None, "ATTEMPT_CPR", "DO_NOT_ATTEMPT_CPR"],
        "decided_at": [None, "2024-05-01", "2025"],
        "status": ["ACTIVE", "REVOKED"],
    },
    Category.PROBLEMS: {"onset": [None, "2019-04", "2020"]},
    Category.ENCOUNTERS: {"start": [None, "2026-09-01T08:00:00Z", "2026-09-01T08:10:00Z"]},
}
DATES = [None, "2019", "2019-04", "2019-04-02", "2026-09-01T08:00:00Z", "2026-09-01T09:00:00+01:00"]
CONCEPTS = [
    a_concept("372687004", "Amoxicillin 250mg"),
    a_concept("764146007", "Penicillin 250mg"),
    a_concept(None, "free text"),
]
IDENTIFIERS = st.lists(
    st.tuples(st.just("https://example/id"), st.sampled_from(["1", "2", "3"])), max_size=2
)


@st.composite
def _an_item(draw, category, node):
    chosen = {
        field: draw(st.sampled_from(some)) for field, some in OWN_FIELDS.get(category, {}).items()
    }
    if field := CONCEPT_FIELDS.get(category):
        chosen[field] = draw(st.sampled_from(CONCEPTS))
    return an_item(
        category,
        draw(st.sampled_from("abcdefgh")),
        node,
        identifiers=draw(IDENTIFIERS),
        effective_at=draw(st.sampled_from(DATES)),
        custodian=draw(
            st.sampled_from([None, an_organisation(), an_organisation("F1", kind="gp")])
        ),
        **chosen,
    )


@st.composite
def _records(draw, category):
    """Each node's items of one category, and now and then an assertion that there are none."""
    held = {node: draw(st.lists(_an_item(category, node), max_size=6)) for node in NODES}
    asserted = {node: draw(st.sampled_from([None, None, Assertion.NONE_KNOWN])) for node in NODES}
    return [
        a_released(
            node,
            {category: items},
            rows=[
                a_row(
                    node,
                    category,
                    SourceState.FRESH if items else SourceState.FRESH_EMPTY,
                    assertion=asserted[node],
                )
            ],
            categories=(category,),
        )
        for node, items in held.items()
    ]


def _merge(category, released, *windows, requester=None, number=NUMBER):
    question = a_question(
        category,
        windows={category: windows} if windows else None,
        requester=requester or a_requester(),
    )
    record = merge(
        question,
        a_reference(number),
        released,
        notice="",
        obligations=(),
        cursor_key=KEY,
    )
    return record.sections[category]


def _entries(category, released):
    if DEFINITIONS[category].shape is Shape.WHOLE_LIST:
        return _merge(category, released).entries
    return _merge(category, released, EVERYTHING).pages[EVERYTHING].entries


def _shuffled(released, seed):
    chance = random.Random(seed)  # noqa: S311 - an order, not a secret
    some = [
        a_released(
            one.node,
            {category: chance.sample(items, len(items)) for category, items in one.items.items()},
            rows=one.rows.values(),
            categories=one.rows,
        )
        for one in released
    ]
    chance.shuffle(some)
    return some


every_category = pytest.mark.parametrize(
    "category", [definition.category for definition in CATEGORIES]
)
timelines = pytest.mark.parametrize(
    "category",
    [definition.category for definition in CATEGORIES if definition.shape is Shape.TIMELINE],
)
few = settings(max_examples=20, deadline=None)


@every_category
@few
@given(data=st.data(), seed=st.integers(0, 1000))
def test_the_order_of_arrival_changes_nothing(category, data, seed):
    """Sources and items in any order give one record, to the last letter."""
    released = data.draw(_records(category))
    windows = (EVERYTHING, Window(first=2, since=date(2019, 4, 1)))
    paged = windows if DEFINITIONS[category].shape is Shape.TIMELINE else ()
    assert _merge(category, released, *paged) == _merge(category, _shuffled(released, seed), *paged)


@every_category
@few
@given(data=st.data())
def test_every_item_stands_in_exactly_one_entry(category, data):
    """Nothing is dropped, nothing stands twice, nothing comes from nowhere."""
    released = data.draw(_records(category))
    sent = Counter(item for one in released for item in set(one.items[category]))
    shown = Counter(item for entry in _entries(category, released) for item in entry.items)
    assert shown == sent


@every_category
@few
@given(data=st.data())
def test_what_a_source_gives_twice_counts_once(category, data):
    """A reply that repeats itself gives the same record."""
    released = data.draw(_records(category))
    doubled = [
        a_released(
            one.node,
            {category: (*one.items[category], *one.items[category])},
            rows=one.rows.values(),
            categories=one.rows,
        )
        for one in released
    ]
    assert _entries(category, doubled) == _entries(category, released)


@every_category
@few
@given(data=st.data())
def test_entries_are_consistent(category, data):
    """Facts differ, a lead is one of its items, relations are mutual, conflicts have two sides."""
    definition = DEFINITIONS[category]
    entries = _entries(category, data.draw(_records(category)))
    by_fact = {entry.fact: entry for entry in entries}
    assert len(by_fact) == len(entries)
    for entry in entries:
        assert entry.lead in entry.items
        assert (len(entry.items) == 1) is (entry.basis is Basis.SINGLE)
        assert all(entry.fact in by_fact[other].related_facts for other in entry.related_facts)
        assert entry.fact not in entry.related_facts
        pairs = [(one, other) for one in entry.items for other in entry.items if one is not other]
        assert all(definition.may_link(one, other) for one, other in pairs)
        for conflict in entry.conflicts:
            assert len(conflict.values) >= 2, conflict


@timelines
@few
@given(data=st.data(), first=st.integers(1, 7))
def test_pages_make_up_the_whole_list(category, data, first):
    """Page by page, of whatever size, every entry comes once and in order."""
    released = data.draw(_records(category))
    whole = _entries(category, released)
    read, after = [], None
    for _ in range(len(whole) + 1):
        window = Window(first=first, after=after)
        page = _merge(category, released, window).pages[window]
        assert page.has_previous is bool(read)
        read += page.entries
        if not page.has_next:
            break
        after = page.cursors[-1]
    assert tuple(read) == whole


@few
@given(data=st.data(), position=st.integers(0, 55), letter=st.sampled_from("AZaz09-_"))
def test_a_changed_cursor_is_refused(data, position, letter):
    """Whichever letter is changed, the cursor opens nothing."""
    category = Category.OBSERVATIONS
    released = data.draw(
        _records(category).filter(lambda some: any(r.items[category] for r in some))
    )
    cursor = _merge(category, released, EVERYTHING).pages[EVERYTHING].cursors[0]
    changed = cursor[:position] + letter + cursor[position + 1 :]
    question = a_question(category, windows={category: (Window(after=changed),)})
    if changed == cursor:
        check_cursors(question, NUMBER, KEY)
    else:
        with pytest.raises(InvalidCursorError):
            check_cursors(question, NUMBER, KEY)


@pytest.mark.parametrize(
    ("number", "requester", "category", "window", "key", "opens", "why"),
    [
        (NUMBER, {}, Category.RESULTS, {}, KEY, True, "its own"),
        (NUMBER, {}, Category.RESULTS, {"first": 3}, KEY, True, "another size of page"),
        (NUMBER, {}, Category.RESULTS, {"codes": ("b", "a")}, KEY, False, "codes"),
        (OTHER_NUMBER, {}, Category.RESULTS, {}, KEY, False, "another person"),
        (NUMBER, {"subject": "x"}, Category.RESULTS, {}, KEY, False, "another requester"),
        (NUMBER, {"role": "R1290"}, Category.RESULTS, {}, KEY, False, "another role"),
        (
            NUMBER,
            {"organisation": an_organisation("RAL")},
            Category.RESULTS,
            {},
            KEY,
            False,
            "another organisation",
        ),
        (NUMBER, {}, Category.ENCOUNTERS, {}, KEY, False, "another category"),
        (NUMBER, {}, Category.RESULTS, {"since": date(2019, 1, 1)}, KEY, False, "since"),
        (NUMBER, {}, Category.RESULTS, {"until": date(2019, 1, 1)}, KEY, False, "until"),
        (NUMBER, {}, Category.RESULTS, {}, bytes(32), False, "another key"),
    ],
)
def test_a_cursor_opens_only_where_it_was_given_out(
    number, requester, category, window, key, opens, why
):
    """Person, filter, category, requester and key must all be those it was made for."""
    released = [a_released(LONDON, {Category.RESULTS: [an_item(Category.RESULTS)]})]
    cursor = _merge(Category.RESULTS, released, EVERYTHING).pages[EVERYTHING].cursors[0]
    question = a_question(
        category,
        windows={category: (Window(after=cursor, **window),)},
        requester=a_requester(**requester),
    )
    if opens:
        check_cursors(question, number, key)
        return
    with pytest.raises(InvalidCursorError) as refused:
        check_cursors(question, number, key)
    assert cursor not in str(refused.value), why

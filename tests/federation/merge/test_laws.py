"""Laws of merging, over generated records of every category."""

from __future__ import annotations

import random
from collections import Counter
from copy import deepcopy
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from federation.errors import InvalidCursorError
from federation.flow import HeldRecord, NodeCall, Plan, Reply, Window
from federation.merge import check_cursors, merge
from federation.merge.conflicts import CONTRADICTED
from federation.model import Assertion, Category
from federation.records import CATEGORIES, DEFINITIONS
from federation.records.base import STAMPED_FIELDS, Basis, Shape
from federation.records.partial_date import first_instant, local_days
from federation.records.systems import identities
from federation.sharing import CedarRules
from federation.status import SourceCode, SourceState
from federation.verify import verify
from tests.builders import (
    HERTS,
    KEY,
    LONDON,
    MILTON_KEYNES,
    NOW,
    NUMBER,
    OTHER_NUMBER,
    a_person,
    a_question,
    a_reference,
    a_released,
    a_requester,
    a_row,
    an_organisation,
)
from tests.federation.sharing.given import a_part, released_from
from tests.generated import fields_of, held_by
from tests.items import an_item

NODES = (LONDON, HERTS, MILTON_KEYNES)
EVERYTHING = Window(first=10_000)
SHIPPED = CedarRules.shipped()


def _released(category, held, asserted=None):
    return [
        a_released(
            node,
            {category: items},
            rows=[
                a_row(
                    node,
                    category,
                    SourceState.FRESH if items else SourceState.FRESH_EMPTY,
                    assertion=(asserted or {}).get(node),
                )
            ],
            categories=(category,),
        )
        for node, items in held.items()
    ]


@st.composite
def _records(draw, category):
    """Each node's items of one category, and now and then an assertion that there are none."""
    held = draw(held_by(category, NODES))
    asserted = {node: draw(st.sampled_from([None, None, Assertion.NONE_KNOWN])) for node in NODES}
    return _released(category, held, asserted)


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
few = settings(max_examples=12, deadline=None)


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


@every_category
@few
@given(data=st.data())
def test_a_conflict_between_lines_stands_on_all_that_it_concerns(category, data):
    """What is no dispute within a line stands on a related line too."""
    definition = DEFINITIONS[category]
    entries = _entries(category, data.draw(_records(category)))
    by_fact = {entry.fact: entry for entry in entries}
    for entry in entries:
        own = definition.conflicts(entry.items) if len(entry.items) > 1 else ()
        assert all(conflict in entry.conflicts for conflict in own)
        between = {one.field for one in entry.conflicts if one not in own} - {CONTRADICTED}
        shown = {
            conflict.field for other in entry.related_facts for conflict in by_fact[other].conflicts
        }
        assert between <= shown


@every_category
@few
@given(data=st.data())
def test_nothing_is_put_into_an_items_mouth(category, data):
    """Merging changes no item, and says of a line only what its lead says."""
    definition = DEFINITIONS[category]
    released = data.draw(_records(category))
    before = [deepcopy(one.items) for one in released]
    for entry in _entries(category, released):
        assert entry.title == definition.title(entry.lead)
        assert entry.subtitle == definition.subtitle(entry.lead)
        assert entry.date == definition.clinical_date(entry.lead)
    assert [one.items for one in released] == before


@every_category
@few
@given(data=st.data())
def test_an_entry_is_named_by_its_items_alone(category, data):
    """But for what joined another source's lines, a source's lines are as if there were no other.

    What joined may leave behind an item that it alone held it together with: `test_link.py` has
    such a case.
    """
    together = _entries(category, data.draw(_records(category)))
    own = [entry for entry in together if {item.source for item in entry.items} == {LONDON}]
    left = [item for entry in own for item in entry.items]
    alone = {
        entry.items: entry for entry in _entries(category, _released(category, {LONDON: left}))
    }
    assert {entry.items: entry.basis for entry in own} == {
        items: entry.basis for items, entry in alone.items()
    }
    for entry in own:
        told_apart = "of" in entry.fact or "of" in alone[entry.items].fact
        assert told_apart or entry.fact == alone[entry.items].fact


@timelines
@few
@given(data=st.data())
def test_a_timeline_links_only_by_identifier_or_on_one_day(category, data):
    """So that a page needs to know nothing of what lies far from it."""
    for entry in _entries(category, data.draw(_records(category))):
        if entry.basis not in {Basis.SINGLE, Basis.SAME_IDENTIFIER}:
            for item in entry.items:
                assert any(
                    _near_in_time(DEFINITIONS[category], item, other) or _share(item, other)
                    for other in entry.items
                    if other is not item
                )


def _near_in_time(definition, one, other):
    dates = definition.clinical_date(one), definition.clinical_date(other)
    if None in dates:
        return False
    apart = abs((first_instant(dates[0]) - first_instant(dates[1])).total_seconds())
    return local_days(dates[0]) == local_days(dates[1]) or apart <= 15 * 60


def _share(one, other):
    return bool(set(identities(one.identifiers)) & set(identities(other.identifiers)))


@every_category
def test_every_field_is_varied(category):
    """A field that always had one value would hold no law."""
    item_type = DEFINITIONS[category].item
    fields = fields_of(item_type)
    assert set(fields) >= set(item_type.__struct_fields__) - {"source_id", *STAMPED_FIELDS}
    same = {name for name, some in fields.items() if all(one == some[0] for one in some)}
    assert same == {"security_labels"}


OURS, THEIRS = a_person(), a_person(OTHER_NUMBER, birth_date="1960-01-01")


def _reply(node, category, records):
    held = [
        HeldRecord(person=person, parts={category: a_part(category, *items)})
        for person, items in records
    ]
    return Reply(node=node, records=tuple(held), retrieved_at=NOW)


def _call(node, category):
    question = a_question(category)
    return NodeCall(
        node=node,
        numbers=(NUMBER,),
        categories=(category,),
        requester=question.requester,
        purpose=question.purpose,
        request_id=question.request_id,
    )


@every_category
@few
@given(data=st.data())
def test_nobody_elses_items_are_ever_shown(category, data):
    """Nodes that send a second person's record beside the person's: nothing of it comes through."""
    nodes = (LONDON, HERTS)
    ours, theirs = (data.draw(held_by(category, nodes, most=3)) for _ in range(2))
    replies = []
    for node in nodes:
        # The very ids and contents may be equal; whose they are tells them apart.
        records = [(OURS, ours[node]), (THEIRS, theirs[node])]
        replies.append(_reply(node, category, data.draw(st.permutations(records))))
    plan = Plan(calls=tuple(_call(node, category) for node in nodes))
    _, verified = verify(a_reference(), plan, replies)
    released = released_from(SHIPPED, *verified, question=a_question(category))
    mine = {id(item) for items in ours.values() for item in items}
    let_go = [item for one in released for item in one.items.get(category, ())]
    assert {id(item) for item in let_go} <= mine
    assert all(one.rows[category].code is SourceCode.WRONG_PERSON for one in released)
    shown = [item for entry in _entries(category, released) for item in entry.items]
    assert {id(item) for item in shown} <= mine
    assert set(shown) == set(let_go)


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

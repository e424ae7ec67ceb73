"""Finding events: by whom, about whom, across keys, and never by the word of the index alone."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from federation.audit import (
    AuditKeys,
    AuditTrail,
    Clue,
    EventKind,
    Opened,
    Sealer,
    find,
    place_of,
    reindex,
)
from federation.audit.clues import actor, alert, clues, entries, kind, node, organisation, person
from federation.audit.deeds import deed_refused
from federation.errors import AuditBrokenError, ErrorCode
from federation.model import OdsCode, ViewId
from federation.storage import IndexEntry
from federation.storage.memory import MemoryAudit
from tests.builders import HERTS, LONDON, NUMBER, OTHER_NUMBER, a_requester
from tests.federation.access.standing import breaking
from tests.federation.audit.values import (
    KEYS,
    Ticking,
    a_trail,
    an_event,
    events,
    the_question,
    the_view,
)

SEALER = Sealer(KEYS)
LATER_KEYS = AuditKeys(current="2027-01", by_id=dict(KEYS.by_id) | {"2027-01": bytes(32)})


async def a_log(*groups) -> MemoryAudit:
    store = MemoryAudit()
    trail = await a_trail(store)
    for group in groups:
        await trail.record(group)
    await trail.aclose()
    return store


async def found(
    store: MemoryAudit, *sought: Clue, sealer: Sealer = SEALER, **given
) -> list[Opened]:
    return [event async for event in find(store, sealer, sought, **given)]


async def kinds(store: MemoryAudit, *sought: Clue) -> list[EventKind]:
    return [event.plain.kind for event in await found(store, *sought)]


ASKER = the_question().requester
EVERYTHING = {"VIEW": 1, "INCIDENT": 1, "REFUSAL": 2}
"""A view's calls are found by the view."""


@pytest.mark.parametrize(
    ("sought", "expected"),
    [
        (person(NUMBER), {"VIEW": 1, "INCIDENT": 1, "REFUSAL": 1}),
        (person(OTHER_NUMBER), {"REFUSAL": 1}),
        (actor(ASKER.issuer, ASKER.subject), EVERYTHING),
        (actor(ASKER.issuer, "another"), {}),
        (actor("another", ASKER.subject), {}),
        (organisation(OdsCode("RRV")), EVERYTHING),
        (node(HERTS.id), {"VIEW": 1, "NODE_CALL": 1, "INCIDENT": 1}),
        (node(LONDON.id), {"VIEW": 1, "NODE_CALL": 1}),
        (kind(EventKind.REFUSAL), {"REFUSAL": 2}),
        (kind(EventKind.NODE_CALL), {"NODE_CALL": 3}),
    ],
)
async def test_events_are_found_by(sought: Clue, expected: dict[str, int]):
    """Every event that has the clue, and no other."""
    store = await a_log(the_view(), (an_event("r1"), an_event("r2", number=OTHER_NUMBER)))

    by_kind = [each.value for each in await kinds(store, sought)]

    assert {each: by_kind.count(each) for each in by_kind} == expected


async def test_newest_first_and_no_further_than_read():
    """Reading goes on behind any event, over more than a page."""
    store = await a_log(events(250))

    whole = [event.sequence for event in await found(store, person(NUMBER))]
    some = (await found(store, person(NUMBER)))[119]
    rest = await found(store, person(NUMBER), before=place_of(some))

    assert whole == list(range(250, 0, -1))
    assert [event.sequence for event in rest] == whole[120:]


async def test_what_was_written_under_an_earlier_key_is_found():
    """By every key that is to hand; an earlier one that is not, finds no more."""
    store = await a_log((an_event("before"),))
    trail = await AuditTrail.open(store, "gateway-1", LATER_KEYS, Ticking())
    await trail.record((an_event("after"),))
    await trail.aclose()

    both = await found(store, person(NUMBER), sealer=Sealer(LATER_KEYS))
    later = AuditKeys(current="2027-01", by_id={"2027-01": bytes(32)})
    one = await found(store, person(NUMBER), sealer=Sealer(later))

    assert [event.plain.view_id for event in both] == ["after", "before"]
    assert [event.plain.view_id for event in one] == ["after"]


async def test_an_entry_shows_nobody_another_persons_events():
    """Whoever writes one person's entry beside another's event finds nothing by it."""
    store = await a_log((an_event("theirs", number=OTHER_NUMBER),))
    row = (await store.last("gateway-1")) or pytest.fail("nothing was written")
    for one in entries(person(NUMBER), SEALER):
        await store.index((IndexEntry(one, row.at, row.writer, row.sequence),))

    assert await found(store, person(NUMBER)) == []


async def test_what_is_found_is_as_it_was_written():
    """An event that somebody changed is an error, and not a shorter answer."""
    store = await a_log((an_event("one"),))
    row = (await store.last("gateway-1")) or pytest.fail("nothing was written")
    store._rows[row.writer, row.sequence] = replace(row, kind="VIEW")

    with pytest.raises(AuditBrokenError, match="event 1"):
        await found(store, person(NUMBER))


async def test_an_alert_is_found_by_whom_it_is_for():
    """Those who are to be told find what they are to be told of."""
    store = await a_log((deed_refused(breaking(), NUMBER, ErrorCode.FORBIDDEN, alert=True),))

    assert len(await found(store, alert("organisation:RRV"))) == 1
    assert await found(store, alert("organisation:another")) == []


async def test_an_index_that_was_lost_is_made_anew():
    """From the chain alone, under the key that each event was written with; twice is once."""
    written = await a_log(the_view(), (an_event("r1"),))
    bare = MemoryAudit()
    await bare.append([row async for row in written.read()])

    first = await reindex(bare, Sealer(LATER_KEYS))
    second = await reindex(bare, Sealer(LATER_KEYS))

    assert bare._index == written._index
    assert (first.events, first.entries) == (6, len(written._index))
    assert (second.events, second.entries) == (6, 0)


async def test_a_long_chain_is_indexed_whole():
    """Over more than one page, and with a last one that is full."""
    written = await a_log(events(200))
    bare = MemoryAudit()
    await bare.append([row async for row in written.read()])

    assert (await reindex(bare, SEALER)).events == 200
    assert bare._index == written._index


async def test_entries_name_nobody():
    """No number and no identity is in the index, and whoever has another key finds nothing."""
    requester = a_requester(issuer="https://issuer.example")
    question = the_question(view_id=ViewId("view-1"), requester=requester)
    store = await a_log(the_view(question))
    text = " ".join(one.entry for one in store._index)

    for secret in (NUMBER, requester.subject, requester.issuer):
        assert secret not in text
    other = Sealer(AuditKeys(current="a", by_id={"a": bytes(31) + b"1"}))
    for clue in (person(NUMBER), actor("issuer", "subject")):
        assert set(entries(clue, SEALER)).isdisjoint(entries(clue, other))


def test_a_clue_of_two_parts_cannot_be_split_elsewhere():
    """An issuer and a subject are no other issuer and subject that read the same together."""
    assert actor("ab", "c") != actor("a", "bc")
    assert actor('a","b', "c") != actor("a", 'b","c')


def test_an_event_about_a_typed_number_has_both():
    """Also the number that was typed, where another is in use."""
    event = an_event()
    sealed = replace(event.sealed, asked_number=OTHER_NUMBER)

    assert {person(NUMBER), person(OTHER_NUMBER)} <= clues(event.plain, sealed)


def test_the_current_key_comes_first():
    """New events are found by the first entry of several."""
    assert Sealer(LATER_KEYS).keys == ("2027-01", "2026-11")
    assert entries(person(NUMBER), Sealer(LATER_KEYS))[1:] == entries(person(NUMBER), SEALER)

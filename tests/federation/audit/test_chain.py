"""Tampering at every place of a small chain, with and without the key."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from federation.audit import Position, Sealer, verify
from federation.audit.chain import _hash, _place, open_row
from federation.errors import AuditBrokenError, SettingsError
from federation.storage import AuditRow
from federation.storage.memory import MemoryAudit
from tests.federation.audit.values import (
    KEYS,
    OTHER_KEYS,
    a_trail,
    an_event,
    events,
    replay,
    written,
)

STORED_BEFORE_FOOTINGS = Path(__file__).parent / "stored_before_footings.json"
SIZE = 5
SEALER = Sealer(KEYS)
EVERY = pytest.mark.parametrize("sequence", range(1, SIZE + 1))
WITH_AND_WITHOUT_KEY = pytest.mark.parametrize(
    "sealer", [pytest.param(None, id="hashes"), pytest.param(SEALER, id="seals")]
)

FLIPS = {
    "at": lambda at: at + timedelta(microseconds=1),
    "kind": lambda kind: kind[:-1] + chr(ord(kind[-1]) ^ 1),
    "view_id": lambda view_id: view_id[:-1] + chr(ord(view_id[-1]) ^ 1),
    "person_key": lambda key: bytes((key[0] ^ 1,)) + key[1:],
    "body": lambda body: body[:-3] + bytes((body[-3] ^ 1,)) + body[-2:],
    "previous": lambda previous: previous[:-1] + bytes((previous[-1] ^ 1,)),
    "hash": lambda digest: digest[:-1] + bytes((digest[-1] ^ 1,)),
}


async def broken(rows: list[AuditRow], sealer: Sealer | None = None) -> str:
    with pytest.raises(AuditBrokenError) as caught:
        await verify(replay(rows), sealer)
    return str(caught.value)


def rehashed(rows: list[AuditRow]) -> list[AuditRow]:
    """What somebody does who may write to the file and holds no key: number and hash all anew."""
    head, done = Position(), []
    for row in rows:
        moved = replace(row, sequence=head.sequence + 1, previous=head.hash)
        done.append(replace(moved, hash=_hash(_place(moved), moved.body)))
        head = Position(done[-1].sequence, done[-1].hash)
    return done


def other_body(row: AuditRow) -> AuditRow:
    return replace(row, body=row.body.replace(b"DIRECT_CARE", b"EMERGENCY"))


@WITH_AND_WITHOUT_KEY
async def test_a_whole_chain_holds(sealer: Sealer | None):
    """Nothing is found where nothing was done, and the head is the last row."""
    rows = await written(SIZE)

    assert await verify(replay(rows), sealer) == {"gateway-1": Position(SIZE, rows[-1].hash)}


async def test_an_event_of_an_earlier_release_opens():
    """It has not what was added since, and its bytes still hash and open as they did."""
    row = msgspec.json.decode(STORED_BEFORE_FOOTINGS.read_bytes(), type=AuditRow)

    assert await verify(replay([row]), SEALER) == {"gateway-1": Position(1, row.hash)}
    sealed = open_row(row, SEALER).sealed
    assert sealed.footing is None
    assert [decided.made_on for decided in sealed.decisions] == [None]


async def test_no_events_are_a_chain():
    """An empty log has no heads and is not broken."""
    assert await verify(replay([])) == {}


async def test_rows_follow_each_other():
    """Sequences count from 1, the first follows zeros, each other one the hash before it."""
    rows = await written(SIZE)

    assert [row.sequence for row in rows] == [1, 2, 3, 4, 5]
    assert [row.previous for row in rows] == [bytes(32), *(row.hash for row in rows[:-1])]


async def test_the_hash_is_as_documented():
    """SHA-256 over each column but the hash, with its length before it, and the body at the end."""
    row = (await written(1))[0]
    since_1970 = 1_791_192_601_000_000
    columns = (
        b"gateway-1",
        (1).to_bytes(8, "big"),
        since_1970.to_bytes(8, "big"),
        b"REFUSAL",
        b"view-1",
        row.person_key or b"",
        bytes(32),
    )
    said = b"".join(len(column).to_bytes(4, "big") + column for column in columns)

    assert row.hash == hashlib.sha256(said + row.body).digest()


async def test_the_body_is_canonical():
    """Encoding what was decoded gives the same bytes: names in order, nothing in between."""
    row = (await written(1))[0]

    assert msgspec.json.encode(msgspec.json.decode(row.body), order="sorted") == row.body


@EVERY
@WITH_AND_WITHOUT_KEY
@pytest.mark.parametrize("column", FLIPS)
async def test_a_flipped_bit_in_any_column(column: str, sealer: Sealer | None, sequence: int):
    """Is found, and the event named."""
    rows = await written(SIZE)
    row = rows[sequence - 1]
    rows[sequence - 1] = replace(row, **{column: FLIPS[column](getattr(row, column))})

    assert await broken(rows, sealer) == f"event {sequence} of writer 'gateway-1' was changed"


@EVERY
@pytest.mark.parametrize("column", ["view_id", "person_key"])
async def test_an_emptied_column(column: str, sequence: int):
    """None is not the same as an empty text, nor as what was there."""
    rows = await written(SIZE)
    rows[sequence - 1] = replace(rows[sequence - 1], **{column: None})

    assert await broken(rows) == f"event {sequence} of writer 'gateway-1' was changed"


@EVERY
@pytest.mark.parametrize("column", ["at", "kind", "view_id", "person_key", "previous", "body"])
async def test_a_column_of_another_type(column: str, sequence: int):
    """What a database lets in that knows no types is a changed event, not a crash."""
    rows = await written(SIZE)
    rows[sequence - 1] = replace(rows[sequence - 1], **{column: 7})

    assert await broken(rows) == f"event {sequence} of writer 'gateway-1' was changed"


@EVERY
async def test_a_changed_writer(sequence: int):
    """The event is missed where it was, or found where it cannot be."""
    rows = await written(SIZE)
    rows[sequence - 1] = replace(rows[sequence - 1], writer="gateway-2")

    said = await broken(rows)

    if sequence == 1:
        assert said == "event 1 of writer 'gateway-1' is missing"
    elif sequence < SIZE:
        assert said == f"event {sequence} of writer 'gateway-1' is missing"
    else:
        assert said == "event 1 of writer 'gateway-2' is missing"


@EVERY
@pytest.mark.parametrize("to", [-1, 0, 100, "two", 2.5])
async def test_a_changed_sequence(sequence: int, to: object):
    """Whatever number an event is given instead, the chain does not hold."""
    rows = await written(SIZE)
    rows[sequence - 1] = replace(rows[sequence - 1], sequence=to)

    async def as_they_come():
        for row in rows:
            yield row

    with pytest.raises(AuditBrokenError):
        await verify(as_they_come())


@pytest.mark.parametrize("sequence", range(1, SIZE))
async def test_a_dropped_event(sequence: int):
    """Any but the last one is missed."""
    rows = await written(SIZE)
    del rows[sequence - 1]

    assert await broken(rows) == f"event {sequence} of writer 'gateway-1' is missing"


@EVERY
@pytest.mark.parametrize("other", range(1, SIZE + 1))
async def test_two_events_that_changed_places(sequence: int, other: int):
    """The earlier of the two places is named."""
    if sequence == other:
        return
    rows = await written(SIZE)
    one, two = rows[sequence - 1], rows[other - 1]
    rows[sequence - 1] = replace(two, sequence=sequence)
    rows[other - 1] = replace(one, sequence=other)

    first = min(sequence, other)
    assert await broken(rows) == f"event {first} of writer 'gateway-1' was changed"


@EVERY
async def test_an_event_of_another_chain_in_its_place(sequence: int):
    """A genuine event that was written under the same key elsewhere does not fit."""
    rows, others = await written(SIZE), await written(SIZE)
    rows[sequence - 1] = others[sequence - 1]

    said = await broken(rows)

    # The very first stands alone; that it is another shows in the one after it.
    named = sequence + 1 if sequence == 1 else sequence
    assert said == f"event {named} of writer 'gateway-1' does not follow the one before it"


async def test_events_twice():
    """An event that comes again stands out of order."""
    rows = await written(SIZE)

    assert await broken([*rows, rows[2]]) == "event 3 of writer 'gateway-1' stands out of order"


async def test_writers_have_chains_of_their_own():
    """One writer's break is named as that writer's."""
    store = MemoryAudit()
    for writer in ("gateway-1", "gateway-2"):
        trail = await a_trail(store, writer)
        await trail.record(events(3, writer))
        await trail.aclose()
    rows = [row async for row in store.read()]

    heads = await verify(replay(rows), SEALER)
    rows[4] = replace(rows[4], kind="VIEW")

    assert {writer: head.sequence for writer, head in heads.items()} == {
        "gateway-1": 3,
        "gateway-2": 3,
    }
    assert await broken(rows) == "event 2 of writer 'gateway-2' was changed"


@pytest.mark.parametrize("left", range(SIZE))
async def test_a_cut_off_tail_shows_only_in_the_head(left: int):
    """Nothing in a chain says that it went on; whoever noted its head before can tell."""
    rows = await written(SIZE)

    heads = await verify(replay(rows[:left]), SEALER)

    assert heads.get("gateway-1", Position()).sequence == left < SIZE


@EVERY
async def test_a_change_that_was_hashed_anew(sequence: int):
    """Hashes alone cannot tell, for anybody can make them; the seals name the event."""
    rows = await written(SIZE)
    rows[sequence - 1] = other_body(rows[sequence - 1])
    rows = rehashed(rows)

    assert await verify(replay(rows), None)
    assert await broken(rows, SEALER) == (
        f"event {sequence} of writer 'gateway-1' was changed:"
        " its sealed part does not open in this place"
    )


@pytest.mark.parametrize("sequence", range(1, SIZE))
async def test_a_drop_that_was_hashed_anew(sequence: int):
    """Every seal after it is bound to another place than the one where it stands."""
    rows = await written(SIZE)
    del rows[sequence - 1]

    assert f"event {sequence} of writer" in await broken(rehashed(rows), SEALER)


@pytest.mark.parametrize("sequence", range(1, SIZE))
async def test_a_swap_that_was_hashed_anew(sequence: int):
    """Two neighbours in each other's place do not open there."""
    rows = await written(SIZE)
    rows[sequence - 1], rows[sequence] = rows[sequence], rows[sequence - 1]

    assert f"event {sequence} of writer" in await broken(rehashed(rows), SEALER)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"[]", id="another shape"),
        pytest.param(b"\xff", id="no text"),
        pytest.param(7, id="no bytes"),
    ],
)
async def test_a_body_that_is_none(body: object):
    """With the key, a body that cannot be read is a changed event, whatever its hash says."""
    row = (await written(1))[0]
    row = replace(row, body=body)
    if isinstance(body, bytes):
        row = rehashed([row])[0]

    assert "event 1 of writer" in await broken([row], SEALER)


async def test_a_body_that_is_no_bytes_does_not_open():
    """Reading a view back says the same of it."""
    row = replace((await written(1))[0], body=7)

    with pytest.raises(AuditBrokenError, match="event 1"):
        open_row(row, SEALER)


async def test_the_wrong_key_is_no_proof():
    """Under another key of the same name nothing opens; under another name the key is asked for."""
    rows = await written(1)
    assert "does not open" in await broken(rows, Sealer(OTHER_KEYS))

    named = msgspec.json.decode(rows[0].body)
    named["seal"]["key"] = "2019"
    renamed = rehashed([replace(rows[0], body=msgspec.json.encode(named, order="sorted"))])
    with pytest.raises(SettingsError, match="`2019`"):
        await verify(replay(renamed), SEALER)


async def test_what_a_terminal_would_obey_is_quoted():
    """A name that somebody wrote into the file reaches the screen harmless."""
    rows = [replace(row, writer="\x1b[2Jgateway") for row in await written(1)]

    assert "\x1b" not in await broken(rows)


async def test_an_event_reads_back_as_it_was_written():
    """Both parts, and where and when it was written."""
    row = (await written(1))[0]

    opened = open_row(row, SEALER)

    event = an_event()
    assert (opened.plain, opened.sealed) == (event.plain, event.sealed)
    assert (opened.writer, opened.sequence, opened.written_at) == ("gateway-1", 1, row.at)


@given(data=st.data())
async def test_no_bit_of_a_body_can_be_flipped(data: st.DataObject):
    """Law: whichever bit of whichever event it is."""
    rows = await written(2)
    which = data.draw(st.integers(0, 1))
    body = bytearray(rows[which].body)
    bit = data.draw(st.integers(0, len(body) * 8 - 1))
    body[bit // 8] ^= 1 << bit % 8
    rows[which] = replace(rows[which], body=bytes(body))

    assert await broken(rows) == f"event {which + 1} of writer 'gateway-1' was changed"


texts = st.text(max_size=8)
maybe = st.none() | texts
keys = st.none() | st.binary(max_size=8)
places = st.tuples(texts, st.integers(1, 3), texts, maybe, keys, st.binary(max_size=8), st.binary())


@given(one=places, other=places)
async def test_no_two_rows_have_the_same_bytes(one: tuple[Any, ...], other: tuple[Any, ...]):
    """Law: what one column loses another cannot gain without the hash telling."""
    at = (await written(1))[0].at
    rows = [
        AuditRow(
            writer=writer,
            sequence=sequence,
            at=at,
            kind=kind,
            view_id=view_id,
            person_key=person_key,
            body=body,
            previous=previous,
            hash=b"",
        )
        for writer, sequence, kind, view_id, person_key, previous, body in (one, other)
    ]
    digests = {_hash(_place(row), row.body) for row in rows}

    assert len(digests) == len(set(rows))

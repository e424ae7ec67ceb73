"""A log held against what was signed of it: tampering at every place, over two writers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from federation.audit import AuditTrail, Position, Sealer
from federation.audit.chain import _hash, _place
from federation.audit.checkpoint import Checkpoint
from federation.audit.proof import ChainProof, prove
from federation.storage import AuditRow
from federation.storage.memory import MemoryAudit
from tests.builders import NOW
from tests.federation.audit.values import KEYS, Ticking, a_trail, events, replay

SEALER = Sealer(KEYS)
WRITERS = ("gateway-1", "gateway-2")
SIZE = 6
SIGNED_EVERY = 3
PLACES = [(writer, sequence) for writer in WRITERS for sequence in range(1, SIZE + 1)]
EVERY = pytest.mark.parametrize(("writer", "sequence"), PLACES)
WITH_AND_WITHOUT_KEY = pytest.mark.parametrize(
    "sealer", [pytest.param(None, id="signatures"), pytest.param(SEALER, id="seals")]
)


async def written() -> list[AuditRow]:
    store = MemoryAudit()
    for writer in WRITERS:
        trail = await a_trail(store, writer)
        await trail.record(events(SIZE, writer))
        await trail.aclose()
    return [row async for row in store.read()]


def signed(rows: Iterable[AuditRow], every: int = SIGNED_EVERY) -> list[Checkpoint]:
    return [
        Checkpoint(
            writer=row.writer, sequence=row.sequence, hash=row.hash.hex(), events=every, at=NOW
        )
        for row in rows
        if row.sequence % every == 0
    ]


async def faults(
    rows: Iterable[AuditRow], checkpoints: Iterable[Checkpoint], sealer: Sealer | None = None
) -> dict[str, str]:
    """What is said to be broken, by writer."""
    found = await prove(replay(rows), checkpoints, sealer)
    return {writer: str(one.broken) for writer, one in found.items() if one.broken}


def at(rows: Sequence[AuditRow], writer: str, sequence: int) -> int:
    return next(n for n, row in enumerate(rows) if (row.writer, row.sequence) == (writer, sequence))


def rehashed(rows: Iterable[AuditRow]) -> list[AuditRow]:
    """What somebody does who may write and holds no key: number and hash each chain anew."""
    heads: dict[str, Position] = {}
    done = []
    for row in rows:
        after = heads.get(row.writer, Position())
        moved = replace(row, sequence=after.sequence + 1, previous=after.hash)
        done.append(replace(moved, hash=_hash(_place(moved), moved.body)))
        heads[row.writer] = Position(done[-1].sequence, done[-1].hash)
    return done


@WITH_AND_WITHOUT_KEY
async def test_a_whole_log_is_proved(sealer: Sealer | None):
    """Every writer's head, and up to where it was signed."""
    rows = await written()

    assert await prove(replay(rows), signed(rows), sealer) == {
        writer: ChainProof(head=Position(SIZE, rows[at(rows, writer, SIZE)].hash), signed_up_to=6)
        for writer in WRITERS
    }


async def test_nothing_is_proved_of_nothing():
    """An empty log of which nothing was signed has no writers."""
    assert await prove(replay(()), ()) == {}


@EVERY
@WITH_AND_WITHOUT_KEY
async def test_an_end_that_was_cut_off(writer: str, sequence: int, sealer: Sealer | None):
    """From any event on: the first of those that are gone is named, and of that writer alone."""
    rows = await written()
    left = [row for row in rows if row.writer != writer or row.sequence < sequence]

    assert await faults(left, signed(rows), sealer) == {
        writer: f"event {sequence} of writer '{writer}' was cut off: event {SIZE} was signed"
    }


@pytest.mark.parametrize("left", range(SIZE))
async def test_an_end_that_nobody_signed(left: int):
    """What was written after the last checkpoint can go without a trace, and that is said."""
    rows = (await written())[:SIZE]
    checkpoints = [said for said in signed(rows) if said.sequence <= left]

    found = await prove(replay(rows[:left]), checkpoints)

    assert [(one.head.sequence, one.signed_up_to) for one in found.values()] == (
        [(left, left // SIGNED_EVERY * SIGNED_EVERY)] if left else []
    )


@EVERY
@pytest.mark.parametrize("column", [*AuditRow.__struct_fields__])
@WITH_AND_WITHOUT_KEY
async def test_any_column_of_any_event(
    writer: str, sequence: int, column: str, sealer: Sealer | None
):
    """A change to it names that event, or the place that it left."""
    rows = await written()
    checkpoints = signed(rows)
    place = at(rows, writer, sequence)
    rows[place] = changed(rows[place], column)

    said = await faults(rows, checkpoints, sealer)

    named = f"event {sequence} of writer '{writer}'"
    assert said[writer].startswith(named)
    if column not in {"writer", "sequence"}:
        assert said == {writer: f"{named} was changed"}


BYTES = ("kind", "view_id", "person_key", "body", "previous", "hash")


@pytest.mark.parametrize("stride", [11, pytest.param(1, marks=pytest.mark.long)])
async def test_every_byte_of_every_event(stride: int):
    """Flipped in any column of any event, that event is named (every eleventh in the short run)."""
    rows = await written()
    checkpoints = signed(rows)
    for number, row in enumerate(rows):
        for column in BYTES:
            value: Any = getattr(row, column)
            for place in range(0, len(value), stride):
                other = replace(row, **{column: flipped(value, place)})
                said = await faults([*rows[:number], other, *rows[number + 1 :]], checkpoints)
                what = f"event {row.sequence} of writer '{row.writer}' was changed"
                assert said == {row.writer: what}, (column, place)


def flipped(value: str | bytes, place: int) -> str | bytes:
    if isinstance(value, str):
        return value[:place] + chr(ord(value[place]) ^ 1) + value[place + 1 :]
    return value[:place] + bytes((value[place] ^ 1,)) + value[place + 1 :]


def changed(row: AuditRow, column: str) -> AuditRow:
    value: Any = getattr(row, column)
    match value:
        case bytes():
            other: Any = bytes((value[0] ^ 1,)) + value[1:]
        case str():
            other = value[:-1] + chr(ord(value[-1]) ^ 64)
        case int():
            other = value + 100
        case _:
            other = value + timedelta(microseconds=1)
    return replace(row, **{column: other})


@EVERY
@WITH_AND_WITHOUT_KEY
async def test_an_event_that_was_dropped(writer: str, sequence: int, sealer: Sealer | None):
    """Is missed, the last one because it was signed."""
    rows = await written()
    checkpoints = signed(rows)
    del rows[at(rows, writer, sequence)]

    what = f"was cut off: event {SIZE} was signed" if sequence == SIZE else "is missing"
    assert await faults(rows, checkpoints, sealer) == {
        writer: f"event {sequence} of writer '{writer}' {what}"
    }


@EVERY
@pytest.mark.parametrize("other", range(1, SIZE + 1))
async def test_two_events_that_changed_places(writer: str, sequence: int, other: int):
    """The earlier of the two is named, in one chain and between two."""
    rows = await written()
    checkpoints = signed(rows)
    for second in WRITERS:
        if (second, other) == (writer, sequence):
            continue
        swapped = list(rows)
        one, two = at(rows, writer, sequence), at(rows, second, other)
        swapped[one] = replace(rows[two], writer=writer, sequence=sequence)
        swapped[two] = replace(rows[one], writer=second, sequence=other)

        said = await faults(swapped, checkpoints)

        first = min(sequence, other) if writer == second else sequence
        assert said[writer] == f"event {first} of writer '{writer}' was changed"
        assert said.keys() == {writer, second}


@EVERY
async def test_a_change_that_was_hashed_anew(writer: str, sequence: int):
    """The next checkpoint does not fit; with the audit key the event itself is named."""
    rows = await written()
    checkpoints = signed(rows)
    place = at(rows, writer, sequence)
    rows[place] = replace(rows[place], body=rows[place].body.replace(b"DIRECT_CARE", b"EMERGENCY"))
    rows = rehashed(rows)

    said = await faults(rows, checkpoints)
    sealed = await faults(rows, checkpoints, SEALER)

    up_to = (sequence + SIGNED_EVERY - 1) // SIGNED_EVERY * SIGNED_EVERY
    assert said.keys() == sealed.keys() == {writer}
    assert said[writer] == (
        f"event {up_to} of writer '{writer}' is not the one that was signed on {NOW.isoformat()}:"
        f" it was changed, or one of the {SIGNED_EVERY - 1} before it, and hashed anew"
    )
    assert sealed[writer].startswith(f"event {sequence} of writer '{writer}' was changed: its seal")


@EVERY
async def test_a_drop_that_was_hashed_anew(writer: str, sequence: int):
    """Also of the last one: the chain does not end where it was signed."""
    rows = await written()
    checkpoints = signed(rows)
    del rows[at(rows, writer, sequence)]

    said = await faults(rehashed(rows), checkpoints)

    assert said.keys() == {writer}


@pytest.mark.parametrize("writer", WRITERS)
@pytest.mark.parametrize("number", range(SIZE // SIGNED_EVERY))
async def test_a_checkpoint_that_is_missing(writer: str, number: int):
    """Any but the last one, which nothing follows."""
    rows = await written()
    checkpoints = signed(rows)
    mine = [said for said in checkpoints if said.writer == writer]
    checkpoints.remove(mine[number])

    said = await faults(rows, checkpoints)

    last = number == len(mine) - 1
    assert said == (
        {}
        if last
        else {
            writer: f"event {number * SIGNED_EVERY + 1} of writer '{writer}' has no checkpoint, and"
            " one was signed: it is missing"
        }
    )


async def test_checkpoints_that_overlap():
    """Two that were signed of the same events say the same, and that is no gap."""
    rows = await written()

    assert await faults(rows, [*signed(rows), *signed(rows, 2)]) == {}


async def test_every_writers_first_bad_event_is_named():
    """One writer's break hides no other's."""
    rows = await written()
    checkpoints = signed(rows)
    rows[1] = replace(rows[1], kind="VIEW")
    del rows[-1]

    assert await faults(rows, checkpoints) == {
        "gateway-1": "event 2 of writer 'gateway-1' was changed",
        "gateway-2": "event 6 of writer 'gateway-2' was cut off: event 6 was signed",
    }


async def test_a_clock_that_was_set_back():
    """The chain holds, in the order in which it was written; the first such event is told."""
    store = MemoryAudit()
    clock = Ticking()
    trail = await AuditTrail.open(store, "gateway-1", KEYS, clock)
    await trail.record(events(2))
    clock.now -= timedelta(hours=1)
    await trail.record(events(2))
    await trail.aclose()
    rows = [row async for row in store.read()]

    found = (await prove(replay(rows), signed(rows, 4), SEALER))["gateway-1"]

    assert (found.broken, found.head.sequence, found.set_back) == (None, 4, 3)

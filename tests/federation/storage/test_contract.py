"""What the audit log and the superseded numbers do in every storage."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from federation.errors import StorageError
from federation.model import SupersededNumber, ViewId
from federation.nhs_number import NhsNumber
from federation.storage import (
    AuditPlace,
    AuditRow,
    CheckpointRow,
    HoldRow,
    IndexEntry,
    SegmentRow,
    Storage,
)
from tests.builders import NOW

A, B, C, D = (NhsNumber(f"999000{n:04}") for n in range(4))


def a_row(sequence: int, writer: str = "gateway-1", **given) -> AuditRow:
    values: dict[str, Any] = {
        "at": NOW + timedelta(microseconds=sequence),
        "kind": "VIEW",
        "view_id": ViewId("view-1"),
        "person_key": b"\x00\xff" * 16,
        "body": b"{}",
        "previous": bytes(32),
        "hash": bytes([sequence % 256]) * 32,
    }
    return AuditRow(writer=writer, sequence=sequence, **(values | given))


def superseded(old: NhsNumber, current: NhsNumber, minutes: int = 0) -> SupersededNumber:
    return SupersededNumber(old=old, current=current, learned_at=NOW + timedelta(minutes=minutes))


async def test_a_new_log_is_empty(storage: Storage):
    """Before the first event there is no last one, and nothing to read."""
    assert await storage.audit.last("gateway-1") is None
    assert [row async for row in storage.audit.read()] == []
    assert await storage.audit.of_view(ViewId("view-1")) == ()


async def test_rows_come_back_as_they_went_in(storage: Storage):
    """Every column, with and without the optional ones, to the microsecond and the byte."""
    rows = (a_row(1), a_row(2, view_id=None, person_key=None, body=b"\x00\xff"))

    await storage.audit.append(rows)

    assert tuple([row async for row in storage.audit.read()]) == rows


async def test_no_rows_are_no_work(storage: Storage):
    """Appending nothing is allowed and changes nothing."""
    await storage.audit.append(())

    assert await storage.audit.last("gateway-1") is None


async def test_the_last_row_is_of_one_writer(storage: Storage):
    """Each writer's chain has an end of its own, by sequence and not by arrival."""
    await storage.audit.append((a_row(2), a_row(10), a_row(9), a_row(11, "gateway-2")))

    last = await storage.audit.last("gateway-1")

    assert last == a_row(10)
    assert await storage.audit.last("gateway-3") is None


async def test_reading_is_in_order_of_writer_and_sequence(storage: Storage):
    """More rows than one page, of two writers, arriving in any order, are read in order."""
    await storage.audit.append([a_row(n, "gateway-2") for n in range(600, 0, -1)])
    await storage.audit.append([a_row(n) for n in range(1, 602)])

    both = [(row.writer, row.sequence) async for row in storage.audit.read()]
    one = [row.sequence async for row in storage.audit.read("gateway-2")]

    assert both == sorted(both)
    assert len(both) == 1201
    assert one == list(range(1, 601))


async def test_a_sequence_number_is_used_once(storage: Storage):
    """A number that the writer has used is an error, and nothing of that transaction is written."""
    await storage.audit.append((a_row(1),))

    with pytest.raises(StorageError):
        await storage.audit.append((a_row(2), a_row(1, body=b"another")))

    assert [row.sequence async for row in storage.audit.read()] == [1]
    assert await storage.audit.last("gateway-1") == a_row(1)


async def test_a_sequence_number_is_used_once_within_a_transaction(storage: Storage):
    """Two rows of one number in one transaction are an error too."""
    with pytest.raises(StorageError):
        await storage.audit.append((a_row(1), a_row(1, body=b"another")))

    assert await storage.audit.last("gateway-1") is None


async def test_a_store_works_on_after_an_error(storage: Storage):
    """What failed once is no obstacle to what comes after it."""
    await storage.audit.append((a_row(1),))
    with pytest.raises(StorageError):
        await storage.audit.append((a_row(1),))

    await storage.audit.append((a_row(2),))

    assert await storage.audit.last("gateway-1") == a_row(2)


async def test_an_error_tells_nothing_of_the_row(storage: Storage):
    """Neither the error nor what caused it repeats what was to be written."""
    await storage.audit.append((a_row(1),))

    with pytest.raises(StorageError) as caught:
        await storage.audit.append((a_row(1, body=b"9990000018", view_id=ViewId("view-secret")),))

    told = f"{caught.value} {caught.value.__cause__}"
    assert "9990000018" not in told
    assert "view-secret" not in told


async def test_events_of_one_view(storage: Storage):
    """One view's rows in order, and no other's."""
    other = {"view_id": ViewId("view-2")}
    await storage.audit.append((a_row(3), a_row(1), a_row(2, **other)))

    assert await storage.audit.of_view(ViewId("view-1")) == (a_row(1), a_row(3))


async def test_events_of_one_kind_of_several_views(storage: Storage):
    """Of the views that are asked for alone; of none, where none is."""
    other, third = {"view_id": ViewId("view-2")}, {"view_id": ViewId("view-3")}
    rows = (a_row(1), a_row(2, kind="REVIEWED"), a_row(3, kind="REVIEWED", **other))
    await storage.audit.append((*rows, a_row(4, kind="REVIEWED", **third)))
    found = await storage.audit.of_views({ViewId("view-1"), ViewId("view-2")}, "REVIEWED")
    assert found == rows[1:]
    assert await storage.audit.of_views((), "REVIEWED") == ()


def indexed(entry: str, *rows: AuditRow) -> tuple[IndexEntry, ...]:
    return tuple(IndexEntry(entry, row.at, row.writer, row.sequence) for row in rows)


def place(row: AuditRow) -> AuditPlace:
    return AuditPlace(row.at, row.writer, row.sequence)


async def test_rows_are_found_by_their_entries_newest_first(storage: Storage):
    """In order of time and then of place, whoever wrote them; each once, whatever finds it."""
    rows = (a_row(1), a_row(3), a_row(2, "gateway-2"), a_row(2))
    other = a_row(4)
    await storage.audit.append(
        (*rows, other),
        (*indexed("node:a", *rows), *indexed("node:b", rows[0]), *indexed("node:c", other)),
    )

    found = await storage.audit.find(("node:a", "node:b"), limit=10)

    assert found == (a_row(3), a_row(2, "gateway-2"), a_row(2), a_row(1))
    assert await storage.audit.find(("node:b",), limit=10) == (a_row(1),)
    assert await storage.audit.find(("node:none",), limit=10) == ()
    assert await storage.audit.find((), limit=10) == ()


async def test_what_is_found_comes_in_pages(storage: Storage):
    """A page ends at its limit, and the next begins behind its last row, also at one instant."""
    rows = [a_row(n, at=NOW) for n in (1, 2, 3)] + [a_row(n, "gateway-2", at=NOW) for n in (1, 2)]
    await storage.audit.append(rows, indexed("node:a", *rows))

    first = await storage.audit.find(("node:a",), limit=2)
    second = await storage.audit.find(("node:a",), before=place(first[-1]), limit=2)
    third = await storage.audit.find(("node:a",), before=place(second[-1]), limit=2)

    assert [(row.writer, row.sequence) for row in (*first, *second, *third)] == [
        ("gateway-2", 2),
        ("gateway-2", 1),
        ("gateway-1", 3),
        ("gateway-1", 2),
        ("gateway-1", 1),
    ]


async def test_what_is_found_keeps_within_the_time(storage: Storage):
    """From the first instant on, and before the last."""
    rows = [a_row(n) for n in range(1, 6)]
    await storage.audit.append(rows, indexed("node:a", *rows))

    found = await storage.audit.find(("node:a",), since=rows[1].at, until=rows[3].at, limit=10)

    assert [row.sequence for row in found] == [3, 2]


async def test_an_entry_that_misplaces_its_row_finds_nothing(storage: Storage):
    """One with another time than the row's, or for a row that there is not."""
    moved = IndexEntry("node:a", NOW + timedelta(days=1), "gateway-1", 1)
    gone = IndexEntry("node:a", NOW, "gateway-1", 2)
    await storage.audit.append((a_row(1),), (moved, gone))

    assert await storage.audit.find(("node:a",), limit=10) == ()


async def test_rows_and_index_are_written_together(storage: Storage):
    """Where the rows are refused, nothing finds what would have been in their place."""
    await storage.audit.append((a_row(1),))

    with pytest.raises(StorageError):
        await storage.audit.append((a_row(2), a_row(1)), indexed("node:a", a_row(1), a_row(2)))

    assert await storage.audit.find(("node:a",), limit=10) == ()


async def test_what_the_index_lacks_can_be_added(storage: Storage):
    """It says how much was lacking; what is there already stays, and counts for nothing."""
    rows = [a_row(n) for n in (1, 2, 3)]
    await storage.audit.append(rows, indexed("node:a", rows[0]))

    assert await storage.audit.index(indexed("node:a", *rows)) == 2
    assert await storage.audit.index(indexed("node:a", *rows)) == 0
    assert await storage.audit.index(()) == 0

    assert [row.sequence for row in await storage.audit.find(("node:a",), limit=9)] == [3, 2, 1]


async def test_a_number_that_was_never_replaced(storage: Storage):
    """Nobody's earlier numbers are known at first."""
    assert await storage.numbers.superseded_by(A) == ()
    assert tuple(await storage.numbers.all_superseded()) == ()


async def test_earlier_numbers_are_found_by_the_one_in_use(storage: Storage):
    """Several earlier numbers come in order; the way back is no way."""
    await storage.numbers.learn(superseded(B, C))
    await storage.numbers.learn(superseded(A, C))

    assert await storage.numbers.superseded_by(C) == (A, B)
    assert await storage.numbers.superseded_by(A) == ()


async def test_a_number_replaced_twice_is_still_found(storage: Storage):
    """A became B, later B became C: both are C's, in whichever order they were learned."""
    await storage.numbers.learn(superseded(B, C))
    await storage.numbers.learn(superseded(A, B))

    assert await storage.numbers.superseded_by(C) == (A, B)
    assert await storage.numbers.superseded_by(B) == (A,)


async def test_numbers_that_replaced_each_other_end_the_search(storage: Storage):
    """A circle, which a bad feed could hold, neither hangs nor names the number itself."""
    await storage.numbers.learn_all((superseded(A, B), superseded(B, A)))

    assert await storage.numbers.superseded_by(A) == (B,)


async def test_learning_twice_changes_nothing(storage: Storage):
    """The first time it was learned stays."""
    await storage.numbers.learn(superseded(A, B))
    await storage.numbers.learn(superseded(A, B, minutes=5))

    assert tuple(await storage.numbers.all_superseded()) == (superseded(A, B),)


async def test_the_last_word_about_a_number_holds(storage: Storage):
    """A correction moves the earlier number to another person's."""
    await storage.numbers.learn(superseded(A, B))
    await storage.numbers.learn(superseded(A, C, minutes=5))

    assert await storage.numbers.superseded_by(B) == ()
    assert await storage.numbers.superseded_by(C) == (A,)


async def test_a_feed_is_learned_whole(storage: Storage):
    """Many at once, later ones over earlier ones, and an empty feed is nothing."""
    await storage.numbers.learn_all(())
    await storage.numbers.learn_all((superseded(A, C), superseded(B, D), superseded(A, D)))

    assert await storage.numbers.superseded_by(D) == (A, B)
    assert [one.old for one in await storage.numbers.all_superseded()] == [A, B]


def a_checkpoint(sequence: int, writer: str = "gateway-1", signed: str = "a.b.c") -> CheckpointRow:
    return CheckpointRow(writer=writer, sequence=sequence, signed=signed)


async def test_checkpoints_come_back_in_order(storage: Storage):
    """By writer and sequence, all or one writer's; the first word on an event stays."""
    for one in (a_checkpoint(20), a_checkpoint(3), a_checkpoint(5, "gateway-0")):
        await storage.keeping.add_checkpoint(one)
    await storage.keeping.add_checkpoint(a_checkpoint(3, signed="d.e.f"))

    assert await storage.keeping.checkpoints() == (
        a_checkpoint(5, "gateway-0"),
        a_checkpoint(3),
        a_checkpoint(20),
    )
    assert await storage.keeping.checkpoints("gateway-0") == (a_checkpoint(5, "gateway-0"),)
    assert await storage.keeping.checkpoints("nobody") == ()


def a_segment(first: int, last: int, writer: str = "gateway-1") -> SegmentRow:
    return SegmentRow(writer=writer, first=first, last=last, signed="a.b.c")


def an_entry_of(row: AuditRow, entry: str = "kind:VIEW") -> IndexEntry:
    return IndexEntry(entry, row.at, row.writer, row.sequence)


async def test_archived_events_leave_with_their_entries(storage: Storage):
    """Those between two places of one writer, and nothing else."""
    rows = [a_row(n) for n in range(1, 6)] + [a_row(n, "gateway-2") for n in (1, 2)]
    await storage.audit.append(rows, [an_entry_of(row) for row in rows])
    await storage.keeping.add_segment(a_segment(1, 4))

    await storage.keeping.remove("gateway-1", 2, 3, [an_entry_of(row) for row in rows[1:3]])

    left = [row async for row in storage.audit.read()]
    assert left == [rows[0], *rows[3:]]
    # Put back without entries, they are not found: their entries went with them.
    await storage.audit.append(rows[1:3])
    found = await storage.audit.find(["kind:VIEW"], limit=10)
    assert sorted(found, key=rows.index) == left


@pytest.mark.parametrize(("first", "last", "writer"), [(1, 5, "a"), (0, 2, "a"), (1, 2, "b")])
async def test_what_is_not_archived_does_not_leave(
    storage: Storage, first: int, last: int, writer: str
):
    """Not one event beyond what was signed for."""
    await storage.audit.append([a_row(n, "a") for n in range(1, 6)])
    await storage.keeping.add_segment(a_segment(1, 4, "a"))

    with pytest.raises(StorageError):
        await storage.keeping.remove(writer, first, last)

    assert len([row async for row in storage.audit.read()]) == 5


async def test_segments_come_back_in_order(storage: Storage):
    """By writer and place; twice is an error, and so is a second proof of purging."""
    for one in (a_segment(10, 12), a_segment(1, 9), a_segment(1, 2, "gateway-0")):
        await storage.keeping.add_segment(one)
    with pytest.raises(StorageError):
        await storage.keeping.add_segment(a_segment(1, 9))

    await storage.keeping.purge("gateway-1", 9, "d.e.f")
    for writer, last in (("gateway-1", 9), ("gateway-1", 8), ("gateway-2", 12)):
        with pytest.raises(StorageError):
            await storage.keeping.purge(writer, last, "g.h.i")

    assert await storage.keeping.segments() == (
        a_segment(1, 2, "gateway-0"),
        replace(a_segment(1, 9), purged="d.e.f"),
        a_segment(10, 12),
    )


async def test_holds_are_lifted_once(storage: Storage):
    """In order of ids; an id is used once, and nothing is lifted that is not held."""
    for id_ in ("h-2", "h-1"):
        await storage.keeping.add_hold(HoldRow(id=id_, signed="a.b.c"))
    with pytest.raises(StorageError):
        await storage.keeping.add_hold(HoldRow(id="h-1", signed="d.e.f"))

    await storage.keeping.lift_hold("h-1", "g.h.i")
    for id_ in ("h-1", "h-3"):
        with pytest.raises(StorageError):
            await storage.keeping.lift_hold(id_, "j.k.l")

    assert await storage.keeping.holds() == (
        HoldRow(id="h-1", signed="a.b.c", lifted="g.h.i"),
        HoldRow(id="h-2", signed="a.b.c"),
    )

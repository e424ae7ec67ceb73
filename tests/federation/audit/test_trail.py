"""Writing down: together, durably, or not at all."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from federation.audit import AuditTrail, Sealer, TrailLimits, events_of_view, verify
from federation.audit.chain import draft
from federation.errors import AuditUnavailableError, StorageError
from federation.model import ViewId
from federation.storage import open_storage
from federation.storage.memory import MemoryAudit
from tests.builders import NOW, NUMBER, OTHER_NUMBER
from tests.federation.audit.values import (
    KEYS,
    CountingAudit,
    Ticking,
    a_trail,
    an_event,
    disk_full,
    events,
    the_view,
)

SEALER = Sealer(KEYS)


async def record_each(trail: AuditTrail, count: int, name: str = "view") -> list[object]:
    """One caller an event, all at once; what each got."""
    return await asyncio.gather(
        *(trail.record((event,)) for event in events(count, name)), return_exceptions=True
    )


async def views(store: MemoryAudit) -> list[str | None]:
    return [row.view_id async for row in store.read()]


async def stalled_with_one(store: CountingAudit, trail: AuditTrail) -> asyncio.Task[None]:
    """A caller whose transaction has begun and cannot end until `store.open` is set."""
    store.open.clear()
    store.stalled.clear()
    first = asyncio.create_task(trail.record((an_event("first"),)))
    await store.stalled.wait()
    return first


def bytes_of_all(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.iterdir())


async def turn() -> None:
    """Let every task that can go on do so."""
    for _ in range(5):
        await asyncio.sleep(0)


async def test_events_are_in_the_store_when_record_returns():
    """In order, chained, and under the keyed hash of their person."""
    store = MemoryAudit()
    trail = await a_trail(store)

    await trail.record((an_event("view-1", NUMBER), an_event("view-2", OTHER_NUMBER)))
    rows = [row async for row in store.read()]
    await trail.aclose()

    assert [row.view_id for row in rows] == ["view-1", "view-2"]
    assert [row.person_key for row in rows] == [
        SEALER.person_key(NUMBER),
        SEALER.person_key(OTHER_NUMBER),
    ]
    assert await verify(store.read(), SEALER)


async def test_those_who_wait_are_written_together():
    """While one transaction is under way a hundred callers gather, and the next one takes all."""
    store = CountingAudit()
    trail = await a_trail(store)
    first = await stalled_with_one(store, trail)
    others = asyncio.create_task(record_each(trail, 100))
    await turn()

    store.open.set()
    await first
    assert await others == [None] * 100
    await trail.aclose()

    assert store.groups == [1, 100]
    assert await verify(store.read(), SEALER)


async def test_a_transaction_has_a_size():
    """More rows than one transaction takes are written in several, no caller's events apart."""
    store = CountingAudit()
    trail = await a_trail(store, limits=TrailLimits(rows_a_transaction=5))
    first = await stalled_with_one(store, trail)
    callers = [asyncio.create_task(trail.record(events(size))) for size in (2, 2, 2, 9, 1)]
    await turn()

    store.open.set()
    await asyncio.gather(first, *callers)
    await trail.aclose()

    assert store.groups == [1, 4, 2, 9, 1]


async def test_a_store_that_fails_is_audit_unavailable_for_all_who_wait():
    """Nobody of the group is told that it was written, and none of it was."""
    store = CountingAudit()
    trail = await a_trail(store)
    first = await stalled_with_one(store, trail)
    others = asyncio.create_task(record_each(trail, 3))
    await turn()
    store.failures = [disk_full(), disk_full()]

    store.open.set()
    with pytest.raises(AuditUnavailableError):
        await first
    results = await others
    await trail.aclose()

    assert [type(result) for result in results] == [AuditUnavailableError] * 3
    assert await views(store) == []


@pytest.mark.parametrize("error", [disk_full(), OSError("no space"), ValueError("a defect")])
async def test_the_trail_goes_on_after_a_failure(error: Exception):
    """Whatever it was, the next events are written and the chain holds."""
    store = CountingAudit()
    trail = await a_trail(store)
    await trail.record(events(2, "before"))
    store.failures = [error]

    with pytest.raises(AuditUnavailableError):
        await trail.record(events(2, "lost"))
    await trail.record(events(2, "after"))
    await trail.aclose()

    assert await views(store) == ["before-1", "before-2", "after-1", "after-2"]
    assert await verify(store.read(), SEALER)


async def test_a_failure_after_the_commit_does_not_fork_the_chain():
    """The store is asked where the chain stands: the events that nobody was told of are in it."""
    store = CountingAudit()
    trail = await a_trail(store)
    store.failures_after_commit = [disk_full()]

    with pytest.raises(AuditUnavailableError):
        await trail.record(events(2, "written"))
    await trail.record(events(1, "after"))
    await trail.aclose()

    assert await views(store) == ["written-1", "written-2", "after-1"]
    assert await verify(store.read(), SEALER)


async def test_a_position_that_cannot_be_read_is_read_again():
    """The look is unavailable while the store says nothing, and the trail asks at the next one."""
    store = CountingAudit()
    trail = await a_trail(store)
    store.failures, store.failures_to_read = [disk_full()], [disk_full()]

    assert [type(one) for one in [*await record_each(trail, 1), *await record_each(trail, 1)]] == [
        AuditUnavailableError,
        AuditUnavailableError,
    ]
    await trail.record(events(1, "after"))
    await trail.aclose()

    assert await views(store) == ["after-1"]


async def test_a_store_that_cannot_be_read_does_not_open():
    """At the start the error is the store's own: a gateway that cannot audit must not start."""
    store = CountingAudit()
    store.failures_to_read = [disk_full()]

    with pytest.raises(StorageError):
        await a_trail(store)


async def test_failures_are_reported():
    """The operators' log is told what it was; a log that fails too does not end the trail."""
    store, told = CountingAudit(), []

    def report(error: BaseException) -> None:
        told.append(str(error))
        raise OSError("the log is on the same disk")

    trail = await a_trail(store, report_failure=report)
    store.failures = [disk_full()]
    with pytest.raises(AuditUnavailableError):
        await trail.record(events(1))
    await trail.record(events(1, "after"))
    await trail.aclose()

    assert told == ["the audit log could not be written"]
    assert await views(store) == ["after-1"]


async def test_a_cancelled_callers_events_are_written():
    """Whoever goes away while waiting leaves the look on the record."""
    store = CountingAudit()
    trail = await a_trail(store)
    first = await stalled_with_one(store, trail)
    second = asyncio.create_task(trail.record((an_event("second"),)))
    await turn()

    for task in (first, second):
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    store.open.set()
    await trail.record((an_event("third"),))
    await trail.aclose()

    assert await views(store) == ["first", "second", "third"]
    assert await verify(store.read(), SEALER)


async def test_patience_ends():
    """A disk that does not answer is audit unavailable; what waited is written when it does."""
    store = CountingAudit()
    trail = await a_trail(store, limits=TrailLimits(patience_seconds=0))
    store.open.clear()

    with pytest.raises(AuditUnavailableError):
        await trail.record((an_event("late"),))
    store.open.set()
    await trail.aclose()

    assert await views(store) == ["late"]


async def test_memory_is_bounded_while_the_disk_stalls():
    """As many may wait as the limit says; the next one is turned away at once."""
    store = CountingAudit()
    trail = await a_trail(store, limits=TrailLimits(waiting=2))
    first = await stalled_with_one(store, trail)
    waiting = asyncio.create_task(record_each(trail, 2))
    await turn()

    with pytest.raises(AuditUnavailableError):
        await trail.record((an_event("turned-away"),))
    store.open.set()
    await first
    assert await waiting == [None, None]
    await trail.aclose()

    assert await views(store) == ["first", "view-1", "view-2"]


async def test_bytes_are_bounded_while_the_disk_stalls():
    """Few callers with much to write are as much as many: turned away at once, and later not."""
    store = CountingAudit()
    drafted = draft(an_event("waits-1"), SEALER)
    size = len(drafted.plain) + len(drafted.secret)
    trail = await a_trail(store, limits=TrailLimits(waiting_bytes=4 * size))
    first = await stalled_with_one(store, trail)

    # What is being written counts: its bytes are in memory like those that wait.
    taken = [asyncio.create_task(trail.record((one,))) for one in events(3, "waits")]
    await turn()
    refused = await record_each(trail, 50, "too-much")
    with pytest.raises(AuditUnavailableError):
        await trail.record(events(5, "never-fits"))
    assert {type(one) for one in refused} == {AuditUnavailableError}
    assert not any(task.done() for task in (first, *taken))

    store.open.set()
    await asyncio.gather(first, *taken)
    await trail.record(events(4, "after"))
    await trail.aclose()
    assert len(await views(store)) == 8


async def test_a_caller_who_is_out_of_patience_still_takes_room():
    """Their events wait to be written, so nobody new is let in in their place."""
    store = CountingAudit()
    drafted = draft(an_event("waits-1"), SEALER)
    size = len(drafted.plain) + len(drafted.secret)
    limits = TrailLimits(waiting_bytes=2 * size, patience_seconds=0.01)
    trail = await a_trail(store, limits=limits)
    first = await stalled_with_one(store, trail)

    outcomes = [await record_each(trail, 1, f"waits-{turn}") for turn in range(3)]
    assert {type(one) for (one,) in outcomes} == {AuditUnavailableError}
    with pytest.raises(AuditUnavailableError):
        await first

    store.open.set()
    await trail.aclose()
    assert await views(store) == ["first", "waits-0-1"]


async def test_closing_writes_what_waits():
    """Nothing that was taken is dropped at the end, and nothing is taken after it."""
    store = CountingAudit()
    trail = await a_trail(store)
    first = await stalled_with_one(store, trail)
    others = asyncio.create_task(record_each(trail, 3))
    await turn()

    closing = asyncio.create_task(trail.aclose())
    await turn()
    with pytest.raises(AuditUnavailableError):
        await trail.record((an_event("too-late"),))
    store.open.set()
    await asyncio.gather(closing, first)

    assert await others == [None] * 3
    assert await views(store) == ["first", "view-1", "view-2", "view-3"]
    await trail.aclose()


async def test_a_trail_that_is_torn_down_leaves_nobody_waiting():
    """Where the event loop ends under it, everybody who waits is told that it was not written."""
    store = CountingAudit()
    trail = await a_trail(store, limits=TrailLimits(patience_seconds=1000))
    first = await stalled_with_one(store, trail)
    second = asyncio.create_task(trail.record((an_event("second"),)))
    await turn()

    trail._task.cancel()
    async with asyncio.timeout(10):
        results = await asyncio.gather(first, second, return_exceptions=True)
    await trail.aclose()

    assert [type(result) for result in results] == [AuditUnavailableError] * 2
    with pytest.raises(AuditUnavailableError):
        await trail.record((an_event("third"),))


async def test_two_processes_with_one_writer_do_not_fork_the_chain():
    """Whoever comes second is refused once, finds where the chain stands, and goes on."""
    store = MemoryAudit()
    one, other = await a_trail(store), await a_trail(store)
    await one.record((an_event("one"),))

    with pytest.raises(AuditUnavailableError):
        await other.record((an_event("refused"),))
    await other.record((an_event("other"),))
    with pytest.raises(AuditUnavailableError):
        await one.record((an_event("refused"),))
    await one.record((an_event("one-again"),))
    await one.aclose()
    await other.aclose()

    assert await views(store) == ["one", "other", "one-again"]
    assert await verify(store.read(), SEALER)


async def test_a_writer_goes_on_where_it_ended():
    """After a restart the chain is the same one."""
    store = MemoryAudit()
    for name in ("before", "after"):
        trail = await a_trail(store)
        await trail.record(events(2, name))
        await trail.aclose()

    heads = await verify(store.read(), SEALER)
    assert heads["gateway-1"].sequence == 4


async def test_a_view_is_read_back():
    """All its events with their sealed parts, and no other view's."""
    store = MemoryAudit()
    trail = await a_trail(store)
    await trail.record((an_event("another"),))
    await trail.record(the_view())
    await trail.aclose()

    opened = await events_of_view(store, ViewId("view-1"), KEYS)

    assert [(one.plain, one.sealed) for one in opened] == [
        (event.plain, event.sealed) for event in the_view()
    ]
    assert await events_of_view(store, ViewId("nobody's"), KEYS) == ()


async def test_two_hundred_callers_on_a_real_disk(tmp_path: Path):
    """Each one's events are in the file when it is told so, and the chain holds."""
    storage = await open_storage(f"sqlite:///{tmp_path}/watling.db")
    trail = await AuditTrail.open(storage.audit, "gateway-1", KEYS, Ticking())

    async def caller(number: int) -> int:
        view = ViewId(f"view-{number}")
        await trail.record([an_event(view), an_event(view)])
        return len(await storage.audit.of_view(view))

    found = await asyncio.gather(*map(caller, range(200)))
    await trail.aclose()
    heads = await verify(storage.audit.read(), SEALER)
    await storage.close()

    assert found == [2] * 200
    assert heads["gateway-1"].sequence == 400


async def test_the_file_tells_nothing_of_anybody(tmp_path: Path):
    """No number, name, user, item or rule can be read in the bytes of the database's files."""
    storage = await open_storage(f"sqlite:///{tmp_path}/watling.db")
    trail = await AuditTrail.open(storage.audit, "gateway-1", KEYS, Ticking())
    await trail.record((*the_view(), an_event(number=OTHER_NUMBER)))
    await trail.aclose()

    while_open = bytes_of_all(tmp_path)
    await storage.close()
    bytes_kept = while_open + bytes_of_all(tmp_path)

    assert b"london-care-record" in bytes_kept
    for secret in (
        NUMBER,
        OTHER_NUMBER,
        "consultant-london",
        "Ada Example",
        "allergy-london-1",
        "herts-0007",
        "adoption",
    ):
        assert secret.encode() not in bytes_kept


async def test_a_clock_that_goes_back_does_not_reorder_the_log():
    """Events stand in the order in which they were written, whatever time it was said to be."""
    store = MemoryAudit()
    times = iter((NOW, NOW - timedelta(hours=1), NOW - timedelta(days=400), NOW))
    trail = await AuditTrail.open(store, "gateway-1", KEYS, lambda: next(times))
    for number in range(4):
        await trail.record((an_event(f"view-{number}"),))
    await trail.aclose()

    assert await views(store) == ["view-0", "view-1", "view-2", "view-3"]
    assert (await verify(store.read(), SEALER))["gateway-1"].sequence == 4

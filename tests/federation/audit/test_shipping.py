"""From a gateway's own disk to the store that all share: in order, whole, once, without waiting."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest
from msgspec.structs import replace

from federation.audit import AuditTrail, Sealer, verify
from federation.audit.checkpointer import Checkpointer
from federation.audit.shipping import Shipper
from federation.errors import AuditBrokenError, AuditUnavailableError, StorageError
from federation.storage import AuditRow, IndexEntry, open_storage
from federation.storage.memory import MemoryAudit, MemoryKeeping, MemoryOutbox
from tests.federation.audit.values import KEYS, Ticking, a_signing_key, an_event, events

SEALER = Sealer(KEYS)
WRITER = "gateway-1"


class Far(MemoryAudit):
    """A shared store that can be lost, before or after it has written."""

    def __init__(self) -> None:
        super().__init__()
        self.lost = self.forgets_to_say = False
        self.batches: list[int] = []

    async def append(self, rows: Sequence[AuditRow], index: Sequence[IndexEntry] = ()) -> None:
        if self.lost:
            raise StorageError("far away")
        await super().append(rows, index)
        self.batches.append(len(rows))
        if self.forgets_to_say:
            self.forgets_to_say = False
            raise StorageError("written, and then the line went dead")

    async def last(self, writer: str) -> AuditRow | None:
        if self.lost:
            raise StorageError("far away")
        return await super().last(writer)


class Way:
    """A disk, a far store, and what carries between them."""

    def __init__(self, far: MemoryAudit, outbox: MemoryOutbox | None = None) -> None:
        self.far, self.outbox = far, outbox or MemoryOutbox()
        self.reports: list[BaseException | None] = []
        self.waits = asyncio.Event()
        self.may_go_on = asyncio.Event()
        self.shipper = Shipper(
            self.outbox,
            far,
            WRITER,
            lambda error, _: self.reports.append(error),
            sleep=self.sleep,
            chance=lambda: 0.5,
        )

    async def sleep(self, _seconds: float) -> None:
        self.waits.set()
        await self.may_go_on.wait()
        self.may_go_on.clear()

    async def trail(self) -> AuditTrail:
        await self.shipper.open()
        return await AuditTrail.open(self.shipper, WRITER, KEYS, Ticking())

    async def try_again(self) -> None:
        self.waits.clear()
        self.may_go_on.set()

    async def there(self) -> list[str | None]:
        return [row.view_id async for row in self.far.read()]


async def until_there(way: Way, count: int) -> None:
    async with asyncio.timeout(10):
        while len(await way.there()) < count:  # noqa: ASYNC110 - the store tells nobody
            await asyncio.sleep(0)


async def test_events_go_over_in_order_and_are_let_go():
    """With their entries, as one chain that verifies; of this disk the newest stays."""
    way = Way(Far())
    trail = await way.trail()
    for n in range(3):
        await trail.record((an_event(f"view-{n}"),))
    await until_there(way, 3)
    await trail.aclose()
    await way.shipper.aclose()

    assert await way.there() == ["view-0", "view-1", "view-2"]
    assert await verify(way.far.read(), SEALER)
    assert way.far._index
    assert (await way.outbox.waiting(WRITER, 9))[0] == ()
    assert len(way.outbox._rows) == 1
    assert way.shipper.head == trail.head


async def test_nobody_waits_for_a_store_that_is_lost():
    """What is written down meanwhile goes over when it is back, in bounded batches."""
    far = Far()
    way = Way(far)
    trail = await way.trail()
    far.lost = True
    for each in events(1200):
        await trail.record((each,))
    await way.waits.wait()
    assert await way.there() == []
    assert isinstance(way.reports[-1], StorageError)
    assert way.shipper.head.sequence == 0

    far.lost = False
    await way.try_again()
    await until_there(way, 1200)
    await trail.aclose()
    await way.shipper.aclose()

    assert max(far.batches) <= 500
    assert way.reports[-1] is None
    assert await verify(far.read(), SEALER)


async def test_what_was_written_and_not_acknowledged_goes_over_once():
    """The line may break after the commit."""
    far = Far()
    way = Way(far)
    trail = await way.trail()
    far.forgets_to_say = True
    await trail.record((an_event("view-1"),))
    await way.waits.wait()
    await trail.record((an_event("view-2"),))
    await way.try_again()
    await until_there(way, 2)
    await trail.aclose()
    await way.shipper.aclose()

    assert await way.there() == ["view-1", "view-2"]


async def test_what_waited_when_the_gateway_died_goes_over_at_the_next_start():
    """Also what had gone over and was not let go of yet; the chain goes on."""
    far = Far()
    way = Way(far)
    trail = await way.trail()
    far.lost = True
    await trail.record((an_event("view-1"),))
    await trail.aclose()
    far.lost = False
    (row,) = (await way.outbox.waiting(WRITER, 9))[0]
    await far.append([row])

    again = Way(far, way.outbox)
    trail = await again.trail()
    await trail.record((an_event("view-2"),))
    await until_there(again, 2)
    await trail.aclose()
    await again.shipper.aclose()

    assert await again.there() == ["view-1", "view-2"]
    assert await verify(far.read(), SEALER)


async def test_a_new_disk_goes_on_after_the_shared_store():
    """The chain has no second beginning."""
    far = Far()
    first = Way(far)
    trail = await first.trail()
    await trail.record((an_event("view-1"),))
    await trail.aclose()
    await first.shipper.aclose()

    second = Way(far)
    trail = await second.trail()
    await trail.record((an_event("view-2"),))
    await trail.aclose()
    await second.shipper.aclose()

    assert [row.sequence async for row in far.read()] == [1, 2]
    assert await verify(far.read(), SEALER)


async def test_closing_sends_what_waits():
    """As long as the shared store is there; otherwise it stays for the next start."""
    for lost, count in ((False, 1), (True, 0)):
        far = Far()
        way = Way(far)
        trail = await way.trail()
        far.lost = lost
        await trail.record((an_event("view-1"),))
        await trail.aclose()
        await way.shipper.aclose()
        assert len(await way.there()) == count
        assert len((await way.outbox.waiting(WRITER, 9))[0]) == 1 - count


async def test_two_that_write_under_one_name_are_found_out():
    """The second one's events do not get into the shared chain, and it answers nobody any more."""
    far = Far()
    one, other = Way(far), Way(far)
    trails = [await one.trail(), await other.trail()]
    await trails[0].record((an_event("view-1"),))
    await until_there(one, 1)
    await trails[1].record((an_event("view-2"),))
    async with asyncio.timeout(10):
        while not any(isinstance(said, AuditBrokenError) for said in other.reports):
            other.may_go_on.set()
            await asyncio.sleep(0)

    with pytest.raises(AuditUnavailableError):
        await trails[1].record((an_event("view-3"),))
    assert await one.there() == ["view-1"]
    for trail, way in zip(trails, (one, other), strict=True):
        await trail.aclose()
        await way.shipper.aclose()


@pytest.mark.parametrize("what", ["changed", "lost", "changed while some waits"])
async def test_a_shared_store_that_tells_otherwise_stops_the_start(what: str):
    """One that was restored from before, or written over, is no chain to go on with."""
    far = Far()
    way = Way(far)
    trail = await way.trail()
    await trail.record((an_event("view-1"),))
    await trail.record((an_event("view-2"),))
    await until_there(way, 2)
    if what == "changed while some waits":
        far.lost = True
        await trail.record((an_event("view-3"),))
    await trail.aclose()
    await way.shipper.aclose()
    rows = [row async for row in far.read()]
    restored = Far()
    changed = [rows[0], replace(rows[1], hash=bytes(32))]
    await restored.append(rows[:1] if what == "lost" else changed)

    with pytest.raises(AuditBrokenError, match="not one chain"):
        await Way(restored, way.outbox).shipper.open()


async def test_an_older_copy_of_the_disk_is_no_harm():
    """What it still wants to send is there already."""
    far = Far()
    way = Way(far)
    trail = await way.trail()
    far.lost = True
    await trail.record((an_event("view-1"),))
    await trail.record((an_event("view-2"),))
    rows, index = await way.outbox.waiting(WRITER, 9)
    copy = MemoryOutbox()
    await copy.put(rows, index)
    far.lost = False
    await way.waits.wait()
    await way.try_again()
    await until_there(way, 2)
    await trail.record((an_event("view-3"),))
    await until_there(way, 3)
    await trail.aclose()
    await way.shipper.aclose()

    again = Way(far, copy)
    trail = await again.trail()
    await trail.record((an_event("view-4"),))
    await until_there(again, 4)
    await trail.aclose()
    await again.shipper.aclose()

    assert await again.there() == ["view-1", "view-2", "view-3", "view-4"]
    assert await verify(far.read(), SEALER)


async def test_what_waits_outlives_the_process(tmp_path: Path):
    """It is in a file, durably, before anybody is answered."""
    far, url = Far(), f"sqlite:///{tmp_path}/own.db"
    own = await open_storage(url)
    shipper = Shipper(own.outbox, far, WRITER)
    await shipper.open()
    trail = await AuditTrail.open(shipper, WRITER, KEYS, Ticking())
    far.lost = True
    await trail.record((an_event("view-1"),))
    beside = await open_storage(url, read_only=True)
    (row,) = (await beside.outbox.waiting(WRITER, 9))[0]
    await beside.close()
    assert row.view_id == "view-1"
    await trail.aclose()
    await shipper.aclose()
    await own.close()


async def test_a_checkpoint_signs_what_has_gone_over(tmp_path: Path):
    """Not what is still on its way: whoever verifies the shared store finds all that was signed."""
    far, file = Far(), tmp_path / "checkpoints.jsonl"
    way = Way(far)
    trail = await way.trail()
    keeping = MemoryKeeping(far)
    checkpointer = await Checkpointer.open(
        trail,
        keeping,
        a_signing_key(),
        file,
        Ticking(),
        report_failure=way.reports.append,
        carried=way.shipper,
    )
    await trail.record((an_event("view-1"),))
    await until_there(way, 1)
    await way.shipper.settle()
    far.lost = True
    await trail.record((an_event("view-2"),))
    await checkpointer.sign_now()
    assert [one.sequence for one in await keeping.checkpoints()] == [1]

    far.lost = False
    await checkpointer.aclose()

    assert [one.sequence for one in await keeping.checkpoints()] == [1, 2]
    await way.shipper.aclose()

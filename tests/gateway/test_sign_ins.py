"""Refused tokens on the record: at once when it is quiet, counted in a flood."""

from __future__ import annotations

import asyncio

from federation.audit import AuditTrail, Sealer
from federation.audit.chain import open_row
from federation.audit.done import FailuresCounted
from federation.errors import StorageError
from federation.storage.memory import MemoryAudit
from gateway.identity.faults import TokenFault
from gateway.sign_ins import SECONDS_BETWEEN, SignInFailures
from tests.builders import NOW
from tests.federation.audit.values import KEYS, CountingAudit, Ticking


class Minutes:
    """A pause that ends when the test says so."""

    def __init__(self) -> None:
        self.paused: list[float] = []
        self.over = asyncio.Event()

    async def __call__(self, seconds: float) -> None:
        self.paused.append(seconds)
        await self.over.wait()
        self.over.clear()


async def turn() -> None:
    """Let every task that can go on do so."""
    for _ in range(20):
        await asyncio.sleep(0)


async def counted(store: MemoryAudit) -> list[dict[str, int]]:
    events = [open_row(row, Sealer(KEYS)) async for row in store.read()]
    assert {event.plain.kind for event in events} <= {"SIGN_IN_FAILURE"}
    assert {event.plain.at for event in events} <= {NOW}
    return [{one.fault: one.count for one in event.plain.failures} for event in events]


async def started(store: MemoryAudit) -> tuple[SignInFailures, AuditTrail, Minutes]:
    trail = await AuditTrail.open(store, "gateway-1", KEYS, Ticking())
    failures, minutes = SignInFailures(lambda: "id", lambda: NOW), Minutes()
    failures.start(trail, minutes)
    return failures, trail, minutes


async def test_the_first_is_written_at_once() -> None:
    """A single failure waits for nothing; nobody is named in it."""
    store = MemoryAudit()
    failures, trail, _ = await started(store)
    failures.note(TokenFault.EXPIRED)
    await turn()

    assert await counted(store) == [{"EXPIRED": 1}]
    (row,) = [row async for row in store.read()]
    assert row.person_key is None
    event = open_row(row, Sealer(KEYS))
    assert event.plain.asker is None
    assert event.plain.failures == (FailuresCounted("EXPIRED", 1),)
    await failures.aclose()
    await trail.aclose()


async def test_a_flood_is_one_event_a_minute() -> None:
    """Whatever comes within the minute is counted by reason, and written at its end."""
    store = MemoryAudit()
    failures, trail, minutes = await started(store)
    failures.note(TokenFault.MISSING)
    await turn()
    for fault in (TokenFault.SIGNATURE, TokenFault.EXPIRED) * 1000:
        failures.note(fault)
    await turn()
    assert len(await counted(store)) == 1

    minutes.over.set()
    await turn()

    assert await counted(store) == [{"MISSING": 1}, {"EXPIRED": 1000, "SIGNATURE": 1000}]
    assert minutes.paused == [SECONDS_BETWEEN] * 2
    await failures.aclose()
    await trail.aclose()
    assert len(await counted(store)) == 2


async def test_a_quiet_minute_writes_nothing() -> None:
    """And the next failure after it is written at once again."""
    store = MemoryAudit()
    failures, trail, minutes = await started(store)
    failures.note(TokenFault.MISSING)
    await turn()
    minutes.over.set()
    await turn()
    assert len(await counted(store)) == 1

    failures.note(TokenFault.PROOF)
    await turn()

    assert await counted(store) == [{"MISSING": 1}, {"PROOF": 1}]
    await failures.aclose()
    await trail.aclose()


async def test_what_is_counted_is_written_at_the_end() -> None:
    """A gateway that stops leaves nothing uncounted."""
    store = MemoryAudit()
    failures, trail, _ = await started(store)
    failures.note(TokenFault.MISSING)
    await turn()
    failures.note(TokenFault.CLAIM)
    await failures.aclose()
    await trail.aclose()

    assert await counted(store) == [{"MISSING": 1}, {"CLAIM": 1}]


async def test_what_could_not_be_written_is_written_with_the_next() -> None:
    """A full disk loses no count."""
    store = CountingAudit()
    store.failures.append(StorageError("the audit log could not be written"))
    failures, trail, minutes = await started(store)
    failures.note(TokenFault.MISSING)
    await turn()
    assert await counted(store) == []

    store.failures.append(StorageError("the audit log could not be written"))
    failures.note(TokenFault.MISSING)
    minutes.over.set()
    await turn()
    assert await counted(store) == []

    minutes.over.set()
    await turn()

    assert await counted(store) == [{"MISSING": 2}]
    await failures.aclose()
    await trail.aclose()


async def test_before_it_is_started_nothing_is_lost() -> None:
    """A token that was refused while the gateway opened is counted."""
    store = MemoryAudit()
    failures, minutes = SignInFailures(lambda: "id", lambda: NOW), Minutes()
    failures.note(TokenFault.MISSING)
    await failures.aclose()
    trail = await AuditTrail.open(store, "gateway-1", KEYS, Ticking())
    failures.start(trail, minutes)
    await turn()
    assert await counted(store) == [{"MISSING": 1}]
    await failures.aclose()
    await trail.aclose()

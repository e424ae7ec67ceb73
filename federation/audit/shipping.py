"""Carries what one gateway wrote down on its own disk into the store that all gateways share.

An answer waits for the disk beside it, and not for a database that is far away or gone. Events go
over in order, a bounded batch in a transaction, and stay here until they are there. What has come
over twice is seen and let go of; a chain that the shared store tells otherwise stops everything.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

from federation.audit.chain import Position
from federation.errors import AuditBrokenError, StorageError
from federation.storage.base import AuditRow, AuditStore, IndexEntry
from federation.storage.outbox import OutboxStore

ROWS_AT_ONCE = 500
SHORTEST_SECONDS = 0.25
LONGEST_SECONDS = 15.0
SETTLES_WITHIN_SECONDS = 10.0

Report = Callable[[BaseException | None, float], None]
"""Told of a failure, and for how many seconds nothing has gone over; None once all has."""


def _ignore(_error: BaseException | None, _seconds: float) -> None:
    pass


class Shipper:
    """One writer's log on this disk, for its trail to write to, and its way to the shared store."""

    def __init__(
        self,
        outbox: OutboxStore,
        shared: AuditStore,
        writer: str,
        report: Report = _ignore,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._outbox = outbox
        self._shared = shared
        self._writer = writer
        self._report = report
        self._sleep = sleep
        self._chance = chance
        self._begun: AuditRow | None = None
        self._there: Position | None = None
        self._head = Position()
        self._broken = False
        self._late_since: float | None = None
        self._wake = asyncio.Event()
        self._one_at_a_time = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Find out how far both are, and begin.

        Raises `AuditBrokenError` where they are not one chain, `StorageError` where either cannot
        be read.
        """
        self._begun = await self._shared.last(self._writer)
        self._head = self._there = _position(self._begun)
        rows, here = (await self._waiting())[0], await self._outbox.last(self._writer)
        if not rows and here is not None and not await self._came_over(here, self._there):
            raise self._forked(here)
        await self._must_continue(self._there, rows)
        self._task = asyncio.create_task(self._ship_for_ever(), name="audit shipping")

    @property
    def head(self) -> Position:
        """The newest event that is known to be in the shared store."""
        return self._head

    # ── for the trail ────────────────────────────────────────────────────────────────────────────

    async def append(self, rows: Sequence[AuditRow], index: Sequence[IndexEntry] = ()) -> None:
        """Write down here, durably; it goes over soon afterwards."""
        if self._broken:
            raise StorageError("the log on this disk is not the one in the shared store")
        await self._outbox.put(rows, index)
        self._wake.set()

    async def last(self, writer: str) -> AuditRow | None:
        """The newest row of this writer, wherever it is; the shared store is not asked again."""
        here, begun = await self._outbox.last(writer), self._begun
        if here is None or (begun is not None and begun.sequence > here.sequence):
            return begun
        return here

    # ── the way over ─────────────────────────────────────────────────────────────────────────────

    async def settle(self) -> None:
        """Send what still waits, for as long as that may take; the rest is sent after a restart."""
        with suppress(StorageError, AuditBrokenError, TimeoutError):
            async with asyncio.timeout(SETTLES_WITHIN_SECONDS):
                while await self._ship():
                    pass

    async def aclose(self) -> None:
        """Settle, and stop."""
        await self.settle()
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _ship_for_ever(self) -> None:
        pause = SHORTEST_SECONDS
        while not self._broken:
            try:
                while await self._ship():
                    pause = SHORTEST_SECONDS
                self._in_time()
                await self._wake.wait()
                self._wake.clear()
            except AuditBrokenError as error:
                self._late(error)
            except Exception as error:  # noqa: BLE001 - whatever it was, it is tried again
                self._late(error)
                await self._sleep(pause * (0.5 + self._chance()))
                pause = min(pause * 2, LONGEST_SECONDS)

    def _late(self, error: BaseException) -> None:
        now = asyncio.get_running_loop().time()
        self._late_since = self._late_since or now
        # The operators' log may be on a full disk, which must not end the shipping.
        with suppress(Exception):
            self._report(error, now - self._late_since)

    def _in_time(self) -> None:
        if self._late_since is not None:
            late = asyncio.get_running_loop().time() - self._late_since
            self._late_since = None
            self._report(None, late)

    async def _ship(self) -> bool:
        """One batch; whether there was any."""
        async with self._one_at_a_time:
            rows, index = await self._waiting()
            if not rows:
                return False
            there = self._there or _position(await self._shared.last(self._writer))
            await self._must_continue(there, rows)
            new = [row for row in rows if row.sequence > there.sequence]
            if new:
                # Until the store says otherwise nobody knows what it has.
                self._there = None
                fresh = [one for one in index if one.sequence > there.sequence]
                await self._shared.append(new, fresh)
                there = _position(new[-1])
            self._there = self._head = there
            await self._outbox.shipped(self._writer, rows[-1].sequence)
            return True

    async def _waiting(self) -> tuple[Sequence[AuditRow], Sequence[IndexEntry]]:
        return await self._outbox.waiting(self._writer, ROWS_AT_ONCE)

    async def _must_continue(self, there: Position, rows: Sequence[AuditRow]) -> None:
        """Invariant: what goes over continues what is there, hash by hash."""
        # A row's hash covers all before it, so that one place tells for the whole chain.
        for row in rows:
            if row.sequence == there.sequence and row.hash == there.hash:
                return
            if row.sequence == there.sequence + 1 and row.previous == there.hash:
                return
        if rows and not await self._came_over(rows[-1], there):
            raise self._forked(rows[0])

    def _forked(self, row: AuditRow) -> AuditBrokenError:
        self._broken = True
        return AuditBrokenError(
            f"the log of writer {self._writer!r} on this disk and the one in the shared store"
            f" are not one chain at event {row.sequence}"
        )

    async def _came_over(self, newest: AuditRow, there: Position) -> bool:
        """Whether the shared store has this row, as where this disk is an older copy."""
        if newest.sequence >= there.sequence:
            return Position(newest.sequence, newest.hash) == there
        async for row in self._shared.read(self._writer):
            if row.sequence == newest.sequence:
                return row.hash == newest.hash
        return False


def _position(row: AuditRow | None) -> Position:
    return Position() if row is None else Position(row.sequence, row.hash)

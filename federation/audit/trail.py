"""Writes events down, durably, before anything is shown.

One task writes, and one transaction carries all who wait.

An answer waits for a disk to say that it has the bytes, which takes the same time for one event as
for hundreds. So whoever comes while a transaction is under way goes into the next one together.
Whatever goes wrong is `AuditUnavailableError` for those who wait: no audit, no data.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

from federation.audit.chain import Draft, Position, draft, extend
from federation.audit.clues import index
from federation.audit.event import AuditEvent
from federation.audit.seal import AuditKeys, Sealer
from federation.errors import AuditUnavailableError
from federation.model import Clock
from federation.storage.base import AuditRow, IndexEntry


class ChainStore(Protocol):
    """What a trail needs of an `AuditStore`: `audit/shipping.py` has no more than this."""

    async def append(self, rows: Sequence[AuditRow], index: Sequence[IndexEntry] = ()) -> None:
        """Write all of them durably, or raise `StorageError` and write nothing."""

    async def last(self, writer: str) -> AuditRow | None:
        """The newest row of a writer's chain."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrailLimits:
    """How many rows one transaction takes, how many callers may wait, and for how long each.

    `waiting_bytes` bounds what their events take together, whatever is being written among it.
    """

    rows_a_transaction: int = 512
    waiting: int = 4096
    waiting_bytes: int = 64 * 1024 * 1024
    patience_seconds: float = 5.0


@dataclass(frozen=True, slots=True)
class _Entry:
    """One caller's events, which are written together or not at all."""

    drafts: tuple[Draft, ...]
    written: asyncio.Future[bool]
    size: int

    def settle(self, *, written: bool) -> None:
        # A caller who went away has nobody to tell; their events are written all the same.
        if not self.written.done():
            self.written.set_result(written)


def _ignore(_error: BaseException) -> None:
    pass


class AuditTrail:
    """One writer's chain, for as long as the gateway runs."""

    def __init__(
        self,
        store: ChainStore,
        writer: str,
        sealer: Sealer,
        clock: Clock,
        limits: TrailLimits,
        report_failure: Callable[[BaseException], None],
    ) -> None:
        self.writer = writer
        self._store = store
        self._sealer = sealer
        self._clock = clock
        self._limits = limits
        self._report_failure = report_failure
        self._position: Position | None = None
        self._head = Position()
        self._waiting: deque[_Entry] = deque()
        self._bytes = 0
        self._wake = asyncio.Event()
        self._closing = False
        self._task = asyncio.create_task(self._write_until_closed(), name="audit trail")

    @classmethod
    async def open(
        cls,
        store: ChainStore,
        writer: str,
        keys: AuditKeys,
        clock: Clock,
        *,
        limits: TrailLimits | None = None,
        report_failure: Callable[[BaseException], None] = _ignore,
    ) -> AuditTrail:
        """Go on where this writer's chain ends. Raises `StorageError` where that cannot be read.

        `report_failure` is given what kept events from being written, for the operators' log; no
        error of a store repeats an event.
        """
        position = await _find_position(store, writer)
        trail = cls(store, writer, Sealer(keys), clock, limits or TrailLimits(), report_failure)
        trail._position = trail._head = position
        return trail

    @property
    def head(self) -> Position:
        """The newest event that is known to be durable."""
        return self._head

    async def record(self, events: Iterable[AuditEvent]) -> None:
        """Return once the events are durable, or raise `AuditUnavailableError`.

        A caller who is cancelled, or out of patience, takes nothing back: their events are written
        in their turn.
        """
        entry = self._enter(tuple(draft(event, self._sealer) for event in events))
        try:
            async with asyncio.timeout(self._limits.patience_seconds):
                written = await entry.written
        except TimeoutError:
            written = False
        if not written:
            raise AuditUnavailableError

    def _enter(self, drafts: tuple[Draft, ...]) -> _Entry:
        size = sum(len(each.plain) + len(each.secret) for each in drafts)
        full = (
            len(self._waiting) >= self._limits.waiting
            or self._bytes + size > self._limits.waiting_bytes
        )
        if self._closing or full:
            raise AuditUnavailableError
        entry = _Entry(drafts, asyncio.get_running_loop().create_future(), size)
        self._waiting.append(entry)
        self._bytes += size
        self._wake.set()
        return entry

    async def aclose(self) -> None:
        """Take no more events, write those that wait, and stop."""
        self._closing = True
        self._wake.set()
        await asyncio.wait((self._task,))

    async def _write_until_closed(self) -> None:
        try:
            while not self._closing:
                await self._wake.wait()
                self._wake.clear()
                while self._waiting:
                    await self._commit(self._next_group())
        finally:
            # Only a loop that is torn down comes here with somebody still waiting.
            self._closing = True
            while self._waiting:
                self._waiting.popleft().settle(written=False)

    def _next_group(self) -> tuple[_Entry, ...]:
        group = [self._waiting.popleft()]
        room = self._limits.rows_a_transaction - len(group[0].drafts)
        while self._waiting and len(self._waiting[0].drafts) <= room:
            room -= len(self._waiting[0].drafts)
            group.append(self._waiting.popleft())
        return tuple(group)

    async def _commit(self, group: tuple[_Entry, ...]) -> None:
        written = False
        try:
            await self._append([each for entry in group for each in entry.drafts])
            written = True
        except Exception as error:  # noqa: BLE001 - whatever it was, nothing may be shown
            # A full disk may hold up the operators' log as well, which must not end the trail.
            with suppress(Exception):
                self._report_failure(error)
        finally:
            for entry in group:
                self._bytes -= entry.size
                entry.settle(written=written)

    async def _append(self, drafts: list[Draft]) -> None:
        after = self._position or await _find_position(self._store, self.writer)
        # Until the store says otherwise nobody knows what it has: a commit can fail after it was
        # made.
        self._position = None
        rows, head = extend(self.writer, after, drafts, self._clock(), self._sealer)
        await self._store.append(rows, index(rows, [each.entries for each in drafts]))
        self._position = self._head = head


async def _find_position(store: ChainStore, writer: str) -> Position:
    last = await store.last(writer)
    return Position() if last is None else Position(last.sequence, last.hash)

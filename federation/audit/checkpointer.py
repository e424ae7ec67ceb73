"""Signs where a writer's chain stands: on a schedule, and when the writer closes.

Into the file first and then into the store, so that whoever changes the store finds the newest
checkpoint out of reach. What one of the two lacks, because a crash or an error came between, it is
given when the writer is opened again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from federation.audit.chain import Position
from federation.audit.checkpoint import Checkpoint, append_line, of_lines, of_rows, read_lines
from federation.audit.signing import SigningKey, sign
from federation.audit.trail import AuditTrail
from federation.errors import AuditBrokenError, StorageError
from federation.model import Clock
from federation.storage.keeping import CheckpointRow, KeepingStore


class Carried(Protocol):
    """Where events go on their way: what is signed has arrived, so that whoever checks finds it."""

    @property
    def head(self) -> Position:
        """The newest that has arrived."""

    async def settle(self) -> None:
        """Let what is on its way arrive."""


class Checkpointer:
    """Signs for one writer. `sign_now` is all that there is to it; `start` calls it on schedule."""

    def __init__(
        self,
        trail: AuditTrail,
        store: KeepingStore,
        key: SigningKey,
        file: Path,
        clock: Clock,
        report_failure: Callable[[BaseException], None],
        carried: Carried | None = None,
    ) -> None:
        self._trail = trail
        self._carried = carried
        self._store = store
        self._key = key
        self._file = file
        self._clock = clock
        self._report_failure = report_failure
        self._signed_up_to = 0
        self._waiting: list[CheckpointRow] = []
        self._task: asyncio.Task[None] | None = None

    @classmethod
    async def open(
        cls,
        trail: AuditTrail,
        store: KeepingStore,
        key: SigningKey,
        file: Path,
        clock: Clock,
        *,
        report_failure: Callable[[BaseException], None],
        carried: Carried | None = None,
    ) -> Checkpointer:
        """Go on after the newest checkpoint of the trail's writer, in the store or in the file.

        Raises `AuditBrokenError` where the chain does not reach it: to go on there would write over
        what was cut off. `StorageError` or `OSError` where either cannot be read or written.
        """
        made = cls(trail, store, key, file, clock, report_failure, carried)
        await made._catch_up()
        return made

    async def _catch_up(self) -> None:
        lines = await asyncio.to_thread(read_lines, self._file)
        stored = await self._store.checkpoints(self._trail.writer)
        of_all = of_lines(lines, self._key.public)
        in_file = {said: one for said, one in of_all.items() if said.writer == self._trail.writer}
        in_store = of_rows(stored, self._key.public)
        known = in_store | in_file
        if known:
            self._must_reach(newest := max(known, key=lambda one: one.sequence))
            self._signed_up_to = newest.sequence
        for said in sorted(in_store.keys() - in_file.keys(), key=lambda one: one.sequence):
            await asyncio.to_thread(append_line, self._file, in_store[said])
        for said in in_file.keys() - in_store.keys():
            await self._store.add_checkpoint(_row(said, in_file[said]))

    def _must_reach(self, newest: Checkpoint) -> None:
        head = self._trail.head
        if head.sequence < newest.sequence or (
            head.sequence == newest.sequence and head != newest.position
        ):
            raise AuditBrokenError(
                f"the chain of writer {self._trail.writer!r} ends at event {head.sequence} and not"
                f" as it was signed: a checkpoint of {newest.at.isoformat()} stands at event"
                f" {newest.sequence}"
            )

    def start(
        self, seconds: float, pause: Callable[[float], Awaitable[None]] = asyncio.sleep
    ) -> None:
        """Sign every so many seconds until closed."""

        async def sign_for_ever() -> None:
            while True:
                await pause(seconds)
                await self.sign_now()

        self._task = asyncio.create_task(sign_for_ever(), name="audit checkpoints")

    async def sign_now(self) -> None:
        """Sign where the chain stands, if anything was written since; a failure is reported.

        What could not be signed is covered by the next checkpoint.
        """
        try:
            await self._sign()
        except (OSError, StorageError) as error:
            self._report_failure(error)

    async def _sign(self) -> None:
        head = (self._carried or self._trail).head
        if head.sequence > self._signed_up_to:
            said = Checkpoint(
                writer=self._trail.writer,
                sequence=head.sequence,
                hash=head.hash.hex(),
                events=head.sequence - self._signed_up_to,
                at=self._clock(),
            )
            signed = sign(said, self._key)
            await asyncio.to_thread(append_line, self._file, signed)
            self._signed_up_to = head.sequence
            self._waiting.append(_row(said, signed))
        while self._waiting:
            await self._store.add_checkpoint(self._waiting[0])
            del self._waiting[0]

    async def aclose(self) -> None:
        """Close the trail, so that nothing more is written, and sign its end."""
        await self._trail.aclose()
        if self._carried is not None:
            await self._carried.settle()
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        await self.sign_now()


def _row(said: Checkpoint, signed: str) -> CheckpointRow:
    return CheckpointRow(writer=said.writer, sequence=said.sequence, signed=signed)

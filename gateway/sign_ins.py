"""Puts on the record what was refused to nobody known: one event a minute at most, with counts.

Those are tokens that are not believed, and launches that no host system signed. The first failure
after a quiet minute is written at once, whatever follows within the minute is counted by reason and
written at its end; so a flood cannot fill the disk. Nobody is named: what is not believed is no
evidence of who sent it.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress

from federation.audit import AuditTrail
from federation.audit.operations import Operation, sign_ins_failed
from federation.errors import AuditUnavailableError
from federation.model import Clock

SECONDS_BETWEEN = 60.0
_NOBODY = "not known"


class SignInFailures:
    """Counts what was refused, and writes the counts while it is started.

    A count that could not be written is written with the next.
    """

    def __init__(self, new_id: Callable[[], str], clock: Clock) -> None:
        self._new_id = new_id
        self._clock = clock
        self._counts: Counter[str] = Counter()
        self._noted = asyncio.Event()
        self._trail: AuditTrail | None = None
        self._task: asyncio.Task[None] | None = None

    def note(self, fault: str) -> None:
        """One token or launch was refused, for this reason: a name of ours."""
        self._counts[str(fault)] += 1
        self._noted.set()

    def start(
        self, trail: AuditTrail, pause: Callable[[float], Awaitable[None]] = asyncio.sleep
    ) -> None:
        """Write until closed."""
        self._trail = trail

        async def write_for_ever() -> None:
            while True:
                await self._noted.wait()
                self._noted.clear()
                await self._write()
                await pause(SECONDS_BETWEEN)

        self._task = asyncio.create_task(write_for_ever(), name="sign-in failures")

    async def aclose(self) -> None:
        """Stop, and write what is counted."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        await self._write()

    async def _write(self) -> None:
        if not self._counts or self._trail is None:
            return
        counts, self._counts = self._counts, Counter()
        operation = Operation(id=self._new_id(), at=self._clock(), operator=_NOBODY)
        try:
            await self._trail.record((sign_ins_failed(operation, counts),))
        except AuditUnavailableError:
            # The trail has told the operators why; these are written with the next.
            self._counts.update(counts)
            self._noted.set()

"""Work that follows an answer and delays nobody: begun at once, bounded, given up at the end."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

AT_ONCE = 16


class Beside:
    """Runs what is begun, so many at once; `report` hears of what was left out, and of defects."""

    def __init__(
        self,
        report: Callable[[str, BaseException | None], None],
        *,
        most: int = AT_ONCE,
    ) -> None:
        self._report = report
        self._most = most
        self._tasks: set[asyncio.Task[None]] = set()

    def begin(self, work: Callable[[], Awaitable[None]]) -> None:
        """Do this too, unless too much is under way: what nobody waits for must not pile up."""
        if len(self._tasks) >= self._most:
            self._report("too much at once", None)
            return
        task = asyncio.create_task(self._done(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def aclose(self) -> None:
        """Do no more of it."""
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _done(self, work: Callable[[], Awaitable[None]]) -> None:
        try:
            await work()
        except Exception as error:  # noqa: BLE001 - nobody waits for it, and operators must hear
            self._report("failed", error)

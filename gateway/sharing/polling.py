"""Looks at something again and again while the gateway runs; what fails is said once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import structlog

log = structlog.get_logger()


class Polling:
    """Calls `look` every so many seconds. `what` is what the log calls it when it fails."""

    def __init__(self, look: Callable[[], Awaitable[None]], seconds: float, what: str) -> None:
        self._look = look
        self._seconds = seconds
        self._what = what
        self._task: asyncio.Task[None] | None = None
        self._silent = False

    def start(self) -> None:
        """Begin; the first look is one interval away."""
        self._task = asyncio.create_task(self._poll())

    async def aclose(self) -> None:
        """Stop looking."""
        if self._task:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _poll(self) -> None:
        while True:
            await asyncio.sleep(self._seconds)
            try:
                await self._look()
                self._silent = False
            except Exception as error:  # noqa: BLE001 - it must not end while the gateway runs
                self._report(error)

    def _report(self, error: Exception) -> None:
        if not self._silent:
            log.error(self._what, error=error)
        self._silent = True

"""How many operations are answered at once, and the wait for the last of them at the end."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from gateway.errors import overloaded


class InFlight:
    """Counts operations. Once `drain` is called no more are let in."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._count = 0
        self._draining = False
        self._empty = asyncio.Event()
        self._empty.set()

    @property
    def draining(self) -> bool:
        """Whether the gateway is stopping."""
        return self._draining

    @property
    def running(self) -> int:
        """How many operations are being answered."""
        return self._count

    @contextmanager
    def one(self) -> Iterator[None]:
        """One operation, from its first byte to its answer."""
        if self._draining or self._count >= self._most:
            raise overloaded()
        self._count += 1
        self._empty.clear()
        try:
            yield
        finally:
            self._count -= 1
            if self._count == 0:
                self._empty.set()

    def stop_admitting(self) -> None:
        """Let nothing more in; what is under way goes on."""
        self._draining = True

    async def drained(self, seconds: float) -> bool:
        """Wait for what is under way; False if it was not done in time."""
        try:
            async with asyncio.timeout(seconds):
                await self._empty.wait()
        except TimeoutError:
            return False
        return True

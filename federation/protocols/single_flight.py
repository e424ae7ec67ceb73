"""One attempt at a time, whose outcome is shared by all who want it while it is under way."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class SingleFlight(Generic[T]):
    """Whoever comes while an attempt is under way waits for it, and shares its failure too.

    One who goes away takes nobody with them; when the last has gone, the attempt is cancelled.
    """

    def __init__(self) -> None:
        self._attempt: asyncio.Task[T] | None = None
        self._waiting = 0

    @property
    def is_under_way(self) -> bool:
        """Whether an attempt is being made just now."""
        return self._attempt is not None and not self._attempt.done()

    async def join(self, begin: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """The outcome of the attempt under way, or of one that is begun now."""
        attempt = self._attempt
        if attempt is None or attempt.done():
            attempt = self._attempt = asyncio.get_running_loop().create_task(begin())
            self._waiting = 0
        self._waiting += 1
        try:
            return await asyncio.shield(attempt)
        finally:
            if attempt is self._attempt:
                self._waiting -= 1
                if not self._waiting and not attempt.done():
                    attempt.cancel()
                    self._attempt = None

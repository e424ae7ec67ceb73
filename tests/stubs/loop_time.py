"""An event loop whose clock stands still while there is work, and jumps to the next timer."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class _Selector(selectors.DefaultSelector):
    """Takes no time to wait: what would have been waited is what `waited` says."""

    waited = 0.0

    def select(self, timeout: float | None = None) -> list[Any]:
        found = super().select(0)
        if not found:
            self.waited += timeout or 0.0
        return found


class _Loop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._clock = _Selector()
        super().__init__(self._clock)

    def time(self) -> float:
        return self._clock.waited


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    """What the coroutine returns; whatever it waits for on the loop's clock takes no time."""
    with asyncio.Runner(loop_factory=_Loop) as runner:
        return runner.run(coroutine)

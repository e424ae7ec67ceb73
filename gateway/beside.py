"""Work that follows an answer and delays nobody: bounded, given up at the end, and counted."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable

from federation.pipeline import Work

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
        self._left_out: Counter[str] = Counter()

    def begin(self, work: Work, of: str = "") -> None:
        """Do this too, unless too much is under way: what nobody waits for must not pile up."""
        if len(self._tasks) >= self._most:
            self._left_out[of] += 1
            self._report("too much at once", None)
            return
        task = asyncio.create_task(self._done(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def left_out(self, of: str) -> int:
        """How much of this was not begun since it was last asked."""
        return self._left_out.pop(of, 0)

    async def aclose(self) -> None:
        """Do no more of it."""
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _done(self, work: Work) -> None:
        try:
            await work()
        except Exception as error:  # noqa: BLE001 - nobody waits for it, and operators must hear
            self._report("failed", error)


class Afterwards:
    """What is to be done of one request once its answer is out of the house."""

    def __init__(self, beside: Beside) -> None:
        self._beside = beside
        self._works: list[tuple[str, Work]] = []

    def add(self, of: str, work: Work) -> None:
        """Keep it until then."""
        self._works.append((of, work))

    async def begin(self) -> None:
        """The answer is out."""
        for of, work in self._works:
            self._beside.begin(work, of)
        self._works.clear()

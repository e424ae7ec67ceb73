"""Looks that wait for a node: kept, asked again once it answers, and let go.

A node that comes back is not stormed. It counts as back when it answers anybody, or the oldest look
that waits for it, tried now and then; after that one question at a time is asked of it, with a
pause of random length before each, and the first that fails ends the round.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from datetime import timedelta

from msgspec import Struct

from federation.errors import StorageError
from federation.model import Clock, NodeId
from federation.second_look.missed import Missed, close, open_kept
from federation.storage import KeptLook, Seal, SecondLookStore


class Waits(Struct, frozen=True, kw_only=True):
    """How long is waited: between tries of a missing node, and at most before each question.

    `most` looks wait for one node; what comes beyond is not kept, and the operators hear of it.
    A look that one gateway asks is `claimed` so long: if it dies meanwhile, another asks it then.
    """

    probe_seconds: float = 60.0
    pause_seconds: float = 0.5
    most: int = 1_000
    claimed: timedelta = timedelta(minutes=1)


class SecondLooks:
    """Asks again what was missed. `ask` says whether a look is done with; False: still missing.

    `report` hears of a store that was lost and of a look that failed, never whose.
    """

    def __init__(
        self,
        store: SecondLookStore,
        seal: Seal,
        ask: Callable[[Missed], Awaitable[bool]],
        clock: Clock,
        report: Callable[[NodeId | None, str, BaseException | None], None],
        waits: Waits | None = None,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._store = store
        self._seal = seal
        self._ask = ask
        self._clock = clock
        self._report = report
        self._waits = waits or Waits()
        self._sleep = sleep
        self._chance = chance
        self._missing: set[NodeId] = set()
        self._rounds: dict[NodeId, asyncio.Task[None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Go on with what was waiting when the gateway was closed."""
        with suppress(StorageError):
            waiting = await self._store.waiting(self._clock())
            self._missing = {NodeId(one.node) for one in waiting}
        self._spawn(self._probing())

    async def aclose(self) -> None:
        """Ask nothing more; what waits is kept."""
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def keep(self, missed: Iterable[Missed]) -> None:
        """Let these wait. A store that is lost costs the second look, never the first."""
        for one in missed:
            try:
                kept = await self._store.put(
                    close(one, self._seal), self._clock(), self._waits.most
                )
            except StorageError as error:
                self._report(one.node, "a look could not be kept", error)
                continue
            if not kept:
                self._report(one.node, "too many looks wait", None)
            self._missing.add(one.node)

    def answered(self, node: NodeId) -> None:
        """A node has answered somebody: what waits for it is asked."""
        if node in self._missing and node not in self._rounds:
            self._missing.discard(node)
            self._begin(node)

    def _begin(self, node: NodeId) -> None:
        task = self._rounds[node] = self._spawn(self._round(node))
        task.add_done_callback(lambda _: self._rounds.pop(node, None))

    def _spawn(self, work: Awaitable[None]) -> asyncio.Task[None]:
        task: asyncio.Task[None] = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _probing(self) -> None:
        while True:
            await self._sleep(self._waits.probe_seconds * (0.5 + self._chance()))
            for node in tuple(self._missing - self._rounds.keys()):
                self._begin(node)

    async def _round(self, node: NodeId) -> None:
        """Everything that waits for a node, oldest first, as long as it answers."""
        try:
            waiting = await self._store.waiting(self._clock(), node)
            for one in waiting:
                await self._sleep(self._waits.pause_seconds * self._chance())
                if not await self._settled(one):
                    self._missing.add(node)
                    return
            # Others may have come to wait while these were asked.
            if await self._store.waiting(self._clock(), node):
                self._missing.add(node)
            else:
                self._missing.discard(node)
        except StorageError as error:
            self._missing.add(node)
            self._report(node, "what waits could not be read", error)

    async def _settled(self, kept: KeptLook) -> bool:
        """Whether the round may go on: it is done with, or another gateway asks it."""
        at = self._clock()
        if not await self._store.claim(kept.id, at, at + self._waits.claimed):
            return True
        if at < kept.expires_at and not await self._asked(kept):
            await self._store.give_back(kept.id)
            return False
        await self._store.done(kept.id)
        return True

    async def _asked(self, kept: KeptLook) -> bool:
        try:
            return await self._ask(open_kept(kept, self._seal))
        except StorageError as error:
            self._report(NodeId(kept.node), "a look could not be opened", error)
        except Exception as error:  # noqa: BLE001 - one look's defect must not stop all others
            self._report(NodeId(kept.node), "a second look failed", error)
        return True

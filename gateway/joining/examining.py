"""Checks nodes that were submitted: one gateway each, as soon as it hears of them.

Claims the check by a step of its own, which only one of several gateways can take; files what it
came to by another. How a node is checked is `conformance.py`'s affair.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from federation.access.joining import EVENTS, Steps, take_step
from federation.access.takers import Takers
from federation.audit import AuditTrail
from federation.audit.done import JoiningStep
from federation.audit.operations import Operation, joining_step
from federation.errors import ConflictError
from federation.joining.life import NodeLife, Version
from federation.joining.lifecycle import is_due
from federation.joining.steps import OPERATOR, Detail, Examination, Report, Step
from federation.model import Clock, RegionId
from gateway.sharing.polling import Polling

POLL_SECONDS = 2.0
AT_ONCE = 3
"""Regions whose nodes are checked at once: more would be taken for nodes that are slow."""
_FAILED = "nodes cannot be examined"

log = structlog.get_logger()


class Examiner:
    """Checks what is due. `writer` is this gateway's name in the log."""

    def __init__(
        self,
        steps: Steps,
        trail: AuditTrail,
        examine: Callable[[Version], Awaitable[Report]],
        clock: Clock,
        new_id: Callable[[], str],
        writer: str,
        takers: Takers,
    ) -> None:
        self._steps = steps
        self._trail = trail
        self._examine = examine
        self._clock = clock
        self._new_id = new_id
        self._writer = writer
        self._takers = takers
        self._under_way: dict[RegionId, asyncio.Task[None]] = {}
        self._polling = Polling(self._begin, POLL_SECONDS, _FAILED)

    def start(self) -> None:
        """Begin to look for what is due."""
        self._polling.start()

    async def aclose(self) -> None:
        """Stop; what was begun is begun again by another gateway, or by this one, in an hour."""
        await self._polling.aclose()
        tasks = tuple(self._under_way.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def look(self) -> None:
        """Check what is due now, to the end."""
        await asyncio.gather(*self.begin())

    def begin(self) -> tuple[asyncio.Task[None], ...]:
        """Begin to check what is due: of a region one node, and a few regions at once."""
        return tuple(
            self._begun(life, life.candidate)
            for life in self._steps.known().nodes.values()
            if self._may_begin(life) and life.candidate is not None
        )

    async def _begin(self) -> None:
        self.begin()

    def _may_begin(self, life: NodeLife) -> bool:
        # A node that takes its time holds up its own region alone.
        if life.region in self._under_way or len(self._under_way) >= AT_ONCE:
            return False
        candidate = life.candidate
        return not life.retired and candidate is not None and is_due(candidate, self._clock())

    def _begun(self, life: NodeLife, version: Version) -> asyncio.Task[None]:
        def over(done: asyncio.Task[None]) -> None:
            del self._under_way[life.region]
            error = None if done.cancelled() else done.exception()
            if error is not None:
                log.error(_FAILED, node=life.id, error=error)

        task = asyncio.create_task(self._check(life, version), name=f"examine {life.id}")
        self._under_way[life.region] = task
        task.add_done_callback(over)
        return task

    async def _check(self, life: NodeLife, version: Version) -> None:
        try:
            await self._take(life, version, Examination())
        except ConflictError:
            return  # another gateway has begun, or the region has submitted another
        log.info("node examined", node=life.id, result="begun")
        report = await self._examine(version)
        try:
            await self._take(life, version, report)
        except ConflictError:
            log.info("node examined", node=life.id, result="overtaken")
            return
        log.info("node examined", node=life.id, result="passed" if report.passed else "failed")

    async def _take(self, life: NodeLife, version: Version, detail: Detail) -> None:
        done = Operation(id=self._new_id(), at=self._clock(), operator=self._writer)
        step = Step(
            id=done.id,
            region=life.region,
            node=life.id,
            digest=version.digest,
            by=self._takers.by(OPERATOR, self._writer),
            at=done.at,
            detail=detail,
        )

        async def record(told: JoiningStep) -> None:
            await self._trail.record((joining_step(done, EVENTS[step.kind], told),))

        await take_step(step, self._steps, record)

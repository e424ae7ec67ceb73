"""Steps that are taken at the machine, by whoever has the settings there."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from federation.access.joining import EVENTS, Steps, take_step
from federation.access.takers import Takers
from federation.audit.done import JoiningStep
from federation.audit.operations import joining_step
from federation.errors import NotFoundError
from federation.joining.life import Joining, NodeLife
from federation.joining.steps import OPERATOR, Detail, Step
from federation.model import Clock, NodeId, RegionId
from federation.registry import load_network
from federation.storage import Storage, open_storage
from gateway.keys import read_keys
from gateway.operators import commands_trail, operation
from gateway.settings import Settings


class Operating:
    """One command's way to the steps."""

    def __init__(self, settings: Settings, storage: Storage, clock: Clock) -> None:
        self._settings = settings
        self._storage = storage
        self._clock = clock
        self._steps = Steps(storage.joining, load_network(settings.network_file).nodes)

    async def now(self) -> Joining:
        """How things stand."""
        joining, _ = await self._steps.read()
        return joining

    async def life(self, node: str) -> NodeLife:
        """A node's life; raises `NotFoundError`."""
        life = (await self.now()).nodes.get(NodeId(node))
        if life is None:
            raise NotFoundError
        return life

    async def take(
        self, detail: Detail, region: str, node: str | None = None, digest: str | None = None
    ) -> Joining:
        """Take a step as the operator, on the record before it is done."""
        done = operation(self._clock())
        step = Step(
            id=done.id,
            region=RegionId(region),
            node=NodeId(node) if node is not None else None,
            digest=digest,
            by=Takers(*read_keys(self._settings.sharing_key_file)).by(OPERATOR, done.operator),
            at=done.at,
            detail=detail,
        )

        async def record(told: JoiningStep) -> None:
            reason = getattr(detail, "reason", None)
            event = joining_step(done, EVENTS[step.kind], told, reason)
            async with commands_trail(self._settings, self._storage, self._clock) as trail:
                await trail.record((event,))

        return await take_step(step, self._steps, record)


@asynccontextmanager
async def operating(
    settings: Settings, clock: Clock, *, read_only: bool = False
) -> AsyncIterator[Operating]:
    """The steps of these settings' store."""
    storage = await open_storage(settings.storage_url.reveal(), read_only=read_only)
    try:
        yield Operating(settings, storage, clock)
    finally:
        await storage.close()

"""A node's client whose calls are counted: how they ended and how long they took."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from federation.flow import Failure, NodeCall, Reply
from federation.model import Clock
from federation.protocols.base import NodeClient
from federation.protocols.failures import LATE, failure
from federation.watching.health import Health


class CountingClient:
    """Asks through another client, and counts what came of it.

    A call that is cut off counts as late once its node's time is over; before that whoever asked
    went away, which says nothing of the node.
    """

    def __init__(
        self,
        client: NodeClient,
        health: Health,
        clock: Clock,
        loop_time: Callable[[], float],
    ) -> None:
        self._client = client
        self._health = health
        self._clock = clock
        self._loop_time = loop_time

    async def fetch(self, call: NodeCall) -> Reply | Failure:
        """Ask the node."""
        begun = self._loop_time()
        try:
            outcome = await self._client.fetch(call)
        except asyncio.CancelledError:
            if call.answer_by is not None and self._loop_time() >= call.answer_by:
                self._count(call, failure(call.node, LATE), begun)
            raise
        self._count(call, outcome, begun)
        return outcome

    def _count(self, call: NodeCall, outcome: Reply | Failure, begun: float) -> None:
        seconds = self._loop_time() - begun
        self._health.answered(call.node.id, outcome, seconds, self._clock())

    async def aclose(self) -> None:
        """Give back connections."""
        await self._client.aclose()

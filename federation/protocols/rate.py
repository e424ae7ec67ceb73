"""How often a node is asked: never more than it said that it bears, by whatever this gateway does.

A call is one question about one person, with all the requests that it takes. A node's room is a
bucket of places that fills as quickly as the node said: a second's worth of them, and two at least.
A look waits for a place, each in its turn, as long as the node can still answer in time; else it
gets a row that says so at once. What nobody waits for (probes, second looks, nodes in the shadow)
does not wait, and leaves the last place to people.

Several gateways over one network each have an equal share, so that none must ask another before
it asks a node.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable

from federation.flow import Failure, NodeCall, Reply
from federation.model import Node, NodeId
from federation.protocols.base import NodeClient
from federation.protocols.failures import HELD_BACK, failure
from federation.status import FaultOrigin, SourceCode

BURST_SECONDS = 1.0
_FEWEST = 2.0
"""So many places there are at least: one that what gives way may take, and one that it may not."""
_FOR_WAITING = 0.5
"""The part of a call's time that may be spent on waiting; the rest is the node's."""


class Room:
    """The places at one node, by a clock in seconds that is never set back.

    >>> room = Room()
    >>> [room.take(at, 2.0) for at in (0.0, 0.0, 0.0, 0.0)]  # two a second
    [0.0, 0.0, 0.5, 1.0]
    >>> room.free(1.0, 2.0), room.free(2.5, 2.0)
    (0.0, 2.0)
    """

    def __init__(self) -> None:
        self._full_at = -math.inf
        self._last: float | None = None

    def free(self, now: float, rate: float) -> float:
        """How many places are free; below nothing where calls wait for one."""
        return _places(rate) - max(0.0, self._full_at - now) * rate

    def begins(self, now: float, rate: float) -> float:
        """When a call may begin that takes a place now."""
        return max(now, self._full_at + (1.0 - _places(rate)) / rate)

    def take(self, now: float, rate: float) -> float:
        """Take a place, and say from when on it is there."""
        self._last = begins = self.begins(now, rate)
        self._full_at = max(now, self._full_at) + 1.0 / rate
        return begins

    def give_back(self, begins: float, rate: float) -> None:
        """A place that was waited for and is not needed any more, unless others queue behind it.

        With those it stays as it was said to them: moved up, two would begin at once.
        """
        if begins == self._last:
            self._full_at -= 1.0 / rate
            self._last = None


class Rooms:
    """The room at every node, for one of `gateways`. `report` hears of each call held back."""

    def __init__(
        self,
        gateways: int,
        loop_time: Callable[[], float],
        report: Callable[[NodeCall], None],
    ) -> None:
        self._gateways = gateways
        self._loop_time = loop_time
        self._report = report
        self._rooms: dict[NodeId, Room] = {}

    def paced(self, node: Node, client: NodeClient) -> NodeClient:
        """The client, which asks no more often; all of one node share its room."""
        if node.calls_per_second is None:
            return client
        room = self._rooms.setdefault(node.id, Room())
        share = node.calls_per_second / self._gateways
        return _PacedClient(client, room, share, self._loop_time, self._report)


class _PacedClient:
    def __init__(
        self,
        client: NodeClient,
        room: Room,
        rate: float,
        loop_time: Callable[[], float],
        report: Callable[[NodeCall], None],
    ) -> None:
        self._client = client
        self._room = room
        self._rate = rate
        self._loop_time = loop_time
        self._report = report

    async def fetch(self, call: NodeCall) -> Reply | Failure:
        now = self._loop_time()
        if not self._has_room(call, now):
            self._report(call)
            seconds = math.ceil(self._room.begins(now, self._rate) - now)
            return failure(call.node, HELD_BACK, retry_after_seconds=max(1, seconds))
        begins = self._room.take(now, self._rate)
        if begins > now:
            try:
                await asyncio.sleep(begins - now)
            except asyncio.CancelledError:
                self._room.give_back(begins, self._rate)
                raise
        return await self._client.fetch(call)

    async def aclose(self) -> None:
        await self._client.aclose()

    def _has_room(self, call: NodeCall, now: float) -> bool:
        if call.gives_way:
            return self._room.free(now, self._rate) >= _FEWEST
        given = call.node.timeout_seconds if call.answer_by is None else call.answer_by - now
        return self._room.begins(now, self._rate) - now <= given * _FOR_WAITING


def is_held_back(outcome: Reply | Failure) -> bool:
    """Whether the node was not asked at all, for want of room."""
    return (
        isinstance(outcome, Failure)
        and outcome.code is SourceCode.RATE_LIMITED
        and outcome.origin is FaultOrigin.GATEWAY
    )


def _places(rate: float) -> float:
    return max(_FEWEST, rate * BURST_SECONDS)

"""When a node's capability statement is read, and how long it is believed.

It is asked for beside a call and never instead of it: one request at a time for all calls, with
its own limits, and a call waits for it no longer than a moment. It is fresh for ten minutes and
stands in for a day while the node will not give a new one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import httpx

from federation.model import Clock, Node, RequestId
from federation.protocols.channel import Channel
from federation.protocols.fhir.bundle import is_fhir
from federation.protocols.fhir.capability import UNSTATED, Capability, read_capability

_FRESH = timedelta(minutes=10)
_USABLE = timedelta(days=1)
_AGAIN_AFTER = timedelta(minutes=1)
"""A node that gave none is not asked with every call."""
_MOST_BYTES = 8 * 1024 * 1024
"""What a statement may measure; those of servers that list everything come to three."""


class Statement:
    """One node's statement. `read` asks the node for it, and gives None where there is none."""

    def __init__(
        self,
        read: Callable[[RequestId], Awaitable[Capability | None]],
        clock: Clock,
        *,
        patience_seconds: float,
    ) -> None:
        self._read = read
        self._clock = clock
        self._patience = patience_seconds
        self._said: Capability | None = None
        self._said_at: datetime | None = None
        self._tried_at: datetime | None = None
        self._reading: asyncio.Task[None] | None = None

    def refresh(self, request_id: RequestId) -> None:
        """Begin to read it, unless it is fresh, being read, or was refused a moment ago.

        `request_id` is that of the call which begins it.
        """
        if self._reading is None and not self._is_younger_than(_FRESH) and self._may_try():
            self._tried_at = self._clock()
            self._reading = asyncio.get_running_loop().create_task(self._take(request_id))

    async def get(self) -> Capability:
        """What the node last said; waits a moment for what is being read."""
        if self._reading is not None:
            await asyncio.wait((self._reading,), timeout=self._patience)
        return self.now()

    def now(self) -> Capability:
        """The same without waiting."""
        if self._said is None or not self._is_younger_than(_USABLE):
            return UNSTATED
        return self._said

    async def aclose(self) -> None:
        """Stop reading."""
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.wait((self._reading,))

    async def _take(self, request_id: RequestId) -> None:
        try:
            said = await self._read(request_id)
        finally:
            self._reading = None
        if said is not None:
            self._said, self._said_at = said, self._clock()

    def _is_younger_than(self, age: timedelta) -> bool:
        return self._said_at is not None and self._clock() - self._said_at < age

    def _may_try(self) -> bool:
        return self._tried_at is None or self._clock() - self._tried_at >= _AGAIN_AFTER


async def read_statement(
    node: Node, open_channel: Callable[[int], Channel], request_id: RequestId
) -> Capability | None:
    """Ask a node for its statement; None for whatever is none. It says nothing of any person."""
    headers = {
        "accept": "application/fhir+json",
        "accept-encoding": "gzip",
        "x-request-id": request_id,
    }
    url = httpx.URL(f"{node.endpoint.rstrip('/')}/metadata")
    try:
        # Nobody waits for it, so nobody else ends one that trickles on for ever.
        async with asyncio.timeout(node.timeout_seconds):
            answer = await open_channel(_MOST_BYTES).send("GET", url, headers)
    except (httpx.HTTPError, TimeoutError):
        return None
    if answer.status != httpx.codes.OK or not is_fhir(answer.media_type):
        return None
    return read_capability(answer.body)

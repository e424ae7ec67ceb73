"""Follows the steps of the nodes' lives, so that a change is served within a second everywhere.

Asks the store twice a second. While it is silent, the network stays as it was last known; that is
said once.
"""

from __future__ import annotations

from collections.abc import Iterable

import structlog

from federation.access.joining import Steps
from federation.errors import RefusedError
from federation.joining.life import Joining
from federation.model import Node
from federation.storage import JoiningRow, JoiningStore
from gateway.joining.served import Served
from gateway.sharing.polling import Polling

POLL_SECONDS = 0.5

log = structlog.get_logger()


class JoiningFollower:
    """Keeps what is served in step with one store. `founders` are in the network file.

    `steps` are for whoever takes more of them here.
    """

    def __init__(self, store: JoiningStore, founders: Iterable[Node], served: Served) -> None:
        self.steps = Steps(store, founders, _report, _put_back)
        self._served = served
        self._taken_over: Joining | None = None
        self._polling = Polling(self.look, POLL_SECONDS, "steps of joining cannot be read")

    def now(self) -> Joining:
        """Every region and every node, as they are now."""
        return self.steps.known()

    async def start(self) -> None:
        """Take every step of before, serve what they come to, and follow; raises `StorageError`."""
        await self.look()
        self._polling.start()

    async def aclose(self) -> None:
        """Stop following."""
        await self._polling.aclose()

    async def look(self) -> None:
        """Ask the store once, and serve what is new; raises `StorageError`."""
        joining, _ = await self.steps.read()
        # Not whether a step was read just now: what could not be taken over is tried again.
        if joining is not self._taken_over:
            await self._served.take_over(joining)
            self._taken_over = joining

    async def hear(self) -> None:
        """Ask the store once; what is new is served by the next look. Raises `StorageError`."""
        await self.steps.read()


def _report(row: JoiningRow, refused: RefusedError | None) -> None:
    if refused is None:
        log.error("joining step cannot be read", sequence=row.sequence, node=row.node)
    else:
        log.error("joining step refused", sequence=row.sequence, node=row.node, code=refused.code)


def _put_back(last: int) -> None:
    log.error("steps of joining are not those that were followed", sequence=last)

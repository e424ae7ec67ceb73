"""Tells operators of agreements that are about to end, each once for each of its warnings."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import structlog

from federation.model import Agreement, Clock
from federation.sharing.expiring import expiring
from federation.sharing.facts import local_day
from gateway.sharing.polling import Polling

EVERY_SECONDS = 3600.0

log = structlog.get_logger()


class Expiry:
    """Looks at the agreements that decide now, once an hour; again for all after a start."""

    def __init__(self, agreements: Callable[[], Iterable[Agreement]], clock: Clock) -> None:
        self._agreements = agreements
        self._clock = clock
        self._told: set[tuple[str, str, str, int]] = set()
        self._polling = Polling(self.look, EVERY_SECONDS, "agreements cannot be looked at")

    async def start(self) -> None:
        """Say what is due, and go on."""
        await self.look()
        self._polling.start()

    async def aclose(self) -> None:
        """Say no more."""
        await self._polling.aclose()

    async def look(self) -> None:
        """Say what has become due."""
        for one in expiring(self._agreements(), local_day(self._clock())):
            assert one.stage is not None  # noqa: S101 - it ends within the first of them
            name = (one.node, one.agreement, one.version, one.stage)
            if name not in self._told:
                self._told.add(name)
                log.warning(
                    "agreement expires",
                    node=one.node,
                    agreement=one.agreement,
                    region=one.region,
                    ends=one.ends.isoformat(),
                    days=one.days,
                )

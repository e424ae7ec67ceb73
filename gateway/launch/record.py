"""Puts launches on the record before they are answered: each that is kept, each that is refused.

What a known host system signed is an event of its own; but such a message, once captured, could be
posted again and again by anybody, so of each system so many a minute are told singly, and whatever
is more is counted with what nobody known had signed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from federation.audit import AuditEvent, AuditTrail
from federation.audit.operations import Operation, launch_refused, launched
from federation.authority import Launch
from federation.model import Clock
from gateway.launch.message import LaunchRefusedError

MOST_A_MINUTE = 60
"""How many refusals of one host system are told singly."""
_MINUTE = 60
_HOST_SYSTEM = "a host system"


class LaunchRecord:
    """The record of launches. `trail` is there while the gateway is open.

    `count` takes the reason of what is not told singly.
    """

    def __init__(
        self, new_id: Callable[[], str], clock: Clock, count: Callable[[str], None]
    ) -> None:
        self._new_id = new_id
        self._clock = clock
        self._count = count
        self._minute = 0
        self._told: Counter[str] = Counter()
        self.trail: AuditTrail | None = None

    async def kept(self, launch: Launch) -> None:
        """A handle is about to be given out. Raises `AuditUnavailableError`."""
        await self._write(launched(self._operation(), launch))

    async def refused(self, refused: LaunchRefusedError) -> None:
        """A launch is about to be refused. Raises `AuditUnavailableError`."""
        host = refused.host
        if host is None or not self._is_told(host):
            self.unsigned(refused.fault)
            return
        fault, code = refused.fault.value, refused.refused.code
        await self._write(launch_refused(self._operation(), host, fault, code))

    def unsigned(self, fault: str) -> None:
        """Something was posted that is no launch of anybody known."""
        self._count(f"LAUNCH_{fault}")

    def _is_told(self, host: str) -> bool:
        minute = int(self._clock().timestamp()) // _MINUTE
        if minute != self._minute:
            self._minute, self._told = minute, Counter()
        self._told[host] += 1
        return self._told[host] <= MOST_A_MINUTE

    def _operation(self) -> Operation:
        return Operation(id=self._new_id(), at=self._clock(), operator=_HOST_SYSTEM)

    async def _write(self, event: AuditEvent) -> None:
        assert self.trail is not None  # noqa: S101 - requests come while the lifespan is open
        await self.trail.record((event,))

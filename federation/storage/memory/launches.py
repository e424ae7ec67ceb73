"""Launches on their way, in memory."""

from __future__ import annotations

from datetime import datetime

from federation.errors import StorageError
from federation.storage.base import KeptLaunch


class MemoryLaunches:
    """A `LaunchStore`."""

    def __init__(self) -> None:
        self._kept: dict[bytes, KeptLaunch] = {}
        self._taken: set[bytes] = set()

    async def put(self, launch: KeptLaunch, at: datetime) -> bool:
        self._sweep(at)
        if any(kept.message_digest == launch.message_digest for kept in self._kept.values()):
            return False
        if launch.handle_digest in self._kept:
            raise StorageError("the launch could not be kept")
        self._kept[launch.handle_digest] = launch
        return True

    async def take(self, handle_digest: bytes, at: datetime) -> KeptLaunch | None:
        self._sweep(at)
        if handle_digest in self._taken or handle_digest not in self._kept:
            return None
        self._taken.add(handle_digest)
        return self._kept[handle_digest]

    def _sweep(self, at: datetime) -> None:
        self._kept = {key: kept for key, kept in self._kept.items() if at < kept.expires_at}
        self._taken &= self._kept.keys()

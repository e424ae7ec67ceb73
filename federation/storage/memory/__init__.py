"""The stores in memory, for tests: what `sql/` does, held by the same contract suite.

Not in `STORAGES`: an audit trail that does not outlive the process is none, so no setting can
choose it.
"""

from __future__ import annotations

from federation.storage.memory.audit import MemoryAudit
from federation.storage.memory.bundles import MemoryBundles
from federation.storage.memory.joining import MemoryJoining
from federation.storage.memory.keeping import MemoryKeeping
from federation.storage.memory.launches import MemoryLaunches
from federation.storage.memory.numbers import MemoryNumbers
from federation.storage.memory.outbox import MemoryOutbox
from federation.storage.memory.second_looks import MemorySecondLooks
from federation.storage.memory.sharing import MemorySharing

__all__ = [
    "MemoryAudit",
    "MemoryBundles",
    "MemoryJoining",
    "MemoryKeeping",
    "MemoryLaunches",
    "MemoryNumbers",
    "MemoryOutbox",
    "MemorySecondLooks",
    "MemorySharing",
    "MemoryStorage",
]


class MemoryStorage:
    """A `Storage`."""

    def __init__(self) -> None:
        self.audit = MemoryAudit()
        self.keeping = MemoryKeeping(self.audit)
        self.numbers = MemoryNumbers()
        self.sharing = MemorySharing()
        self.launches = MemoryLaunches()
        self.second_looks = MemorySecondLooks()
        self.bundles = MemoryBundles()
        self.joining = MemoryJoining()
        self.outbox = MemoryOutbox()

    async def close(self) -> None:
        pass

"""Looks that wait for a node, in memory."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from federation.storage.base import KeptLook


class MemorySecondLooks:
    """A `SecondLookStore`."""

    def __init__(self) -> None:
        self._kept: dict[str, KeptLook] = {}
        self._claimed_until: dict[str, datetime] = {}

    async def put(self, look: KeptLook, at: datetime, most: int) -> bool:
        self._kept = {key: kept for key, kept in self._kept.items() if at < kept.expires_at}
        self._kept.pop(look.id, None)
        if sum(kept.node == look.node for kept in self._kept.values()) >= most:
            return False
        self._kept[look.id] = look
        self._claimed_until.pop(look.id, None)
        return True

    async def waiting(self, at: datetime, node: str | None = None) -> Sequence[KeptLook]:
        kept = [
            one for one in self._kept.values() if at < one.expires_at and node in (None, one.node)
        ]
        return tuple(sorted(kept, key=lambda one: (one.expires_at, one.id)))

    async def claim(self, id: str, at: datetime, until: datetime) -> bool:  # noqa: A002
        if id not in self._kept or self._claimed_until.get(id, at) > at:
            return False
        self._claimed_until[id] = until
        return True

    async def give_back(self, id: str) -> None:  # noqa: A002 - the row's own name for it
        self._claimed_until.pop(id, None)

    async def done(self, id: str) -> None:  # noqa: A002 - the row's own name for it
        self._kept.pop(id, None)

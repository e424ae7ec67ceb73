"""Feeds: what a store is filled from, and up to when its data goes.

A store that is filled from elsewhere, every night say, can be behind. Its parts say how far they go
(`dataCurrentTo`). A feed that is older than it should be makes its parts less than whole, because
what happened since is not there; one that never came makes them unavailable, because an empty table
is then no empty record.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from enum import StrEnum

from msgspec import Struct

CurrentTo = Callable[[], Awaitable[datetime | None]]
"""Up to when the data goes, as an aware instant; None: it was never filled."""
_LOOK_SECONDS = 1.0
CLOCKS_DIFFER = timedelta(minutes=5)


class FeedState(StrEnum):
    """How a feed is."""

    CURRENT = "CURRENT"
    STALE = "STALE"
    UNKNOWN = "UNKNOWN"


class Currency(Struct, frozen=True, kw_only=True, rename="camel"):
    """How a feed is just now, and up to when it goes."""

    feed: str
    state: FeedState
    data_current_to: datetime | None = None


class Feed:
    """One feed; `name` is what health says, `stale_after` how old it may be."""

    def __init__(self, name: str, current_to: CurrentTo, *, stale_after: timedelta) -> None:
        self.name = name
        self._current_to = current_to
        self._stale_after = stale_after

    async def currency(self, now: datetime) -> Currency:
        """How it is; a function that raises, or is slow, leaves it unknown."""
        try:
            async with asyncio.timeout(_LOOK_SECONDS):
                current_to = await self._current_to()
        except Exception:  # noqa: BLE001 - whatever a region's store raises, its age is not known
            current_to = None
        if not _is_believed(current_to, now):
            return Currency(feed=self.name, state=FeedState.UNKNOWN)
        assert current_to is not None  # noqa: S101 - believed
        stale = now - current_to > self._stale_after
        return Currency(
            feed=self.name,
            state=FeedState.STALE if stale else FeedState.CURRENT,
            data_current_to=current_to,
        )


def _is_believed(current_to: datetime | None, now: datetime) -> bool:
    """An instant, and none to come: a clock that is ahead would make old data new."""
    if current_to is None or current_to.tzinfo is None:
        return False
    return current_to <= now + CLOCKS_DIFFER

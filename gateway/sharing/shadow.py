"""Follows what is in the shadow while the gateway runs; whatever goes wrong changes no answer."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime

import structlog

from federation.sharing import InShadow
from federation.sharing.rulebook import RuleBook, SignersOf
from federation.sharing.shadow_book import ShadowBook
from federation.storage import BundleStore

log = structlog.get_logger()


class ShadowFollower:
    """Keeps the bundles in the shadow in step with the store, beside one rule book."""

    def __init__(
        self,
        store: BundleStore,
        signers: SignersOf,
        hear_of_regions: Callable[[], Awaitable[None]],
    ) -> None:
        self._store = store
        self._hear_of_regions = hear_of_regions
        self._book = ShadowBook(signers)
        self._silent = False

    def now(self) -> tuple[InShadow, ...]:
        """What is in the shadow."""
        return self._book.now

    async def look(self, beside: RuleBook, at: datetime, tick: float) -> None:
        """Take in what is new, and make it ready beside what decides; raises nothing."""
        try:
            await self._look(beside, at, tick)
            self._silent = False
        except Exception as error:  # noqa: BLE001 - what decides must never hear of it
            if not self._silent:
                log.error("rules in the shadow cannot be refreshed", error=error)  # noqa: TRY400 - `logs.name_error` words it
            self._silent = True

    async def _look(self, beside: RuleBook, at: datetime, tick: float) -> None:
        rows = await self._store.shadowed_after(self._book.sequence)
        if rows:
            # As with publications: whoever put them there may know a region that came since.
            await self._hear_of_regions()
        before = _called(self.now())
        refused = await asyncio.to_thread(self._book.hear, rows, beside, at, tick)
        for one in refused:
            log.error(
                "bundle in the shadow refused", owner=one.owner, sequence=one.sequence, why=one.why
            )
        after = _called(self.now())
        if after != before:
            log.info("rules in the shadow changed", owners=[owner for owner, _ in after])


def _called(shadow: tuple[InShadow, ...]) -> list[tuple[str, str]]:
    return [(one.sheet.head.owner, one.sheet.digest) for one in shadow]

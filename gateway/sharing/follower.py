"""Follows what is published while the gateway runs, so that a new bundle decides within a second.

Asks the store twice a second and hands what is new to the rule book, in a thread: compiling rules
must hold nobody up. A store that does not answer is said once, and the book grows older by itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime
from pathlib import Path

import structlog

from federation.errors import SettingsError
from federation.model import Clock
from federation.sharing import InShadow
from federation.sharing.rulebook import Refused, RuleBook, RulesNow, SignersOf
from federation.storage import BundleStore
from federation.storage.base import BundleRow
from gateway.sharing.bundles import BundleFiles, bundles_in
from gateway.sharing.polling import Polling
from gateway.sharing.shadow import ShadowFollower

POLL_SECONDS = 0.5
STARTED_WITH = "sharing_folder"
"""Who published what a gateway started with."""

log = structlog.get_logger()


async def _know_them_all() -> None:
    pass


class Follower:
    """Keeps one rule book in step with one store. `steady` counts seconds and is never set.

    `changed` is told of every new set of rules. `hear_of_regions` has the signers know every region
    that was enrolled before now; what it raises puts the look off.
    """

    def __init__(
        self,
        store: BundleStore,
        signers: SignersOf,
        clock: Clock,
        steady: Callable[[], float],
        changed: Callable[[RulesNow], None] = lambda _: None,
        hear_of_regions: Callable[[], Awaitable[None]] = _know_them_all,
    ) -> None:
        self._store = store
        self._clock = clock
        self._steady = steady
        self._changed = changed
        self._hear_of_regions = hear_of_regions
        self._book = RuleBook(signers, steady())
        self._shadow = ShadowFollower(store, signers, hear_of_regions)
        self._polling = Polling(self.look, POLL_SECONDS, "sharing rules cannot be refreshed")

    def now(self) -> RulesNow:
        """What decides now."""
        return self._book.now(self._steady())

    def shadow(self) -> tuple[InShadow, ...]:
        """What is tried beside it."""
        return self._shadow.now()

    async def start(
        self, folder: Path | None, record: Callable[[BundleRow], Awaitable[None]]
    ) -> None:
        """Read everything published so far, publish what owners of the folder lack, and follow.

        `record` puts a publication on the record before it is made. Raises `SettingsError` where a
        signer who is not enrolled signed what an owner published last.
        """
        self._require_signers(await self._look())
        if folder is not None:
            await self._publish_missing(bundles_in(folder), record)
            self._require_signers(await self._look())
        await self._look_at_shadow()
        self._polling.start()

    async def aclose(self) -> None:
        """Stop following."""
        await self._polling.aclose()

    async def look(self) -> None:
        """Ask the store once, and take in what is new; raises `StorageError`."""
        await self._look()
        await self._look_at_shadow()

    async def _look_at_shadow(self) -> None:
        # One after the other: what is in the shadow is made ready beside what decides now.
        await self._shadow.look(self._book, self._clock(), self._steady())

    async def _look(self) -> tuple[Refused, ...]:
        rows = await self._store.after(self._book.sequence)
        if rows:
            # Whoever published them knew regions that this gateway may not have heard of yet, and
            # what is refused once is not looked at again.
            await self._hear_of_regions()
        before = self.now().version
        refused = await asyncio.to_thread(self._book.hear, rows, self._clock(), self._steady())
        for one in refused:
            log.error("sharing bundle refused", owner=one.owner, sequence=one.sequence, why=one.why)
        after = self.now()
        if after.version != before:
            self._changed(after)
            log.info("sharing rules changed", version=after.version)
        return refused

    def _require_signers(self, refused: Iterable[Refused]) -> None:
        # A publication that was in force must not lose its signers and give way to an earlier one,
        # which may open what it had closed (docs/decisions/0016).
        decides = {one.row.owner: one.row.sequence for one in self.now().bundles}
        for one in refused:
            if one.by_stranger and decides.get(one.owner, 0) < one.sequence:
                raise SettingsError(
                    f"`signers`: somebody who is not enrolled signed no. {one.sequence}, the last"
                    f" word of `{one.owner}`: give a signer who left `until`, or publish anew"
                )

    async def _publish_missing(
        self, bundles: Iterable[BundleFiles], record: Callable[[BundleRow], Awaitable[None]]
    ) -> None:
        known = {row.owner for row in await self._store.after(0)}
        for bundle in bundles:
            if bundle.sheet.head.owner not in known:
                row = row_of(bundle, self._clock(), STARTED_WITH)
                await record(row)
                if not await self._store.begin(row):
                    # Another gateway starts over the same store, or somebody has published since.
                    log.info("sharing bundle published elsewhere", owner=row.owner)


def row_of(bundle: BundleFiles, at: datetime, by: str) -> BundleRow:
    """A bundle as it is published; it begins when it says, or now where that is over."""
    head = bundle.sheet.head
    return BundleRow(
        sequence=0,
        owner=head.owner,
        version=head.version,
        digest=bundle.sheet.digest,
        body=bundle.body,
        signatures=bundle.signatures,
        effective_from=max(head.effective_from, at) if by != STARTED_WITH else head.effective_from,
        published_at=at,
        published_by=by,
    )

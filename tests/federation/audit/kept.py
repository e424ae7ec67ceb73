"""A log of two writers, signed every few events, that can be archived and purged."""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from federation.audit import AuditEvent, AuditTrail, Sealer
from federation.audit.archive import Archived, of_segments
from federation.audit.checkpoint import of_rows
from federation.audit.checkpointer import Checkpointer
from federation.audit.holds import Hold, Holding
from federation.audit.operations import Operation
from federation.audit.proof import ChainProof, prove
from federation.audit.retention import Looked, Upkeep, archive, purge
from federation.errors import StorageError
from federation.model import Clock
from federation.storage import IndexEntry
from federation.storage.memory import MemoryKeeping
from tests.builders import NOW
from tests.federation.audit.values import KEYS, CountingAudit, Ticking, a_signing_key, events

KEY = a_signing_key()
WRITERS = ("gateway-1", "gateway-2")
COMMANDS = "gateway-1.commands"
LATER = NOW + timedelta(days=1)
FIRST = "gateway-1-000000000001-000000000006.jsonl.gz"


class StoppingKeeping(MemoryKeeping):
    """Fails to take events out for as long as it is `stopped`."""

    stopped = False

    async def remove(
        self, writer: str, first: int, last: int, index: Sequence[IndexEntry] = ()
    ) -> None:
        if self.stopped:
            raise StorageError("stopped")
        await super().remove(writer, first, last, index)


class KeptLog:
    """`store` and `keeping` in memory, archives in `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "archives"
        self.folder.mkdir()
        self.file = folder / "checkpoints.jsonl"
        self.store = CountingAudit()
        self.keeping = StoppingKeeping(self.store)
        self.sealer = Sealer(KEYS)
        self.clock: Clock = Ticking()
        self.operations = 0

    async def write(self, writer: str, *groups: Sequence[AuditEvent]) -> None:
        """Each group, and a checkpoint after it."""
        trail = await self.trail(writer)
        checkpoints = await Checkpointer.open(
            trail, self.keeping, KEY, self.file, self.clock, report_failure=_raise
        )
        for group in groups:
            await trail.record(group)
            await checkpoints.sign_now()
        await checkpoints.aclose()

    async def trail(self, writer: str) -> AuditTrail:
        return await AuditTrail.open(self.store, writer, KEYS, self.clock)

    def operation(self) -> Operation:
        self.operations += 1
        return Operation(id=f"operation-{self.operations}", at=self.clock(), operator="root")

    async def upkeep(self) -> Upkeep:
        return Upkeep(
            audit=self.store,
            keeping=self.keeping,
            trail=await self.trail(COMMANDS),
            key=KEY,
            sealer=self.sealer,
            operation=self.operation,
        )

    async def archive(self, before: datetime, **given: int) -> list[Archived]:
        upkeep = await self.upkeep()
        try:
            return [moved async for moved in archive(upkeep, before, self.folder, **given)]
        finally:
            await upkeep.trail.aclose()

    async def purge(self, before: datetime, *holds: Hold) -> list[Looked]:
        upkeep = await self.upkeep()
        holding = Holding(holds, self.sealer, {})
        try:
            return [looked async for looked in purge(upkeep, before, holding, [self.folder])]
        finally:
            await upkeep.trail.aclose()

    async def proofs(
        self, *, archives: bool = True, sealer: Sealer | None = None
    ) -> dict[str, ChainProof]:
        folders = [self.folder] if archives else []
        return await prove(
            self.store.read(),
            of_rows(await self.keeping.checkpoints(), KEY.public),
            sealer,
            of_segments(await self.keeping.segments(), KEY.public, folders),
            read_archives=archives,
        )

    async def broken(self, **given: bool) -> dict[str, str]:
        found = await self.proofs(**given)
        return {writer: str(one.broken) for writer, one in found.items() if one.broken}

    async def in_store(self) -> list[tuple[str, int]]:
        return [(row.writer, row.sequence) async for row in self.store.read()]


async def three_groups(folder: Path) -> KeptLog:
    """Of each writer nine events, signed after every third; the last two are not to be moved."""
    log = KeptLog(folder)
    for writer in WRITERS:
        await log.write(writer, *(events(3, f"{writer}-{group}") for group in "abc"))
    return log


async def an_archived_log(folder: Path) -> KeptLog:
    """The same, and of each writer six events archived."""
    log = await three_groups(folder)
    await log.archive(LATER)
    return log


def lines(path: Path) -> list[bytes]:
    """What is packed in an archive."""
    return gzip.decompress(path.read_bytes()).splitlines(keepends=True)


def _raise(error: BaseException) -> None:
    raise error

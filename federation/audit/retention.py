"""What becomes of old events: they leave the store for archives, and archives are deleted in time.

Nothing leaves the store before its archive was read back and found whole, and no archive is
deleted that is too young, held, or not as it was signed. Each is on the record before it is done,
and each leaves something signed behind, so that the chain goes on verifying over the gap.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from datetime import datetime
from enum import StrEnum
from pathlib import Path

import msgspec
from msgspec import Struct

from federation.audit.archive import (
    SUFFIX,
    Archive,
    Archived,
    Contents,
    Purged,
    Segment,
    check_archive,
    digest_of,
    of_segments,
    write_archive,
)
from federation.audit.chain import Position
from federation.audit.checkpoint import Checkpoint, of_rows, sync_folder
from federation.audit.done import SegmentNamed
from federation.audit.event import AuditEvent
from federation.audit.find import index_of
from federation.audit.holds import Holding
from federation.audit.operations import Operation, archived, purged
from federation.audit.seal import Sealer
from federation.audit.signing import SigningKey, sign
from federation.audit.trail import AuditTrail
from federation.errors import AuditBrokenError
from federation.storage.base import AuditRow, AuditStore
from federation.storage.keeping import KeepingStore, SegmentRow

_EVENTS_A_FILE = 100_000
_EVENTS_A_TRANSACTION = 500


class Upkeep(Struct, frozen=True, kw_only=True):
    """What these operations work with; `operation` is who does it, and now."""

    audit: AuditStore
    keeping: KeepingStore
    trail: AuditTrail
    key: SigningKey
    sealer: Sealer
    operation: Callable[[], Operation]


class Fate(StrEnum):
    """What became of an archive that was looked at."""

    PURGED = "PURGED"
    TOO_YOUNG = "TOO_YOUNG"
    HELD = "HELD"
    BROKEN = "BROKEN"


class Looked(Struct, frozen=True, kw_only=True):
    """An archive that was looked at, what became of it, and why."""

    file: str
    fate: Fate
    why: str = ""


# ── archiving ─────────────────────────────────────────────────────────────────────────────────────


async def archive(
    upkeep: Upkeep, before: datetime, folder: Path, events_a_file: int = _EVENTS_A_FILE
) -> AsyncIterator[Archived]:
    """Move what was signed before a moment into files of the folder, one after another.

    A writer's newest event stays in the store, so that the chain goes on from it. Raises
    `AuditBrokenError` for a log that does not hold, and `OSError` where a file cannot be written;
    what was not moved then is still in the store.
    """
    segments = of_segments(await upkeep.keeping.segments(), upkeep.key.public)
    signed = of_rows(await upkeep.keeping.checkpoints(), upkeep.key.public)
    for writer in sorted({said.writer for said in signed}):
        mine = [segment.said for segment in segments if segment.said.writer == writer]
        after = mine[-1].head if mine else Position()
        # What an interrupted run had archived and not yet taken out.
        await _remove(upkeep, writer, after)
        last = await upkeep.audit.last(writer)
        old = [
            said
            for said in signed
            if said.writer == writer and said.at < before and last and said.sequence < last.sequence
        ]
        for upto in _ends(old, after, events_a_file):
            moved = await _archive(upkeep, after, upto, signed[upto], folder)
            after = moved.head
            yield moved


def _ends(old: Iterable[Checkpoint], after: Position, events: int) -> list[Checkpoint]:
    """Where files end: as many events in each as asked for, or as its one checkpoint covers."""
    ends: list[Checkpoint] = []
    begin = after.sequence
    for said in sorted(old, key=lambda one: one.sequence):
        if said.sequence <= begin:
            continue
        if ends and said.sequence - begin <= events:
            ends[-1] = said
            continue
        if ends:
            begin = ends[-1].sequence
        ends.append(said)
    return ends


async def _archive(
    upkeep: Upkeep, after: Position, upto: Checkpoint, signed: str, folder: Path
) -> Archived:
    first = after.sequence + 1
    path = folder / f"{upto.writer}-{first:012}-{upto.sequence:012}{SUFFIX}"
    await write_archive(path, upkeep.audit.read(upto.writer), after, upto, signed)
    _must_be(check_archive(path, upkeep.key.public, upkeep.sealer), after, upto)
    operation = upkeep.operation()
    said = Archived(
        writer=upto.writer,
        first=first,
        last=upto.sequence,
        previous=after.hash.hex(),
        hash=upto.hash,
        file=path.name,
        digest=digest_of(path),
        at=operation.at,
    )
    await _put_on_record(upkeep, archived(operation, _named(said)))
    row = SegmentRow(writer=said.writer, first=first, last=said.last, signed=sign(said, upkeep.key))
    await upkeep.keeping.add_segment(row)
    await _remove(upkeep, said.writer, said.head)
    return said


def _must_be(found: Contents, after: Position, upto: Checkpoint) -> None:
    if (found.writer, found.before, found.head) != (upto.writer, after, upto.position):
        raise AuditBrokenError(
            f"event {after.sequence + 1} of writer {upto.writer!r} does not follow what was"
            " archived before it"
        )


async def _remove(upkeep: Upkeep, writer: str, upto: Position) -> None:
    """Take out of the store what is in archives, a little at a time: others wait to write."""
    page: list[AuditRow] = []
    async for row in upkeep.audit.read(writer):
        if row.sequence > upto.sequence:
            break
        page.append(row)
        if len(page) == _EVENTS_A_TRANSACTION:
            await _remove_page(upkeep, page)
            page = []
    if page:
        await _remove_page(upkeep, page)


async def _remove_page(upkeep: Upkeep, page: Sequence[AuditRow]) -> None:
    first, last = page[0], page[-1]
    index = index_of(page, upkeep.sealer)
    await upkeep.keeping.remove(first.writer, first.sequence, last.sequence, index)


# ── purging ───────────────────────────────────────────────────────────────────────────────────────


async def purge(
    upkeep: Upkeep, written_before: datetime, holding: Holding, folders: Iterable[Path]
) -> AsyncIterator[Looked]:
    """Delete the archives in these folders of which nothing is newer, unless they are held.

    One that does not verify stays, and is told. Raises `AuditBrokenError` where what the store
    keeps of archives is not as it was signed.
    """
    rows = await upkeep.keeping.segments()
    for segment in of_segments(rows, upkeep.key.public, folders):
        if segment.path is not None:
            fate, why = await _purge(upkeep, segment, segment.path, written_before, holding)
            yield Looked(file=segment.said.file, fate=fate, why=why)


async def _purge(
    upkeep: Upkeep, segment: Segment, path: Path, written_before: datetime, holding: Holding
) -> tuple[Fate, str]:
    said = segment.said
    try:
        fate, why = _fate(upkeep, said, path, written_before, holding)
    except AuditBrokenError as broken:
        return Fate.BROKEN, str(broken)
    if fate is Fate.PURGED:
        # One that was purged and is there still is what an interrupted run left behind.
        if segment.purged is None:
            await _prove_purged(upkeep, said)
        _delete(path)
    return fate, why


def _delete(path: Path) -> None:
    path.unlink()
    sync_folder(path.parent)


def _fate(
    upkeep: Upkeep, said: Archived, path: Path, written_before: datetime, holding: Holding
) -> tuple[Fate, str]:
    found = check_archive(path, upkeep.key.public, upkeep.sealer)
    if (found.before, found.head) != (said.before, said.head) or digest_of(path) != said.digest:
        return Fate.BROKEN, f"{said.file!r} is not the file that was signed"
    if found.newest >= written_before:
        return Fate.TOO_YOUNG, f"its newest event is of {found.newest.isoformat()}"
    held = next((hold for row in Archive(path).rows() if (hold := holding.holds(row))), None)
    if held is not None:
        return Fate.HELD, f"{held.id} ({held.reference})"
    return Fate.PURGED, ""


async def _prove_purged(upkeep: Upkeep, said: Archived) -> None:
    operation = upkeep.operation()
    await _put_on_record(upkeep, purged(operation, _named(said)))
    named = {name: value for name, value in msgspec.structs.asdict(said).items() if name != "at"}
    proof = Purged(**named, archived_at=said.at, at=operation.at)
    await upkeep.keeping.purge(said.writer, said.last, sign(proof, upkeep.key))


def _named(said: Archived) -> SegmentNamed:
    return SegmentNamed(writer=said.writer, first=said.first, last=said.last, hash=said.hash)


async def _put_on_record(upkeep: Upkeep, event: AuditEvent) -> None:
    await upkeep.trail.record((event,))

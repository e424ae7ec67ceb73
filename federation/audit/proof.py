"""Holds a whole log against what was signed of it, and names the first bad event of each writer.

`chain.py` says whether an event follows the one before; this adds where each chain must have
stood, so that an end that was cut off shows, or a chain that somebody hashed anew. Reading the
store, the checkpoint file and the keys is the caller's.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from datetime import datetime
from pathlib import Path

from msgspec import Struct

from federation.audit.archive import Archive, Archived, Segment, digest_of
from federation.audit.chain import Position, check_row
from federation.audit.checkpoint import Checkpoint
from federation.audit.seal import Sealer
from federation.errors import AuditBrokenError
from federation.storage.base import AuditRow


class ChainProof(Struct, frozen=True, kw_only=True):
    """What came of one writer's chain.

    `broken` names its first bad event. `signed_up_to` is the newest checkpoint's event, 0 without
    one: what was written after it could have been cut off without a trace. `set_back` names the
    first event whose clock had been set back. `unread` is the last event of archives that were not
    read, `left_over` how many events are in an archive and in the store as well.
    """

    head: Position
    signed_up_to: int
    broken: AuditBrokenError | None = None
    set_back: int | None = None
    unread: int = 0
    left_over: int = 0


async def prove(
    rows: AsyncIterator[AuditRow],
    checkpoints: Iterable[Checkpoint],
    sealer: Sealer | None = None,
    segments: Iterable[Segment] = (),
    *,
    read_archives: bool = False,
) -> dict[str, ChainProof]:
    """Every writer's chain, checked to its first bad event; rows in order of writer and sequence.

    A writer of whom there are checkpoints and no events is among them. With `read_archives` the
    file of every segment must be there, unless it was purged; without, what was signed of it is
    taken for it.
    """
    checks: dict[str, _Check] = {}
    for said in sorted(checkpoints, key=lambda one: (one.writer, one.sequence)):
        checks.setdefault(said.writer, _Check(said.writer)).expect(said)
    for segment in segments:
        check = checks.setdefault(segment.said.writer, _Check(segment.said.writer))
        check.pass_archive(segment, sealer, must_read=read_archives)
    async for row in rows:
        if row.writer not in checks:
            checks[row.writer] = _Check(row.writer)
        checks[row.writer].follow(row, sealer)
    return {writer: check.ended() for writer, check in checks.items()}


class _Check:
    """One writer's chain, event by event."""

    def __init__(self, writer: str) -> None:
        self._writer = writer
        self._expected: dict[int, list[Checkpoint]] = {}
        self._covered = 0
        self._gap: AuditBrokenError | None = None
        self._head = Position()
        self._at: datetime | None = None
        self._set_back: int | None = None
        self._archived = self._unread = self._left_over = 0
        self._broken: AuditBrokenError | None = None

    def expect(self, said: Checkpoint) -> None:
        """A place where the chain must stand; they come in order."""
        if self._gap is None and said.sequence - said.events > self._covered:
            self._gap = self._bad(
                self._covered + 1, "has no checkpoint, and one was signed: it is missing"
            )
        self._covered = max(self._covered, said.sequence)
        self._expected.setdefault(said.sequence, []).append(said)

    def pass_archive(self, segment: Segment, sealer: Sealer | None, *, must_read: bool) -> None:
        """Events that left the store, in order: read from their file, or taken as signed."""
        if self._broken is None:
            try:
                self._pass_archive(segment, sealer, must_read=must_read)
            except AuditBrokenError as broken:
                self._broken = broken
        self._archived = max(self._archived, segment.said.last)

    def _pass_archive(self, segment: Segment, sealer: Sealer | None, *, must_read: bool) -> None:
        said = segment.said
        if said.before != self._head:
            raise self._bad(
                self._head.sequence + 1, f"is missing: {said.file!r} does not follow it"
            )
        if must_read and segment.path is not None:
            archive = Archive(segment.path)
            if (archive.writer, archive.before) != (said.writer, said.before):
                raise self._bad(said.first, f"is missing: {said.file!r} is another archive")
            self._read(archive, sealer)
            if self._head != said.head:
                raise self._bad(self._head.sequence + 1, f"is missing in {said.file!r}")
            self._whole(segment.path, said)
        elif must_read and segment.purged is None:
            raise self._bad(said.first, f"is missing: its archive {said.file!r} is not there")
        else:
            self._hold_against(said.head)
            self._head = said.head
            self._unread = said.last

    def _read(self, archive: Archive, sealer: Sealer | None) -> None:
        for row in archive.rows():
            self._step(row, sealer)

    def _whole(self, path: Path, said: Archived) -> None:
        if digest_of(path) != said.digest:
            raise AuditBrokenError(
                f"the archive {said.file!r} is not the file that was signed, though the events"
                f" {said.first} to {said.last} of writer {self._writer!r} in it hold"
            )

    def follow(self, row: AuditRow, sealer: Sealer | None) -> None:
        """The next event in the store."""
        if self._broken is not None:
            return
        if isinstance(row.sequence, int) and 0 < row.sequence <= self._archived:
            self._left_over += 1
            return
        try:
            self._step(row, sealer)
        except AuditBrokenError as broken:
            self._broken = broken

    def _step(self, row: AuditRow, sealer: Sealer | None) -> None:
        check_row(row, self._head, sealer)
        self._hold_against(Position(row.sequence, row.hash))
        if self._set_back is None and self._at is not None and row.at < self._at:
            self._set_back = row.sequence
        self._at = row.at
        self._head = Position(row.sequence, row.hash)

    def _hold_against(self, reached: Position) -> None:
        for said in self._expected.get(reached.sequence, ()):
            if said.position != reached:
                raise self._bad(
                    reached.sequence,
                    f"is not the one that was signed on {said.at.isoformat()}: it was changed, or"
                    f" one of the {said.events - 1} before it, and hashed anew",
                )

    def ended(self) -> ChainProof:
        broken = self._broken
        if broken is None and self._head.sequence < self._covered:
            broken = self._bad(
                self._head.sequence + 1, f"was cut off: event {self._covered} was signed"
            )
        return ChainProof(
            head=self._head,
            signed_up_to=self._covered,
            broken=broken or self._gap,
            set_back=self._set_back,
            unread=self._unread,
            left_over=self._left_over,
        )

    def _bad(self, sequence: int, what: str) -> AuditBrokenError:
        return AuditBrokenError(f"event {sequence} of writer {self._writer!r} {what}")

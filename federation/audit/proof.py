"""Holds a whole log against what was signed of it, and names the first bad event of each writer.

`chain.py` says whether an event follows the one before; this adds where each chain must have
stood, so that an end that was cut off shows, or a chain that somebody hashed anew. Reading the
store, the checkpoint file and the keys is the caller's.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from datetime import datetime

from msgspec import Struct

from federation.audit.chain import Position, check_row
from federation.audit.checkpoint import Checkpoint
from federation.audit.seal import Sealer
from federation.errors import AuditBrokenError
from federation.storage.base import AuditRow


class ChainProof(Struct, frozen=True, kw_only=True):
    """What came of one writer's chain.

    `broken` names its first bad event. `signed_up_to` is the newest checkpoint's event, 0 without
    one: what was written after it could have been cut off without a trace. `set_back` names the
    first event whose clock had been set back.
    """

    head: Position
    signed_up_to: int
    broken: AuditBrokenError | None = None
    set_back: int | None = None


async def prove(
    rows: AsyncIterator[AuditRow],
    checkpoints: Iterable[Checkpoint],
    sealer: Sealer | None = None,
) -> dict[str, ChainProof]:
    """Every writer's chain, checked to its first bad event; rows in order of writer and sequence.

    A writer of whom there are checkpoints and no events is among them.
    """
    checks: dict[str, _Check] = {}
    for said in sorted(checkpoints, key=lambda one: (one.writer, one.sequence)):
        checks.setdefault(said.writer, _Check(said.writer)).expect(said)
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
        self._broken: AuditBrokenError | None = None

    def expect(self, said: Checkpoint) -> None:
        """A place where the chain must stand; they come in order."""
        if self._gap is None and said.sequence - said.events > self._covered:
            self._gap = self._bad(
                self._covered + 1, "has no checkpoint, and one was signed: it is missing"
            )
        self._covered = max(self._covered, said.sequence)
        self._expected.setdefault(said.sequence, []).append(said)

    def follow(self, row: AuditRow, sealer: Sealer | None) -> None:
        if self._broken is not None:
            return
        try:
            check_row(row, self._head, sealer)
            self._hold_against(row)
        except AuditBrokenError as broken:
            self._broken = broken
            return
        if self._set_back is None and self._at is not None and row.at < self._at:
            self._set_back = row.sequence
        self._at = row.at
        self._head = Position(row.sequence, row.hash)

    def _hold_against(self, row: AuditRow) -> None:
        for said in self._expected.get(row.sequence, ()):
            if said.position.hash != row.hash:
                raise self._bad(
                    row.sequence,
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
        )

    def _bad(self, sequence: int, what: str) -> AuditBrokenError:
        return AuditBrokenError(f"event {sequence} of writer {self._writer!r} {what}")


def first_broken(proofs: Mapping[str, ChainProof]) -> AuditBrokenError | None:
    """The first bad event of the first writer who has one."""
    return next((one.broken for one in proofs.values() if one.broken is not None), None)

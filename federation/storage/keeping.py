"""What is kept about the audit log beside its events: the store protocol and its rows.

What the signed texts say is in `federation/audit/`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

if TYPE_CHECKING:
    # `base.py` names the protocol that stands here.
    from federation.storage.base import IndexEntry


class CheckpointRow(Struct, frozen=True, kw_only=True):
    """Where a writer's chain stood; `signed` is the checkpoint itself (a compact JWS)."""

    writer: str
    sequence: int
    signed: str


class SegmentRow(Struct, frozen=True, kw_only=True):
    """What the store keeps of events that were archived: from `first` to `last` of a writer.

    `signed` says what they were and where they went, `purged` that the archive was deleted.
    """

    writer: str
    first: int
    last: int
    signed: str
    purged: str | None = None


class HoldRow(Struct, frozen=True, kw_only=True):
    """Something that must not be deleted: `signed` says what, `lifted` that it may be again."""

    id: str
    signed: str
    lifted: str | None = None


class KeepingStore(Protocol):
    """Where checkpoints are kept, and what became of events that are no longer in the store."""

    async def checkpoints(self, writer: str | None = None) -> tuple[CheckpointRow, ...]:
        """Every checkpoint, in order of writer and sequence."""

    async def add_checkpoint(self, row: CheckpointRow) -> None:
        """Keep a checkpoint. One of that writer and sequence that is there already stays."""

    async def segments(self) -> tuple[SegmentRow, ...]:
        """Every archived segment, in order of writer and place."""

    async def add_segment(self, row: SegmentRow) -> None:
        """Remember that these events are archived; twice is a `StorageError`."""

    async def remove(
        self, writer: str, first: int, last: int, index: Sequence[IndexEntry] = ()
    ) -> None:
        """Take these events out of the store, and these entries out of its index.

        In one transaction. Raises `StorageError`, and takes nothing, where they stand in no
        archived segment.
        """

    async def purge(self, writer: str, last: int, proof: str) -> None:
        """Remember that the archive of the segment that ends there was deleted; once."""

    async def holds(self) -> tuple[HoldRow, ...]:
        """Every hold, lifted or not, in order of ids."""

    async def add_hold(self, row: HoldRow) -> None:
        """Remember a hold; an id that is there is a `StorageError`."""

    async def lift_hold(self, id: str, proof: str) -> None:  # noqa: A002 - the word for it
        """Remember that a hold was lifted. One that is not there or was lifted: `StorageError`."""

"""What is kept about the audit log beside its events: the store protocol and its rows.

What the signed texts say is in `federation/audit/`.
"""

from __future__ import annotations

from typing import Protocol

from msgspec import Struct


class CheckpointRow(Struct, frozen=True, kw_only=True):
    """Where a writer's chain stood; `signed` is the checkpoint itself (a compact JWS)."""

    writer: str
    sequence: int
    signed: str


class KeepingStore(Protocol):
    """Where checkpoints are kept."""

    async def checkpoints(self, writer: str | None = None) -> tuple[CheckpointRow, ...]:
        """Every checkpoint, in order of writer and sequence."""

    async def add_checkpoint(self, row: CheckpointRow) -> None:
        """Keep a checkpoint. One of that writer and sequence that is there already stays."""

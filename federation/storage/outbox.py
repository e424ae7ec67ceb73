"""What one gateway has written down on its own disk and not yet in the store that all share.

The store protocol; who carries it over is `federation/audit/shipping.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    # `base.py` names the protocol that stands here.
    from federation.storage.base import AuditRow, IndexEntry


class OutboxStore(Protocol):
    """One writer's newest events, each with its index entries, in order."""

    async def put(self, rows: Sequence[AuditRow], index: Sequence[IndexEntry]) -> None:
        """Write all of them in one durable transaction, or raise `StorageError` and write nothing.

        A sequence number that its writer has used already is such an error.
        """

    async def last(self, writer: str) -> AuditRow | None:
        """The newest row of this writer, shipped or not; None where there never was one."""

    async def waiting(
        self, writer: str, limit: int
    ) -> tuple[Sequence[AuditRow], Sequence[IndexEntry]]:
        """The oldest that were not shipped, in order, and their entries."""

    async def shipped(self, writer: str, sequence: int) -> None:
        """Let go of everything up to this number, but for the newest row of all."""

"""Small store protocols. Implementations are in `sql.py`; the contract suite in `tests/storage` runs over each."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Protocol

from msgspec import Struct

from federation.model import SupersededNumber, ViewId
from federation.nhs_number import NhsNumber


class AuditRow(Struct, frozen=True, kw_only=True):
    """One event of one writer's chain, as it lies in the store.

    `body` is the canonical bytes that the hash covers; `hash` is over the previous hash and the body. Hashes are 32 bytes, the first
    row's `previous` is 32 zero bytes. `sequence` counts from 1 without gaps.
    """

    writer: str
    sequence: int
    at: datetime
    kind: str
    view_id: ViewId | None
    person_key: bytes | None
    body: bytes
    previous: bytes
    hash: bytes


class AuditStore(Protocol):
    """Where audit events are kept, append-only."""

    async def append(self, rows: Sequence[AuditRow]) -> None:
        """Write all rows in one durable transaction, or raise and write none."""

    async def last(self, writer: str) -> AuditRow | None:
        """The newest row of a writer's chain."""

    def read(self, writer: str | None = None) -> AsyncIterator[AuditRow]:
        """Every row in order of writer and sequence."""

    async def of_view(self, view_id: ViewId) -> tuple[AuditRow, ...]:
        """Every row of one view, in order."""


class NumberStore(Protocol):
    """NHS numbers that people were once known by."""

    async def superseded_by(self, number: NhsNumber) -> tuple[NhsNumber, ...]:
        """The earlier numbers of the person whose number in use is given."""

    async def learn(self, number: SupersededNumber) -> None:
        """Remember an earlier number; learning it twice changes nothing."""

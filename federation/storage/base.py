"""Small store protocols; one contract suite holds all that implement them.

`sql.py` is what a gateway runs on, `memory.py` what tests run on. Stores raise `StorageError` for
whatever a database does, and nothing else.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Protocol

from msgspec import Struct

from federation.model import SupersededNumber, ViewId
from federation.nhs_number import NhsNumber


class AuditRow(Struct, frozen=True, kw_only=True):
    """One event of one writer's chain, as it lies in the store.

    `body` is the event as canonical bytes; `hash` covers every other column, `previous` among them.
    Hashes are 32 bytes, the first row's `previous` is 32 zero bytes. `sequence` counts from 1
    without gaps. `at` is when the row was written (aware UTC, to the microsecond); when the look
    was asked for is in the body.
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
        """Write all rows in one durable transaction, or raise `StorageError` and write none.

        A sequence number that its writer has used already is such an error, so that two processes
        cannot fork one chain.
        """

    async def last(self, writer: str) -> AuditRow | None:
        """The newest row of a writer's chain."""

    def read(self, writer: str | None = None) -> AsyncIterator[AuditRow]:
        """Every row in order of writer and sequence."""

    async def of_view(self, view_id: ViewId) -> tuple[AuditRow, ...]:
        """Every row of one view, in order."""


class NumberStore(Protocol):
    """NHS numbers that people were once known by."""

    async def superseded_by(self, number: NhsNumber) -> tuple[NhsNumber, ...]:
        """The earlier numbers, in order, of the person whose number in use is given.

        Also those that were replaced by one that was itself replaced.
        """

    async def all_superseded(self) -> Sequence[SupersededNumber]:
        """Everything known, for the index that replicas keep in memory."""

    async def learn(self, number: SupersededNumber) -> None:
        """Remember an earlier number. Learning it twice changes nothing; the last word holds."""

    async def learn_all(self, numbers: Sequence[SupersededNumber]) -> None:
        """Remember a whole feed in one transaction, later ones over earlier ones."""


class Storage(Protocol):
    """Every store of one database, opened and closed together."""

    @property
    def audit(self) -> AuditStore: ...

    @property
    def numbers(self) -> NumberStore: ...

    async def close(self) -> None:
        """Wait for what is being written, then give the database back."""

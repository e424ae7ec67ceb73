"""What the sharing store knows of people, asked by their numbers, which it never sees itself."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import structlog

from federation.authority import Held, Relationship
from federation.errors import StorageError
from federation.nhs_number import NhsNumber
from federation.storage import PersonKeys, SharingStore
from gateway.sharing import LastKnown

log = structlog.get_logger()


class Known:
    """Names people by their keys, and asks the store."""

    def __init__(self, store: SharingStore, persons: PersonKeys, last: LastKnown) -> None:
        self._store = store
        self._persons = persons
        self._last = last

    async def about(self, numbers: Collection[NhsNumber]) -> Held:
        """Everything that is known of somebody, from memory while the store cannot be read.

        Raises `StorageError` where nothing is in memory either.
        """
        persons = self._persons.sought(sorted(numbers))
        try:
            return await self._store.about(persons)
        except StorageError:
            return self._last.about(persons)

    async def remember(self, number: NhsNumber, evidence: Sequence[Relationship]) -> None:
        """Keep what was vouched for; where that fails, this look goes on without."""
        if not evidence:
            return
        try:
            await self._store.relate(self._persons.of(number), evidence)
        except StorageError as error:
            log.error("evidence could not be kept", error=error)  # noqa: TRY400 - `logs.name_error`

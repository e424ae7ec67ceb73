"""A native node of the demo: a store's records, in front of which stands the node kit."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from demo.store import NodeStore, StoredPart, StoredPerson
from federation.model import Assertion, Category, Clock
from federation.nhs_number import NhsNumber
from federation.node_kit import KeptPart, KeptRecord, RequesterClaims


class StoredRecords:
    """The node kit's source over one store."""

    def __init__(self, store: NodeStore, categories: frozenset[Category], clock: Clock) -> None:
        self.categories = categories
        self._store = store
        self._clock = clock

    async def find(
        self,
        numbers: Sequence[NhsNumber],
        categories: frozenset[Category],
        requester: RequesterClaims,
    ) -> Sequence[KeptRecord]:
        return [self._record(person, categories) for person in self._store.people(numbers)]

    def _record(self, person: StoredPerson, categories: frozenset[Category]) -> KeptRecord:
        now = self._clock()
        parts = {one: _part(self._store.part(person, one), now) for one in categories}
        return KeptRecord(person=person.person, parts=parts)


def _part(stored: StoredPart, now: datetime) -> KeptPart:
    empty = None if stored.items else Assertion.NO_CONTENT_RECORDED
    # The store is where it is written, and no copy that lags.
    return KeptPart(items=stored.items, assertion=stored.assertion or empty, data_current_to=now)

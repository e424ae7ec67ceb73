"""What ties people to those who look, in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime

import msgspec

from federation.authority import Consent, Grant, Held, Mark, Objection, Proxy, Relationship
from federation.errors import StorageError
from federation.storage.base import FeedChange, ObjectionChange, PersonKey, Told
from federation.storage.facts import change_of, gathered, sort_of


class MemorySharing:
    """A `SharingStore`."""

    def __init__(self) -> None:
        self._told: dict[tuple[str, str, str], tuple[PersonKey, Told]] = {}
        self._grants: dict[str, tuple[PersonKey, Grant]] = {}
        self._requests: dict[tuple[str, PersonKey, str], str] = {}
        self._objections: dict[str, ObjectionChange] = {}
        self._changes = 0

    async def about(self, persons: Sequence[PersonKey]) -> Held:
        kept = (*self._told.values(), *self._grants.values())
        return gathered(
            [
                *(fact for person, fact in kept if person in persons),
                *(
                    change.objection
                    for change in self._objections.values()
                    if change.person in persons and change.withdrawn_at is None
                ),
            ]
        )

    async def relate(self, person: PersonKey, relationships: Sequence[Relationship]) -> None:
        self._tell("", [(person, relationship) for relationship in relationships])

    async def compare_feed(self, feed: str, rows: Sequence[tuple[PersonKey, Told]]) -> FeedChange:
        before = {key[1:]: told for key, told in self._told.items() if key[0] == feed}
        return change_of(before, {(sort_of(row[1]), row[1].id): row for row in rows})

    async def load_feed(self, feed: str, rows: Sequence[tuple[PersonKey, Told]]) -> None:
        if len({(sort_of(fact), fact.id) for _, fact in rows}) < len(rows):
            raise StorageError("the feed could not be written")
        self._told = {key: told for key, told in self._told.items() if key[0] != feed}
        self._tell(feed, rows)

    async def consent(self, person: PersonKey, consent: Consent) -> None:
        self._tell("", [(person, consent)])

    async def allow_proxy(self, person: PersonKey, proxy: Proxy) -> None:
        self._tell("", [(person, proxy)])

    async def mark(self, person: PersonKey, mark: Mark) -> None:
        self._tell("", [(person, mark)])

    def _tell(self, feed: str, rows: Sequence[tuple[PersonKey, Told]]) -> None:
        self._told |= {(feed, sort_of(fact), fact.id): (person, fact) for person, fact in rows}

    async def grant(self, person: PersonKey, grant: Grant, idempotency_key: str | None) -> Grant:
        if idempotency_key is not None:
            request = (grant.authority, person, idempotency_key)
            if request in self._requests:
                return self._grants[self._requests[request]][1]
            self._requests[request] = grant.id
        self._grants[grant.id] = (person, grant)
        return grant

    async def end_grant(self, id: str, authority: str, at: datetime) -> Grant | None:  # noqa: A002
        person, grant = self._grants.get(id, (None, None))
        if person is None or grant is None or grant.authority != authority:
            return None
        if grant.ended_at is None:
            grant = msgspec.structs.replace(grant, ended_at=at)
            self._grants[id] = (person, grant)
        return grant

    async def object(self, person: PersonKey, objection: Objection) -> None:
        self._change(person, objection, None)

    async def withdraw(
        self, persons: Sequence[PersonKey], objection: Objection, at: datetime
    ) -> bool:
        found = [
            change
            for change in self._objections.values()
            if change.person in persons
            and change.withdrawn_at is None
            and change.objection.scope == objection.scope
        ]
        for change in found:
            self._change(change.person, change.objection, at)
        return bool(found)

    def _change(self, person: PersonKey, objection: Objection, at: datetime | None) -> None:
        self._changes += 1
        self._objections[objection.id] = ObjectionChange(
            change=self._changes, person=person, objection=objection, withdrawn_at=at
        )

    async def marks(self) -> Sequence[tuple[PersonKey, Mark]]:
        return [(person, fact) for person, fact in self._told.values() if isinstance(fact, Mark)]

    async def objections(self, after: int = 0) -> AsyncIterator[ObjectionChange]:
        for change in sorted(self._objections.values(), key=lambda each: each.change):
            if change.change > after:
                yield change

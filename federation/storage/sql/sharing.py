"""What ties people to those who look, in SQL: sealed, and found by keyed hashes alone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from federation.authority import Consent, Grant, Held, Mark, Objection, Proxy, Relationship
from federation.errors import StorageError
from federation.storage.base import FeedChange, ObjectionChange, PersonKey, Told
from federation.storage.facts import Fact, Sort, change_of, decode, encode, gathered, sort_of
from federation.storage.sealing import Seal
from federation.storage.sql.dialects import insert_or_replace
from federation.storage.sql.tables import EMERGENCY_GRANT, OBJECTION, TOLD_FACT
from federation.storage.sql.writer import Writer, as_storage_error

T = TypeVar("T")
_ROWS_A_PAGE = 200
_ROWS_AT_ONCE = 1000
_NOT_READ = "the facts of sharing could not be read"
_NOT_WRITTEN = "the facts of sharing could not be written"


class SqlSharing:
    """A `SharingStore`. `seal` None: a store that was opened for another's sake, and refuses."""

    def __init__(self, writer: Writer, readers: AsyncEngine, seal: Seal | None) -> None:
        self._writer = writer
        self._readers = readers
        self._seal = seal

    async def about(self, persons: Sequence[PersonKey]) -> Held:
        rows = await self._read(_ABOUT, {"persons": list(persons)})
        return gathered(self._fact(row, row.sort, row.feed) for row in rows)

    async def relate(self, person: PersonKey, relationships: Sequence[Relationship]) -> None:
        await self._tell([(person, relationship) for relationship in relationships])

    async def consent(self, person: PersonKey, consent: Consent) -> None:
        await self._tell([(person, consent)])

    async def allow_proxy(self, person: PersonKey, proxy: Proxy) -> None:
        await self._tell([(person, proxy)])

    async def mark(self, person: PersonKey, mark: Mark) -> None:
        await self._tell([(person, mark)])

    async def marks(self) -> Sequence[tuple[PersonKey, Mark]]:
        rows = await self._read(_MARKS, {})
        # In a thread: a list of all staff must hold nobody up.
        return await asyncio.to_thread(self._marks_in, rows)

    def _marks_in(self, rows: Sequence[sa.Row[Any]]) -> list[tuple[PersonKey, Mark]]:
        return [(row.person_key, self._fact(row, row.sort, row.feed)) for row in rows]

    async def _tell(self, rows: Sequence[tuple[PersonKey, Told]]) -> None:
        columns = [self._told("", person, fact) for person, fact in rows]

        def told(connection: sa.Connection) -> None:
            if columns:
                insert_or_replace(connection, TOLD_FACT, columns)

        await self._write(told)

    async def compare_feed(self, feed: str, rows: Sequence[tuple[PersonKey, Told]]) -> FeedChange:
        new = await asyncio.to_thread(self._feed, feed, rows)
        found = await self._read(_OF_FEED, {"feed": feed})
        before = {(row.sort, row.id): (row.person_key, row.body) for row in found}
        after = {key: (told["person_key"], told["body"]) for key, told in new.items()}
        return change_of(before, after)

    async def load_feed(self, feed: str, rows: Sequence[tuple[PersonKey, Told]]) -> None:
        new = await asyncio.to_thread(self._feed, feed, rows)
        if len(new) < len(rows):
            raise StorageError(_NOT_WRITTEN)

        def loaded(connection: sa.Connection) -> None:
            # Only what differs is written: a feed of everybody that is sent each night must not
            # keep the audit log waiting. The same row is the same bytes, under the same id.
            gone = []
            for sort, id_, person, body in connection.execute(_OF_FEED, {"feed": feed}):
                told = new.get((sort, id_))
                if told is None:
                    gone.append({"gone_sort": sort, "gone_id": id_, "feed": feed})
                elif (told["person_key"], told["body"]) == (person, body):
                    del new[sort, id_]
            # Many at once, for the same reason: under another key every row differs.
            for some in _batched(gone):
                connection.execute(_GONE, some)
            for some in _batched(list(new.values())):
                insert_or_replace(connection, TOLD_FACT, some)

        await self._write(loaded, alone=f"feed {feed}")

    def _feed(
        self, feed: str, rows: Sequence[tuple[PersonKey, Told]]
    ) -> dict[tuple[str, str], dict[str, Any]]:
        told = (self._told(feed, person, fact) for person, fact in rows)
        return {(row["sort"], row["id"]): row for row in told}

    async def grant(self, person: PersonKey, grant: Grant, idempotency_key: str | None) -> Grant:
        keys: Sequence[bytes | None] = (None,)
        if idempotency_key is not None:
            # A key that comes again for another person is another request: nobody is told that
            # they have access to one person because they have it to another.
            keys = self._require_key().digests(grant.authority, person.hex(), idempotency_key)

        def granted(connection: sa.Connection) -> Grant:
            table = EMERGENCY_GRANT
            same = sa.select(table).where(table.c.request_key.in_(keys))
            for row in connection.execute(same):
                return self._fact(row, Sort.GRANT)  # type: ignore[no-any-return]  # of this sort
            connection.execute(sa.delete(table).where(table.c.id == grant.id))
            columns = self._columns(person, grant) | {"request_key": keys[0]}
            connection.execute(sa.insert(table), columns)
            return grant

        return await self._write(granted, alone="grants")

    async def end_grant(self, id: str, authority: str, at: datetime) -> Grant | None:  # noqa: A002
        def ended(connection: sa.Connection) -> Grant | None:
            mine = EMERGENCY_GRANT.c.id == id
            row = connection.execute(sa.select(EMERGENCY_GRANT).where(mine)).one_or_none()
            grant: Grant | None = None if row is None else self._fact(row, Sort.GRANT)
            if row is None or grant is None or grant.authority != authority:
                return None
            if grant.ended_at is None:
                grant = msgspec.structs.replace(grant, ended_at=at)
                change = {"body": self._columns(row.person_key, grant)["body"]}
                connection.execute(sa.update(EMERGENCY_GRANT).where(mine).values(change))
            return grant

        return await self._write(ended, alone="grants")

    async def object(self, person: PersonKey, objection: Objection) -> None:
        def objected(connection: sa.Connection) -> None:
            # Counted before it goes: an objection that is written again is another change.
            columns = self._columns(person, objection) | {"change": _next_change(connection)}
            connection.execute(sa.delete(OBJECTION).where(OBJECTION.c.id == objection.id))
            connection.execute(sa.insert(OBJECTION), columns)

        await self._write(objected, alone="objections")

    async def withdraw(
        self, persons: Sequence[PersonKey], objection: Objection, at: datetime
    ) -> bool:
        def withdrawn(connection: sa.Connection) -> bool:
            in_force = sa.select(OBJECTION).where(
                OBJECTION.c.person_key.in_(persons), OBJECTION.c.withdrawn_at.is_(None)
            )
            found = [
                row.id
                for row in connection.execute(in_force)
                if self._fact(row, Sort.OBJECTION).scope == objection.scope
            ]
            for id_ in found:
                change = {"withdrawn_at": at, "change": _next_change(connection)}
                connection.execute(sa.update(OBJECTION).where(OBJECTION.c.id == id_).values(change))
            return bool(found)

        return await self._write(withdrawn, alone="objections")

    async def objections(self, after: int = 0) -> AsyncIterator[ObjectionChange]:
        page = await self._read(_CHANGES, {"after": after, "page": _ROWS_A_PAGE})
        while page:
            for row in page:
                yield ObjectionChange(
                    change=row.change,
                    person=row.person_key,
                    objection=self._fact(row, Sort.OBJECTION),
                    withdrawn_at=row.withdrawn_at,
                )
            page = await self._read(_CHANGES, {"after": page[-1].change, "page": _ROWS_A_PAGE})

    # ── rows ─────────────────────────────────────────────────────────────────────────────────────

    def _require_key(self) -> Seal:
        if self._seal is None:
            raise StorageError("the sharing store was opened without its key")
        return self._seal

    def _columns(self, person: PersonKey, fact: Fact, feed: str = "") -> dict[str, Any]:
        place = (sort_of(fact).encode(), feed.encode(), fact.id.encode(), person)
        return {
            "id": fact.id,
            "person_key": person,
            "body": self._require_key().seal(encode(fact), *place),
        }

    def _told(self, feed: str, person: PersonKey, fact: Told) -> dict[str, Any]:
        return self._columns(person, fact, feed) | {"feed": feed, "sort": sort_of(fact)}

    def _fact(self, row: sa.Row[Any], sort: str, feed: str = "") -> Any:
        try:
            place = (sort.encode(), feed.encode(), row.id.encode(), row.person_key)
            return decode(sort, self._require_key().open(row.body, *place))
        except (AttributeError, TypeError) as error:
            # A database may hold a number where a text was written.
            raise StorageError(_NOT_READ) from error

    async def _read(self, select: sa.Executable, given: Mapping[str, Any]) -> Sequence[sa.Row[Any]]:
        self._require_key()
        with as_storage_error(_NOT_READ):
            async with self._readers.connect() as connection:
                return (await connection.execute(select, given)).all()

    async def _write(self, work: Callable[[sa.Connection], T], *, alone: str | None = None) -> T:
        self._require_key()
        with as_storage_error(_NOT_WRITTEN):
            return await self._writer.transact(work, alone=alone)


def _batched(rows: Sequence[T]) -> Iterator[Sequence[T]]:
    # What a database is told at once it must have done in a moment.
    return (rows[at : at + _ROWS_AT_ONCE] for at in range(0, len(rows), _ROWS_AT_ONCE))


def _next_change(connection: sa.Connection) -> int:
    last: int | None = connection.scalar(sa.select(sa.func.max(OBJECTION.c.change)))
    return (last or 0) + 1


def _about() -> Iterator[sa.Select[Any]]:
    persons = sa.bindparam("persons", expanding=True, type_=sa.LargeBinary)
    none: sa.Label[str] = sa.literal_column("''").label("feed")
    fact = TOLD_FACT.c
    yield sa.select(fact.sort, fact.feed, fact.id, fact.person_key, fact.body).where(
        fact.person_key.in_(persons)
    )
    grant = EMERGENCY_GRANT.c
    yield sa.select(
        sa.literal_column(f"'{Sort.GRANT}'"), none, grant.id, grant.person_key, grant.body
    ).where(grant.person_key.in_(persons))
    said = OBJECTION.c
    yield sa.select(
        sa.literal_column(f"'{Sort.OBJECTION}'"), none, said.id, said.person_key, said.body
    ).where(said.person_key.in_(persons), said.withdrawn_at.is_(None))


_ABOUT = sa.union_all(*_about())
_MARKS = sa.select(TOLD_FACT).where(TOLD_FACT.c.sort == Sort.MARK)
_OF_FEED = sa.select(
    TOLD_FACT.c.sort, TOLD_FACT.c.id, TOLD_FACT.c.person_key, TOLD_FACT.c.body
).where(TOLD_FACT.c.feed == sa.bindparam("feed"))
_GONE = sa.delete(TOLD_FACT).where(
    TOLD_FACT.c.feed == sa.bindparam("feed"),
    TOLD_FACT.c.sort == sa.bindparam("gone_sort"),
    TOLD_FACT.c.id == sa.bindparam("gone_id"),
)
_CHANGES = (
    sa.select(OBJECTION)
    .where(OBJECTION.c.change > sa.bindparam("after"))
    .order_by(OBJECTION.c.change)
    .limit(sa.bindparam("page"))
)

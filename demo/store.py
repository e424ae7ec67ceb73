"""The SQLite stores of the demo: one for each node, one for the tracing stand-in.

They are written once, then only read. A person's items of one category lie together as one packed
JSON list, in the words of `federation.records`. Reading is a few look-ups of some ten microseconds
each, so a server reads them without a thread. What is served of it is in `nodes/`, `fhir/` and
`tracing.py`; who fills them is in `population/build.py`.
"""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TypeVar

import msgspec
from msgspec import Struct

from demo.directory import Listed, Medicine
from demo.model import Holding, TracedNumber
from federation.model import Assertion, Category, Organisation, Practitioner
from federation.nhs_number import NhsNumber
from federation.records import DEFINITIONS
from federation.records.base import Item
from federation.records.person import Person

L = TypeVar("L", Practitioner, Organisation, Medicine)

_NODE_TABLES = """
CREATE TABLE people (id INTEGER PRIMARY KEY, number TEXT NOT NULL UNIQUE, key TEXT NOT NULL UNIQUE,
person BLOB NOT NULL); CREATE TABLE parts (
    id INTEGER PRIMARY KEY, category TEXT NOT NULL, assertion TEXT, items BLOB NOT NULL
);
CREATE TABLE samples (category TEXT PRIMARY KEY, items BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE directory (kind TEXT NOT NULL, id TEXT NOT NULL, body BLOB NOT NULL, PRIMARY KEY (kind,
id)) WITHOUT ROWID;
"""
_PLACES = {category: place for place, category in enumerate(Category)}
_MOST_CATEGORIES = 64
"""A part's id is the person's id times this, and the place of its category: parts of one person lie
side by side, and need no index of their own."""
_LONGEST_SAMPLE = 4096
_TRACING_TABLES = "CREATE TABLE numbers (number TEXT PRIMARY KEY, person BLOB) WITHOUT ROWID;"
# A half-written store is thrown away, so nothing is gained by making each step durable.
_FAST = "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -65536;"


class StoredPerson(Struct, frozen=True, kw_only=True):
    """Somebody whom a node holds.

    `key` is the node's own opaque name for them, with no number in it.
    """

    id: int
    key: str
    person: Person


class StoredPart(Struct, frozen=True, kw_only=True):
    """What a node holds of one category of somebody's record."""

    items: tuple[Item, ...] = ()
    assertion: Assertion | None = None


NOTHING = StoredPart()


class NodeStore:
    """One node's store, opened for reading."""

    def __init__(self, path: Path) -> None:
        self._connection = _open_for_reading(path)
        self._items = {
            category: msgspec.json.Decoder(tuple[definition.item, ...])  # type: ignore[name-defined]  # a type made at run time
            for category, definition in DEFINITIONS.items()
        }
        self._person = msgspec.json.Decoder(Person)
        self._samples = dict(self._connection.execute("SELECT category, items FROM samples"))

    def people(self, numbers: Sequence[str]) -> tuple[StoredPerson, ...]:
        """Everybody held under any of these numbers, in their order."""
        found = (self._by("number", number) for number in dict.fromkeys(numbers))
        return tuple(person for person in found if person)

    def person(self, key: str) -> StoredPerson | None:
        """Somebody by the node's own name for them."""
        return self._by("key", key)

    def part(self, person: StoredPerson, category: Category) -> StoredPart:
        """What is held of one category."""
        row = self._connection.execute(
            "SELECT assertion, items FROM parts WHERE id = ?", (_part_id(person.id, category),)
        ).fetchone()
        if row is None:
            return NOTHING
        assertion = Assertion(row[0]) if row[0] else None
        unpack = zlib.decompressobj(zdict=self._samples.get(category, b""))
        items = self._items[category].decode(unpack.decompress(row[1]))
        return StoredPart(items=items, assertion=assertion)

    def listed(self, kind: type[L], key: str) -> L | None:
        """A practitioner, organisation or medicine of the node's directory."""
        row = self._connection.execute(
            "SELECT body FROM directory WHERE kind = ? AND id = ?", (kind.__name__, key)
        ).fetchone()
        return msgspec.json.decode(row[0], type=kind) if row else None

    def close(self) -> None:
        """Give the file back."""
        self._connection.close()

    def _by(self, column: str, value: str) -> StoredPerson | None:
        row = self._connection.execute(
            f"SELECT id, key, person FROM people WHERE {column} = ?",  # noqa: S608 - one of two names of ours
            (value,),
        ).fetchone()
        if row is None:
            return None
        return StoredPerson(id=row[0], key=row[1], person=self._person.decode(row[2]))


class NodeStoreWriter:
    """Fills one node's store."""

    def __init__(self, path: Path) -> None:
        self._connection = _open_for_writing(path, _NODE_TABLES)
        self._encoder = msgspec.json.Encoder()
        self._count = 0
        self._listed: set[tuple[str, str]] = set()
        self._samples: dict[Category, bytes] = {}

    def add(self, holding: Holding, key: str) -> None:
        """Keep one person's record."""
        self._count += 1
        person = holding.person
        self._connection.execute(
            "INSERT INTO people VALUES (?, ?, ?, ?)",
            (self._count, person.nhs_number, key, self._encoder.encode(person)),
        )
        categories = sorted({*holding.items, *holding.assertions}, key=_PLACES.__getitem__)
        self._connection.executemany(
            "INSERT INTO parts VALUES (?, ?, ?, ?)",
            [
                (
                    _part_id(self._count, category),
                    category,
                    holding.assertions.get(category),
                    self._packed(category, holding.items.get(category, ())),
                )
                for category in categories
                if holding.items.get(category) or category in holding.assertions
            ],
        )

    def _packed(self, category: Category, items: Sequence[Item]) -> bytes:
        # Items of one category repeat each other, also from one person to the next.
        body = self._encoder.encode(items)
        if items and category not in self._samples:
            self._samples[category] = body[-_LONGEST_SAMPLE:]
        packing = zlib.compressobj(1, zdict=self._samples.get(category, b""))
        return packing.compress(body) + packing.flush()

    def list(self, entries: Iterable[tuple[str, Listed]]) -> None:
        """Name staff, organisations and medicines; naming one twice changes nothing."""
        for key, entry in entries:
            kind = type(entry).__name__
            if (kind, key) in self._listed:
                continue
            self._listed.add((kind, key))
            self._connection.execute(
                "INSERT INTO directory VALUES (?, ?, ?)", (kind, key, self._encoder.encode(entry))
            )

    def close(self) -> None:
        """Finish the file."""
        self._connection.executemany("INSERT INTO samples VALUES (?, ?)", self._samples.items())
        self._connection.commit()
        self._connection.close()


class TracingStore:
    """What the tracing stand-in knows, opened for reading."""

    def __init__(self, path: Path) -> None:
        self._connection = _open_for_reading(path)
        self._decoder = msgspec.json.Decoder(Person)

    def trace(self, number: str) -> TracedNumber | None:
        """What is known of a number; None: it was never seen."""
        row = self._connection.execute(
            "SELECT person FROM numbers WHERE number = ?", (number,)
        ).fetchone()
        if row is None:
            return None
        person = self._decoder.decode(row[0]) if row[0] else None
        return TracedNumber(number=NhsNumber(number), person=person)

    def close(self) -> None:
        """Give the file back."""
        self._connection.close()


class TracingStoreWriter:
    """Fills the tracing stand-in's store."""

    def __init__(self, path: Path) -> None:
        self._connection = _open_for_writing(path, _TRACING_TABLES)
        self._encoder = msgspec.json.Encoder()

    def add(self, traced: TracedNumber) -> None:
        """Keep what is known of one number."""
        person = self._encoder.encode(traced.person) if traced.person else None
        self._connection.execute("INSERT INTO numbers VALUES (?, ?)", (traced.number, person))

    def close(self) -> None:
        """Finish the file."""
        self._connection.commit()
        self._connection.close()


def _part_id(person: int, category: Category) -> int:
    return person * _MOST_CATEGORIES + _PLACES[category]


def _open_for_reading(path: Path) -> sqlite3.Connection:
    # Nobody writes while a node serves, so SQLite need not look for changes or lock.
    return sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)


def _open_for_writing(path: Path, tables: str) -> sqlite3.Connection:
    connection = sqlite3.connect(path)
    connection.executescript(_FAST + tables)
    connection.execute("BEGIN")
    return connection

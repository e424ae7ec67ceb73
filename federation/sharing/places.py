"""Words that tell where a protected person is, taken out of texts that must stay.

An alert may not be hidden, what a person tells of themselves is theirs to tell, and a diagnosis may
have been written down with a place in it. Taken out are postcodes, telephone numbers, and the names
of every place that the record itself gives: the person's address, practice and pharmacy, and every
organisation in it. A place that nobody names anywhere else stays (`docs/sensitivity.md` says so).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from federation.model import Organisation
from federation.records.base import Item
from federation.records.person import Address, Person
from federation.sharing.said import parts_of, reading_of

TAKEN_OUT = "[not shown]"
SHORTEST_NAME = 4
MOST_NAMES = 2_000
_POSTCODE = r"\b[A-Z]{1,2}[0-9][0-9A-Z]?\s*[0-9][A-Z]{2}\b"
_TELEPHONE = r"(?<![0-9])(?:\+44\s?|0)(?:[\s()-]*[0-9]){9,10}(?![0-9])"
_SPACE = re.compile(r"[\s,]+")

S = TypeVar("S", bound=Struct)


class Places:
    """The names of places to be taken out."""

    def __init__(self, names: Iterable[str]) -> None:
        whole = {_plain(name) for name in names}
        kept = sorted((one for one in whole if len(one) >= SHORTEST_NAME), key=_longest_first)
        ways = "|".join(map(_pattern, kept[:MOST_NAMES]))
        self._named = re.compile(rf"(?<!\w)(?:{ways})(?!\w)", re.IGNORECASE) if ways else None
        self._shaped = re.compile(rf"{_POSTCODE}|{_TELEPHONE}")

    def without(self, text: str) -> str:
        """The text without them."""
        # Shapes first: half of a postcode may be a name of its own.
        text = self._shaped.sub(TAKEN_OUT, text)
        return self._named.sub(TAKEN_OUT, text) if self._named else text

    def taken_out_of(self, value: S) -> S:
        """The same struct with every text of it, at any depth, without them."""
        reading = reading_of(type(value))
        changed: dict[str, Any] = {}
        for name in (*reading.texts, *reading.inner, *reading.lists):
            held = getattr(value, name)
            without = self._taken(held)
            if without != held:
                changed[name] = without
        return replace(value, **changed) if changed else value

    def _taken(self, held: Any) -> Any:
        if isinstance(held, str):
            return self.without(held)
        if isinstance(held, tuple):
            return tuple(map(self._taken, held))
        return self.taken_out_of(held) if isinstance(held, Struct) else held


def places_in(persons: Iterable[Person], items: Iterable[Item]) -> Places:
    """Every place that these name."""
    return Places((*_of_persons(persons), *_of_items(items)))


def _of_persons(persons: Iterable[Person]) -> Iterator[str]:
    for person in persons:
        if person.address:
            yield from _lines(person.address)
        for organisation in (person.gp_practice, person.nominated_pharmacy):
            if organisation:
                yield organisation.name


def _lines(address: Address) -> Iterator[str]:
    yield from (address.text, *address.lines)
    yield from address.text.split(",")
    if address.postcode:
        yield from (address.postcode, address.postcode.split(" ")[0])


def _of_items(items: Iterable[Item]) -> Iterator[str]:
    for item in items:
        yield from (one.name for one in parts_of(item) if isinstance(one, Organisation))


def _plain(name: str) -> str:
    return _SPACE.sub(" ", name).strip()


def _longest_first(name: str) -> tuple[int, str]:
    return -len(name), name


def _pattern(name: str) -> str:
    return r"[\s,]+".join(map(re.escape, name.split(" ")))

"""What a category says of how it is read from FHIR R4: what to search for, and how to read it.

A category's file ends with one `FhirReading`; `readers.py` registers them. How a node is asked
is `protocols/fhir`; it knows no category by name.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from msgspec import Struct, field

from federation.model import Assertion
from federation.records.base import Item
from federation.records.fhir.resource import Reader, References, Resource, UnreadableError

ALWAYS_FOLLOWED = ("Practitioner", "PractitionerRole", "Organization")
"""Whoever wrote it, and for whom: every item may point at these."""


class Search(Struct, frozen=True, kw_only=True):
    """One search by patient: for which type of resource, and what may be sent along with it.

    `includes` are search parameters of the type whose targets are read. `narrowed` are parameters
    that leave out what the category would not read anyway; a node that does not know them is asked
    without. `spared`: many servers cannot search for the type; one that has no capability statement
    is asked for it all the same, and may refuse.
    """

    kind: str
    includes: tuple[str, ...] = ()
    narrowed: tuple[tuple[str, str], ...] = ()
    spared: bool = False


class Gathered(Struct, kw_only=True):
    """What was read of a category: items, an assertion, and why what could not be read could not.

    `unreadable` counts resources by the reason, in the fixed words of an `UnreadableError`.
    """

    items: list[Item] = field(default_factory=list)
    assertion: Assertion | None = None
    unreadable: Counter[str] = field(default_factory=Counter)

    def take(self, read: Item | tuple[Item, ...] | Assertion | None) -> None:
        """Keep what a reader made of one resource."""
        if isinstance(read, Assertion):
            self.assertion = read
        elif isinstance(read, Item):
            self.items.append(read)
        elif read is not None:
            self.items.extend(read)


Gather = Callable[[Mapping[str, Reader[Any]], Sequence[Resource], References], Gathered]


def read_each(
    readers: Mapping[str, Reader[Any]], resources: Iterable[Resource], references: References
) -> Gathered:
    """Every resource by itself, by the reader of its type."""
    gathered = Gathered()
    for resource in resources:
        try:
            gathered.take(readers[resource.kind](resource, references))
        except UnreadableError as error:
            gathered.unreadable[str(error)] += 1
    return gathered


class FhirReading(Struct, frozen=True, kw_only=True):
    """How one category is read from FHIR R4.

    `readers` by resource type; a reader of `Patient` is given the person's own resource, which is
    never searched for again. `points_at` are the types of resource that readers follow references
    to, beside staff and organisations: they are fetched where the node does not send them along.
    `gather` reads all resources of the category together, where one says something of another.
    """

    searches: tuple[Search, ...]
    readers: Mapping[str, Reader[Any]]
    points_at: tuple[str, ...] = ()
    gather: Gather = read_each

    @property
    def reads_patient(self) -> bool:
        """Whether the person's own resource is read for it."""
        return "Patient" in self.readers

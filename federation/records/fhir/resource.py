"""FHIR R4 resources as they came, and what they point at.

A `Resource` is its JSON, its type and its id, read into the struct that a category's reader asks
for. `References` finds what it points at: contained in it, sent with it or fetched for it.
Whatever cannot be read safely raises `UnreadableError` with a reason in fixed words. What elements
mean in the record's words is `r4.py`; how a node is asked is `protocols/fhir`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cached_property, lru_cache
from typing import Any, Protocol, TypeVar

import msgspec
from msgspec import Raw, Struct

from federation.errors import WatlingError
from federation.model import Assertion
from federation.records.base import (
    UNDECODABLE,
    Item,
)
from federation.records.fhir.elements import (
    CodeableConcept,
    Coding,
    DomainResource,
    Reference,
)
from federation.records.systems import CONFIDENTIALITY, ORDINARY_LABELS

MOST_BYTES_FOLLOWED = 256 * 1024 * 1024
"""Of what one category of a person points at, counted each time that it is pointed at."""
UNREADABLE_LABEL = "unreadable"
"""The code of a label that has neither a code nor words: it opens nothing."""
_MODIFIED = b'"modifierExtension"'
_REFERENCE = re.compile(rb'"reference"\s*:\s*"([^"]+)"')
_MAY_BE_LABELLED = re.compile(rb'"security|"confidentiality"|\\u')


class UnreadableError(WatlingError):
    """A resource that cannot be read safely; the reason is in fixed words, with nothing of it."""


D = TypeVar("D", bound=DomainResource)
S = TypeVar("S", bound=Struct)
I_co = TypeVar("I_co", bound=Item, covariant=True)


class _Head(Struct, frozen=True, rename="camel"):
    resource_type: str
    id: str | None = None
    contained: tuple[Raw, ...] = ()


_HEAD = msgspec.json.Decoder(_Head)


@lru_cache(maxsize=128)
def _decoder(shape: type[Struct]) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(shape)


class Resource(Struct, frozen=True, kw_only=True, eq=False, gc=False):
    """One resource as it came.

    `remembered` holds what was read of `raw`, and of nothing else: many things point at one.
    """

    kind: str
    id: str | None
    raw: Raw
    contained: tuple[Raw, ...] = ()
    remembered: dict[Any, Any] = msgspec.field(default_factory=dict)

    @classmethod
    def parse(cls, raw: Raw | bytes) -> Resource:
        """A resource of JSON; raises `UnreadableError`."""
        try:
            head = _HEAD.decode(raw)
        except UNDECODABLE:
            head = None
        if head is None:
            raise UnreadableError("not a resource")
        return cls(kind=head.resource_type, id=head.id, raw=Raw(raw), contained=head.contained)

    def read(self, shape: type[D], *, without: Collection[str] = ()) -> D:
        """The resource as this struct; raises `UnreadableError`, as for a modified meaning.

        `without` names elements that are not read, so that it matters to nobody what they mean.
        """
        if self.kind not in shape.resource_types:
            raise UnreadableError("a resource of another type")
        return self.read_any(shape, without=without)

    def read_any(self, shape: type[D], *, without: Collection[str] = ()) -> D:
        """The same for a struct that reads what resources of every type share."""
        found: D | None = self.glance(shape)
        if found is None:
            raise UnreadableError("an element has another shape than R4's")
        if found.modifier_extension or found.implicit_rules or self._is_modified(without):
            raise UnreadableError("an extension that changes the meaning")
        return found

    def glance(self, shape: type[S]) -> S | None:
        """The resource as this struct whatever else it says; None for one of another shape."""
        if shape not in self.remembered:
            try:
                self.remembered[shape] = _decoder(shape).decode(self.raw)
            except UNDECODABLE:
                self.remembered[shape] = None
        found: S | None = self.remembered[shape]
        return found

    def pointed_at(self) -> Sequence[bytes]:
        """Everything that its references are, as they are written."""
        if _REFERENCE not in self.remembered:
            self.remembered[_REFERENCE] = _REFERENCE.findall(bytes(self.raw))
        written: list[bytes] = self.remembered[_REFERENCE]
        return written

    def _is_modified(self, without: Collection[str]) -> bool:
        """Whether it, or a part of it that is not a resource of its own, changes its meaning."""
        if _MODIFIED not in self.remembered:
            self.remembered[_MODIFIED] = _MODIFIED in bytes(self.raw)
        if not self.remembered[_MODIFIED]:
            return False
        whole = msgspec.json.decode(self.raw)
        elsewhere = {"contained", *without}
        waiting: list[Any] = [one for name, one in whole.items() if name not in elsewhere]
        while waiting:
            one = waiting.pop()
            if isinstance(one, dict):
                if one.get("modifierExtension"):
                    return True
                waiting.extend(one.values())
            elif isinstance(one, list):
                waiting.extend(one)
        return False


def distinct(resources: Iterable[Resource]) -> list[Resource]:
    """Each once. What is sent twice is one; another content of the same id is another."""
    every = list(resources)
    called = Counter((one.kind, one.id) for one in every)
    # Only what shares its name is compared letter by letter.
    unlike = {
        (one.kind, one.id, bytes(one.raw) if called[one.kind, one.id] > 1 else b""): one
        for one in every
    }
    return list(unlike.values())


class _Followed:
    """What following references has cost so far, and what was found on the way.

    A resource is read anew for each that points at it: a large one that everything points at would
    cost more than any answer is worth.
    """

    def __init__(self, most_bytes: int) -> None:
        self.left = most_bytes
        self.inside: dict[int, tuple[Resource, Mapping[str, Resource]]] = {}

    def take(self, found: Resource) -> None:
        self.left -= memoryview(found.raw).nbytes
        if self.left < 0:
            raise UnreadableError("references that cost more than can be followed")


class _Guarded(DomainResource, frozen=True, kw_only=True, rename="camel"):
    """Whatever says of a resource of any type who may see it."""

    security_label: tuple[CodeableConcept, ...] = ()
    confidentiality: str | None = None


class References:
    """Finds what resources point at: by `Type/id`, by full address, by `#id` within one.

    `inside` is the resource that they are seen from. `most_bytes` bounds what is read of what they
    lead to, by all that come of this one; beyond that, whatever leads anywhere raises
    `UnreadableError`.
    """

    def __init__(
        self,
        known: Mapping[str, Resource],
        contained: Mapping[str, Resource],
        inside: Resource | None = None,
        *,
        most_bytes: int = MOST_BYTES_FOLLOWED,
        followed: _Followed | None = None,
    ) -> None:
        self._known = known
        self._contained = contained
        self._inside = inside
        self._followed = followed or _Followed(most_bytes)

    @classmethod
    def none(cls) -> References:
        """Nothing is known."""
        return cls({}, {})

    def within(self, resource: Resource) -> References:
        """The same, seen from inside one resource."""
        if not resource.contained:
            return References(self._known, {}, resource, followed=self._followed)
        # Kept with the resource itself, which keeps its place in memory.
        _, inside = self._followed.inside.get(id(resource)) or (None, None)
        if inside is None:
            found = (Resource.parse(raw) for raw in resource.contained)
            inside = {f"#{one.id}": one for one in found if one.id}
            self._followed.inside[id(resource)] = (resource, inside)
        return References(self._known, inside, resource, followed=self._followed)

    def beyond(self, reference: Reference | None, found: Resource) -> References:
        """The same, seen from inside what this led to; what is contained contains nothing."""
        address = (reference.reference if reference else None) or ""
        return self if address.startswith("#") else self.within(found)

    def find(self, reference: Reference | None) -> Resource | None:
        """What this points at, None where that is not known here."""
        if reference is None or not reference.reference:
            return None
        address = reference.reference.partition("/_history/")[0]
        found = self._contained.get(address) or self._known.get(address)
        if found is not None:
            self._followed.take(found)
        return found

    def told(self, reference: Reference | None) -> Resource | None:
        """The same, None also where fewer may see it than what points at it."""
        found = self.find(reference)
        return None if found is None or self.guarded(found) else found

    def guarded(self, found: Resource) -> bool:
        """Whether fewer people may see what was found than what points at it.

        # Invariant: an item tells nothing of a resource whose labels it does not carry itself.
        """
        theirs = _labels_of(found)
        return bool(theirs) and not theirs <= ORDINARY_LABELS | self._carried

    @cached_property
    def _carried(self) -> frozenset[str]:
        return _labels_of(self._inside)


def _labels_of(resource: Resource | None) -> frozenset[str]:
    """Its labels as `system|code`; of a resource that cannot be read one that opens nothing."""
    if resource is None or not _MAY_BE_LABELLED.search(bytes(resource.raw)):
        return frozenset()
    try:
        found = resource.read_any(_Guarded)
    except UnreadableError:
        return frozenset((UNREADABLE_LABEL,))
    codings = (coding for one in found.security_label for coding in one.coding or (Coding(),))
    told = {
        f"{one.system or ''}|{one.code or UNREADABLE_LABEL}"
        for one in (*found.meta.security, *codings)
    }
    if found.confidentiality:
        told.add(f"{CONFIDENTIALITY}|{found.confidentiality}")
    return frozenset(told)


class Reader(Protocol[I_co]):
    """Reads one type of resource, as `readers.py` registers it."""

    def __call__(
        self, resource: Resource, references: References, /
    ) -> I_co | tuple[I_co, ...] | Assertion | None:
        """An item or several, an assertion, or None for a resource that is rightly no item."""

"""What becomes of FHIR R4 JSON here: for somebody who wants to know before a node is connected.

Reads a resource, or every resource of a Bundle, by the readers that a node's answer goes through,
and says of each what it becomes. Whom a resource is about is not looked at here; a node's answer
is besides held against the person that was asked for.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from itertools import chain
from typing import NamedTuple

import msgspec
from msgspec import Raw, Struct, field

from federation.model import Category
from federation.records.base import UNDECODABLE, Item
from federation.records.fhir.person import read_person
from federation.records.fhir.readers import FHIR_READERS
from federation.records.fhir.reading import ALWAYS_FOLLOWED, Gathered
from federation.records.fhir.resource import References, Resource, UnreadableError
from federation.records.fhir.unread_types import UNREAD_TYPES

UNKNOWN_TYPE = "a type that R4 does not have"
ENTERED_IN_ERROR = "entered in error"
NOT_IN_USE = "not in use, or never carried out"
NO_CONTENT = "says nothing that a category shows"
_SENT = ("searchset", "history")
"""Types of Bundle in which a server sends what it has; there everything has its id."""
_NEW = "new"
_UNUSED = ("inactive", "cancelled")


class Becomes(StrEnum):
    """What a resource can become."""

    ITEMS = "items"
    PERSON = "the person"
    ASSERTION = "an assertion"
    NO_ITEM = "rightly no item"
    SUPPORT = "read where something points at it"
    REFUSED = "refused"


class Fate(Struct, frozen=True, order=True, rename="camel"):
    """What one resource becomes, read by itself; `why` is in fixed words.

    `kind` is its type, empty for what is no resource; `categories` are those that it is read as.
    Where one of several categories could not read it, `why` says so beside what the others did.
    """

    kind: str
    becomes: Becomes
    categories: tuple[Category, ...] = ()
    why: str = ""


NOT_A_RESOURCE = Fate(kind="", becomes=Becomes.REFUSED, why="not a resource")


class Survey(Struct, kw_only=True):
    """How many resources met which fate, and how many items each category has of them.

    Items are of all resources read together: what a report and its parts say is one item there,
    although each by itself would be one too.
    """

    fates: Counter[Fate] = field(default_factory=Counter)
    items: Counter[Category] = field(default_factory=Counter)

    def add(self, other: Survey) -> None:
        """Count another's in."""
        self.fates += other.fates
        self.items += other.items


class _Located(NamedTuple):
    """A resource where it was found; None in place of what is none."""

    address: str | None
    resource: Resource | None


class _Entry(Struct, frozen=True, rename="camel"):
    full_url: str | None = None
    resource: Raw = Raw()


class _Bundle(Struct, frozen=True):
    type: str = ""
    entry: tuple[_Entry, ...] = ()


class _Status(Struct, frozen=True, rename="camel"):
    active: object = None
    status: object = None
    verification_status: object = None


_BUNDLE = msgspec.json.Decoder(_Bundle)
_STATUS = msgspec.json.Decoder(_Status)


def survey(files: Iterable[bytes]) -> tuple[Survey | None, ...]:
    """What becomes of each of these files, a resource or a Bundle; None for what is no JSON.

    References lead from one file into another, as if one node held them all.
    """
    found = [_opened(body) for body in files]
    known = {
        address: resource
        for file in found
        for located in file or ()
        for address, resource in _addresses(located)
    }
    references = References(known, {})
    return tuple(None if file is None else _survey(file, references) for file in found)


def _opened(body: bytes) -> list[_Located] | None:
    try:
        msgspec.json.decode(body)
    except UNDECODABLE:
        return None
    return list(_unpacked(Raw(body)))


def _survey(found: Iterable[_Located], references: References) -> Survey:
    resources = [one.resource for one in found]
    fates = Counter(NOT_A_RESOURCE if one is None else _fate(one, references) for one in resources)
    gathered = _gathered(filter(None, resources), references)
    items = Counter({category: len(one.items) for category, one in gathered.items()})
    return Survey(fates=fates, items=+items)


def supporting_types() -> frozenset[str]:
    """The types that are read where something points at them, and made no items of."""
    pointed_at = chain.from_iterable(reading.points_at for reading in FHIR_READERS.values())
    return frozenset(ALWAYS_FOLLOWED).union(pointed_at) - read_types()


def read_types() -> frozenset[str]:
    """The types that items or the person are made of."""
    return frozenset(("Patient",)).union(*(one.readers for one in FHIR_READERS.values()))


def _unpacked(raw: Raw, address: str | None = None, *, new: bool = True) -> Iterator[_Located]:
    """Each resource with its address, Bundles opened; `new`: not yet taken in by a server."""
    try:
        resource = Resource.parse(raw)
        bundle = _BUNDLE.decode(raw) if resource.kind == "Bundle" else None
    except (UnreadableError, *UNDECODABLE):
        yield _Located(address, None)
        return
    if bundle is None:
        yield _Located(address, _identified(resource, address) if new else resource)
        return
    for entry in bundle.entry:
        # A request or a response without a body holds nothing that could be lost.
        if entry.resource:
            new = bundle.type not in _SENT
            yield from _unpacked(entry.resource, entry.full_url, new=new)


def _identified(resource: Resource, address: str | None) -> Resource:
    """The same with an id, which whatever server takes in a new resource gives it."""
    if resource.id:
        return resource
    given = (address or "").rpartition(":")[2].rpartition("/")[2] or _NEW
    whole = msgspec.json.decode(resource.raw) | {"id": given}
    return Resource.parse(msgspec.json.encode(whole))


def _addresses(found: _Located) -> Iterator[tuple[str, Resource]]:
    if found.resource is not None:
        yield f"{found.resource.kind}/{found.resource.id}", found.resource
        yield found.address or "", found.resource


def _gathered(resources: Iterable[Resource], references: References) -> Mapping[Category, Gathered]:
    """What each category that has a reader for one of these makes of them."""
    found, waiting = {}, tuple(resources)
    for category, reading in FHIR_READERS.items():
        if own := [one for one in waiting if one.kind in reading.readers]:
            found[category] = reading.gather(reading.readers, own, references)
    return found


def _fate(resource: Resource, references: References) -> Fate:
    kind = resource.kind
    if kind in supporting_types():
        return Fate(kind=kind, becomes=Becomes.SUPPORT)
    if kind not in read_types():
        why = UNREAD_TYPES.get(kind, UNKNOWN_TYPE)
        return Fate(kind=kind if kind in UNREAD_TYPES else "", becomes=Becomes.REFUSED, why=why)
    if kind == "Patient":
        return _person(resource, references)
    return _read(kind, _gathered([resource], references), resource)


def _person(resource: Resource, references: References) -> Fate:
    try:
        read_person(resource, references)
    except UnreadableError as error:
        return Fate(kind=resource.kind, becomes=Becomes.REFUSED, why=str(error))
    others = _read(resource.kind, _gathered([resource], references), resource)
    categories = (Category.DEMOGRAPHICS, *others.categories)
    why = others.why if others.becomes is Becomes.REFUSED else ""
    return Fate(kind=resource.kind, becomes=Becomes.PERSON, categories=categories, why=why)


def _read(kind: str, gathered: Mapping[Category, Gathered], resource: Resource) -> Fate:
    shown = tuple(category for category, one in gathered.items() if one.items)
    said = tuple(category for category, one in gathered.items() if one.assertion)
    why = "; ".join(sorted(set(chain.from_iterable(one.unreadable for one in gathered.values()))))
    if shown or said:
        becomes = Becomes.ITEMS if shown else Becomes.ASSERTION
        return Fate(kind=kind, becomes=becomes, categories=shown or said, why=why)
    if why:
        return Fate(kind=kind, becomes=Becomes.REFUSED, why=why)
    return Fate(kind=kind, becomes=Becomes.NO_ITEM, why=_no_item(resource))


def _no_item(resource: Resource) -> str:
    found = _STATUS.decode(resource.raw)
    said = msgspec.json.encode((found.status, found.verification_status))
    if b'"entered-in-error"' in said:
        return ENTERED_IN_ERROR
    unused = found.active is False or found.status in _UNUSED
    return NOT_IN_USE if unused else NO_CONTENT


def items_in(files: Iterable[bytes]) -> Iterator[Item]:
    """The items that these files, read together, become; what is no JSON becomes none."""
    found = [one for body in files for one in _opened(body) or ()]
    known = {address: resource for one in found for address, resource in _addresses(one)}
    references = References(known, {})
    resources = [one.resource for one in found if one.resource is not None]
    for gathered in _gathered(resources, references).values():
        yield from gathered.items

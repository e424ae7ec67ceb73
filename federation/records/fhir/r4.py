"""FHIR R4 as far as the record needs it: resources, references, and what elements mean here.

A `Resource` is its JSON, its type and its id, read into the struct that a category's reader asks
for. `References` finds what it points at: contained in it, sent with it or fetched for it.
Whatever cannot be read safely raises `UnreadableError` with a reason in fixed words; how a node
is asked is `protocols/fhir`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from enum import Enum
from functools import cached_property, lru_cache
from typing import Any, Protocol, TypeVar

import msgspec
from msgspec import Raw, Struct

from federation.errors import WatlingError
from federation.model import Assertion, OdsCode, Organisation, Practitioner
from federation.nhs_number import NHS_NUMBER_SYSTEM
from federation.records import base, clinical
from federation.records.base import (
    PARTIAL_DATE_PATTERN,
    UNDECODABLE,
    Concept,
    Item,
    PartialDateTime,
    SecurityLabel,
)
from federation.records.fhir.elements import (
    CodeableConcept,
    Coding,
    DomainResource,
    Extension,
    FhirLocation,
    FhirOrganisation,
    FhirPractitioner,
    FhirPractitionerRole,
    Identifier,
    Meta,
    Quantity,
    Reference,
    best_display,
    joined,
)
from federation.records.organisation_kinds import kind_of
from federation.records.systems import CONFIDENTIALITY, DEGRADED_CODES, ODS_SYSTEM, ORDINARY_LABELS

UCUM_SYSTEM = "http://unitsofmeasure.org"
MOST_BYTES_FOLLOWED = 256 * 1024 * 1024
"""Of what one category of a person points at, counted each time that it is pointed at."""
UNREADABLE_LABEL = "unreadable"
"""The code of a label that has neither a code nor words: it opens nothing."""
_MODIFIED = b'"modifierExtension"'
_REFERENCE = re.compile(rb'"reference"\s*:\s*"([^"]+)"')
_DATE = re.compile(PARTIAL_DATE_PATTERN)
_MAY_BE_LABELLED = re.compile(rb'"security|"confidentiality"|\\u')


class UnreadableError(WatlingError):
    """A resource that cannot be read safely; the reason is in fixed words, with nothing of it."""


# ── resources and references ────────────────────────────────────────────────────────────────────

D = TypeVar("D", bound=DomainResource)
S = TypeVar("S", bound=Struct)
E = TypeVar("E", bound=Enum)
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


# ── in the record's words ───────────────────────────────────────────────────────────────────────


def when(text: str | None) -> PartialDateTime | None:
    """A date as precise as it was given; one that is no real date raises `UnreadableError`."""
    if text is None:
        return None
    if not _DATE.match(text):
        raise UnreadableError("a date that is none")
    return PartialDateTime(text)


def instant(text: str | None) -> datetime | None:
    """An instant with its offset, None for anything less."""
    if text is None or not _DATE.match(text) or len(text) < len("2019-04-02T10:00Z"):
        return None
    return datetime.fromisoformat(text.replace(":60", ":59"))


def concept(source: CodeableConcept) -> Concept:
    """A concept with every coding of it; raises `UnreadableError` where nobody could read it."""
    codings = tuple(
        base.Coding(system=coding.system.rstrip("/"), code=coding.code, display=coding.display)
        for coding in source.coding
        if coding.system and coding.code
    )
    degraded = any(coding.code in DEGRADED_CODES for coding in codings)
    # A degraded code's own display says only that the meaning was lost; the words still hold it.
    display = (source.text if degraded else None) or best_display(source.coding) or source.text
    display = display or source.code()
    if not display:
        raise UnreadableError("a concept without code or words")
    return Concept(display=display, codings=codings, original_text=source.text, degraded=degraded)


def named(reference: Reference | None) -> Concept | None:
    """A reference's own name as a concept in words."""
    if reference is None or not reference.display:
        return None
    return Concept(display=reference.display, original_text=reference.display)


def amount(source: Quantity | None) -> clinical.Quantity | None:
    """A quantity, None without a value."""
    if source is None or source.value is None:
        return None
    return clinical.Quantity(
        value=source.value,
        comparator=source.comparator,
        unit=source.unit,
        ucum=source.code if source.system == UCUM_SYSTEM else None,
    )


def organisation(reference: Reference | None, references: References) -> Organisation | None:
    """The organisation that this points at, as known here or in its own words."""
    found = references.find(reference)
    if house := readable(found, FhirOrganisation):
        return _organisation(house, reference)
    if role := readable(found, FhirPractitionerRole):
        return organisation(_beyond_role(role.organization, references), references)
    if reference is None or not _points_at(reference, "Organization"):
        return None
    return _named_house(reference)


def place(reference: Reference | None, references: References) -> Organisation | None:
    """Where something was done: a location or an organisation, as known here or in its own words.

    A location without a code has that of the organisation that runs it.
    """
    here = readable(references.find(reference), FhirLocation)
    if here is None:
        house = organisation(reference, references)
        return house or (_named_house(reference) if reference else None)
    owner = organisation(here.managing_organization, references)
    itself = _organisation(here, reference)
    if itself is None or owner is None:
        return itself or owner
    code, phone = itself.ods_code or owner.ods_code, itself.phone or owner.phone
    return Organisation(ods_code=code, name=itself.name, kind=owner.kind, phone=phone)


def _organisation(
    found: FhirOrganisation | FhirLocation, reference: Reference | None
) -> Organisation | None:
    code = _ods_code(found.identifiers)
    name = found.name or (reference.display if reference else None) or code
    phones = (point.value for point in found.telecom if point.system == "phone")
    if not name:
        return None
    kind = kind_of(found.type) if isinstance(found, FhirOrganisation) else None
    return Organisation(ods_code=code, name=name, kind=kind, phone=next(filter(None, phones), None))


def _named_house(reference: Reference) -> Organisation | None:
    # Whose data it is decides what may be shown, so a code stands for a name that is not said.
    code = _ods_code((reference.identifier,))
    name = reference.display or code
    return Organisation(ods_code=code, name=name) if name else None


def _points_at(reference: Reference, kind: str) -> bool:
    if reference.type:
        return reference.type == kind
    if reference.identifier is not None and reference.identifier.system == ODS_SYSTEM:
        return kind == "Organization"
    return f"{kind}/" in (reference.reference or "")


def _ods_code(identifiers: Iterable[Identifier | None]) -> OdsCode | None:
    codes = (one.value for one in identifiers if one is not None and one.system == ODS_SYSTEM)
    return next((OdsCode(code) for code in codes if code), None)


def practitioner(reference: Reference | None, references: References) -> Practitioner | None:
    """The member of staff that this points at, as known here or in its own words."""
    found = references.find(reference)
    name = reference.display if reference else None
    if found is None:
        points = reference is not None and not _points_at(reference, "Organization")
        return Practitioner(name=name) if name and points else None
    if found.kind in FhirOrganisation.resource_types:
        return None
    if role := readable(found, FhirPractitionerRole):
        return _in_role(role, references, name)
    person = readable(found, FhirPractitioner)
    names = (one.words() for one in person.name) if person else ()
    name = next(filter(None, names), name)
    return Practitioner(name=name) if name else None


def readable(found: Resource | None, shape: type[D]) -> D | None:
    """What is pointed at as this struct, None where it is something else or cannot be read.

    For what an item can be shown without: it is not lost because its author's entry is broken.
    """
    if found is None or found.kind not in shape.resource_types:
        return None
    try:
        return found.read(shape)
    except UnreadableError:
        return None


def _in_role(
    role: FhirPractitionerRole, references: References, name: str | None
) -> Practitioner | None:
    person = practitioner(_beyond_role(role.practitioner, references), references)
    name = person.name if person else name
    if not name:
        return None
    return Practitioner(
        name=name,
        role=joined(role.code),
        organisation=organisation(role.organization, references),
    )


def _beyond_role(reference: Reference | None, references: References) -> Reference | None:
    # A role is held by a person for an organisation; roles that lead to each other have no end.
    found = references.find(reference)
    led_to_a_role = found is not None and found.kind in FhirPractitionerRole.resource_types
    return None if led_to_a_role else reference


def identifiers(source: Iterable[Identifier]) -> tuple[base.Identifier, ...]:
    """Business identifiers of a fact; the person's own number is none."""
    return tuple(
        base.Identifier(system=one.system, value=one.value)
        for one in source
        if one.system and one.value and one.system != NHS_NUMBER_SYSTEM
    )


def labels(meta: Meta) -> tuple[SecurityLabel, ...]:
    """Confidentiality labels; one without a code is kept by its words, as a code no rule knows."""
    return tuple(
        SecurityLabel(
            system=one.system, code=one.code or one.display or UNREADABLE_LABEL, display=one.display
        )
        for one in meta.security
    )


def envelope(
    source: DomainResource,
    references: References,
    *,
    authors: Iterable[Reference | None] = (),
) -> dict[str, Any]:
    """What every item takes from its resource; raises `UnreadableError` for one without an id.

    `authors` are those who could have recorded it, likeliest first; the first organisation among
    them is the custodian.
    """
    if not source.id:
        raise UnreadableError("a resource without an id")
    candidates = tuple(authors)
    people = (practitioner(one, references) for one in candidates)
    houses = (organisation(one, references) for one in candidates)
    return {
        "source_id": source.id,
        "source_system": source.meta.source,
        "version": source.meta.version_id,
        "identifiers": identifiers(source.identifiers),
        "author": next(filter(None, people), None),
        "custodian": next(filter(None, houses), None),
        "last_updated_at": instant(source.meta.last_updated),
        "security_labels": labels(source.meta),
    }


def first_of(closed: type[E], source: CodeableConcept, otherwise: E) -> E:
    """The member of a closed set that the first of a concept's codes to name one names."""
    named = (one_of(closed, code, otherwise) for code in source.codes())
    return next((one for one in named if one is not otherwise), otherwise)


def extension(among: Iterable[Extension], url: str) -> Extension | None:
    """The extension with this address."""
    return next((one for one in among if one.url == url), None)


def one_of(closed: type[E], code: str | None, otherwise: E) -> E:
    """The member of a closed set that a FHIR code names: `on-hold` is ON_HOLD."""
    return closed.__members__.get((code or "").upper().replace("-", "_"), otherwise)

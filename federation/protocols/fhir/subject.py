"""Whom a resource is about: the one question that is asked of each before it is read."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from enum import Enum, auto
from functools import cached_property

import msgspec
from msgspec import Struct, field
from msgspec.structs import replace

from federation.nhs_number import NHS_NUMBER_SYSTEM
from federation.records.base import PartialDateTime
from federation.records.fhir.elements import DomainResource, Identifier, Reference
from federation.records.fhir.resource import Resource, UnreadableError


class _Participant(Struct, frozen=True, kw_only=True):
    actor: Reference | None = None


class _Subject(Struct, frozen=True, kw_only=True):
    """Whom a resource is about, whichever element says so.

    An appointment has no subject: the person is one of those who take part.
    """

    patient: Reference | None = None
    subject: Reference | None = None
    beneficiary: Reference | None = field(default=None, name="for")
    participant: tuple[_Participant, ...] = ()


class _Numbered(DomainResource, frozen=True, kw_only=True, rename="camel"):
    """A Patient as far as it tells who it is."""

    birth_date: str | None = None


_Known = Mapping[str, Resource]


class Meant(Struct, frozen=True, kw_only=True):
    """The person whom a call means, and how resources of this node may name them.

    `addresses` are those of the person's Patient here, `numbers` those that they are rightly known
    by.
    """

    addresses: Collection[str]
    numbers: Collection[str]
    birth_date: PartialDateTime | None = None

    def is_numbered(self, identifiers: Iterable[Identifier]) -> bool:
        """Whether NHS numbers are among these, and none of somebody else."""
        found = [one.value for one in identifiers if is_of_the_nhs(one)]
        return bool(found) and all(one in self.numbers for one in found)


class About(Enum):
    """Whom a resource names."""

    THE_PERSON = auto()
    SOMEBODY_ELSE = auto()
    NOBODY = auto()


def about(resource: Resource, meant: Meant, known: _Known) -> About:
    """Whether a resource says that it is about this person and nobody else.

    `known` is what was sent along, by address. One name of somebody else is enough to refuse, and
    so is one that cannot be read.
    """
    return _about(resource, meant, _Patients(resource, known))


def is_about(resource: Resource, meant: Meant, known: _Known) -> bool:
    """The same for what was searched for; there silence is not believed."""
    return about(resource, meant, known) is About.THE_PERSON


def without_strangers(known: _Known, meant: Meant) -> dict[str, Resource]:
    """What may be referred to, by address: nothing that names somebody else."""
    # Most have several addresses, and are looked at once.
    kept = {
        id(one): without_strangers_inside(one, meant, known)
        for one in {id(one): one for one in known.values()}.values()
        if about(one, meant, known) is not About.SOMEBODY_ELSE
    }
    return {address: kept[id(one)] for address, one in known.items() if id(one) in kept}


def without_strangers_inside(resource: Resource, meant: Meant, known: _Known) -> Resource:
    """A resource without those contained in it that name somebody else."""
    if not resource.contained:
        return resource
    patients = _Patients(resource, known)
    parts = [(raw, _parsed(raw)) for raw in resource.contained]
    kept = tuple(
        raw
        for raw, part in parts
        if part is None or _about(part, meant, patients) is not About.SOMEBODY_ELSE
    )
    return resource if len(kept) == len(parts) else replace(resource, contained=kept)


def unversioned(reference: str) -> str:
    """A reference without the version that it names."""
    return reference.partition("/_history/")[0]


def is_of_the_nhs(identifier: Identifier) -> bool:
    """Whether this is an NHS number, whosever it is."""
    # However it is spelt: a number of somebody else must not pass for another kind of number.
    spelt = (identifier.system or "").rstrip("/").lower().removeprefix("http://")
    return f"https://{spelt.removeprefix('https://')}" == NHS_NUMBER_SYSTEM.lower()


class _Patients:
    """Finds a Patient that stands in the same resource, or was sent with it by a `urn:`."""

    def __init__(self, resource: Resource, known: _Known) -> None:
        self._resource = resource
        self._known = known

    @cached_property
    def _contained(self) -> _Known:
        # Most resources point at nothing in themselves that could be a person.
        parts = map(_parsed, self._resource.contained)
        return {f"#{one.id}": one for one in parts if one and one.id}

    def find(self, reference: Reference) -> Resource | None:
        address = unversioned(reference.reference or "")
        if address.startswith("#"):
            return self._contained.get(address)
        return self._known.get(address) if address.startswith("urn:") else None


def _parsed(raw: msgspec.Raw) -> Resource | None:
    try:
        return Resource.parse(raw)
    except UnreadableError:
        return None


def _about(resource: Resource, meant: Meant, patients: _Patients) -> About:
    # Read apart from the rest: a resource that cannot be read otherwise is still somebody's.
    found = resource.glance(_Subject)
    if found is None:
        return About.SOMEBODY_ELSE
    named = [found.patient, found.subject, found.beneficiary]
    named += [one.actor for one in found.participant if _is_a_patient(one.actor, meant, patients)]
    said = [_means(one, meant, patients) for one in named if one is not None]
    if not said:
        return About.NOBODY
    return About.THE_PERSON if all(said) else About.SOMEBODY_ELSE


def _is_a_patient(actor: Reference | None, meant: Meant, patients: _Patients) -> bool:
    if actor is None:
        return False
    if actor.identifier is not None and is_of_the_nhs(actor.identifier):
        return True
    found = patients.find(actor)
    if found is not None:
        return found.kind == "Patient"
    # A reference may hold a search in place of an id: `Patient?identifier=...`.
    address = unversioned(actor.reference or "").replace("?", "/")
    named = actor.type == "Patient" or "Patient" in address.split("/")
    return named or address in meant.addresses


def _means(reference: Reference, meant: Meant, patients: _Patients) -> bool:
    named = reference.identifier
    numbered = named is not None and is_of_the_nhs(named)
    if named is not None and numbered and named.value not in meant.numbers:
        return False
    if not reference.reference:
        return numbered
    if unversioned(reference.reference) in meant.addresses:
        return True
    found = patients.find(reference)
    return found is not None and _is_the_person(found, meant)


def _is_the_person(patient: Resource, meant: Meant) -> bool:
    """Whether a Patient that is only sent along is this one: by number, never against its dates."""
    if patient.kind != "Patient":
        return False
    try:
        found = patient.read_any(_Numbered)
    except UnreadableError:
        return False
    one, other = (found.birth_date or "")[:10], (meant.birth_date or "")[:10]
    same_day = one.startswith(other) or other.startswith(one)
    return same_day and meant.is_numbered(found.identifiers)

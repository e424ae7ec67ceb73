"""Whom a resource is about: the one question that is asked of each before it is read."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from enum import Enum, auto

import msgspec
from msgspec import Struct, field

from federation.nhs_number import NHS_NUMBER_SYSTEM
from federation.records.base import UNDECODABLE
from federation.records.fhir_elements import Reference
from federation.records.fhir_r4 import Resource


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


# Read apart from the rest: a resource that cannot be read otherwise is still somebody's.
_SUBJECT = msgspec.json.Decoder(_Subject)


class About(Enum):
    """Whom a resource names."""

    THE_PERSON = auto()
    SOMEBODY_ELSE = auto()
    NOBODY = auto()


def about(resource: Resource, addresses: Collection[str], numbers: Collection[str]) -> About:
    """Whether a resource says that it is about this person and nobody else.

    `addresses` are those of the person's Patient here, `numbers` those that they are rightly known
    by. One name of somebody else is enough to refuse.
    """
    try:
        found = _SUBJECT.decode(resource.raw)
    except UNDECODABLE:
        return About.NOBODY
    named = [found.patient, found.subject, found.beneficiary]
    named += [one.actor for one in found.participant if _is_a_patient(one.actor, addresses)]
    said = [_means(one, addresses, numbers) for one in named if one is not None]
    if not said:
        return About.NOBODY
    return About.THE_PERSON if all(said) else About.SOMEBODY_ELSE


def is_about(resource: Resource, addresses: Collection[str], numbers: Collection[str]) -> bool:
    """The same for what was searched for; there silence is not believed."""
    return about(resource, addresses, numbers) is About.THE_PERSON


def without_strangers(
    known: Mapping[str, Resource], addresses: Collection[str], numbers: Collection[str]
) -> dict[str, Resource]:
    """What may be referred to, by address: nothing that names somebody else."""
    return {
        address: resource
        for address, resource in known.items()
        if about(resource, addresses, numbers) is not About.SOMEBODY_ELSE
    }


def unversioned(reference: str) -> str:
    """A reference without the version that it names."""
    return reference.partition("/_history/")[0]


def _is_a_patient(actor: Reference | None, addresses: Collection[str]) -> bool:
    if actor is None:
        return False
    if actor.identifier is not None and actor.identifier.system == NHS_NUMBER_SYSTEM:
        return True
    address = unversioned(actor.reference or "")
    return actor.type == "Patient" or "Patient" in address.split("/") or address in addresses


def _means(reference: Reference, addresses: Collection[str], numbers: Collection[str]) -> bool:
    named = reference.identifier
    numbered = named is not None and named.system == NHS_NUMBER_SYSTEM
    if named is not None and numbered and named.value not in numbers:
        return False
    if reference.reference:
        return unversioned(reference.reference) in addresses
    return numbered

"""Whom a resource is about: the one question that is asked of each before it is read."""

from __future__ import annotations

from collections.abc import Collection

from msgspec import Struct, field

from federation.nhs_number import NHS_NUMBER_SYSTEM
from federation.records.fhir_elements import DomainResource, Reference
from federation.records.fhir_r4 import Resource, UnreadableError


class _Participant(Struct, frozen=True, kw_only=True):
    actor: Reference | None = None


class _Subject(DomainResource, frozen=True, kw_only=True, rename="camel"):
    """Whom a resource is about, whichever element says so.

    An appointment has no subject: the person is one of those who take part.
    """

    patient: Reference | None = None
    subject: Reference | None = None
    beneficiary: Reference | None = field(default=None, name="for")
    participant: tuple[_Participant, ...] = ()


def is_about(resource: Resource, addresses: Collection[str], numbers: Collection[str]) -> bool:
    """Whether a resource says that it is about this person and nobody else.

    `addresses` are those of the person's Patient here, `numbers` those that they are rightly known
    by. Silence is not believed, and one name of somebody else is enough to refuse.
    """
    try:
        found = resource.read_any(_Subject)
    except UnreadableError:
        return False
    named = [found.patient, found.subject, found.beneficiary]
    named += [one.actor for one in found.participant if _is_a_patient(one.actor)]
    said = [_means(one, addresses, numbers) for one in named if one is not None]
    return bool(said) and all(said)


def _is_a_patient(actor: Reference | None) -> bool:
    if actor is None:
        return False
    if actor.identifier is not None and actor.identifier.system == NHS_NUMBER_SYSTEM:
        return True
    return actor.type == "Patient" or "Patient" in (actor.reference or "").split("/")


def _means(reference: Reference, addresses: Collection[str], numbers: Collection[str]) -> bool:
    named = reference.identifier
    numbered = named is not None and named.system == NHS_NUMBER_SYSTEM
    if named is not None and numbered and named.value not in numbers:
        return False
    if reference.reference:
        return reference.reference.partition("/_history/")[0] in addresses
    return numbered

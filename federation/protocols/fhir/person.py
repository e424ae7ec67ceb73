"""Who the person is at this node: every Patient resource under one of their numbers."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from msgspec import Struct
from msgspec.structs import replace

from federation.flow import NodeCall
from federation.nhs_number import NHS_NUMBER_SYSTEM, NhsNumber
from federation.protocols import failures
from federation.protocols.failures import Verdict
from federation.protocols.fhir.asking import COUNT
from federation.protocols.fhir.capability import Capability
from federation.protocols.fhir.lookups import Follow, complete
from federation.protocols.fhir.pace import Pace
from federation.protocols.fhir.search import NOT_HELD, Found, Refused, Searcher
from federation.protocols.fhir.subject import is_of_the_nhs, unversioned
from federation.protocols.parts import MOST_RECORDS
from federation.records.fhir.elements import DomainResource, Identifier, Reference
from federation.records.fhir.person import read_person
from federation.records.fhir.resource import References, Resource, UnreadableError
from federation.records.person import Person
from federation.status import SourceCode, SourceState

_LONGEST_ID = 200
"""R4 allows 64 letters; it goes into every search."""


class _Link(Struct, frozen=True):
    type: str = ""
    other: Reference | None = None


class _Linked(DomainResource, frozen=True, kw_only=True, rename="camel"):
    """A Patient's links to others that mean the same person."""

    link: tuple[_Link, ...] = ()


class Patient(Struct, frozen=True, kw_only=True):
    """One Patient resource, read, and the addresses by which other resources mean it.

    `replaced_by` are the addresses of those that hold the record in its stead, `known` what it
    points at.
    """

    id: str
    resource: Resource
    person: Person
    addresses: frozenset[str]
    replaced_by: frozenset[str] = frozenset()
    known: dict[str, Resource]


async def find_patients(
    searcher: Searcher, call: NodeCall, capability: Capability, steps: Pace
) -> list[Patient] | Refused:
    """Every Patient resource under the person's numbers; none is a node that holds nothing."""
    identifiers = ",".join(f"{NHS_NUMBER_SYSTEM}|{number}" for number in call.numbers)
    found = await searcher.search("Patient", (("identifier", identifiers), ("_count", COUNT)))
    if isinstance(found, Refused):
        return [] if NOT_HELD in found.words else found
    if found.lacking is not None or found.unreadable or len(found.matches) > MOST_RECORDS:
        # Who the person is must be known whole, or not at all.
        return Refused(verdict=_unknown(found.lacking))
    _learn_bases(searcher, found)
    follow = Follow(resources=found.matches)
    await complete(searcher.until(steps.person_by), (follow,), found.known, capability)
    try:
        patients = [_patient(one, found, searcher, call.numbers) for one in found.matches]
    except UnreadableError:
        return Refused(verdict=failures.MALFORMED)
    here = frozenset().union(*(one.addresses for one in patients))
    return [replace(one, replaced_by=one.replaced_by - here) for one in patients]


def _stranger(
    identifiers: Iterable[Identifier], numbers: Collection[NhsNumber]
) -> NhsNumber | None:
    """A number in use that is none of the person's: with it, the record is not shown to be theirs.

    Two people's records that were run together bear both their numbers.
    """
    in_use = (one.value for one in identifiers if is_of_the_nhs(one) and one.use != "old")
    return next((NhsNumber(one) for one in in_use if one and one not in numbers), None)


def _unknown(lacking: Verdict | None) -> Verdict:
    if lacking is None:
        return failures.MALFORMED
    kept = lacking.code is SourceCode.WITHHELD_AT_SOURCE
    state = SourceState.WITHHELD if kept else SourceState.UNAVAILABLE
    return Verdict(state, lacking.code, lacking.origin)


def _learn_bases(searcher: Searcher, found: Found) -> None:
    """By what address the node knows itself: the one under which it says that the person is."""
    for one in found.matches:
        address = f"Patient/{one.id}"
        full_url = found.full_urls.get(address, "")
        if one.id and full_url.endswith(address):
            searcher.bases.add(full_url.removesuffix(address))


def _patient(
    resource: Resource, found: Found, searcher: Searcher, numbers: Collection[NhsNumber]
) -> Patient:
    person = read_person(resource, References(found.known, {}))
    if not resource.id or len(resource.id) > _LONGEST_ID:
        raise UnreadableError("a person without an id")
    address = f"Patient/{resource.id}"
    given = found.full_urls.get(address)
    linked = resource.read_any(_Linked, without=("contact", "communication"))
    others = (one.other.reference for one in linked.link if one.type == "replaced-by" and one.other)
    stranger = _stranger(linked.identifiers, numbers)
    if stranger is not None:
        person = replace(person, nhs_number=stranger)
    return Patient(
        id=resource.id,
        resource=resource,
        person=person,
        addresses=frozenset(
            filter(None, (address, given, *(f"{base}{address}" for base in searcher.bases)))
        ),
        replaced_by=frozenset(unversioned(one) for one in others if one),
        known=found.known,
    )

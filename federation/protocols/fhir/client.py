"""The FHIR R4 client: who the person is here, then a search for each category, all at once.

What one search can go through is in `search.py`, what it sends in `bundle.py`; how a resource
becomes an item is each category's own business (`records/*_fhir.py`). A category that fails is
its own part; only the search for the person can fail the whole call.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import httpx
from msgspec import Struct
from msgspec.structs import replace

from federation.flow import Failure, HeldRecord, NodeCall, Part, Reply
from federation.model import Category, Clock, Node
from federation.nhs_number import NHS_NUMBER_SYSTEM
from federation.protocols import failures
from federation.protocols.failures import Verdict
from federation.protocols.fhir.lookups import complete
from federation.protocols.fhir.search import NOT_HELD, TRUNCATED, Found, Refused, Searcher
from federation.protocols.fhir.subject import is_about
from federation.protocols.parts import MOST_RECORDS, Arrival, given, missing
from federation.records import DEFINITIONS
from federation.records.fhir_elements import DomainResource, Reference
from federation.records.fhir_r4 import References, Resource, UnreadableError
from federation.records.fhir_readers import FHIR_READERS
from federation.records.fhir_reading import FhirReading, Search
from federation.records.person import Person
from federation.records.person_fhir import read_person
from federation.status import FaultOrigin, SourceCode, SourceState

_COUNT = "200"
WRONG_PERSON = Verdict(SourceState.INVALID_RESPONSE, SourceCode.WRONG_PERSON, FaultOrigin.NODE)


class _Link(Struct, frozen=True):
    type: str = ""
    other: Reference | None = None


class _Replaced(DomainResource, frozen=True, kw_only=True, rename="camel"):
    """A Patient's links to others that mean the same person."""

    link: tuple[_Link, ...] = ()


class _Patient(Struct, frozen=True, kw_only=True):
    """One Patient resource, read, and the addresses by which other resources mean it.

    `replaced_by` are the addresses of those that hold the record in its stead.
    """

    id: str
    person: Person
    addresses: frozenset[str]
    replaced_by: frozenset[str] = frozenset()


class FhirClient:
    """Speaks FHIR R4 to one node, through a transport that it does not own."""

    def __init__(self, node: Node, transport: httpx.AsyncBaseTransport, clock: Clock) -> None:
        self._node = node
        self._transport = transport
        self._clock = clock

    async def fetch(self, call: NodeCall) -> Reply | Failure:
        searcher = Searcher(self._node, self._transport, call, self._clock)
        patients = await _patients(searcher, call)
        if isinstance(patients, Refused):
            return _failed(call, patients)
        records = await asyncio.gather(*(self._record(searcher, call, one) for one in patients))
        return Reply(node=call.node, records=tuple(records), retrieved_at=self._clock())

    async def aclose(self) -> None:
        """Nothing to give back: the transport belongs to whoever opened it."""

    async def _record(self, searcher: Searcher, call: NodeCall, patient: _Patient) -> HeldRecord:
        asked = [category for category in call.categories if category in DEFINITIONS]
        if patient.person.nhs_number not in call.numbers:
            # Somebody else's record is not even asked for; `verify` says what this means.
            parts = [missing(category, WRONG_PERSON) for category in asked]
        else:
            parts = await asyncio.gather(
                *(self._part(searcher, call, patient, category) for category in asked)
            )
        found = {part.category: part for part in parts}
        if Category.DEMOGRAPHICS in call.categories:
            found[Category.DEMOGRAPHICS] = Part(category=Category.DEMOGRAPHICS)
        return HeldRecord(person=patient.person, parts=found)

    async def _part(
        self, searcher: Searcher, call: NodeCall, patient: _Patient, category: Category
    ) -> Part:
        reading = FHIR_READERS.get(category)
        if reading is None:
            return missing(category, failures.NOT_OFFERED)
        answers = await asyncio.gather(
            *(
                searcher.search(search.kind, _form(search, patient))
                for search in reading.searches
                if not search.spared
            )
        )
        found = _together(answers)
        if isinstance(found, Refused):
            return missing(category, found.verdict, retry_after_seconds=found.retry_after_seconds)
        own = [one for one in found.matches if is_about(one, patient.addresses, call.numbers)]
        if found.matches and not own:
            return missing(category, WRONG_PERSON)
        if patient.replaced_by:
            # The record has moved to a resource that the search for the person did not give.
            found.lacking = found.lacking or TRUNCATED
        await complete(searcher, own, found.known, reading.points_at)
        arrival = Arrival(node=call.node, at=self._clock())
        foreign = len(found.matches) - len(own) + found.unreadable
        return _part_of(category, reading, own, found, arrival, foreign)


async def _patients(searcher: Searcher, call: NodeCall) -> list[_Patient] | Refused:
    identifiers = ",".join(f"{NHS_NUMBER_SYSTEM}|{number}" for number in call.numbers)
    found = await searcher.search("Patient", (("identifier", identifiers), ("_count", _COUNT)))
    if isinstance(found, Refused):
        return [] if NOT_HELD in found.words else found
    if found.lacking is not None or found.unreadable or len(found.matches) > MOST_RECORDS:
        # Who the person is must be known whole, or not at all.
        return Refused(verdict=_unknown(found.lacking))
    await complete(searcher, found.matches, found.known)
    references = References(found.known, {})
    try:
        patients = [_patient(one, references, searcher.base) for one in found.matches]
    except UnreadableError:
        return Refused(verdict=failures.MALFORMED)
    here = frozenset().union(*(one.addresses for one in patients))
    return [replace(one, replaced_by=one.replaced_by - here) for one in patients]


def _unknown(lacking: Verdict | None) -> Verdict:
    if lacking is None:
        return failures.MALFORMED
    kept = lacking.code is SourceCode.WITHHELD_AT_SOURCE
    state = SourceState.WITHHELD if kept else SourceState.UNAVAILABLE
    return Verdict(state, lacking.code, lacking.origin)


def _patient(resource: Resource, references: References, base: str) -> _Patient:
    person = read_person(resource, references)
    if not resource.id:
        raise UnreadableError("a person without an id")
    address = f"Patient/{resource.id}"
    links = resource.read_any(_Replaced).link
    others = (link.other.reference for link in links if link.type == "replaced-by" and link.other)
    return _Patient(
        id=resource.id,
        person=person,
        addresses=frozenset((address, f"{base}{address}")),
        replaced_by=frozenset(filter(None, others)),
    )


def _failed(call: NodeCall, refused: Refused) -> Failure:
    return failures.failure(
        call.node, refused.verdict, retry_after_seconds=refused.retry_after_seconds
    )


def _form(search: Search, patient: _Patient) -> tuple[tuple[str, str], ...]:
    includes = (("_include", f"{search.kind}:{what}") for what in search.includes)
    return (("patient", f"Patient/{patient.id}"), ("_count", _COUNT), *includes)


def _together(answers: Sequence[Found | Refused]) -> Found | Refused:
    """Several searches as one; where some failed, the rest stands and is less than whole."""
    found = [answer for answer in answers if isinstance(answer, Found)]
    refused = [answer for answer in answers if isinstance(answer, Refused)]
    if not found:
        return refused[0]
    whole = Found()
    for one in found:
        whole.matches.extend(one.matches)
        whole.known.update(one.known)
        whole.unreadable += one.unreadable
        whole.lacking = whole.lacking or one.lacking
    for failed in refused:
        verdict = failed.verdict
        whole.lacking = Verdict(SourceState.PARTIAL, verdict.code, verdict.origin)
    return whole


def _part_of(
    category: Category,
    reading: FhirReading,
    resources: Sequence[Resource],
    found: Found,
    arrival: Arrival,
    bad: int,
) -> Part:
    gathered = reading.gather(reading.readers, resources, References(found.known, {}))
    return given(
        category,
        gathered.items,
        arrival,
        assertion=gathered.assertion,
        quarantined=bad + gathered.unreadable.total(),
        lacking=found.lacking,
    )

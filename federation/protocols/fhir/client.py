"""The FHIR R4 client: who the person is here, then a search for each category, all at once.

One call is read in this order: the node's capability statement (`statement.py`, beside the rest),
the person (`person.py`), all searches (`asking.py`), what they point at (`lookups.py`), and then
the parts (`category.py`), each by its category's own reading (`records/fhir/`). A category that
fails or is late is its own part; only the search for the person can fail the whole call.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from functools import partial

import httpx

from federation.flow import Failure, HeldRecord, NodeCall, Part, Reply
from federation.model import Category, Clock, Node
from federation.protocols import failures
from federation.protocols.authentication import Authenticator
from federation.protocols.channel import Channel
from federation.protocols.failures import Verdict
from federation.protocols.fhir.aside import aside
from federation.protocols.fhir.asking import ask
from federation.protocols.fhir.capability import Capability
from federation.protocols.fhir.category import (
    WRONG_PERSON,
    Asked,
    Came,
    came,
    recorded,
    wanted_of,
)
from federation.protocols.fhir.lookups import complete
from federation.protocols.fhir.pace import Pace, pace
from federation.protocols.fhir.person import Patient, find_patients
from federation.protocols.fhir.search import Refused, Searcher
from federation.protocols.fhir.statement import Statement, read_statement
from federation.protocols.fhir.subject import Meant, without_strangers
from federation.protocols.parts import Arrival, missing
from federation.protocols.requester_token import CallTokens, RequesterTokens
from federation.records.fhir.readers import FHIR_READERS
from federation.records.fhir.reading import FhirReading
from federation.records.fhir.resource import Resource
from federation.status import FaultOrigin, SourceCode, SourceState

OTHER_VERSION = Verdict(SourceState.UNAVAILABLE, SourceCode.OTHER, FaultOrigin.NODE)
OTHER_VERSION_DETAIL = "it says that it speaks another version of FHIR than R4"
_PATIENCE_SECONDS = 1.0
"""What a call waits for a capability statement once the person is found; less at a quick node."""


class FhirClient:
    """Speaks FHIR R4 to one node, through a transport that it does not own."""

    def __init__(
        self,
        node: Node,
        transport: httpx.AsyncBaseTransport,
        clock: Clock,
        authenticator: Authenticator | None = None,
        tokens: RequesterTokens | None = None,
        *,
        readings: Mapping[Category, FhirReading] = FHIR_READERS,
    ) -> None:
        self._node = node
        self._authenticator = authenticator
        self._tokens = tokens
        self._readings = readings
        self._transport = transport
        self._clock = clock
        self._statement = Statement(
            partial(read_statement, node, self._channel),
            clock,
            patience_seconds=min(_PATIENCE_SECONDS, node.timeout_seconds / 4),
        )

    async def fetch(self, call: NodeCall) -> Reply | Failure:
        self._statement.refresh(call.request_id)
        if not self._statement.now().is_r4:
            return failures.failure(call.node, OTHER_VERSION, detail=OTHER_VERSION_DETAIL)
        tokens = self._tokens.of(call) if self._tokens else None
        channel = self._channel(call.node.max_response_bytes, tokens)
        searcher = Searcher(self._node, channel, call, self._clock)
        steps = pace(asyncio.get_running_loop().time(), call.answer_by)
        patients = await find_patients(searcher, call, self._statement.now(), steps)
        if isinstance(patients, Refused):
            return _failed(call, patients)
        capability = await self._statement.get() if patients else self._statement.now()
        if not capability.is_r4:
            return failures.failure(call.node, OTHER_VERSION, detail=OTHER_VERSION_DETAIL)
        asked = await asyncio.gather(
            *(self._ask(searcher, call, one, capability, steps) for one in _theirs(patients, call))
        )
        ending = searcher.until(steps.all_by)
        records = await asyncio.gather(
            *(self._record(ending, call, one, asked, capability) for one in patients)
        )
        return Reply(node=call.node, records=tuple(records), retrieved_at=self._clock())

    async def aclose(self) -> None:
        await self._statement.aclose()

    def _channel(self, most_bytes: int, tokens: CallTokens | None = None) -> Channel:
        return Channel(
            self._node,
            self._transport,
            self._authenticator,
            most_bytes=most_bytes,
            tokens=tokens,
        )

    async def _ask(
        self,
        searcher: Searcher,
        call: NodeCall,
        patient: Patient,
        capability: Capability,
        steps: Pace,
    ) -> Asked:
        wanted = wanted_of(call, self._readings, patient.id, capability)
        forms = [form for one in wanted for form in one.forms]
        answers = await ask(searcher.until(steps.searches_by), forms)
        meant = Meant(
            addresses=patient.addresses,
            numbers=call.numbers,
            birth_date=patient.person.birth_date,
        )
        return Asked(patient=patient, meant=meant, wanted=wanted, answers=answers)

    async def _record(
        self,
        searcher: Searcher,
        call: NodeCall,
        patient: Patient,
        asked: Sequence[Asked],
        capability: Capability,
    ) -> HeldRecord:
        whose = next((one for one in asked if one.patient is patient), None)
        if whose is not None:
            arrived = came(whose, [one for one in asked if one is not whose])
            known = await _known(searcher, arrived, whose, capability)
            parts = await self._parts(call, arrived, known)
        else:
            # Somebody else's record is not even asked for; `verify` says what this means.
            parts = {one: missing(one, WRONG_PERSON) for one in recorded(call)}
        if Category.DEMOGRAPHICS in call.categories:
            parts[Category.DEMOGRAPHICS] = Part(category=Category.DEMOGRAPHICS)
        return HeldRecord(person=patient.person, parts=parts)

    async def _parts(
        self, call: NodeCall, arrived: list[Came], known: Mapping[str, Resource]
    ) -> dict[Category, Part]:
        arrival = Arrival(node=call.node, at=self._clock())
        parts = {
            one.wanted.category: await aside(len(one.resources), partial(one.part, known, arrival))
            for one in arrived
        }
        return {one: parts.get(one) or missing(one, failures.NOT_OFFERED) for one in recorded(call)}


def _theirs(patients: Iterable[Patient], call: NodeCall) -> list[Patient]:
    """Those that have one of the person's numbers."""
    return [one for one in patients if one.person.nhs_number in call.numbers]


def _failed(call: NodeCall, refused: Refused) -> Failure:
    return failures.failure(
        call.node,
        refused.verdict,
        retry_after_seconds=refused.retry_after_seconds,
        detail=refused.detail,
    )


async def _known(
    searcher: Searcher,
    arrived: list[Came],
    whose: Asked,
    capability: Capability,
) -> Mapping[str, Resource]:
    """Everything that the person's resources may point at, sent along or fetched."""
    known = dict(whose.patient.known)
    for one in arrived:
        known.update(one.found.known)
    await complete(searcher, [one.follow for one in arrived], known, capability)
    # Invariant: nothing that speaks of somebody else is ever read, however it is pointed at.
    return await aside(len(known), partial(without_strangers, known, whose.meant))

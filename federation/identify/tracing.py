"""The tracing service, by the interface of the Personal Demographics Service FHIR API.

`GET /Patient/{number}`: that interface has the number in its path; it is the one place where
Watling sends one in a URL, to the service that issued it, and the address is never logged. Answers
are a closed set of outcomes; a service that is down or answers nonsense is UNREACHABLE, and the
caller's own confirmation stands in for it.
"""

from __future__ import annotations

import asyncio
from enum import Enum
from typing import Protocol

import httpx
import msgspec
from msgspec import Struct
from msgspec.structs import replace

from federation.errors import InvalidNhsNumberError
from federation.model import RequestId
from federation.nhs_number import NhsNumber, parse_nhs_number
from federation.protocols.transport import exchange
from federation.records.base import PartialDateTime
from federation.records.fhir.person import read_person
from federation.records.fhir.resource import References, Resource, UnreadableError
from federation.records.person import Person

MAX_BYTES = 1024 * 1024
"""A Patient resource of the tracing service is a few kilobytes."""
_MIDNIGHT = "T00:00:00+00:00"


class TraceOutcome(Enum):
    """What the tracing service said of a number."""

    FOUND = "found"
    NOT_FOUND = "not found"
    INVALIDATED = "invalidated"
    UNREACHABLE = "unreachable"
    NOT_CONFIGURED = "not configured"


class Traced(Struct, frozen=True, kw_only=True):
    """One answer. `person` is set when found, under another number where that was replaced."""

    outcome: TraceOutcome
    person: Person | None = None


class Tracer(Protocol):
    """Looks a number up."""

    async def trace(self, number: NhsNumber, request_id: RequestId, seconds: float) -> Traced:
        """Who is known under this number; never raises for what the service does."""


class PdsTracer:
    """A tracing service that speaks the Personal Demographics Service FHIR API."""

    def __init__(self, base_url: str, transport: httpx.AsyncBaseTransport) -> None:
        self._base_url = base_url.rstrip("/")
        self._transport = transport

    async def trace(self, number: NhsNumber, request_id: RequestId, seconds: float) -> Traced:
        request = httpx.Request(
            "GET",
            f"{self._base_url}/Patient/{number}",
            headers={"Accept": "application/fhir+json", "X-Request-ID": request_id},
            extensions={"timeout": {"connect": seconds, "read": seconds, "pool": seconds}},
        )
        try:
            async with asyncio.timeout(seconds):
                answer = await exchange(self._transport, request, most=MAX_BYTES)
        except (httpx.HTTPError, TimeoutError):
            return _UNREACHABLE
        return _read(answer.status, answer.body)


_UNREACHABLE = Traced(outcome=TraceOutcome.UNREACHABLE)


class _Coding(Struct, frozen=True):
    code: str = ""


class _Details(Struct, frozen=True):
    coding: tuple[_Coding, ...] = ()


class _Issue(Struct, frozen=True):
    details: _Details = _Details()


class _Outcome(Struct, frozen=True):
    issue: tuple[_Issue, ...] = ()


def _read(status: int, body: bytes) -> Traced:
    """The outcome that a status and a body mean, by the error table of the published interface."""
    try:
        if status == httpx.codes.OK:
            return Traced(outcome=TraceOutcome.FOUND, person=_person(body))
        if status == httpx.codes.NOT_FOUND:
            return Traced(outcome=_not_found(body))
    except (msgspec.MsgspecError, UnreadableError, InvalidNhsNumberError):
        return _UNREACHABLE
    return _UNREACHABLE


def _person(body: bytes) -> Person:
    person = read_person(Resource.parse(body), References.none())
    parse_nhs_number(person.nhs_number)
    return replace(person, deceased_at=_as_known(person.deceased_at))


def _as_known(died: PartialDateTime | None) -> PartialDateTime | None:
    """When somebody died; the day alone where the service fills in midnight.

    It gives an instant whatever is known of the hour, as all its published examples do.
    """
    if died is None or not died.endswith(_MIDNIGHT):
        return died
    return PartialDateTime(died.removesuffix(_MIDNIGHT))


def _not_found(body: bytes) -> TraceOutcome:
    outcome = msgspec.json.decode(body, type=_Outcome)
    codes = {coding.code for issue in outcome.issue for coding in issue.details.coding}
    if "INVALIDATED_RESOURCE" in codes:
        return TraceOutcome.INVALIDATED
    # A 404 that is not this interface's own (a wrong base address) is no statement about a person.
    return TraceOutcome.NOT_FOUND if "RESOURCE_NOT_FOUND" in codes else TraceOutcome.UNREACHABLE

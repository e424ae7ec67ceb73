"""Tracing: every answer of the service is one of a closed set of outcomes."""

from __future__ import annotations

import asyncio
import json

import httpx
import pytest

from federation.identify import PdsTracer, TraceOutcome
from federation.model import RequestId
from federation.nhs_number import NhsNumber

NUMBER = NhsNumber("9990000018")
NUMBER_SYSTEM = "https://fhir.nhs.uk/Id/nhs-number"


def _patient(number=NUMBER, **more) -> bytes:
    body = {
        "resourceType": "Patient",
        "id": number,
        "identifier": [{"system": NUMBER_SYSTEM, "value": number}],
        "name": [
            {"use": "usual", "family": "Lee", "given": ["Ann"]},
            {"use": "old", "family": "Smith", "given": ["Ann"]},
        ],
        "birthDate": "1980-05-01",
    }
    return json.dumps(body | more).encode()


def _outcome(code: str) -> bytes:
    issue = {"severity": "error", "code": "not-found", "details": {"coding": [{"code": code}]}}
    return json.dumps({"resourceType": "OperationOutcome", "issue": [issue]}).encode()


async def _trace(answer) -> object:
    tracer = PdsTracer("http://127.0.0.1:9/", httpx.MockTransport(answer))
    return await tracer.trace(NUMBER, RequestId("request-1"), 1.0)


async def test_it_is_asked_as_its_published_interface_says() -> None:
    """One GET of the patient by number, with a request id."""
    seen = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append((request.method, request.url.path, request.headers["x-request-id"]))
        return httpx.Response(200, content=_patient())

    traced = await _trace(answer)
    assert seen == [("GET", f"/Patient/{NUMBER}", "request-1")]
    assert traced.outcome is TraceOutcome.FOUND
    assert traced.person.birth_date == "1980-05-01"
    assert [name.family for name in traced.person.former_names] == ["Smith"]


async def test_a_replaced_number_answers_with_the_one_in_use() -> None:
    """A superseded number is found under another."""
    traced = await _trace(lambda _: httpx.Response(200, content=_patient("9990000026")))
    assert traced.person.nhs_number == "9990000026"


@pytest.mark.parametrize(
    ("given", "died"),
    [
        ("2026-04-18T00:00:00+00:00", "2026-04-18"),
        ("2026-04-18T03:20:00+00:00", "2026-04-18T03:20:00+00:00"),
        ("2026-04-18T00:00:00+01:00", "2026-04-18T00:00:00+01:00"),
        ("2026-04-18", "2026-04-18"),
        ("2026-04", "2026-04"),
    ],
)
async def test_a_death_is_dated_as_precisely_as_it_is_known(given, died) -> None:
    """The service fills in midnight where it knows the day alone; nobody is shown to die at it."""
    body = _patient(deceasedDateTime=given)
    traced = await _trace(lambda _: httpx.Response(200, content=body))
    assert traced.person.deceased_at == died
    assert traced.person.deceased


async def test_a_restricted_person_is_known_as_such() -> None:
    """The confidentiality label R protects the person."""
    restricted = {"security": [{"code": "R"}]}
    traced = await _trace(lambda _: httpx.Response(200, content=_patient(meta=restricted)))
    assert traced.person.restricted


OUTCOMES = [
    (404, _outcome("RESOURCE_NOT_FOUND"), TraceOutcome.NOT_FOUND, "no such number"),
    (404, _outcome("INVALIDATED_RESOURCE"), TraceOutcome.INVALIDATED, "withdrawn"),
    (404, b"<html>not here</html>", TraceOutcome.UNREACHABLE, "a wrong base address"),
    (404, _outcome("SOMETHING_ELSE"), TraceOutcome.UNREACHABLE, "an unknown code is no statement"),
    (400, _outcome("INVALID_RESOURCE_ID"), TraceOutcome.UNREACHABLE, "refused"),
    (401, _outcome("ACCESS_DENIED"), TraceOutcome.UNREACHABLE, "our credentials"),
    (500, b"", TraceOutcome.UNREACHABLE, "a fault"),
    (302, b"", TraceOutcome.UNREACHABLE, "a redirect is not followed"),
    (200, b"{}", TraceOutcome.UNREACHABLE, "not a resource"),
    (200, b"nonsense", TraceOutcome.UNREACHABLE, "not JSON"),
    (200, _patient(identifier=[]), TraceOutcome.UNREACHABLE, "a person without a number"),
    (200, _patient("9990000019"), TraceOutcome.UNREACHABLE, "a number whose check digit fails"),
    (200, b" " * (1024 * 1024 + 1), TraceOutcome.UNREACHABLE, "too large"),
]


@pytest.mark.parametrize(
    ("status", "body", "outcome", "why"), OUTCOMES, ids=[why for *_, why in OUTCOMES]
)
async def test_what_each_answer_means(status, body, outcome, why) -> None:
    """Status and body together decide the outcome; nothing raises."""
    traced = await _trace(lambda _: httpx.Response(status, content=body))
    assert (traced.outcome, traced.person) == (outcome, None), why


async def test_a_service_that_cannot_be_reached_is_an_outcome() -> None:
    """A connection that fails is UNREACHABLE."""

    def answer(_request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("the host cannot be reached")

    assert (await _trace(answer)).outcome is TraceOutcome.UNREACHABLE


async def test_a_service_that_is_late_is_an_outcome() -> None:
    """Beyond its time the service is UNREACHABLE and its call is given up."""

    async def answer(_request: httpx.Request) -> httpx.Response:
        await asyncio.Event().wait()
        raise AssertionError

    tracer = PdsTracer("http://127.0.0.1:9", httpx.MockTransport(answer))
    traced = await tracer.trace(NUMBER, RequestId("request-1"), 0.01)
    assert traced.outcome is TraceOutcome.UNREACHABLE

"""A FHIR server that is bought as it is: it knows the gateway's own token, and no requesters."""

from __future__ import annotations

import httpx
import pytest

from demo.model import HERTS
from federation.conformance import CHECKS, Outcome, run
from federation.protocols.authentication import Bearer
from federation.protocols.requester_token import REQUESTER_HEADER
from tests.federation.conformance.given import target, tools

TOKENS = tuple(check for check in CHECKS if check.letter == "j")
PATIENT = {"resource": {"resourceType": "Patient", "id": "p"}}
FOUND = {"resourceType": "Bundle", "type": "searchset", "total": 1, "entry": [PATIENT]}


class Bought(httpx.AsyncBaseTransport):
    """Answers whoever shows its token; `open_to_all`: whoever asks."""

    def __init__(self, *, open_to_all: bool = False) -> None:
        self._open = open_to_all
        self.headers: list[httpx.Headers] = []

    async def handle_async_request(self, request):
        self.headers.append(request.headers)
        if self._open or request.headers.get("authorization") == "Bearer its-own":
            return httpx.Response(200, json=FOUND)
        return httpx.Response(401)


LONGEST = 64 * 1024


class AnswersAll(httpx.AsyncBaseTransport):
    """Finds whom a search is about, and everybody where it is about nobody, as FHIR allows."""

    def __init__(self, types: tuple[str, ...], longest: int = LONGEST) -> None:
        self._types = types
        self._longest = longest

    async def handle_async_request(self, request):
        body = await request.aread()
        if request.headers.get("content-type") != "application/x-www-form-urlencoded":
            return httpx.Response(415)
        if not request.url.path.endswith(tuple(f"/{one}/_search" for one in self._types)):
            return httpx.Response(404)
        return httpx.Response(413) if len(body) > self._longest else httpx.Response(200, json=FOUND)


async def test_a_node_that_answers_nothing_passes_nothing() -> None:
    """What must not be in an answer is in none; and everything is refused, whatever it is."""
    node = httpx.MockTransport(lambda _request: httpx.Response(405))
    checked = target(HERTS, checks_requesters=False)
    report = await run(checked, tools(node, authenticator=Bearer("its-own")))
    assert [one.letter for one in report.results if one.outcome is Outcome.PASS] == []
    assert not report.passed


FAULTS = [
    (("Patient",), LONGEST, None),
    (("Patient", "Nothing"), LONGEST, "a type that there is not: is answered"),
    (("Patient",), 1024 * 1024, "a form beyond the limit: is answered"),
]


@pytest.mark.parametrize(("types", "longest", "fault"), FAULTS)
async def test_what_it_must_refuse_is_what_fhir_has_no_word_for(types, longest, fault) -> None:
    """A type that there is not, and what is too long; not a search for nobody in particular."""
    given = tools(AnswersAll(types, longest), authenticator=Bearer("its-own"))
    checked = target(HERTS, checks_requesters=False, labels=("everywhere",))
    chosen = tuple(check for check in CHECKS if check.letter == "p")
    (found,) = (await run(checked, given, checks=chosen)).results
    assert found.outcome is (Outcome.FAIL if fault else Outcome.PASS)
    assert fault is None or found.evidence[0].startswith(fault)


LINKS = [
    "https://elsewhere.example/fhir/r4/_page/1",
    "//elsewhere.example/_page/1",
    "http://127.0.0.1:81/fhir/r4/_page/1",
    "http://gateway@127.0.0.1/fhir/r4/_page/1",
    "ftp://127.0.0.1/1",
    "http://[",
]


@pytest.mark.parametrize("link", LINKS)
async def test_no_link_leads_elsewhere(link) -> None:
    """What proves the gateway goes to the node alone, whatever its pages point at."""
    asked = []

    def answer(request):
        asked.append(request.url)
        return httpx.Response(
            200, json=FOUND | {"link": [{"relation": "next", "url": link}], "entry": []}
        )

    given = tools(httpx.MockTransport(answer), authenticator=Bearer("its-own"))
    checked = target(HERTS, labels=("held-nowhere",))
    (found,) = (await run(checked, given, checks=CHECKS[:1])).results
    assert found.evidence == (
        "held-nowhere: an error (a link that leads elsewhere) instead of no record",
    )
    assert len(asked) == 1


CASES = [
    # whether it asks for proof, whether the checker has its token, what comes of it
    (False, True, Outcome.PASS, "refused: no authorisation"),
    (True, True, Outcome.FAIL, "no authorisation: is answered with a record"),
    (True, False, Outcome.FAIL, "the node asks for no proof of anybody"),
]


@pytest.mark.parametrize(("open_to_all", "known", "outcome", "words"), CASES)
async def test_it_refuses_who_has_not_its_token(open_to_all, known, outcome, words) -> None:
    """It is spoken to as ever; without, and with another bearer, nothing may be answered."""
    node = Bought(open_to_all=open_to_all)
    given = tools(node, authenticator=Bearer("its-own") if known else None)
    checked = target(HERTS, checks_requesters=False, labels=("everywhere",))
    (found,) = (await run(checked, given, checks=TOKENS)).results
    assert found.outcome is outcome
    assert found.evidence[0].startswith(words)
    assert all(REQUESTER_HEADER in headers for headers in node.headers)

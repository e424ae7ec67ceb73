"""What a server says beside data or in place of it, and entries that are none."""

from urllib.parse import parse_qsl

import msgspec
import pytest

from federation.flow import Failure, Reply
from federation.model import Category
from federation.protocols.fhir.client import FhirClient
from federation.records.fhir.readers import FHIR_READERS
from tests.builders import NOW
from tests.federation.protocols.fhir.asking import (
    MEDICATIONS,
    a_medicine,
    a_statement,
    always_sent,
    answering,
    ask,
    holding,
    many,
    part,
    seen,
)
from tests.federation.protocols.speakers import (
    BAD,
    Fhir,
    a_call,
    a_node_at,
    fhir_allergy,
)
from tests.stubs.fhir_node import FHIR, an_outcome, entry, outcome
from tests.stubs.http import Answer, serving


@pytest.mark.parametrize(
    ("code", "severity", "expected"),
    [
        ("suppressed", "warning", ("PARTIAL", "WITHHELD_AT_SOURCE", 1, 0)),
        ("processing", "error", ("PARTIAL", "NODE_ERROR", 1, 0)),
        ("timeout", "warning", ("PARTIAL", "DEADLINE_EXCEEDED", 1, 0)),
        ("incomplete", "warning", ("PARTIAL", "NODE_ERROR", 1, 0)),
        ("informational", "information", ("FRESH", None, 1, 0)),
        ("not-supported", "warning", ("FRESH", None, 1, 0)),
    ],
)
async def test_outcomes_among_the_entries(transport, code, severity, expected):
    """An outcome beside data says whether the data is all there is."""
    said = entry(an_outcome(code, severity=severity), "outcome")
    stub = holding(fhir_allergy(1, "Latex"), extra={"AllergyIntolerance": [said]})
    assert seen(await part(transport, stub)) == expected


REFUSALS = [
    (outcome("not-found", "PATIENT_NOT_FOUND", status=404), None),
    (outcome("not-found", status=404), "NODE_ERROR"),
    (
        outcome("forbidden", "ACCESS_DENIED", status=403, diagnostics="capability is disabled"),
        "NOT_OFFERED",
    ),
    (outcome("forbidden", "ACCESS_DENIED", status=403), "NODE_REFUSED_IDENTITY"),
    (
        outcome("transient", status=503, diagnostics="search capability temporarily disabled"),
        "NODE_ERROR",
    ),
    (outcome("suppressed", status=403), "OBJECTION"),
    (outcome("throttled", status=503), "RATE_LIMITED"),
    (outcome("processing", status=200), "MALFORMED"),
]


@pytest.mark.parametrize(("answer", "code"), REFUSALS)
async def test_outcomes_of_the_search_for_the_person(transport, answer, code):
    """A refusal to look for the person is the whole call's; nobody found is no failure."""
    found, _ = await ask(transport, holding(), override=lambda _request: answer)
    if code is None:
        assert isinstance(found, Reply)
        assert found.records == ()
    else:
        assert isinstance(found, Failure)
        assert found.code == code


async def test_a_category_that_fails_is_its_own_part(transport):
    """One category whose searches are refused leaves the others' data as it is."""
    kinds = {search.kind for search in FHIR_READERS[Category.CARE_PLANS].searches}

    def override(request):
        refused = any(kind in request.target for kind in kinds)
        return Answer(429, {"retry-after": "9"}) if refused else None

    categories = (Category.ALLERGIES, Category.CARE_PLANS)
    stub = holding(fhir_allergy(1, "Latex"))
    reply, _ = await ask(transport, stub, categories=categories, override=override)
    parts = reply.records[0].parts
    assert seen(parts[Category.ALLERGIES]) == ("FRESH", None, 1, 0)
    failed = parts[Category.CARE_PLANS]
    assert (failed.state, failed.code, failed.retry_after_seconds) == (
        "UNAVAILABLE",
        "RATE_LIMITED",
        9,
    )


async def test_one_of_two_searches_of_a_category_fails(transport):
    """Medicines of which only some could be searched are shown as a part."""

    def override(request):
        return Answer(503) if "MedicationRequest" in request.target else None

    found = await part(
        transport,
        holding(a_statement(), a_medicine()),
        categories=MEDICATIONS,
        override=override,
    )
    assert seen(found) == ("PARTIAL", "NODE_ERROR", 1, 0)


async def test_a_category_that_no_reader_knows(transport):
    """A category that is not read from FHIR is not offered, and costs no search."""
    async with serving(holding()) as server:
        node = a_node_at(Fhir(), server.url)
        client = FhirClient(node, transport, lambda: NOW, readings={})
        reply = await client.fetch(a_call(node, categories=(Category.REFERRALS,)))
        await client.aclose()
        searched = [one for one in server.requests if not one.target.endswith("/metadata")]
    assert reply.records[0].parts[Category.REFERRALS].code == "NOT_OFFERED"
    assert len(searched) == 1


async def test_entries_that_are_no_resources(transport):
    """An entry without a readable resource costs itself alone, and is counted."""
    odd = [{}, {"resource": {"id": "x"}}, {"resource": None}, "x", None, {"search": "match"}]
    extra = {"AllergyIntolerance": odd}
    found = await part(transport, holding(fhir_allergy(1, "Latex"), extra=extra))
    assert seen(found) == ("PARTIAL", "ITEMS_QUARANTINED", 1, 6)
    assert found.reasons == {"not a resource": 6}


async def test_why_items_cannot_be_read(transport):
    """Each reason is counted in its fixed words, with nothing of the resource."""
    stranger = fhir_allergy(2, "Pollen") | {"patient": {"reference": "Patient/p2"}}
    nobody = fhir_allergy(4, "Pollen")
    del nobody["patient"]
    modified = fhir_allergy(3, "Dust") | {"modifierExtension": [{"url": "x"}]}
    stub = always_sent(fhir_allergy(1, "Latex"), fhir_allergy(5, BAD), stranger, nobody, modified)
    found = await part(transport, stub)
    assert seen(found) == ("PARTIAL", "ITEMS_QUARANTINED", 1, 4)
    assert found.reasons == {
        "a date that is none": 1,
        "an extension that changes the meaning": 1,
        "about somebody else, or not said about whom": 2,
    }


async def test_no_allergies_by_failure_is_never_none_known(transport):
    """Nothing but unreadable resources is not an empty list."""
    found = await part(transport, holding(fhir_allergy(1, BAD)))
    assert seen(found) == ("PARTIAL", "ITEMS_QUARANTINED", 0, 1)


@pytest.mark.parametrize("mode", ["include", "outcome", "MATCH", "invented"])
async def test_a_resource_asked_for_under_another_label(transport, mode):
    """A server that labels its matches wrongly does not make them vanish."""
    bundle = {"entry": [entry(fhir_allergy(1, "Latex"), mode)]}
    found = await part(transport, holding(), override=answering(bundle))
    assert seen(found) == ("FRESH", None, 1, 0)


async def test_a_match_of_another_type(transport):
    """A match that is not what was asked for is counted; nothing about it is an empty list."""
    bundle = {"entry": [entry(fhir_allergy(1, "Latex") | {"resourceType": "Basic"})]}
    found = await part(transport, holding(), override=answering(bundle))
    assert seen(found) == ("PARTIAL", "ITEMS_QUARANTINED", 0, 1)


@pytest.mark.parametrize(
    ("total", "expected"),
    [
        (0, ("FRESH", None, 1, 0)),
        (1, ("FRESH", None, 1, 0)),
        (2, ("PARTIAL", "TRUNCATED", 1, 0)),
        ("2", ("FRESH", None, 1, 0)),
        (1.5, ("FRESH", None, 1, 0)),
        (-1, ("FRESH", None, 1, 0)),
    ],
)
async def test_a_server_that_counts_more_than_it_sends(transport, total, expected):
    """Matches that were found and not sent, without a further page, are said to be missing."""
    bundle = {"total": total, "entry": [entry(fhir_allergy(1, "Latex"))]}
    found = await part(transport, holding(), override=answering(bundle))
    assert seen(found) == expected


def sending(most, total):
    """Answers allergy searches with as many as are asked for, `most` at most, and no link."""

    def answer(request):
        if "Allergy" not in request.target:
            return None
        asked = int(dict(parse_qsl(request.body.decode()))["_count"])
        entries = [entry(one) for one in many(total)[: min(asked, most)]]
        bundle = {"resourceType": "Bundle", "type": "searchset", "total": total, "entry": entries}
        return Answer(headers=FHIR, body=msgspec.json.encode(bundle))

    return answer


@pytest.mark.parametrize(
    ("most", "total", "expected", "asked"),
    [
        (500, 450, ("FRESH", None, 450, 0), 2),
        (200, 450, ("PARTIAL", "TRUNCATED", 200, 0), 2),
        (300, 450, ("PARTIAL", "TRUNCATED", 300, 0), 2),
        (100, 450, ("PARTIAL", "TRUNCATED", 100, 0), 1),
        (20_000, 10_001, ("PARTIAL", "TRUNCATED", 200, 0), 1),
        (500, 200, ("FRESH", None, 200, 0), 1),
    ],
)
async def test_a_server_without_further_pages(transport, most, total, expected, asked):
    """A server that has one page only is asked once more, for as many as it says there are."""
    reply, requests = await ask(transport, holding(), override=sending(most, total))
    assert seen(reply.records[0].parts[Category.ALLERGIES]) == expected
    assert len([one for one in requests if "Allergy" in one.target]) == asked


async def test_a_person_whom_the_server_counts_and_does_not_send(transport):
    """A search for the person that found somebody and sent nobody is no `no record held`."""
    body = {"resourceType": "Bundle", "type": "searchset", "total": 1}
    answer = Answer(headers=FHIR, body=msgspec.json.encode(body))
    failure, _ = await ask(transport, holding(), override=lambda _request: answer)
    assert isinstance(failure, Failure)
    assert (failure.state, failure.code) == ("UNAVAILABLE", "TRUNCATED")

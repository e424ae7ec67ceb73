"""What only FHIR nodes do: pages, references, outcomes among entries, subjects."""

from urllib.parse import parse_qsl

import msgspec
import pytest

from federation.flow import Failure, Reply
from federation.model import Category
from federation.protocols.fhir.client import FhirClient
from federation.records.fhir_readers import FHIR_READERS
from tests.builders import NOW, NUMBER, OTHER_NUMBER
from tests.federation.protocols.speakers import (
    BAD,
    Fhir,
    a_call,
    a_node_at,
    fetch,
    fhir_allergy,
    fhir_patient,
)
from tests.stubs.fhir_node import FHIR, FhirNode, an_outcome, entry, outcome, searchset
from tests.stubs.http import Answer, serving

ALLERGIES = (Category.ALLERGIES,)
MEDICATIONS = (Category.MEDICATIONS,)


async def ask(transport, stub, *, categories=ALLERGIES, override=None, numbers=(NUMBER,), **given):
    """A node's reply. `override` may answer in the stub's place: a function of the request."""

    def handler(request):
        return (override(request) if override else None) or stub(request)

    async with serving(handler) as server:
        node = a_node_at(Fhir(), server.url, **given)
        outcome = await fetch(node, transport, *numbers, categories=categories)
    assert stub.refusals == []
    assert not any(NUMBER in request.target for request in server.requests)
    asked = [request for request in server.requests if not request.target.endswith("/metadata")]
    return outcome, asked


async def part(transport, stub, *, categories=ALLERGIES, **given):
    reply, _ = await ask(transport, stub, categories=categories, **given)
    assert isinstance(reply, Reply), reply
    return reply.records[0].parts[categories[0]]


def seen(found):
    return found.state.value, found.code and found.code.value, len(found.items), found.quarantined


def holding(*resources, **given):
    return FhirNode([fhir_patient(), *resources], **given)


def many(count):
    return [fhir_allergy(number, f"substance {number}") for number in range(count)]


# ── pages ─────────────────────────────────────────────────────────────────────────────────────────


async def test_pages_are_read_to_the_last(transport):
    """What stands on later pages is as much part of the answer as the first."""
    found = await part(transport, holding(*many(7), page_size=2))
    assert seen(found) == ("FRESH", None, 7, 0)


async def test_pages_have_an_end(transport):
    """A node that has more pages than it may is read that far, and it is said that more exist."""
    found = await part(transport, holding(*many(7), page_size=2), max_pages=2)
    assert seen(found) == ("PARTIAL", "TRUNCATED", 4, 0)


def linking(link):
    """Answers every allergy search with one page and this link."""

    def override(request):
        if "Allergy" not in request.target and "page" not in request.target:
            return None
        return searchset([entry(fhir_allergy(1, "Latex"))], [{"relation": "next", "url": link}])

    return override


@pytest.mark.parametrize(
    "link",
    [
        "",
        "http://elsewhere.example/r4?page=2",
        "https://127.0.0.1/r4?page=2",
        "//elsewhere.example/r4?page=2",
        "ftp://127.0.0.1/page",
        "http://user@127.0.0.1/page",
        "http://[::1",
        f"/r4/AllergyIntolerance?page=2&patient.identifier={NUMBER}",
        f"/r4/page?{NUMBER[:5]}%3{NUMBER[5]}{NUMBER[6:]}",
        f"/r4/page?{NUMBER[:5]}%253{NUMBER[5]}{NUMBER[6:]}",
        f"/r4/page?{NUMBER[:3]}%20{NUMBER[3:6]}+{NUMBER[6:]}",
    ],
)
async def test_links_that_are_not_followed(transport, link):
    """A link to another host, scheme or port, or with the person's number, ends the reading."""
    reply, requests = await ask(transport, holding(), override=linking(link))
    found = reply.records[0].parts[Category.ALLERGIES]
    assert seen(found) == ("PARTIAL", "TRUNCATED", 1, 0)
    assert {request.method for request in requests} == {"POST"}


@pytest.mark.parametrize("link", ["?page=1", "/r4/?page=1", "page=1"])
async def test_links_in_a_circle(transport, link):
    """A link that leads to where we have been is followed once."""
    found = await part(transport, holding(), override=linking(link))
    assert (found.state, found.code) == ("PARTIAL", "TRUNCATED")


@pytest.mark.parametrize(
    "link",
    [
        "?page=2",
        "page=2",
        "/r4/opaque/page=2",
        "http://{host}/elsewhere?page=2",
        "AllergyIntolerance?page=2",
    ],
)
async def test_forms_of_links(transport, link):
    """A link may be relative to the base or absolute, and say nothing of what is behind it."""

    def override(request):
        if request.method == "GET" and "page=2" in request.target:
            return searchset([entry(fhir_allergy(2, "Pollen"))])
        here = link.format(host=request.headers["host"])
        return linking(here)(request)

    found = await part(transport, holding(), override=override)
    assert seen(found) == ("FRESH", None, 2, 0)


@pytest.mark.parametrize("status", [404, 410])
async def test_a_page_link_that_has_expired(transport, status):
    """A link that its server has forgotten ends the reading: there is more than was read."""

    def override(request):
        return Answer(status) if "page=" in request.target else None

    found = await part(transport, holding(*many(3), page_size=2), override=override)
    assert seen(found) == ("PARTIAL", "TRUNCATED", 2, 0)


async def test_a_server_that_sorts_and_counts_in_its_own_way(transport):
    """More in a page than was asked for, and in any order, is taken as it comes."""
    entries = [entry(fhir_allergy(number, f"substance {number}")) for number in (250, *range(249))]
    found = await part(transport, holding(), override=answering({"entry": entries, "total": 250}))
    assert seen(found) == ("FRESH", None, 250, 0)


async def test_a_resource_on_two_pages(transport):
    """What came twice while pages moved is one item, and does not stand in for one that is gone."""
    entries = [entry(fhir_allergy(1, "Latex"))] * 2
    found = await part(transport, holding(), override=answering({"entry": entries, "total": 2}))
    assert seen(found) == ("PARTIAL", "TRUNCATED", 1, 0)


async def test_a_page_that_fails(transport):
    """What the pages before gave is shown, and that it is not all is said."""

    def override(request):
        return Answer(500) if request.method == "GET" else None

    found = await part(transport, holding(*many(3), page_size=2), override=override)
    assert seen(found) == ("PARTIAL", "NODE_ERROR", 2, 0)


async def test_the_size_cap_is_for_the_whole_call(transport):
    """Pages that are small one by one cannot be too much together."""
    found = await part(transport, holding(*many(60), page_size=5), max_response_bytes=8_000)
    assert (found.state, found.code) == ("PARTIAL", "TOO_LARGE")


# ── subjects ──────────────────────────────────────────────────────────────────────────────────────

STRANGERS = [
    {"reference": "Patient/p2"},
    {"reference": "http://elsewhere.example/Patient/p1"},
    {"reference": "Group/p1"},
    {"identifier": {"system": "https://fhir.nhs.uk/Id/nhs-number", "value": OTHER_NUMBER}},
    {"display": "Orla Fernsby"},
    {},
    {
        "reference": "Patient/p1",
        "identifier": {"system": "https://fhir.nhs.uk/Id/nhs-number", "value": OTHER_NUMBER},
    },
]


def always_sent(*resources):
    """A node that sends these whatever is asked for, as some servers do."""
    return holding(extra={"AllergyIntolerance": [entry(one) for one in resources]})


@pytest.mark.parametrize("subject", STRANGERS)
async def test_somebody_elses_resource_among_the_persons(transport, subject):
    """A resource that is not shown to be this person's is set aside and counted."""
    stranger = fhir_allergy(2, "Latex") | {"patient": subject}
    found = await part(transport, always_sent(fhir_allergy(1, "Penicillin"), stranger))
    assert seen(found) == ("PARTIAL", "ITEMS_QUARANTINED", 1, 1)


@pytest.mark.parametrize("subject", STRANGERS)
async def test_only_somebody_elses_resources(transport, subject):
    """An answer that is not about this person at all says so."""
    found = await part(transport, always_sent(fhir_allergy(2, "Latex") | {"patient": subject}))
    assert seen(found) == ("INVALID_RESPONSE", "WRONG_PERSON", 0, 0)
    assert found.reasons == {"about somebody else, or not said about whom": 1}


@pytest.mark.parametrize(
    "subject",
    [
        {"reference": "Patient/p1"},
        {"reference": "Patient/p1/_history/3"},
        {"identifier": {"system": "https://fhir.nhs.uk/Id/nhs-number", "value": NUMBER}},
        {"reference": "http://inside.example/fhir/Patient/p1"},
        {"reference": "http://inside.example/fhir/Patient/p1/_history/9"},
    ],
)
async def test_ways_of_naming_the_person(transport, subject):
    """A subject may be named by reference, by version, by NHS number or as the node calls it."""
    stub = always_sent(fhir_allergy(1, "Latex") | {"patient": subject})
    found = await part(transport, stub, override=calling("http://inside.example/fhir/Patient/p1"))
    assert seen(found) == ("FRESH", None, 1, 0)


def calling(full_url):
    """A node that gives the person this address, as one behind a proxy does."""

    def override(request):
        if not request.target.endswith("Patient/_search"):
            return None
        return searchset([entry(fhir_patient()) | {"fullUrl": full_url}])

    return override


@pytest.mark.parametrize(
    ("full_url", "subject", "shown"),
    [
        ("urn:uuid:0b1c2d3e-0000-4000-8000-000000000001", None, 1),
        ("urn:uuid:0b1c2d3e-0000-4000-8000-000000000001", "urn:uuid:another", 0),
        ("http://inside.example/fhir/Patient/p2", None, 0),
        ("http://inside.example/fhir/Basic/p1", None, 0),
    ],
)
async def test_the_address_that_a_node_gives_the_person(transport, full_url, subject, shown):
    """It is believed where it is the person's own: a URN, or an address that ends in theirs."""
    allergy = fhir_allergy(1, "Latex") | {"patient": {"reference": subject or full_url}}
    found = await part(transport, always_sent(allergy), override=calling(full_url))
    assert len(found.items) == shown


async def test_what_a_node_calls_by_its_own_address_is_fetched(transport):
    """What is pointed at by the address by which the node knows itself is looked up here."""
    recorder = {"reference": "http://inside.example/fhir/Practitioner/d1"}
    allergy = fhir_allergy(1, "Latex") | {"recorder": recorder}
    doctor = {"resourceType": "Practitioner", "id": "d1", "name": [{"text": "Dr Ada Example"}]}
    override = calling("http://inside.example/fhir/Patient/p1")
    (item,) = (await part(transport, holding(allergy, doctor), override=override)).items
    assert item.author.name == "Dr Ada Example"


async def test_a_node_that_ignores_what_it_is_asked(transport):
    """Somebody with another number is echoed for the check, and nothing of theirs is asked for."""
    stub = FhirNode(extra={"Patient": [entry(fhir_patient("p2", OTHER_NUMBER))]})
    reply, requests = await ask(transport, stub)
    (record,) = reply.records
    assert record.person.nhs_number == OTHER_NUMBER
    assert record.parts[Category.ALLERGIES].code == "WRONG_PERSON"
    assert len(requests) == 1


async def test_a_person_held_twice(transport):
    """Two Patient resources of one person are two held records."""
    stub = holding(
        fhir_allergy(1, "Latex"),
        fhir_patient("p2", OTHER_NUMBER),
        fhir_allergy(2, "Pollen") | {"patient": {"reference": "Patient/p2"}},
    )
    reply, _ = await ask(transport, stub, numbers=(NUMBER, OTHER_NUMBER))
    held = [record.parts[Category.ALLERGIES].items[0].substance.display for record in reply.records]
    assert held == ["Latex", "Pollen"]


@pytest.mark.parametrize(
    ("both", "expected"),
    [(False, ("PARTIAL", "TRUNCATED", 0, 0)), (True, ("FRESH_EMPTY", None, 0, 0))],
)
async def test_a_person_whose_record_has_moved(transport, both, expected):
    """Where the resource that replaced a person's is not given, its emptiness says nothing."""
    moved = {"link": [{"type": "replaced-by", "other": {"reference": "Patient/p2"}}]}
    patients = [fhir_patient() | moved, *([fhir_patient("p2", NUMBER)] if both else [])]
    assert seen(await part(transport, FhirNode(patients))) == expected


@pytest.mark.parametrize("active", [True, False])
async def test_a_person_held_by_two_resources_of_one_number(transport, active):
    """Both are read and compared, active or not; neither vouches for the other's resources."""
    stub = holding(
        fhir_allergy(1, "Latex"),
        fhir_patient("p2", active=active),
        fhir_allergy(2, "Pollen") | {"patient": {"reference": "Patient/p2"}},
    )
    reply, _ = await ask(transport, stub)
    held = [record.parts[Category.ALLERGIES].items[0].substance.display for record in reply.records]
    assert held == ["Latex", "Pollen"]


async def test_two_nodes_that_use_one_id(transport):
    """The same id with other content at another node is another item, of that node."""
    found = []
    for name, substance in (("one", "Latex"), ("another", "Pollen")):
        async with serving(holding(fhir_allergy(1, substance))) as server:
            reply = await fetch(a_node_at(Fhir(), server.url, id=name), transport)
        (item,) = reply.records[0].parts[Category.ALLERGIES].items
        found.append((item.source_id, item.source.id, item.substance.display))
    assert found == [("a1", "one", "Latex"), ("a1", "another", "Pollen")]


async def test_labels_reach_the_item(transport):
    """What the server says of confidentiality is on the item, for the rules to look at."""
    system = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
    security = [{"system": system, "code": "R"}, {"display": "no code"}]
    found = await part(
        transport, holding(fhir_allergy(1, "Latex") | {"meta": {"security": security}})
    )
    (label,) = found.items[0].security_labels
    assert (label.system, label.code) == (system, "R")


@pytest.mark.parametrize(
    ("recorded", "expected"),
    [
        ("2019", "2019"),
        ("2019-04", "2019-04"),
        ("2019-04-02T23:30:00+05:45", "2019-04-02T23:30:00+05:45"),
        ("2019-04-02T23:30:00.123456Z", "2019-04-02T23:30:00.123456Z"),
        ("2019-04-02T23:30:00-00:00", "2019-04-02T23:30:00-00:00"),
        ("2019-04-02T23:30:00", None),
        ("2019-04-02T23:30:00+25:00", None),
        ("02/04/2019", None),
    ],
)
async def test_dates_as_they_are_written(transport, recorded, expected):
    """A date keeps its precision and its offset; what is no date of R4 is set aside and counted."""
    found = await part(transport, holding(fhir_allergy(1, "Latex") | {"recordedDate": recorded}))
    if expected is None:
        assert seen(found) == ("PARTIAL", "ITEMS_QUARANTINED", 0, 1)
    else:
        assert found.items[0].recorded_at == expected


async def test_what_was_entered_in_error(transport):
    """It is no item, and nothing that could not be read."""
    wrong = fhir_allergy(2, "Pollen") | {
        "verificationStatus": {"coding": [{"code": "entered-in-error"}]}
    }
    found = await part(transport, holding(fhir_allergy(1, "Latex"), wrong))
    assert seen(found) == ("FRESH", None, 1, 0)


async def test_too_many_people(transport):
    """A node that gives a crowd for one number has not understood the question."""
    stub = FhirNode([fhir_patient(f"p{number}") for number in range(11)])
    failure, _ = await ask(transport, stub)
    assert isinstance(failure, Failure)
    assert (failure.state, failure.code) == ("INVALID_RESPONSE", "MALFORMED")


@pytest.mark.parametrize(
    "wrong", [{"identifier": []}, {"birthDate": "1961-02-30"}, {"id": None}, {"name": "Orla"}]
)
async def test_a_person_who_cannot_be_read(transport, wrong):
    """Without a readable person nothing is shown."""
    stub = FhirNode(extra={"Patient": [entry(fhir_patient() | wrong)]})
    failure, _ = await ask(transport, stub)
    assert isinstance(failure, Failure)
    assert failure.code == "MALFORMED"


# ── outcomes ──────────────────────────────────────────────────────────────────────────────────────


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


def answering(bundle):
    """Answers every allergy search with this searchset."""
    body = msgspec.json.encode({"resourceType": "Bundle", "type": "searchset"} | bundle)
    answer = Answer(headers=FHIR, body=body)
    return lambda request: answer if "Allergy" in request.target else None


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


# ── references ────────────────────────────────────────────────────────────────────────────────────


def a_statement(reference="Medication/m1"):
    return {
        "resourceType": "MedicationStatement",
        "id": "s1",
        "status": "active",
        "subject": {"reference": "Patient/p1"},
        "medicationReference": {"reference": reference},
    }


def a_medicine(identity="m1"):
    return {
        "resourceType": "Medication",
        "id": identity,
        "code": {
            "coding": [
                {"system": "https://dmd.nhs.uk", "code": "42206711000001100", "display": "Ramipril"}
            ]
        },
        "form": {"text": "Capsule"},
    }


async def named(transport, stub):
    found = await part(transport, stub, categories=MEDICATIONS)
    return [(item.medicine.display, item.form) for item in found.items], found


async def test_a_medicine_that_is_sent_along(transport):
    """An included medicine is found without another request."""
    stub = holding(a_statement(), a_medicine())
    reply, requests = await ask(transport, stub, categories=MEDICATIONS)
    assert reply.records[0].parts[Category.MEDICATIONS].items[0].medicine.display == "Ramipril"
    assert not any(request.target.endswith("Medication/_search") for request in requests)


async def test_a_medicine_that_must_be_fetched(transport):
    """A medicine that was not sent along is looked up, by one search for all of them."""
    second = a_statement("Medication/m2") | {"id": "s2"}
    stub = holding(a_statement(), second, a_medicine(), a_medicine("m2"), includes=False)
    reply, requests = await ask(transport, stub, categories=MEDICATIONS)
    items = reply.records[0].parts[Category.MEDICATIONS].items
    assert [item.form for item in items] == ["Capsule", "Capsule"]
    assert len([one for one in requests if one.target.endswith("Medication/_search")]) == 1


async def test_a_medicine_that_is_contained(transport):
    """A contained medicine belongs to its own resource alone."""
    inside = a_statement("#m") | {"contained": [a_medicine("m")]}
    outside = a_statement("#m") | {"id": "s2"}
    names, found = await named(transport, holding(inside, outside))
    assert names == [("Ramipril", "Capsule")]
    assert found.quarantined == 1


async def test_a_medicine_that_nobody_has(transport):
    """A medicine that cannot be named is not shown as a nameless one."""
    _, found = await named(transport, holding(a_statement("Medication/gone"), includes=False))
    assert seen(found) == ("PARTIAL", "ITEMS_QUARANTINED", 0, 1)


async def test_a_medicine_on_another_host(transport):
    """Another host is never asked for what a resource points at."""
    stub = holding(a_statement("http://elsewhere.example/Medication/m1"), a_medicine())
    _, found = await named(transport, stub)
    assert found.quarantined == 1


@pytest.mark.parametrize("sent_along", [True, False])
async def test_an_author_in_a_role(transport, sent_along):
    """Who recorded it is found through a role, sent along or fetched, two steps away."""
    allergy = fhir_allergy(1, "Latex") | {"recorder": {"reference": "PractitionerRole/r1"}}
    role = {
        "resourceType": "PractitionerRole",
        "id": "r1",
        "practitioner": {"reference": "Practitioner/d1"},
        "organization": {"reference": "Organization/o1"},
        "code": [{"text": "General practitioner"}],
    }
    doctor = {"resourceType": "Practitioner", "id": "d1", "name": [{"text": "Dr Ada Example"}]}
    house = {
        "resourceType": "Organization",
        "id": "o1",
        "name": "Example Surgery",
        "identifier": [
            {"system": "https://fhir.nhs.uk/Id/ods-organization-code", "value": "X99001"}
        ],
    }
    stub = holding(allergy, role, doctor, house, includes=sent_along)
    (item,) = (await part(transport, stub)).items
    assert (item.author.name, item.author.role) == ("Dr Ada Example", "General practitioner")
    assert item.author.organisation.ods_code == "X99001"
    assert item.custodian.name == "Example Surgery"


async def test_an_author_who_cannot_be_found(transport):
    """An item is not lost because its author is; the reference's own words are shown."""
    recorder = {"reference": "Practitioner/gone", "display": "Dr Ada Example"}
    allergy = fhir_allergy(1, "Latex") | {"recorder": recorder}
    (item,) = (await part(transport, holding(allergy))).items
    assert item.author.name == "Dr Ada Example"


def a_plan(reference):
    return {
        "resourceType": "CarePlan",
        "id": "c1",
        "status": "active",
        "intent": "plan",
        "title": "ReSPECT",
        "subject": {"reference": "Patient/p1"},
        "supportingInfo": [{"reference": reference}],
    }


async def test_a_decision_on_resuscitation_that_must_be_fetched(transport):
    """A decision that a plan only points at is fetched; where nobody has it the plan says so."""
    code = {"coding": [{"system": "http://snomed.info/sct", "code": "450476008"}]}
    flag = {"resourceType": "Flag", "id": "f1", "status": "active", "code": code}
    plans = (Category.CARE_PLANS,)
    found = await part(transport, holding(a_plan("Flag/f1"), flag), categories=plans)
    assert found.items[0].cpr.decision == "DO_NOT_ATTEMPT_CPR"
    found = await part(transport, holding(a_plan("Flag/gone")), categories=plans)
    assert seen(found) == ("PARTIAL", "ITEMS_QUARANTINED", 0, 1)


async def test_a_crowd_of_references_is_not_fetched_without_end(transport):
    """Look-ups are bounded, whatever a resource points at, and the bound is said."""
    recorders = [{"reference": f"Practitioner/d{number}"} for number in range(2_000)]
    allergy = fhir_allergy(1, "Latex") | {"note": recorders}
    reply, requests = await ask(transport, holding(allergy))
    assert seen(reply.records[0].parts[Category.ALLERGIES]) == ("PARTIAL", "TRUNCATED", 1, 0)
    assert len(requests) <= 3 + 8


async def test_what_is_searched_for(transport):
    """The person is named in bodies alone, by form, with the references that are wanted along."""
    _, requests = await ask(transport, holding(), categories=MEDICATIONS)
    bodies = {request.target: request.body.decode() for request in requests}
    assert set(bodies) == {
        "/r4/Patient/_search",
        "/r4/MedicationStatement/_search",
        "/r4/MedicationRequest/_search",
        "/r4/MedicationDispense/_search",
        "/r4/MedicationAdministration/_search",
    }
    assert NUMBER in bodies["/r4/Patient/_search"]
    assert "patient=Patient%2Fp1" in bodies["/r4/MedicationStatement/_search"]


# ── refusals that are answered ────────────────────────────────────────────────────────────────────


def refusing(*names, status=400):
    """A node that refuses every search with one of these parameters."""

    def override(request):
        form = request.body.decode()
        return outcome("invalid", status=status) if any(name in form for name in names) else None

    return override


@pytest.mark.parametrize("status", [400, 422])
async def test_a_parameter_that_is_refused(transport, status):
    """A node that refuses to send things along is asked once more without, and they are fetched."""
    stub = holding(a_statement(), a_medicine())
    reply, requests = await ask(
        transport, stub, categories=MEDICATIONS, override=refusing("_include", status=status)
    )
    found = reply.records[0].parts[Category.MEDICATIONS]
    assert (found.state, found.items[0].form) == ("FRESH", "Capsule")
    asked = [one.target for one in requests if "MedicationStatement" in one.target]
    assert len(asked) == 2


async def test_a_refusal_that_stays(transport):
    """A node that refuses the plain form as well is not asked a third time: its row says so."""
    stub = holding(fhir_allergy(1, "Latex"))
    reply, requests = await ask(transport, stub, override=refusing("patient="))
    found = reply.records[0].parts[Category.ALLERGIES]
    assert (found.state, found.code) == ("UNAVAILABLE", "NODE_ERROR")
    assert len([one for one in requests if "AllergyIntolerance" in one.target]) == 2


@pytest.mark.parametrize("status", [405, 415, 501])
async def test_a_node_that_cannot_be_searched_by_post(transport, status):
    """No number is put into an address instead: the node is unavailable, and operators see why."""
    override = lambda request: Answer(status) if request.method == "POST" else None  # noqa: E731
    failure, requests = await ask(transport, holding(), override=override)
    assert (failure.state, failure.code) == ("UNAVAILABLE", "OTHER")
    assert "POST" in failure.detail
    assert [request.method for request in requests] == ["POST"]


LOOK_UPS = [
    # status of the look-up, what the row says
    (403, ("FRESH", None)),
    (404, ("FRESH", None)),
    (429, ("PARTIAL", "RATE_LIMITED")),
    (500, ("PARTIAL", "NODE_ERROR")),
    (504, ("PARTIAL", "DEADLINE_EXCEEDED")),
]


@pytest.mark.parametrize(("status", "expected"), LOOK_UPS)
async def test_a_look_up_that_fails(transport, status, expected):
    """Where it might be answered another time that is said; the reference's own words stand in."""

    def override(request):
        return Answer(status) if "Practitioner/_search" in request.target else None

    recorder = {"reference": "Practitioner/d1", "display": "Dr Ada Example"}
    allergy = fhir_allergy(1, "Latex") | {"recorder": recorder}
    found = await part(transport, holding(allergy), override=override)
    assert (found.state, found.code) == expected
    assert found.items[0].author.name == "Dr Ada Example"

"""What every protocol does with what a node does: one suite, run over all of them.

Nodes are strict stubs on loopback HTTP. A new protocol adds its speaker to `conftest.py`.
"""

import asyncio
import contextlib

import pytest

from federation.flow import Failure, Reply
from federation.model import Assertion, Category
from federation.status import FaultOrigin, SourceCode, SourceState
from tests.builders import NOW, NUMBER, OTHER_NUMBER
from tests.federation.protocols.speakers import (
    ASKED,
    BAD,
    a_call,
    a_node_at,
    always,
    client_of,
    fetch,
)
from tests.stubs.http import Answer, serving


async def allergies_of(speaker, transport, stub, **given):
    """The allergies part of the one record that a stub gives."""
    async with serving(stub) as server:
        reply = await fetch(a_node_at(speaker, server.url, **given), transport)
    assert stub.refusals == []
    assert isinstance(reply, Reply), reply
    return reply.records[0].parts[Category.ALLERGIES]


async def failure_of(speaker, transport, answer, **given):
    """What becomes of a node that gives one answer to everything."""
    async with serving(always(answer)) as server:
        outcome = await fetch(a_node_at(speaker, server.url, **given), transport)
    assert isinstance(outcome, Failure), outcome
    return outcome


def verdict(failure):
    return failure.state.value, failure.code.value, failure.origin.value


# ── answers ───────────────────────────────────────────────────────────────────────────────────────


async def test_a_whole_answer(speaker, transport):
    """A record has the person, a part for every category asked for, and items that say whence."""
    stub = speaker.holding("Penicillin")
    async with serving(stub) as server:
        node = a_node_at(speaker, server.url)
        reply = await fetch(node, transport)
        targets = [request.target for request in server.requests]
        ids = {request.headers["x-request-id"] for request in server.requests}
    assert stub.refusals == []
    assert isinstance(reply, Reply)
    (record,) = reply.records
    assert record.person.nhs_number == NUMBER
    assert record.person.birth_date == "1961-04-02"
    assert set(record.parts) == set(ASKED)
    part = record.parts[Category.ALLERGIES]
    assert (part.state, part.code, part.quarantined) == (SourceState.FRESH, None, 0)
    (item,) = part.items
    assert (item.substance.display, item.source, item.retrieved_at) == ("Penicillin", node, NOW)
    assert record.parts[Category.CARE_PLANS].state is SourceState.FRESH_EMPTY
    assert reply.retrieved_at == NOW
    assert not any(NUMBER in target for target in targets)
    assert ids == {"request-1"}


async def test_nobody_of_that_number(speaker, transport):
    """A node that holds nothing under the number gives a reply without records, no failure."""
    stub = speaker.holding("Penicillin")
    async with serving(stub) as server:
        reply = await fetch(a_node_at(speaker, server.url), transport, OTHER_NUMBER)
    assert isinstance(reply, Reply)
    assert reply.records == ()


async def test_several_numbers_are_one_question(speaker, transport):
    """A person's earlier numbers are asked for along with the one in use."""
    stub = speaker.holding("Penicillin")
    async with serving(stub) as server:
        reply = await fetch(a_node_at(speaker, server.url), transport, OTHER_NUMBER, NUMBER)
    assert stub.refusals == []
    assert isinstance(reply, Reply)
    assert len(reply.records) == 1


async def test_an_empty_list_asserts_nothing(speaker, transport):
    """An empty list is empty, never `none known`."""
    part = await allergies_of(speaker, transport, speaker.holding())
    assert (part.state, part.assertion) == (SourceState.FRESH_EMPTY, None)


async def test_none_known(speaker, transport):
    """The recorded statement that none is known is an assertion and no item."""
    part = await allergies_of(speaker, transport, speaker.holding(none_known=True))
    assert part.state is SourceState.FRESH_EMPTY
    assert (part.assertion, part.items) == (Assertion.NONE_KNOWN, ())


async def test_a_bad_item_among_good_ones(speaker, transport):
    """One item that cannot be read is counted and set aside; the others are shown."""
    part = await allergies_of(speaker, transport, speaker.holding("Penicillin", BAD, "Latex"))
    assert (part.state, part.code) == (SourceState.PARTIAL, SourceCode.ITEMS_QUARANTINED)
    assert (part.origin, part.quarantined) == (FaultOrigin.NODE, 1)
    assert [item.substance.display for item in part.items] == ["Penicillin", "Latex"]


async def test_none_known_beside_a_bad_item_is_not_believed(speaker, transport):
    """When something could not be read, nobody can say that none is known."""
    part = await allergies_of(speaker, transport, speaker.holding(BAD, none_known=True))
    assert (part.assertion, part.quarantined) == (None, 1)


@pytest.mark.parametrize("how", ["chunked", "compressed", "both"])
async def test_ways_of_sending(speaker, transport, how):
    """Chunks and compression are how it is sent, not what."""
    stub = speaker.holding("Penicillin")
    ways = {"chunked": how in {"chunked", "both"}, "compressed": how in {"compressed", "both"}}

    def handler(request):
        answer = stub(request)
        return Answer(answer.status, answer.headers, answer.body, **ways)

    async with serving(handler) as server:
        reply = await fetch(a_node_at(speaker, server.url), transport)
    assert isinstance(reply, Reply)
    assert reply.records[0].parts[Category.ALLERGIES].state is SourceState.FRESH


# ── refusals in words and by status ───────────────────────────────────────────────────────────────

WORDS = [
    # word, status, what becomes of it
    ("NO_PATIENT_CONSENT", 403, ("WITHHELD", "OBJECTION", "NODE")),
    ("NO_ORGANISATION_CONSENT", 403, ("WITHHELD", "NOT_PERMITTED", "NODE")),
    ("UNAUTHENTICATED", 401, ("UNAVAILABLE", "NODE_REFUSED_IDENTITY", "NODE")),
    ("FORBIDDEN", 403, ("UNAVAILABLE", "NODE_REFUSED_IDENTITY", "NODE")),
    ("RATE_LIMITED", 429, ("UNAVAILABLE", "RATE_LIMITED", "NODE")),
    ("UPSTREAM_TIMEOUT", 408, ("TIMED_OUT", "DEADLINE_EXCEEDED", "UPSTREAM_OF_NODE")),
    ("UPSTREAM_UNAVAILABLE", 503, ("UNAVAILABLE", "NODE_ERROR", "UPSTREAM_OF_NODE")),
    ("INTERNAL", 500, ("UNAVAILABLE", "NODE_ERROR", "NODE")),
    ("something new", 403, ("UNAVAILABLE", "NODE_REFUSED_IDENTITY", "NODE")),
]


@pytest.mark.parametrize(("word", "status", "expected"), WORDS)
async def test_refusals_in_words(speaker, transport, word, status, expected):
    """What a node says in words is believed before its status."""
    failure = await failure_of(speaker, transport, speaker.refusing(word, status))
    assert verdict(failure) == expected


STATUSES = [
    (401, ("UNAVAILABLE", "NODE_REFUSED_IDENTITY", "NODE")),
    (403, ("UNAVAILABLE", "NODE_REFUSED_IDENTITY", "NODE")),
    (404, ("UNAVAILABLE", "NODE_ERROR", "NODE")),
    (408, ("TIMED_OUT", "DEADLINE_EXCEEDED", "NODE")),
    (413, ("UNAVAILABLE", "NODE_ERROR", "NODE")),
    (429, ("UNAVAILABLE", "RATE_LIMITED", "NODE")),
    (500, ("UNAVAILABLE", "NODE_ERROR", "NODE")),
    (502, ("UNAVAILABLE", "NODE_ERROR", "UPSTREAM_OF_NODE")),
    (503, ("UNAVAILABLE", "NODE_ERROR", "NODE")),
    (504, ("TIMED_OUT", "DEADLINE_EXCEEDED", "UPSTREAM_OF_NODE")),
    (204, ("INVALID_RESPONSE", "MALFORMED", "NODE")),
    (206, ("INVALID_RESPONSE", "MALFORMED", "NODE")),
    (304, ("INVALID_RESPONSE", "MALFORMED", "NODE")),
]


@pytest.mark.parametrize(("status", "expected"), STATUSES)
async def test_statuses_without_words(speaker, transport, status, expected):
    """Every status that is not 200 is a failure with a code."""
    assert verdict(await failure_of(speaker, transport, Answer(status))) == expected


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("17", 17),
        ("Mon, 05 Oct 2026 09:30:30 GMT", 30),
        ("Mon, 05 Oct 2020 09:30:30 GMT", 0),
        ("999999999", 86_400),
        ("soon", None),
        ("-5", None),
        ("Mon, 05 Oct 99999999999999999999 09:30:30 GMT", None),
    ],
)
async def test_when_to_ask_again(speaker, transport, said, expected):
    """A node that limits us may say for how long, in seconds or as a date, a day at most."""
    failure = await failure_of(speaker, transport, Answer(429, {"retry-after": said}))
    assert failure.retry_after_seconds == expected


# ── nonsense ──────────────────────────────────────────────────────────────────────────────────────

NONSENSE = [
    b"",
    b"\x00\xff\xfe",
    b"not JSON",
    b'{"data": {"records": [',
    b"null",
    b"[]",
    b"{}",
    b'{"data": null}',
    b'{"data": {"records": null}}',
    b'{"data": {"records": [{}]}}',
    b'{"resourceType": "Bundle"}',
    b'{"resourceType": "Bundle", "type": "history"}',
    b'{"resourceType": "Bundle", "type": "searchset", "entry": 4}',
    b"[" * 100_000,
    b'{"a":' * 100_000,
    b'{"data": {"records": [{"person": {"nhsNumber": "\xff"}}]}}',
]


@pytest.mark.parametrize("body", NONSENSE, ids=lambda body: body[:24].decode("latin-1"))
async def test_nonsense(speaker, transport, body):
    """What cannot be read is said to be so, and nothing is made of it."""
    answer = Answer(200, {"content-type": speaker.media_type}, body)
    failure = await failure_of(speaker, transport, answer)
    assert verdict(failure) == ("INVALID_RESPONSE", "MALFORMED", "NODE")


async def test_another_media_type(speaker, transport):
    """A good body under a wrong label is not read."""
    stub = speaker.holding("Penicillin")

    def handler(request):
        return Answer(200, {"content-type": "text/html"}, stub(request).body)

    async with serving(handler) as server:
        failure = await fetch(a_node_at(speaker, server.url), transport)
    assert isinstance(failure, Failure)
    assert verdict(failure) == ("INVALID_RESPONSE", "MALFORMED", "NODE")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_not_followed(speaker, transport, status):
    """A person's number does not follow a hint to another address."""
    async with serving(speaker.holding("Penicillin")) as elsewhere:
        answer = Answer(status, {"location": f"{elsewhere.url}{speaker.path}"})
        failure = await failure_of(speaker, transport, answer)
        assert elsewhere.requests == []
    assert verdict(failure) == ("INVALID_RESPONSE", "MALFORMED", "NODE")


@pytest.mark.parametrize("ways", [{}, {"chunked": True}, {"compressed": True}])
async def test_too_large(speaker, transport, ways):
    """More than the node may send is not taken in, however it is sent, counted decompressed."""
    answer = Answer(200, {"content-type": speaker.media_type}, b" " * 200_000, **ways)
    failure = await failure_of(speaker, transport, answer, max_response_bytes=100_000)
    assert verdict(failure) == ("INVALID_RESPONSE", "TOO_LARGE", "NODE")


async def test_an_encoding_that_was_not_asked_for(speaker, transport):
    """A body in an unknown encoding is nonsense."""
    headers = {"content-type": speaker.media_type, "content-encoding": "br"}
    failure = await failure_of(speaker, transport, Answer(200, headers, b"x"))
    assert verdict(failure) == ("INVALID_RESPONSE", "MALFORMED", "NODE")


async def test_a_compressed_body_that_is_none(speaker, transport):
    """A body that says it is compressed and is not is nonsense."""
    headers = {"content-type": speaker.media_type, "content-encoding": "gzip"}
    failure = await failure_of(speaker, transport, Answer(200, headers, b"{}"))
    assert verdict(failure) == ("INVALID_RESPONSE", "MALFORMED", "NODE")


# ── the network ───────────────────────────────────────────────────────────────────────────────────


async def test_a_body_that_breaks_off(speaker, transport):
    """Half an answer is none."""
    answer = Answer(200, {"content-type": speaker.media_type}, b'{"data":', cut_short=True)
    failure = await failure_of(speaker, transport, answer)
    assert verdict(failure) == ("UNAVAILABLE", "CONNECTION_LOST", "NODE")


async def test_hanging_up(speaker, transport):
    """A node that hangs up without a word was lost, not late."""
    failure = await failure_of(speaker, transport, Answer(hang_up=True))
    assert verdict(failure) == ("UNAVAILABLE", "CONNECTION_LOST", "NODE")


async def test_something_that_is_not_http(speaker, transport):
    """Another service at the address is a lost connection, not a crash."""
    failure = await failure_of(speaker, transport, Answer(raw=b"220 mail.example ESMTP\r\n"))
    assert verdict(failure) == ("UNAVAILABLE", "CONNECTION_LOST", "NODE")


async def test_nobody_listens(speaker, transport):
    """A refused connection is told apart from a late one."""
    async with serving(always(Answer())) as server:
        url = server.url
    failure = await fetch(a_node_at(speaker, url), transport)
    assert isinstance(failure, Failure)
    assert verdict(failure) == ("UNAVAILABLE", "CONNECTION_REFUSED", "NETWORK")


async def test_an_answer_that_does_not_come(speaker, transport):
    """A node that stays silent longer than its own limit is timed out, by its own fault."""
    failure = await failure_of(speaker, transport, Answer(silent=True), timeout_seconds=0.05)
    assert verdict(failure) == ("TIMED_OUT", "DEADLINE_EXCEEDED", "NODE")


async def test_cancelling_closes_the_connection(speaker, transport):
    """When the caller stops waiting, the node is told by a closed connection."""
    async with serving(always(Answer(silent=True))) as server:
        task = asyncio.create_task(fetch(a_node_at(speaker, server.url), transport))
        await server.arrived.wait()
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        assert task.cancelled()
        async with asyncio.timeout(5):
            await server.closed.wait()


async def test_a_certificate_that_nobody_vouches_for(speaker, transport, self_signed):
    """An untrusted certificate is told apart from a node that is down."""
    async with serving(always(Answer()), tls=self_signed) as server:
        failure = await fetch(a_node_at(speaker, server.url), transport)
        assert server.requests == []
    assert isinstance(failure, Failure)
    assert verdict(failure) == ("UNAVAILABLE", "TLS_FAILED", "NETWORK")


async def test_tls_spoken_to_a_plain_server(speaker, transport):
    """A node that does not speak TLS where it should is not spoken to."""
    async with serving(always(Answer())) as server:
        url = server.url.replace("http:", "https:")
        failure = await fetch(a_node_at(speaker, url), transport)
    assert isinstance(failure, Failure)
    assert verdict(failure) == ("UNAVAILABLE", "TLS_FAILED", "NETWORK")


async def test_a_failure_names_the_node_and_nobody_else(speaker, transport):
    """Nothing of the person is in what a failure says."""
    failure = await failure_of(speaker, transport, Answer(500))
    assert NUMBER not in repr(failure)


async def test_the_node_of_the_call_is_the_source(speaker, transport):
    """Items name the node as the call knows it, which may be newer than the client."""
    async with serving(speaker.holding("Penicillin")) as server:
        node = a_node_at(speaker, server.url)
        call = a_call(a_node_at(speaker, server.url, name="Renamed"))
        client = client_of(node, transport)
        reply = await client.fetch(call)
        await client.aclose()
    assert isinstance(reply, Reply)
    assert reply.records[0].parts[Category.ALLERGIES].items[0].source.name == "Renamed"

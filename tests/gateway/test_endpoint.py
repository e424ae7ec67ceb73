"""What the one address answers to whatever can be sent to it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from federation.errors import (
    AuditUnavailableError,
    ErrorCode,
    ForbiddenError,
    IdentityNotConfirmedError,
    RoleNotSelectedError,
)
from federation.flow import Answer, Question
from tests.gateway.conftest import MAX_BODY, NUMBER, PATIENT, REQUESTER, TOKEN, Front
from tests.resolvers.asking import an_answer

JSON = "application/json"
GRAPHQL = "application/graphql-response+json"
ME = {"query": "{ me { role } }"}
VALID = {"n": NUMBER, "p": "DIRECT_CARE"}


def body(query: str, **variables: Any) -> bytes:
    return json.dumps({"query": query, "variables": variables}).encode()


def code(answer: httpx.Response) -> str:
    """The one code of an answer, whose whole shape is the same everywhere."""
    (error,) = answer.json()["errors"]
    assert set(error) <= {"message", "extensions", "locations", "path"}
    assert set(error["extensions"]) == {"code"}
    assert error["extensions"]["code"] in set(ErrorCode)
    assert "Traceback" not in answer.text
    assert answer.headers["cache-control"] == "no-store"
    return str(error["extensions"]["code"])


DEEP = "{ recordNodes " + "{ id " * 12 + "}" * 12 + "}"
ALIASES = "{" + " ".join(f"a{i}: me {{ role }}" for i in range(9)) + "}"
LONG = "{" + "me { role } " * 200 + "}"
TWO = (
    f'{{ a: patient(nhsNumber: "{NUMBER}", purpose: DIRECT_CARE) {{ viewId }}'
    f' b: patient(nhsNumber: "9990000026", purpose: DIRECT_CARE) {{ viewId }} }}'
)

REFUSED: list[tuple[str, bytes, int, str]] = [
    # what, body, status as JSON, code
    ("not JSON", b"{", 400, "BAD_USER_INPUT"),
    ("not UTF-8", b'{"query": "\xff"}', 400, "BAD_USER_INPUT"),
    ("empty", b"", 400, "BAD_USER_INPUT"),
    ("a text", b'"query"', 400, "BAD_USER_INPUT"),
    ("nested without end", b'{"a":' * 600, 400, "BAD_USER_INPUT"),
    ("no query", b"{}", 400, "BAD_USER_INPUT"),
    ("empty query", b'{"query": ""}', 400, "BAD_USER_INPUT"),
    ("query is a number", b'{"query": 1}', 400, "BAD_USER_INPUT"),
    ("variables are a list", b'{"query": "{me{role}}", "variables": []}', 400, "BAD_USER_INPUT"),
    ("a batch", b'[{"query": "{me{role}}"}]', 400, "ONE_PERSON_PER_REQUEST"),
    ("syntax", body("{ patient("), 200, "GRAPHQL_PARSE_FAILED"),
    ("unknown field", body("{ nobody }"), 200, "GRAPHQL_VALIDATION_FAILED"),
    ("deferred", body("{ ... @defer { me { role } } }"), 200, "GRAPHQL_VALIDATION_FAILED"),
    ("too deep", body(DEEP), 200, "TOO_COMPLEX"),
    ("too many aliases", body(ALIASES), 200, "TOO_COMPLEX"),
    ("too long", body(LONG), 200, "TOO_COMPLEX"),
    ("two people", body(TWO), 200, "ONE_PERSON_PER_REQUEST"),
    ("too large", b" " * (MAX_BODY + 1), 413, "TOO_COMPLEX"),
    ("number too short", body(PATIENT, n="999", p="DIRECT_CARE"), 200, "INVALID_NHS_NUMBER"),
    ("check digit", body(PATIENT, n="9990000019", p="DIRECT_CARE"), 200, "INVALID_NHS_NUMBER"),
    ("purpose", body(PATIENT, n=NUMBER, p="RESEARCH"), 200, "PURPOSE_NOT_SUPPORTED"),
    ("which operation", body("query A {me{role}} query B {me{role}}"), 200, "BAD_USER_INPUT"),
    (
        "a subscription",
        body(f'subscription {{ patient(nhsNumber: "{NUMBER}", purpose: DIRECT_CARE) {{ id }} }}'),
        200,
        "NOT_AVAILABLE",
    ),
]


@pytest.mark.parametrize("media", [JSON, GRAPHQL])
@pytest.mark.parametrize(
    ("sent", "status", "expected"),
    [row[1:] for row in REFUSED],
    ids=[row[0] for row in REFUSED],
)
async def test_bad_input_is_one_coded_error(
    front: Front, sent: bytes, status: int, expected: str, media: str
) -> None:
    """Whatever cannot be carried out is one coded error; nobody is asked, nothing repeated."""
    async with front.client() as client:
        answer = await client.post(
            "/graphql", content=sent, headers={"Content-Type": JSON, "Accept": media}
        )
    assert code(answer) == expected
    # A document that is wrong is 200 in the older media type and 400 in the newer one.
    assert answer.status_code == (400 if media == GRAPHQL and status == 200 else status)
    assert answer.headers["content-type"].startswith(media)
    assert "data" not in answer.json()
    assert NUMBER not in answer.text
    assert front.questions == []
    # Who sent it is on the record, and whom it names, where it was read at all.
    read = sent if len(sent) <= MAX_BODY else b""
    assert front.unread == [(REQUESTER, read, expected)]


async def test_whom_a_request_named_is_on_the_record_before_the_error(front: Front) -> None:
    """Where that cannot be written, the caller is told so and nothing else."""

    async def fail(*_given: object) -> None:
        raise AuditUnavailableError

    front.endpoint._note_unread = fail
    async with front.client() as client:
        for sent in (b"{", body("{ patient("), body("query A {me{role}} query B {me{role}}")):
            answer = await client.post("/graphql", content=sent, headers={"Content-Type": JSON})
            assert code(answer) == "AUDIT_UNAVAILABLE"


async def test_what_is_answered_leaves_nothing_more(front: Front) -> None:
    """A question has its own events, and what is no error names nobody."""

    async def refuse(_question: Question) -> Answer:
        raise ForbiddenError

    front.ask = refuse
    async with front.client() as client:
        await client.post("/graphql", json={"query": PATIENT, "variables": VALID})
        await client.post("/graphql", json=ME)
    assert front.unread == []


@pytest.mark.parametrize(
    "refused",
    [ForbiddenError, RoleNotSelectedError, IdentityNotConfirmedError, AuditUnavailableError],
)
@pytest.mark.parametrize("media", [JSON, GRAPHQL])
async def test_a_refusal_of_the_pipeline_is_an_answer_without_data(
    front: Front, refused: type[Exception], media: str
) -> None:
    """What the pipeline refuses is told with its own code and text beside `data: null`."""

    async def refuse(_question: Question) -> Answer:
        raise refused

    front.ask = refuse
    async with front.client() as client:
        answer = await client.post(
            "/graphql", json={"query": PATIENT, "variables": VALID}, headers={"Accept": media}
        )
    assert answer.status_code == 200
    assert code(answer) == refused.code  # type: ignore[attr-defined]
    assert answer.json()["data"] == {"patient": None}
    assert answer.json()["errors"][0]["message"] == refused.public  # type: ignore[attr-defined]


async def test_nothing_of_an_answer_outlives_its_request(front: Front) -> None:
    """What executes an operation is a cycle and lives until it is collected, but has no record."""

    async def answer(question: Question) -> Answer:
        return an_answer(question)

    front.ask = answer
    sent = body(PATIENT, **VALID)
    async with front.client() as client:
        told = await client.post("/graphql", content=sent, headers={"Content-Type": JSON})

    assert told.json()["data"]["patient"]
    (context,) = front.contexts
    assert (context.answer, context.asked) == (None, True)
    with pytest.raises(LookupError):
        assert context.ids


async def test_what_nobody_foresaw_is_internal(front: Front) -> None:
    """An unforeseen error reaches the caller as INTERNAL in fixed words."""

    async def fail(_question: Question) -> Answer:
        raise RuntimeError(f"the number {NUMBER} was not expected")

    front.ask = fail
    async with front.client() as client:
        answer = await client.post("/graphql", json={"query": PATIENT, "variables": VALID})
    assert code(answer) == "INTERNAL"
    assert NUMBER not in answer.text


@pytest.mark.parametrize(
    "header", [None, "", "Bearer", "Bearer ", "Bearer no", f"Basic {TOKEN}", f"Bearer {TOKEN}x"]
)
async def test_nobody_unknown_gets_in(front: Front, header: str | None) -> None:
    """Without a believed token there is 401, a challenge and UNAUTHENTICATED, whatever is sent."""
    async with front.client() as client:
        del client.headers["authorization"]
        headers = {} if header is None else {"Authorization": header}
        answer = await client.post("/graphql", content=b"{", headers=headers)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert code(answer) == "UNAUTHENTICATED"


@pytest.mark.parametrize("other", [f"Bearer {TOKEN}", "Bearer no"])
async def test_two_tokens_are_nobody_s(front: Front, other: str) -> None:
    """Of two headers nobody can say which one a proxy looked at, so none is believed."""
    headers = [("Authorization", f"Bearer {TOKEN}"), ("Authorization", other)]
    async with front.client() as client:
        del client.headers["authorization"]
        answer = await client.post("/graphql", json=ME, headers=headers)
    assert (answer.status_code, code(answer)) == (401, "UNAUTHENTICATED")


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ("application/json", 200),
        ("application/json; charset=UTF-8", 200),
        ("application/json; charset=latin-1", 415),
        ("text/plain", 415),
        ("application/x-www-form-urlencoded", 415),
        ("multipart/form-data; boundary=x", 415),
        ("", 415),
    ],
)
async def test_only_json_is_read(front: Front, sent: str, status: int) -> None:
    """A body is JSON in UTF-8, or 415."""
    async with front.client() as client:
        answer = await client.post(
            "/graphql", content=json.dumps(ME), headers={"Content-Type": sent}
        )
    assert answer.status_code == status
    assert status == 200 or code(answer) == "BAD_USER_INPUT"


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("", JSON),
        ("*/*", JSON),
        (JSON, JSON),
        (f"{GRAPHQL}, {JSON};q=0.9", GRAPHQL),
        (f"{GRAPHQL};q=0.1, {JSON}", JSON),
        ("multipart/mixed, application/json", JSON),
        ("text/event-stream", "text/event-stream"),
    ],
)
async def test_the_answer_is_of_the_media_type_asked_for(
    front: Front, accept: str, expected: str
) -> None:
    """The caller's Accept decides the media type; JSON where it does not care."""
    async with front.client() as client:
        answer = await client.post("/graphql", json=ME, headers={"Accept": accept})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == f"{expected}; charset=utf-8"
    assert '"data":{"me":{"role":"R0260"}}' in answer.text


async def test_no_answer_is_kept_on_its_way(front: Front) -> None:
    """What carries an answer, or shows it, is told to keep nothing of it."""
    async with front.client() as client:
        answer = await client.post("/graphql", json=ME)
    assert "data" in answer.json()
    assert answer.headers["cache-control"] == "no-store"


async def test_an_answer_that_cannot_be_given_is_406(front: Front) -> None:
    """A media type that nobody writes here is 406."""
    async with front.client() as client:
        answer = await client.post("/graphql", json=ME, headers={"Accept": "text/csv"})
    assert (answer.status_code, code(answer)) == (406, "BAD_USER_INPUT")


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
async def test_asking_is_by_post_alone(front: Front, method: str) -> None:
    """No question is taken from an address, and no other method means anything."""
    async with front.client() as client:
        answer = await client.request(method, "/graphql", params={"query": "{ me { role } }"})
    assert (answer.status_code, code(answer)) == (405, "BAD_USER_INPUT")
    assert answer.headers["allow"] == "POST"


async def test_other_addresses_have_the_same_errors(front: Front) -> None:
    """An unknown address and a wrong method are coded errors as well."""
    async with front.client() as client:
        missing = await client.get("/patient/somebody")
        wrong = await client.post("/livez")
    assert (missing.status_code, code(missing)) == (404, "NOT_FOUND")
    assert (wrong.status_code, code(wrong)) == (405, "BAD_USER_INPUT")


async def test_a_body_without_a_declared_length_is_limited_too(front: Front) -> None:
    """A body that comes in pieces is cut off at the same size."""

    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(MAX_BODY // 1024 + 1):
            yield b" " * 1024

    async with front.client() as client:
        answer = await client.post("/graphql", content=pieces(), headers={"Content-Type": JSON})
    assert (answer.status_code, code(answer)) == (413, "TOO_COMPLEX")


async def test_a_caller_who_leaves_ends_the_work(front: Front) -> None:
    """When the caller hangs up, the pipeline is cancelled, and the request ends only after it."""
    begun, ended = asyncio.Event(), asyncio.Event()

    async def answer_never(_question: Question) -> Answer:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()
        raise AssertionError

    front.ask = answer_never
    messages = [{"type": "http.request", "body": body(PATIENT, **VALID), "more_body": False}]

    async def receive() -> dict[str, Any]:
        if messages:
            return messages.pop()
        await begun.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None: ...

    headers = [(b"authorization", f"Bearer {TOKEN}".encode()), (b"content-type", JSON.encode())]
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/graphql",
        "query_string": b"",
        "headers": headers,
    }
    await front.app(scope, receive, send)
    assert ended.is_set()
    assert await front.in_flight.drained(0)


async def test_a_gateway_that_stops_takes_nothing_more(front: Front) -> None:
    """While it drains, the gateway answers OVERLOADED and says when to come again."""
    front.in_flight.stop_admitting()
    async with front.client() as client:
        answer = await client.post("/graphql", json=ME)
    assert (answer.status_code, code(answer)) == (503, "OVERLOADED")
    assert answer.headers["retry-after"] == "1"


async def test_what_is_cut_off_at_the_end_is_told(front: Front) -> None:
    """A request that the server cuts off when it stops is answered OVERLOADED."""
    begun = asyncio.Event()

    async def answer_never(_question: Question) -> Answer:
        begun.set()
        await asyncio.Event().wait()
        raise AssertionError

    front.ask = answer_never
    async with front.client() as client:
        asked = asyncio.create_task(
            client.post("/graphql", json={"query": PATIENT, "variables": VALID})
        )
        await begun.wait()
        front.in_flight.stop_admitting()
        asked.cancel()
        answer = await asked
    assert (answer.status_code, code(answer)) == (503, "OVERLOADED")


async def test_more_at_once_than_allowed_is_overloaded(front: Front) -> None:
    """Operations beyond the number that may be under way are refused, the others are answered."""
    let_go = asyncio.Event()

    async def wait(_question: Question) -> Answer:
        await let_go.wait()
        raise ForbiddenError

    front.ask = wait
    async with front.client() as client:
        asked = [
            asyncio.create_task(
                client.post("/graphql", json={"query": PATIENT, "variables": VALID})
            )
            for _ in range(4)
        ]
        first, _ = await asyncio.wait(asked, return_when=asyncio.FIRST_COMPLETED)
        let_go.set()
        codes = sorted([code(answer) for answer in await asyncio.gather(*asked)])
    assert [code(task.result()) for task in first] == ["OVERLOADED"]
    assert codes == ["FORBIDDEN", "FORBIDDEN", "FORBIDDEN", "OVERLOADED"]


async def test_every_answer_names_its_request(front: Front) -> None:
    """Each request gets a name of ours, whatever the caller calls it."""
    async with front.client() as client:
        one = await client.post("/graphql", json=ME, headers={"X-Request-ID": NUMBER})
        two = await client.post("/graphql", json=ME)
    assert one.headers["x-request-id"] != two.headers["x-request-id"]
    assert NUMBER not in one.headers["x-request-id"]


async def test_what_is_for_afterwards_is_begun_when_the_answer_is_out(front: Front) -> None:
    """Every byte of it, so that nothing that follows can delay it; and of a refusal nothing."""
    order: list[str] = []
    made = front.context

    def context(*given: Any) -> Any:
        one = made(*given)

        async def answered() -> None:
            order.append("afterwards")

        one.answered = answered
        return one

    async def out(scope: Any, receive: Any, send: Any) -> None:
        async def told(message: Any) -> None:
            await send(message)
            if message["type"] == "http.response.body" and not message.get("more_body"):
                order.append("answered")

        await front.app(scope, receive, told)

    front.endpoint._make_context = context
    transport = httpx.ASGITransport(out)
    headers = {"Authorization": f"Bearer {TOKEN}"}
    async with httpx.AsyncClient(transport=transport, base_url="http://g", headers=headers) as own:
        await own.post("/graphql", json=ME)
        assert order == ["answered", "afterwards"]
        await own.post("/graphql", content=b"{", headers={"Content-Type": JSON})
    assert order == ["answered", "afterwards", "answered"]

"""No byte of an answer leaves before what it leaves in the audit log is on the disk.

The whole gateway as an ASGI application over SQLite. When it sends the first byte, the log is read
through another connection, which sees what is committed and nothing else.
"""

from __future__ import annotations

import asyncio
import json
import re
import socket
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from msgspec.structs import replace as restruct
from starlette.applications import Starlette

from demo.host_systems import host_system_for
from demo.personas import personas
from demo.place import CuratedPerson, Place
from federation.audit import EventKind, second_look_events
from federation.errors import ErrorCode
from federation.flow import News, Plan
from federation.model import Category, NodeId
from gateway.app import build_app, utc_now
from gateway.settings import load_settings
from resolvers.schema import build_schema
from tests.builders import a_question, a_reference
from tests.gateway.places import NUMBER, a_place
from tests.gateway.ways_out import (
    ANSWERED,
    COUNTED,
    DOCUMENTED,
    FIELDS,
    IN_A_STATE,
    MAX_BODY,
    Sent,
    Way,
)

DOCS = Path(__file__).parents[2] / "docs" / "audit.md"


def field(name: str) -> Way:
    """The row of one field of the schema."""
    return next(one for one in FIELDS if one.name.endswith(f".{name}"))


PATIENT = FIELDS[0]
EXPLAIN = field("explainAccess")
RECORDED = [one for one in ANSWERED if one.leaves]
REFUSED = [one for one in FIELDS if one.refused_to]


def name_of(one: Way) -> str:
    return one.name


@dataclass(frozen=True, kw_only=True)
class Left:
    """What came out, and the kinds that were durable at the first byte and at the end."""

    status: int
    body: bytes
    first: list[str]
    last: list[str]

    @property
    def kinds(self) -> frozenset[str]:
        assert self.first == self.last, "something was written after the first byte"
        return frozenset(self.first)

    @property
    def said(self) -> Any:
        return json.loads(self.body)

    @property
    def codes(self) -> list[str]:
        return [each["extensions"]["code"] for each in self.said.get("errors", ())]


class Stage:
    """An open gateway, and what it gave out before."""

    def __init__(self, place: Place, app: Starlette) -> None:
        self.place, self.app = place, app
        self.given: dict[str, str] = {}

    def log(self) -> list[str]:
        """The kinds of all events that are committed."""
        with closing(sqlite3.connect(f"file:{self.place.database}?mode=ro", uri=True)) as database:
            query = "SELECT kind FROM audit_event WHERE writer = 'demo' ORDER BY sequence"
            return [row[0] for row in database.execute(query)]

    def changes(self, statement: str) -> None:
        """Do something to the store behind the gateway's back."""
        with closing(sqlite3.connect(self.place.database)) as database, database:
            database.execute(statement)

    @contextmanager
    def full(self) -> Iterator[None]:
        """While no event can be written."""
        self.changes(
            "CREATE TRIGGER full BEFORE INSERT ON audit_event"
            " BEGIN SELECT RAISE(ABORT, 'no room'); END"
        )
        try:
            yield
        finally:
            self.changes("DROP TRIGGER full")

    def token(self, persona: str) -> str:
        known = personas().get(persona)
        return self.place.token(known, utc_now()) if known else persona

    async def sends(self, sent: Sent, persona: str | None, *, gone: bool = False) -> Left:
        """One request; with `gone` the caller hangs up as soon as it is sent."""
        before, first, parts = len(self.log()), [], []
        body = sent.body
        for name, value in self.given.items():
            body = body.replace(f"{{{name}}}".encode(), value.encode())
        coming: list[Any] = [{"type": "http.request", "body": body}]
        if gone:
            coming.append({"type": "http.disconnect"})

        async def receive() -> Any:
            if not coming:
                await asyncio.Event().wait()
            return coming.pop(0)

        async def send(message: Any) -> None:
            if not parts:
                first.extend(self.log()[before:])
            parts.append(message)

        await self.app(self._scope(sent, persona), receive, send)
        return Left(
            status=parts[0]["status"],
            body=b"".join(each.get("body", b"") for each in parts),
            first=first,
            last=self.log()[before:],
        )

    def _scope(self, sent: Sent, persona: str | None) -> dict[str, Any]:
        given = dict(sent.headers)
        if persona:
            given["authorization"] = f"Bearer {self.token(persona)}"
        return {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": sent.method,
            "scheme": "http",
            "path": sent.path,
            "raw_path": sent.path.encode(),
            "query_string": b"",
            "root_path": "",
            "headers": [(name.encode(), value.encode()) for name, value in given.items()],
            "client": ("127.0.0.1", 1),
            "server": ("gateway", 80),
        }

    async def goes(self, one: Way, **how: Any) -> Left:
        return await self.sends(one.sent, one.persona, **how)


@asynccontextmanager
async def opened(folder: Path, **given: Any) -> AsyncIterator[Stage]:
    """A gateway over a folder of its own."""
    steady = given.pop("steady", lambda: 0.0)
    place = a_place(folder, **given)
    everywhere = CuratedPerson(
        slug="everywhere", name="A Person", nhs_number=NUMBER, birth_date="1948-03-14", story=""
    )
    (place.population / "people.json").write_bytes(_json([everywhere]))
    limits = {"WATLING_LIMITS__MAX_BODY_BYTES": str(MAX_BODY)}
    app = build_app(load_settings(place.settings, limits), steady=steady)
    async with app.router.lifespan_context(app):
        yield Stage(place, app)


def _json(value: object) -> bytes:
    import msgspec  # noqa: PLC0415 - only here

    return msgspec.json.encode(value)


@pytest_asyncio.fixture(scope="module")
async def stage(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    """One gateway for all that needs no other: with a grant, its alert, something to follow up."""
    async with opened(tmp_path_factory.mktemp("ways") / "demo") as made:
        granted = await made.goes(field("breakGlass"))
        made.given["grant"] = granted.said["data"]["breakGlass"]["id"]
        waiting = await made.goes(field("accessReviews"))
        made.given["review"] = waiting.said["data"]["accessReviews"]["edges"][0]["node"]["id"]
        await _missed(made)
        told = await made.sends(
            replace(PATIENT.sent, body=b'{"query": "{ followUps { edges { node { id } } } }"}'),
            "gp-london",
        )
        made.given["follow_up"] = told.said["data"]["followUps"]["edges"][0]["node"]["id"]
        yield made


async def _missed(stage: Stage) -> None:
    """Put on the record that a node which a view had missed is back."""
    gateway = stage.app.state.gateway
    requester = await gateway.verifier().requester_of(f"Bearer {stage.token('gp-london')}")
    question = restruct(a_question(), requester=requester)
    news = News(
        node=NodeId("milton-keynes"), source_id="a", category=Category.ALLERGIES, message="Nuts"
    )
    events = second_look_events(
        question, a_reference(), Plan(calls=()), (), (), (news,), question.asked_at
    )
    await gateway._pipeline.trail.record(events)


# ── the table ────────────────────────────────────────────────────────────────────────────────────


def test_every_field_of_the_schema_is_a_way_out() -> None:
    """A field that nobody has said of what it leaves in the log stops the build."""
    schema = build_schema()._schema
    roots = {
        "query": schema.query_type,
        "mutation": schema.mutation_type,
        "subscription": schema.subscription_type,
    }
    fields = {f"{kind}.{name}" for kind, root in roots.items() if root for name in root.fields}
    assert {one.name for one in FIELDS} == fields, (
        "add a row to FIELDS in tests/gateway/ways_out.py"
    )


def test_every_way_out_is_documented() -> None:
    """The table in the documentation is the one that is tested."""
    section = DOCS.read_text().partition("## Every way out")[2].partition("\n## ")[0]
    rows = [line.split("|")[1:3] for line in section.splitlines() if line.startswith("| ")][1:]
    told = {
        name.strip(" `"): frozenset(re.findall(r"`([A-Z_]+)`", kinds))
        for names, kinds in rows
        for name in names.split(";")
    }
    assert told == {name: frozenset(map(str, kinds)) for name, kinds in DOCUMENTED.items()}


# ── whatever the request alone decides ───────────────────────────────────────────────────────────


@pytest.mark.parametrize("one", ANSWERED, ids=name_of)
async def test_it_is_on_the_record_before_the_first_byte(stage: Stage, one: Way) -> None:
    """What a way out leaves is committed when the response begins, and nothing comes after."""
    left = await stage.goes(one)
    assert left.kinds == one.leaves
    if one.code:
        assert one.code in left.codes
    else:
        assert b'"errors"' not in left.body


@pytest.mark.parametrize("one", REFUSED, ids=name_of)
async def test_a_refusal_by_rules_is_on_the_record(stage: Stage, one: Way) -> None:
    """Each field, asked by somebody who may not."""
    left = await stage.sends(one.sent, one.refused_to)
    assert left.kinds == IN_A_STATE["refused by rules"]
    assert left.codes == [ErrorCode.FORBIDDEN]


@pytest.mark.parametrize("one", RECORDED, ids=name_of)
async def test_what_cannot_be_recorded_is_not_answered(stage: Stage, one: Way) -> None:
    """Where the log cannot be written, that is all that anybody is told."""
    with stage.full():
        left = await stage.goes(one)
    assert left.kinds == IN_A_STATE["AUDIT_UNAVAILABLE"]
    assert set(left.codes) == {ErrorCode.AUDIT_UNAVAILABLE}
    assert not any((left.said.get("data") or {}).values())


async def test_what_is_told_once_more_is_on_the_record_once_more(stage: Stage) -> None:
    """Acknowledging or reviewing again changes nothing, but the answer tells of it again."""
    for one in (field("acknowledgeFollowUp"), field("reviewAccess")):
        for _ in range(2):
            assert (await stage.goes(one)).kinds == one.leaves


@pytest.mark.parametrize("one", REFUSED, ids=name_of)
async def test_a_refusal_that_cannot_be_recorded_is_not_told(stage: Stage, one: Way) -> None:
    """Not even that it was refused, or why."""
    with stage.full():
        left = await stage.sends(one.sent, one.refused_to)
    assert (left.kinds, set(left.codes)) == (frozenset(), {ErrorCode.AUDIT_UNAVAILABLE})


async def test_what_nobody_known_is_refused_is_counted(tmp_path: Path) -> None:
    """By reason, in as few events as can be, so that nobody fills the disk from outside."""
    async with opened(tmp_path / "demo") as made:
        for one in COUNTED * 5:
            assert (await made.goes(one)).codes == [one.code]
    assert made.log().count(EventKind.SIGN_IN_FAILURE) in {1, 2}
    assert set(made.log()[made.log().index(EventKind.SIGN_IN_FAILURE) :]) == {
        EventKind.SIGN_IN_FAILURE
    }


# ── what depends on more ─────────────────────────────────────────────────────────────────────────


def a_launch(stage: Stage) -> Sent:
    host = host_system_for(stage.place.keys, "ADMISSION")
    why = {"kind": "ADMISSION", "evidence": "A-1"}
    whom = {"nhsNumber": NUMBER, "birthDate": "1948-03-14"}
    message = host.launch(personas()["gp-london"], whom, why, utc_now())
    return Sent(body=message.encode(), path="/launch", headers={"content-type": "application/jwt"})


async def test_a_launch_is_on_the_record(stage: Stage) -> None:
    """That it was taken, and that it was refused when it came again."""
    sent = a_launch(stage)
    taken, again = await stage.sends(sent, None), await stage.sends(sent, None)
    assert (taken.status, taken.kinds) == (201, IN_A_STATE["/launch, taken"])
    assert again.codes == [ErrorCode.CONFLICT]
    assert again.kinds == IN_A_STATE["/launch, refused to a known host system"]


async def test_a_launch_that_cannot_be_recorded_has_no_handle(stage: Stage) -> None:
    """Neither a handle nor a refusal leaves without it."""
    sent = a_launch(stage)
    with stage.full():
        taken, again = await stage.sends(sent, None), await stage.sends(sent, None)
    for left in (taken, again):
        assert (left.status, left.codes) == (503, [ErrorCode.AUDIT_UNAVAILABLE])
        assert left.kinds == frozenset()
        assert "launch" not in left.said


@pytest.mark.parametrize("full", [False, True])
async def test_a_subscription_over_a_socket_is_on_the_record(stage: Stage, full: bool) -> None:
    """Before the error goes out, and that error is another where it cannot be written."""
    if full:
        with stage.full():
            assert await _subscribes(stage) == ("AUDIT_UNAVAILABLE", frozenset())
    else:
        told = await _subscribes(stage)
        assert told == ("NOT_AVAILABLE", IN_A_STATE["a subscription over a socket"])


async def _subscribes(stage: Stage) -> tuple[str, frozenset[str]]:
    before = len(stage.log())
    query = f'subscription {{ patient(nhsNumber: "{NUMBER}", purpose: DIRECT_CARE) {{ id }} }}'
    token = f"Bearer {stage.token('gp-london')}"
    messages = [
        {"type": "connection_init", "payload": {"authorization": token}},
        {"type": "subscribe", "id": "1", "payload": {"query": query}},
    ]
    coming: list[Any] = [{"type": "websocket.connect"}]
    coming += [{"type": "websocket.receive", "text": json.dumps(each)} for each in messages]
    coming.append({"type": "websocket.disconnect", "code": 1000})
    told: list[tuple[str, frozenset[str]]] = []

    async def receive() -> Any:
        return coming.pop(0)

    async def send(message: Any) -> None:
        said = json.loads(message.get("text") or "{}")
        if said.get("type") == "error":
            code = said["payload"][0]["extensions"]["code"]
            told.append((code, frozenset(stage.log()[before:])))

    scope = stage._scope(Sent(), None) | {
        "type": "websocket",
        "scheme": "ws",
        "subprotocols": ["graphql-transport-ws"],
    }
    await stage.app(scope, receive, send)
    (one,) = told
    return one


@pytest_asyncio.fixture(scope="module")
async def slow(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    """A gateway whose nodes and tracing service take a call and never answer."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        address = f"http://127.0.0.1:{listening.getsockname()[1]}/"
        async with opened(tmp_path_factory.mktemp("slow") / "demo", address=address) as made:
            yield made


async def test_an_answer_that_did_not_wait_is_on_the_record(slow: Stage) -> None:
    """At the deadline the answer has rows that say so, and each call is an event."""
    left = await slow.goes(PATIENT)
    assert left.kinds == IN_A_STATE["a node is late"]
    assert left.codes == []


async def test_a_caller_who_goes_away_is_on_the_record(slow: Stage) -> None:
    """Nodes may have been asked: that is written down before the connection is given up."""
    left = await slow.goes(PATIENT, gone=True)
    assert (left.status, left.body) == (499, b"")
    assert left.kinds == IN_A_STATE["the caller goes away"]


async def test_whoever_is_turned_away_leaves_nothing(tmp_path: Path) -> None:
    """Before anybody is known and anything is read."""
    async with opened(tmp_path / "demo") as made:
        made.app.state.gateway.in_flight.stop_admitting()
        left = await made.goes(PATIENT)
        assert left.codes == [ErrorCode.OVERLOADED]
        assert left.kinds == IN_A_STATE["OVERLOADED"]


async def test_a_deed_whose_facts_are_lost_is_on_the_record(tmp_path: Path) -> None:
    """Refused, because nobody can tell whether the person objects."""
    async with opened(tmp_path / "demo") as made:
        made.changes("ALTER TABLE objection RENAME TO lost")
        left = await made.goes(EXPLAIN)
        assert left.codes == [ErrorCode.POLICY_UNAVAILABLE]
        assert left.kinds == IN_A_STATE["POLICY_UNAVAILABLE"]


@pytest.mark.parametrize("one", [PATIENT, EXPLAIN], ids=name_of)
async def test_what_nobody_foresaw_is_on_the_record(tmp_path: Path, one: Way) -> None:
    """A look and a deed that failed are events all the same."""
    broken = False

    def steady() -> float:
        if broken:
            raise RuntimeError
        return 0.0

    async with opened(tmp_path / "demo", steady=steady) as made:
        broken = True
        left = await made.goes(one)
        broken = False
        assert left.codes == [ErrorCode.INTERNAL]
        assert left.kinds == IN_A_STATE["something that nobody foresaw"]

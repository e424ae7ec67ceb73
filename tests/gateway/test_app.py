"""The composition root: what stops a start, and a gateway that serves with every node down."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from starlette.applications import Starlette
from structlog.testing import capture_logs

from demo.files import (
    node_names,
)
from demo.personas import personas
from demo.place import Place
from federation.audit import Position, Sealer, refusal_event
from federation.audit.chain import open_row
from federation.audit.checkpoint import Checkpoint, of_lines, read_lines
from federation.errors import ErrorCode, SettingsError, StoreAwayError
from federation.storage import open_storage
from gateway.app import Gateway, build_app, utc_now
from gateway.audit_keys import load_audit_keys
from gateway.checkpoint_keys import load_public_keys
from gateway.settings import load_settings
from tests.builders import a_question
from tests.gateway.places import a_place
from tests.postgres import PostgreSQL

ASK = (
    'query { patient(nhsNumber: "9990000018", purpose: DIRECT_CARE,'
    ' confirm: {birthDate: "1948-03-14"}, answerWithinMs: 2000) {'
    " coverage { state sources { source { id } state } }"
    " allergies { assertion entries { id } } } }"
)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A demo's folder with all that the gateway needs, and a network of which nothing is up."""
    return a_place(tmp_path)


def app_of(place: Place) -> Starlette:
    return build_app(load_settings(place.settings, {}))


@pytest_asyncio.fixture
async def client(place: Place) -> AsyncIterator[httpx.AsyncClient]:
    app = app_of(place)
    token = place.token(personas()["gp-london"], datetime.now(UTC))  # noqa: TID251 - tokens end
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(
            transport=httpx.ASGITransport(app),
            base_url="http://gateway",
            headers={"Authorization": f"Bearer {token}"},
        ) as made,
    ):
        yield made


async def test_the_service_desk_of_the_settings_is_the_one_that_is_told(place: Place) -> None:
    """Where no source may be named, whoever reads is sent to the deployment's own desk."""
    settings = load_settings(place.settings, {"WATLING_SERVICE_DESK": "the desk, 01632 960009"})
    gateway = Gateway(settings)
    async with gateway.opened():
        assert gateway._pipeline is not None
        assert gateway._pipeline.service_desk == "the desk, 01632 960009"


async def test_it_serves_with_every_node_down(client: httpx.AsyncClient) -> None:
    """With no node and no tracing service up, the answer is a record of rows that say so."""
    answer = await client.post("/graphql", json={"query": ASK})
    assert answer.status_code == 200
    assert "errors" not in answer.json()
    patient: dict[str, Any] = answer.json()["data"]["patient"]
    assert patient["coverage"]["state"] == "UNKNOWN"
    states = {row["source"]["id"]: row["state"] for row in patient["coverage"]["sources"]}
    assert set(states) == set(node_names())
    assert set(states.values()) <= {"UNAVAILABLE", "NOT_ASKED"}
    assert patient["allergies"] == {"assertion": "NOT_KNOWN", "entries": []}


async def test_nobody_is_sent_elsewhere(client: httpx.AsyncClient) -> None:
    """An address with a slash too many is none, and no redirect to a host of the caller's words."""
    answer = await client.post("/graphql/", json={"query": "{ me { role } }"})
    assert answer.status_code == 404
    assert answer.json()["errors"][0]["extensions"]["code"] == "NOT_FOUND"


async def test_it_says_that_it_lives_and_is_ready(client: httpx.AsyncClient) -> None:
    """A gateway whose nodes are down is alive and ready, and says which parts it looked at."""
    alive, ready = await client.get("/livez"), await client.get("/readyz")
    assert (alive.status_code, alive.json()) == (200, {"status": "alive"})
    assert ready.status_code == 200
    assert ready.json() == {
        "status": "ready",
        "parts": dict.fromkeys(("audit", "rules", "network", "admitting"), "ready"),
    }


async def test_it_is_not_ready_before_it_is_open(place: Place) -> None:
    """Until everything is open, the gateway asks not to be given work."""
    transport = httpx.ASGITransport(app_of(place))
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
        answer = await client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["parts"]["audit"] == "not ready"


async def test_it_is_not_ready_while_it_drains(place: Place) -> None:
    """A gateway that stops says so to whoever gives it work."""
    app = app_of(place)
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://gateway") as client,
    ):
        app.state.gateway.in_flight.stop_admitting()
        answer = await client.get("/readyz")
    assert (answer.status_code, answer.json()["parts"]["admitting"]) == (503, "not ready")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("run/network.toml", "[[node]]\nid = 1\n"),
        ("keys/id.key", "too short"),
        ("keys/cursor.key", "zz" * 32),
        ("keys/sharing.key", "ab" * 31),
        ("keys/audit.toml", "current = 'none'"),
        ("keys/cis2-jwks.json", "{}"),
        ("keys/role-tables/Z99160.jws", "no.signature.here"),
        ("keys/role-tables/Z99160-key.json", "{}"),
        ("run/organisations.toml", "[[organisation]]\ncode = 1\n"),
        ("run/relationships.json", '[{"number": "9990000018", "kind": "LODGER"}]'),
        ("population/superseded.json", '[{"old": "1", "current": "2"}]'),
        ("population/superseded.json", "{"),
    ],
)
def test_a_wrong_file_stops_the_start(place: Place, name: str, text: str) -> None:
    """A file that cannot be used stops the start, and is named."""
    (place.directory / name).write_text(text)
    with pytest.raises(SettingsError) as caught:
        app_of(place)
    assert str(place.directory / name) in str(caught.value)
    assert text not in str(caught.value)


def test_a_log_that_nobody_signs_is_chosen(place: Place) -> None:
    """Without the settings of checkpoints there is no start, until they say that there are none."""
    lines = place.settings.read_text().splitlines()
    without = [line for line in lines if not line.startswith("audit_checkpoint")]
    place.settings.write_text("\n".join(without))
    with pytest.raises(SettingsError, match="nothing would sign where the audit log stands"):
        app_of(place)
    place.settings.write_text("\n".join(['audit_checkpoints = "none"', *without]))
    app_of(place)


def test_a_missing_secret_stops_the_start(place: Place) -> None:
    """What the gateway was to prove itself to a node with must be there before it starts."""
    network = place.directory / "run/network.toml"
    proof = '[node.authentication]\nkind = "bearer"\ntoken_file = "node.token"\n'
    network.write_text(f"{network.read_text()}\n{proof}")
    with pytest.raises(SettingsError) as caught:
        app_of(place)
    secret = network.parent / "node.token"
    assert str(caught.value) == f"`{secret}`: cannot be read (No such file or directory)"
    secret.write_text("a-token")
    app_of(place)


async def test_what_keeps_it_from_opening_is_told(place: Place) -> None:
    """A store that cannot be opened ends the start in plain words."""
    place.database.mkdir()
    app = app_of(place)
    with pytest.raises(SettingsError, match="cannot be opened"):
        async with app.router.lifespan_context(app):
            pytest.fail("it opened")


@pytest.fixture
def stopped() -> Iterator[tuple[PostgreSQL, str]]:
    """A PostgreSQL that is down, and the URL of its database."""
    server = PostgreSQL()
    url = server.new_database()
    server.stop()
    yield server, url
    server.end()


async def test_a_store_that_is_away_for_a_moment_is_waited_for(place: Place, stopped):
    """A gateway and its database may be started in any order."""
    server, url = stopped
    app = build_app(load_settings(place.settings, {"WATLING_STORAGE_URL": url}))
    starting = asyncio.create_task(asyncio.to_thread(server.start))
    async with app.router.lifespan_context(app):
        await starting
        assert await app.state.gateway._audit_is_writable()


async def test_a_store_that_stays_away_ends_the_start(place: Place, stopped):
    """In one sentence, without the password; nothing is served by rules that nobody has."""
    _, url = stopped
    given = {"WATLING_STORAGE_URL": url, "WATLING_STORAGE_WAIT_SECONDS": "0"}
    app = build_app(load_settings(place.settings, given))
    with pytest.raises(StoreAwayError, match="cannot be reached: Connection refused"):
        async with app.router.lifespan_context(app):
            pytest.fail("it opened")


@pytest.mark.parametrize("examples", [None, "no JSON", '{"personas": "wrong"}'])
async def test_the_page_does_without_examples(place: Place, examples: str | None) -> None:
    """The page for people comes also where the examples file is missing or wrong."""
    if examples is not None:
        place.examples.write_text(examples)
    transport = httpx.ASGITransport(app_of(place))
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
        answer = await client.get("/graphql", headers={"Accept": "text/html"})
    assert answer.status_code == 200
    assert "recordNodes" in answer.text


async def test_the_page_allows_what_it_needs_and_no_more(place: Place) -> None:
    """The page runs its own scripts alone, closes no element early, and is kept by nobody."""
    page = {
        "personas": [{"name": "gp", "title": "</script><b>GP", "token": "t"}],
        "examples": [{"title": "One", "story": "shows one thing", "query": "{ me { role } }"}],
    }
    place.examples.write_text(json.dumps(page))
    transport = httpx.ASGITransport(app_of(place))
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
        answer = await client.get("/graphql", headers={"Accept": "text/html"})
        other = await client.get("/graphql", headers={"Accept": "text/html"})
    policy = answer.headers["content-security-policy"]
    nonce = policy.partition("'nonce-")[2].partition("'")[0]
    assert "default-src 'none'" in policy
    assert f'<script nonce="{nonce}">' in answer.text
    assert nonce not in other.text
    assert "</script><b>" not in answer.text
    assert answer.headers["cache-control"] == "no-store"


async def test_there_is_no_page_unless_it_is_set(place: Place) -> None:
    """Without `graphiql` in the settings a browser is refused like any other GET."""
    settings = load_settings(place.settings, {"WATLING_GRAPHIQL": "false"})
    transport = httpx.ASGITransport(build_app(settings))
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
        answer = await client.get("/graphql", headers={"Accept": "text/html"})
    assert answer.status_code == 405


async def test_no_question_in_the_pages_address(place: Place) -> None:
    """The page does not come under an address that carries a question."""
    transport = httpx.ASGITransport(app_of(place))
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
        answer = await client.get("/graphql?query=x", headers={"Accept": "text/html"})
    assert answer.status_code == 400


async def test_refused_tokens_are_on_the_record(place: Place):
    """Counted, by reason, however soon the gateway stops after them."""
    settings = load_settings(place.settings, {})
    app = build_app(settings)
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://gateway") as client,
    ):
        for header in ({}, {"Authorization": "Bearer x.y.z"}, {"Authorization": "Bearer no"}):
            answer = await client.post("/graphql", json={"query": ASK}, headers=header)
            assert answer.status_code == 401
            # The first is written at once, so that the others wait for the minute or the end.
            for _ in range(10):
                await asyncio.sleep(0)
            await app.state.gateway._pipeline.trail.record(())

    sealer = Sealer(load_audit_keys(settings.audit_key_file))
    storage = await open_storage(settings.storage_url.reveal(), read_only=True)
    events = [open_row(row, sealer).plain async for row in storage.audit.read("demo")]
    await storage.close()
    counts = Counter[str]()
    for event in events:
        counts.update({one.fault: one.count for one in event.failures})
    assert counts == {"MISSING": 1, "MALFORMED": 2}


async def test_a_gateway_that_starts_anew_goes_on_counting(place: Place):
    """Refusals of looks and of deeds, before and after the restart, are one row."""
    settings = load_settings(place.settings, {"WATLING_REVIEWS__REFUSALS": "3"})
    deed = 'mutation { endEmergencyAccess(id: "none") { id } }'
    token = place.token(personas()["systems-support-london"], utc_now())
    for queries in ((ASK, deed), (ASK,)):
        app = build_app(settings)
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(
                transport=httpx.ASGITransport(app),
                base_url="http://gateway",
                headers={"Authorization": f"Bearer {token}"},
            ) as client,
        ):
            for query in queries:
                await client.post("/graphql", json={"query": query})

    sealer = Sealer(load_audit_keys(settings.audit_key_file))
    storage = await open_storage(settings.storage_url.reveal(), read_only=True)
    events = [open_row(row, sealer) async for row in storage.audit.read("demo")]
    await storage.close()
    refused = [event for event in events if event.plain.kind == "REFUSAL"]
    assert [event.sealed.flags for event in refused] == [(), (), ("MANY_REFUSALS",)]
    assert [one.to for one in refused[-1].plain.alerts] == ["organisation:Z99101"]


async def test_a_gateway_that_cannot_count_the_hour_before_serves_all_the_same(place: Place):
    """One event that was tampered with keeps nobody from looking; operators hear of it."""
    settings = load_settings(place.settings, {})
    app = build_app(settings)
    async with app.router.lifespan_context(app):
        gateway = app.state.gateway
        refusals = [refusal_event(a_question(asked_at=utc_now()), ErrorCode.FORBIDDEN)]
        await gateway._pipeline.trail.record(refusals)
    with closing(sqlite3.connect(place.database)) as database, database:
        database.execute("UPDATE audit_event SET body = X'7B7D' WHERE kind = 'REFUSAL'")
    app = build_app(settings)
    with capture_logs() as logs:
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(
                transport=httpx.ASGITransport(app), base_url="http://gateway"
            ) as client,
        ):
            answer = await client.get("/readyz")
    assert answer.status_code == 200
    assert "looks of the hour before are not counted" in [line["event"] for line in logs]


async def test_what_a_gateway_starts_with_is_on_the_record(place: Place):
    """Its own feeds and rules, in its own chain; the second time nothing differs."""
    settings = load_settings(place.settings, {})
    for _ in range(2):
        async with Gateway(settings).opened():
            pass

    sealer = Sealer(load_audit_keys(settings.audit_key_file))
    storage = await open_storage(settings.storage_url.reveal(), read_only=True)
    events = [open_row(row, sealer).plain async for row in storage.audit.read("demo")]
    await storage.close()
    feeds = [event.feed for event in events if event.feed]
    rules = [event.rules.owner for event in events if event.rules]
    first, second = feeds[: len(feeds) // 2], feeds[len(feeds) // 2 :]
    assert {feed.feed for feed in first} == {f"{row.kind}:{row.name}" for row in settings.feeds}
    assert sum(feed.added for feed in first) > 0
    assert {(feed.added, feed.changed, feed.removed) for feed in second} == {(0, 0, 0)}
    assert len(rules) == len(set(rules)) > 1
    assert len(feeds) + len(rules) == len(events)


def _lines(place: Place) -> list[Checkpoint]:
    keys = load_public_keys(place.keys / "checkpoints.json")
    return list(of_lines(read_lines(place.checkpoints), keys))


async def test_a_closed_gateway_has_signed_its_last_event(place: Place):
    """Start and end, twice: each end is signed, and where nothing was written nothing is."""
    settings = load_settings(place.settings, {})
    for _ in range(2):
        async with Gateway(settings).opened():
            pass

    storage = await open_storage(settings.storage_url.reveal(), read_only=True)
    last = await storage.audit.last("demo")
    await storage.close()
    first, second = _lines(place)
    assert last is not None
    assert second.position == Position(last.sequence, last.hash)
    assert second.events == second.sequence - first.sequence


async def test_an_open_gateway_signs_on_schedule(place: Place):
    """Without being closed: what it wrote as it started is signed when the time has come."""
    settings = load_settings(place.settings, {"WATLING_AUDIT_CHECKPOINT_SECONDS": "0.001"})
    async with Gateway(settings).opened(), asyncio.timeout(30):
        while not (place.checkpoints.exists() and _lines(place)):  # noqa: ASYNC110 - a file tells nobody
            await asyncio.sleep(0)


async def test_a_gateway_does_not_write_on_where_events_were_cut_off(place: Place):
    """It does not start, says why, and starts under another name."""
    settings = load_settings(place.settings, {})
    async with Gateway(settings).opened():
        pass
    (said,) = _lines(place)
    with closing(sqlite3.connect(place.database)) as database, database:
        database.execute("DELETE FROM audit_event WHERE sequence = ?", (said.sequence,))

    with pytest.raises(SettingsError, match=r"ends at event .* new `audit_writer`"):
        async with Gateway(settings).opened():
            pass
    async with Gateway(load_settings(place.settings, {"WATLING_AUDIT_WRITER": "next"})).opened():
        pass
    assert {said.writer for said in _lines(place)} == {"demo", "next"}

"""Who looked is written down before the answer leaves, naming nobody; limits; health."""

from __future__ import annotations

import asyncio
import json
import stat
from datetime import timedelta

import httpx
import pytest

from federation.model import Category
from federation.nhs_number import NhsNumber
from federation.node_kit import KeptPart, Limits, LooksToFile, NodeErrorCode, NodeRefusalError
from federation.node_kit.app import build_node_app
from federation.node_kit.author.feeds import Currency, FeedState
from federation.node_kit.limits import Rate
from federation.protocols.graphql.documents import request_body
from federation.protocols.requester_token import REQUESTER_HEADER
from tests.builders import NOW
from tests.federation.node_kit.sources import NUMBER, OFFERED, OTHER, Records
from tests.vouching import a_token, a_verifier

HELD = {category: KeptPart() for category in OFFERED}


class Looks:
    def __init__(self, error=None):
        self.written = []
        self._error = error

    async def write(self, look):
        if self._error:
            raise self._error
        self.written.append(look)


def an_app(source=None, **given):
    return build_node_app(source or Records(HELD), a_verifier(), clock=lambda: NOW, **given)


async def post(app, number=NUMBER):
    body = request_body(OFFERED, (NhsNumber(number),))
    token = a_token("a-node", body, number, categories=OFFERED)
    headers = {"content-type": "application/json", REQUESTER_HEADER: token}
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://node") as client:
        return await client.post("/graphql", content=body, headers=headers)


async def get(app, path):
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://node") as client:
        return await client.get(path)


# ── looks ───────────────────────────────────────────────────────────────────────────────────────


async def test_a_look_says_who_asked_why_and_for_what():
    """As the gateway vouches for it; the request's id leads to the rest in the gateway's log."""
    looks = Looks()
    await post(an_app(looks=looks))
    (look,) = looks.written
    assert (look.at, look.outcome, look.request_id) == (NOW, "ANSWERED", "request-1")
    assert (look.role, look.organisation, look.purpose) == ("R0050", "RRV", "DIRECT_CARE")
    assert set(look.categories) == OFFERED
    assert look.subject


OUTCOMES = [
    # what the source does, what is written
    (Records(HELD), "ANSWERED"),
    (Records(numbers=()), "NOT_HELD"),
    (Records(error=NodeRefusalError(NodeErrorCode.NO_PATIENT_CONSENT)), "NO_PATIENT_CONSENT"),
    (Records(error=RuntimeError("x")), "INTERNAL"),
]


@pytest.mark.parametrize(("source", "outcome"), OUTCOMES)
async def test_every_look_is_written_whatever_comes_of_it(source, outcome):
    """A look that found nothing, or failed, was one."""
    looks = Looks()
    await post(an_app(source, looks=looks))
    assert [look.outcome for look in looks.written] == [outcome]


async def test_a_look_that_cannot_be_written_is_not_answered():
    """Nothing of the record leaves; the caller reads that the node is not available."""
    response = await post(an_app(looks=Looks(error=OSError("no space for 9990000018"))))
    assert response.json()["data"] is None
    assert response.json()["errors"][0]["extensions"]["code"] == "UPSTREAM_UNAVAILABLE"
    assert NUMBER not in response.text


async def test_a_file_of_looks_grows_line_by_line_and_names_nobody(tmp_path):
    """JSON lines that the owner alone reads, without a number or a name."""
    file = tmp_path / "looks.jsonl"
    app = an_app(looks=LooksToFile(file))
    await post(app)
    await post(app)
    lines = file.read_text().splitlines()
    assert [json.loads(line)["outcome"] for line in lines] == ["ANSWERED", "ANSWERED"]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert NUMBER not in file.read_text()
    assert "Example" not in file.read_text()


async def test_about_test_people_the_entry_comes_along():
    """The proof that a look is written, about synthetic people who are named and nobody else."""
    looks = Looks()
    source = Records(HELD, numbers=(NUMBER, OTHER))
    app = an_app(source, looks=looks, test_people=frozenset((NUMBER,)))
    told = (await post(app)).json()
    assert told["extensions"]["look"]["requestId"] == "request-1"
    assert told["extensions"]["look"]["role"] == "R0050"
    assert "extensions" not in (await post(app, OTHER)).json()
    assert "extensions" not in (await post(an_app(source, looks=looks))).json()
    assert len(looks.written) == 3


# ── limits ──────────────────────────────────────────────────────────────────────────────────────


async def test_more_than_a_minute_bears_is_told_when_to_come_again():
    """429, RATE_LIMITED, and the seconds."""
    app = an_app(limits=Limits(requests_a_minute=10))
    assert (await post(app)).status_code == 200
    refused = await post(app)
    assert refused.status_code == 429
    assert refused.json()["errors"][0]["extensions"]["code"] == "RATE_LIMITED"
    assert 1 <= int(refused.headers["retry-after"]) <= 6


async def test_who_is_not_vouched_for_uses_nothing_up():
    """The gateway's allowance is the gateway's."""
    app = an_app(limits=Limits(requests_a_minute=10))
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://node") as client:
        for _ in range(20):
            await client.post(
                "/graphql", content=b"{}", headers={"content-type": "application/json"}
            )
    assert (await post(app)).status_code == 200


def test_a_rate_fills_up_evenly():
    """As many as a tenth of a minute's at a time, then one after another."""
    now = 0.0
    rate = Rate(60, lambda: now)
    for _ in range(6):
        rate.take()
    with pytest.raises(NodeRefusalError) as caught:
        rate.take()
    assert caught.value.retry_after_seconds == 1
    now = 1.0
    rate.take()
    with pytest.raises(NodeRefusalError):
        rate.take()


class Waiting(Records):
    """Answers when it is let."""

    def __init__(self):
        super().__init__(HELD)
        self.begun = asyncio.Event()
        self.go = asyncio.Event()

    async def find(self, numbers, categories, requester):
        self.begun.set()
        await self.go.wait()
        return await super().find(numbers, categories, requester)


async def test_more_than_fit_at_once_are_refused_and_the_place_comes_free():
    """A place is given back when its request ends."""
    source = Waiting()
    app = an_app(source, limits=Limits(requests_at_once=1))
    first = asyncio.create_task(post(app))
    await source.begun.wait()
    assert (await post(app)).status_code == 429
    source.go.set()
    assert (await first).status_code == 200
    assert (await post(app)).status_code == 200


async def test_a_request_that_takes_too_long_is_ended():
    """The caller reads that what is behind the node is late."""
    app = an_app(Waiting(), limits=Limits(request_seconds=0.05))
    response = await post(app)
    assert response.json()["errors"][0]["extensions"]["code"] == "UPSTREAM_TIMEOUT"


# ── health ──────────────────────────────────────────────────────────────────────────────────────

STATES = [
    # states of the feeds, status, HTTP
    ((), "ok", 200),
    ((FeedState.CURRENT,), "ok", 200),
    ((FeedState.CURRENT, FeedState.STALE), "stale", 200),
    ((FeedState.STALE, FeedState.UNKNOWN), "failing", 503),
]


@pytest.mark.parametrize(("states", "status", "http"), STATES)
async def test_health_says_how_old_each_feed_is(states, status, http):
    """The worst feed is the status; each is listed with the instant that it goes to."""
    feeds = [Currency(feed=f"f{n}", state=s, data_current_to=NOW) for n, s in enumerate(states)]

    async def currency():
        return feeds

    response = await get(an_app(currency=currency), "/healthz")
    assert (response.status_code, response.json()["status"]) == (http, status)
    assert [one["feed"] for one in response.json()["feeds"]] == [one.feed for one in feeds]
    assert response.json()["categories"] == sorted(OFFERED)
    assert all(one["dataCurrentTo"] for one in response.json()["feeds"])


async def test_health_does_not_wear_out_the_store():
    """What was found out is told for five seconds."""
    asked, now = [], NOW

    async def currency():
        asked.append(1)
        return ()

    app = build_node_app(Records(HELD), a_verifier(), currency=currency, clock=lambda: now)
    await get(app, "/healthz")
    await get(app, "/healthz")
    assert len(asked) == 1
    now = NOW + timedelta(seconds=5)
    await get(app, "/healthz")
    assert len(asked) == 2


async def test_health_needs_no_feed():
    """A store that is the source itself has none."""
    assert (await get(an_app(), "/healthz")).json()["feeds"] == []
    assert Category.ALLERGIES in (await get(an_app(), "/healthz")).json()["categories"]

"""How the gateway proves itself: tokens that are fetched, kept, renewed once, and never shown."""

import asyncio
import contextlib
from datetime import timedelta

import httpx
import pytest
from joserfc.jwk import ECKey

from federation.flow import Failure, Reply
from federation.model import BackendServices
from federation.protocols.channel import Channel
from federation.protocols.credentials import read_credential
from federation.protocols.single_flight import SingleFlight
from federation.protocols.transport import Allowance
from tests.builders import NOW
from tests.federation.protocols.proofs import TOKEN, a_bearer, key_file, token_endpoint
from tests.federation.protocols.speakers import Fhir, a_call, a_node_at, client_of, fetch
from tests.stubs import loop_time
from tests.stubs.http import Answer, serving
from tests.stubs.token_endpoint import TokenEndpoint, json_answer


@pytest.fixture
async def proved(tmp_path, client_key):
    """A token endpoint, and a FHIR speaker whose node takes its tokens."""
    async with token_endpoint(tmp_path, client_key) as (endpoint, proof):
        yield endpoint, Fhir(proof=proof)


async def ask(speaker, transport, stub=None, calls=1):
    """The outcomes of calls of one client, one after the other, and what the node was sent."""
    async with serving(stub or speaker.holding("Penicillin")) as server:
        node = a_node_at(speaker, server.url)
        client = client_of(node, transport)
        outcomes = [await client.fetch(a_call(node)) for _ in range(calls)]
        await client.aclose()
        return outcomes, server.requests


async def test_one_token_for_many_calls(proved, transport):
    """A token is fetched once and shown with every request, the statement's among them."""
    endpoint, speaker = proved
    outcomes, requests = await ask(speaker, transport, calls=3)
    assert all(isinstance(one, Reply) for one in outcomes)
    assert (endpoint.good, endpoint.refusals) == (["token-1"], [])
    assert {request.headers["authorization"] for request in requests} == {"Bearer token-1"}


async def test_a_key_on_a_curve(tmp_path, transport):
    """A P-384 key signs with ES384."""
    key = ECKey.generate_key("P-384", {"kid": "watling-2"})
    async with token_endpoint(tmp_path, key) as (endpoint, proof):
        (outcome,), _ = await ask(Fhir(proof=proof), transport)
    assert isinstance(outcome, Reply)
    assert endpoint.refusals == []


@contextlib.asynccontextmanager
async def naming(tmp_path, key):
    """A node that names a token endpoint of its own: the node, and the endpoint."""
    endpoint = TokenEndpoint(key, "RS384", lambda: NOW)
    stub = Fhir().holding("Penicillin")

    def handler(request):
        ours = request.target.endswith(("/token", "smart-configuration"))
        return endpoint(request) if ours else stub(request)

    async with serving(handler) as server:
        settings = BackendServices(client_id="watling", key_file=key_file(tmp_path, key))
        endpoint.url = f"{server.url}/token"
        yield a_node_at(Fhir(), server.url, authentication=settings), endpoint


async def test_a_token_endpoint_that_the_node_names(tmp_path, transport, client_key):
    """Without an address in the settings the node's own configuration says it."""
    async with naming(tmp_path, client_key) as (node, endpoint):
        assert isinstance(await fetch(node, transport), Reply)
        assert endpoint.good == ["token-1"]


@pytest.mark.parametrize(
    ("named", "told"),
    [
        ("http://elsewhere.example/token", "another host"),
        ("//elsewhere.example/token", "another host"),
        ("http://127.0.0.1:9/token", "another host"),
        ("http://watling@127.0.0.1/token", "another host"),
        ("http://127.0.0.1:no-port/token", "another host"),
        (None, "no token endpoint"),
    ],
)
async def test_a_token_endpoint_that_is_not_the_nodes(tmp_path, transport, client_key, named, told):
    """What a node names elsewhere is not followed: the gateway's assertion goes to nobody else."""
    async with naming(tmp_path, client_key) as (node, endpoint):
        endpoint.url = named
        failure = await fetch(node, transport)
    assert (failure.state, failure.code) == ("UNAVAILABLE", "NODE_REFUSED_IDENTITY")
    assert told in failure.detail
    assert (endpoint.good, endpoint.refusals) == ([], [])


# ── how long a token is kept ──────────────────────────────────────────────────────────────────────


class Kept:
    """An authenticator with a clock that is set by hand."""

    def __init__(self, speaker, transport, endpoint):
        self.now = NOW
        endpoint.clock = lambda: self.now
        node = a_node_at(speaker, "http://127.0.0.1:1")
        self.authenticator = read_credential(node)(transport, lambda: self.now)

    async def get(self, *, instead_of=None, **later):
        self.now += timedelta(**later)
        return await self.authenticator.authorization(Allowance(10**6), instead_of=instead_of)


async def test_a_token_is_renewed_shortly_before_it_ends(proved, transport):
    """It is kept until half a minute before its end."""
    endpoint, speaker = proved
    kept = Kept(speaker, transport, endpoint)
    assert await kept.get() == await kept.get(seconds=269) == "Bearer token-1"
    assert await kept.get(seconds=1) == "Bearer token-2"


@pytest.mark.parametrize(("seconds", "lasting"), [(20, 10), (0, 0), (10**9, 86_400 - 30)])
async def test_tokens_of_odd_lengths(proved, transport, seconds, lasting):
    """A short one is kept for half its life, and a long one for no more than a day."""
    endpoint, speaker = proved
    endpoint.seconds = seconds
    kept = Kept(speaker, transport, endpoint)
    await kept.get()
    if lasting:
        assert await kept.get(seconds=lasting - 1) == "Bearer token-1"
    assert await kept.get(seconds=1) == "Bearer token-2"


async def test_many_at_once_fetch_one_token(proved, transport):
    """Whoever comes while it is being fetched waits for the same one."""
    endpoint, speaker = proved
    kept = Kept(speaker, transport, endpoint)
    assert set(await asyncio.gather(*(kept.get() for _ in range(20)))) == {"Bearer token-1"}
    assert endpoint.good == ["token-1"]


async def test_many_whose_token_was_refused_fetch_one_new_one(proved, transport):
    """A token that was renewed by one is not renewed again by the next."""
    endpoint, speaker = proved
    kept = Kept(speaker, transport, endpoint)
    first = await kept.get()
    renewed = await asyncio.gather(*(kept.get(instead_of=first) for _ in range(20)))
    assert {*renewed, await kept.get(instead_of=first)} == {"Bearer token-2"}
    assert endpoint.good == ["token-1", "token-2"]


# ── a node that refuses ───────────────────────────────────────────────────────────────────────────


async def test_a_token_that_the_node_has_forgotten(proved, transport):
    """A node that refuses a token is shown a new one, once, and answers."""
    endpoint, speaker = proved
    stub = speaker.holding("Penicillin")
    stub.authorises = lambda shown: shown not in {"Bearer token-1", None}
    (outcome,), requests = await ask(speaker, transport, stub)
    assert isinstance(outcome, Reply)
    assert endpoint.good == ["token-1", "token-2"]
    assert requests[-1].headers["authorization"] == "Bearer token-2"


async def test_a_node_that_refuses_every_token(proved, transport):
    """One call renews once; then the node has refused us."""
    endpoint, speaker = proved
    (failure,), _ = await ask(speaker, transport, lambda _request: Answer(401))
    assert (failure.state, failure.code) == ("UNAVAILABLE", "NODE_REFUSED_IDENTITY")
    assert len(endpoint.good) <= 3  # the call's own, and what reading the statement began with


async def test_one_call_renews_once(proved, transport):
    """However much of a call is refused, it asks for one new token and no more."""
    endpoint, speaker = proved
    async with serving(lambda _request: Answer(401)) as server:
        node = a_node_at(speaker, server.url)
        authenticator = read_credential(node)(transport, lambda: NOW)
        channel = Channel(node, transport, authenticator, most_bytes=10**6)
        url = httpx.URL(server.url)
        statuses = [(await channel.send("GET", url, {})).status for _ in range(3)]
        shown = [request.headers["authorization"] for request in server.requests]
    assert statuses == [401, 401, 401]
    assert endpoint.good == ["token-1", "token-2"]
    assert shown == ["Bearer token-1", *["Bearer token-2"] * 3]


async def test_a_bearer_that_is_refused(tmp_path, transport):
    """A token that does not change is not shown twice."""
    speaker = Fhir(proof=a_bearer(tmp_path))
    (failure,), requests = await ask(speaker, transport, lambda _request: Answer(401))
    assert failure.code == "NODE_REFUSED_IDENTITY"
    searches = [request for request in requests if request.method == "POST"]
    assert [one.headers["authorization"] for one in searches] == [f"Bearer {TOKEN}"]


# ── a token endpoint that fails ───────────────────────────────────────────────────────────────────

REFUSALS = [
    # what it answers, what becomes of the call, what operators read
    (json_answer({"error": "invalid_client"}, 400), "NODE_REFUSED_IDENTITY", "invalid_client"),
    (json_answer({"error": "my own words"}, 401), "NODE_REFUSED_IDENTITY", "no token"),
    (Answer(500), "NODE_REFUSED_IDENTITY", "no token"),
    (Answer(302, {"location": "http://elsewhere.example"}), "NODE_REFUSED_IDENTITY", "no token"),
    (json_answer({"access_token": "x", "token_type": "mac"}), "NODE_REFUSED_IDENTITY", "no token"),
    (json_answer({"token_type": "bearer"}), "NODE_REFUSED_IDENTITY", "no token"),
    (
        json_answer({"access_token": "x\r\nx-role: admin", "token_type": "bearer"}),
        "NODE_REFUSED_IDENTITY",
        "what is no token",
    ),
    (Answer(body=b"[" * 10_000), "NODE_REFUSED_IDENTITY", "no token"),
    (Answer(body=b" " * 100_000), "TOO_LARGE", None),
    (Answer(hang_up=True), "CONNECTION_LOST", None),
]


@pytest.mark.parametrize(("answer", "code", "told"), REFUSALS)
async def test_a_token_endpoint_that_gives_none(proved, transport, answer, code, told):
    """The node is asked nothing; operators read why, in fixed words."""
    endpoint, speaker = proved
    endpoint.answer = answer
    (failure,), requests = await ask(speaker, transport)
    assert isinstance(failure, Failure)
    assert failure.code == code
    assert (told in failure.detail) if told else failure.detail is None
    assert requests == []


async def test_a_token_endpoint_that_stays_silent(proved, transport):
    """When the caller stops waiting, the request for a token is closed with the rest."""
    _, speaker = proved
    async with serving(lambda _request: Answer(silent=True)) as silent:
        settings = speaker.proof.settings
        node = a_node_at(
            speaker,
            "http://127.0.0.1:1",
            authentication=BackendServices(
                client_id="watling", key_file=settings.key_file, token_url=f"{silent.url}/token"
            ),
        )
        client = client_of(node, transport)
        task = asyncio.create_task(client.fetch(a_call(node)))
        await silent.arrived.wait()
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        await client.aclose()
        async with asyncio.timeout(5):
            await silent.closed.wait()


async def test_nothing_shows_a_secret(proved, transport, tmp_path, caplog):
    """No token and no key stands in a repr or in what is logged."""
    endpoint, speaker = proved
    kept = Kept(speaker, transport, endpoint)
    token = await kept.get()
    bearer = a_node_at(Fhir(proof=a_bearer(tmp_path)), "http://127.0.0.1:1")
    authenticator = read_credential(bearer)(transport, lambda: NOW)
    private = endpoint.key.as_dict(private=True)["d"]
    shown = " ".join(
        (
            repr(kept.authenticator),
            repr(vars(kept.authenticator)),
            repr(authenticator),
            repr(bearer),
            caplog.text,
        )
    )
    assert not any(secret in shown for secret in (token, "token-1", TOKEN, private[:20]))


# ── one attempt at a time ─────────────────────────────────────────────────────────────────────────


def test_a_token_that_trickles_in(tmp_path, client_key):
    """An attempt ends with its node's limit, whatever keeps it alive, and the next one begins."""
    began = []

    async def trickle(_request):
        began.append(asyncio.get_running_loop().time())
        await asyncio.Event().wait()

    async def run():
        settings = BackendServices(client_id="watling", key_file=key_file(tmp_path, client_key))
        node = a_node_at(Fhir(), "http://node.example", authentication=settings)
        backend = read_credential(node)(httpx.MockTransport(trickle), lambda: NOW)
        for _ in range(2):
            with pytest.raises(httpx.ReadTimeout):
                await backend.authorization(Allowance(10**6))

    loop_time.run(run())
    assert began == [0.0, 8.0]


async def test_one_who_goes_away_takes_nobody_with_them():
    """The attempt goes on for those who still wait."""
    flight, begun, go = SingleFlight(), asyncio.Event(), asyncio.Event()

    async def attempt():
        begun.set()
        await go.wait()
        return "done"

    first, second = (asyncio.create_task(flight.join(attempt)) for _ in range(2))
    await begun.wait()
    first.cancel()
    await asyncio.wait((first,))
    go.set()
    assert await second == "done"


async def test_when_the_last_goes_away_the_attempt_ends():
    """Nobody waits for it, so it is cancelled, and the next begins anew."""
    flight, begun, ended = SingleFlight(), asyncio.Event(), asyncio.Event()

    async def attempt():
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    only = asyncio.create_task(flight.join(attempt))
    await begun.wait()
    only.cancel()
    await asyncio.wait((only,))
    await ended.wait()

    async def another():
        return "anew"

    assert await flight.join(another) == "anew"


async def test_a_failure_is_shared_and_forgotten():
    """All who waited fail; the next attempt is a new one."""
    flight = SingleFlight()

    async def fail():
        raise ValueError

    outcomes = await asyncio.gather(*(flight.join(fail) for _ in range(3)), return_exceptions=True)
    assert [type(one) for one in outcomes] == [ValueError] * 3

    async def succeed():
        return 1

    assert await flight.join(succeed) == 1

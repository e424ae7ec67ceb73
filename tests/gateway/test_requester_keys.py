"""Which key vouches for requesters, which are published, and that changing them stops nobody."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import httpx
import msgspec
import pytest
from joserfc import jws
from starlette.applications import Starlette
from starlette.routing import Route

from federation.errors import SettingsError
from federation.model import Category
from federation.node_kit import KeysOfAddress, build_node_app
from federation.protocols.graphql.documents import request_body
from federation.protocols.requester_token import REQUESTER_HEADER
from gateway.followed_keys import JWKS_PATH, FollowedKeys
from gateway.requester_keys import (
    LEAD,
    LINGERS,
    drop_requester_key,
    load_requester_keys,
    make_requester_keys,
    rotate_requester_keys,
)
from tests.builders import NOW, a_node
from tests.federation.node_kit.sources import NUMBER, Records
from tests.federation.protocols.speakers import a_call
from tests.vouching import a_verifier, tokens_of

SECOND = timedelta(seconds=1)


class Time:
    """A clock that is moved."""

    def __init__(self):
        self.now = NOW

    def __call__(self):
        return self.now

    def pass_(self, *, of=SECOND):
        self.now += of


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "requester.json"


def named(keys):
    return [one.kid for one in keys]


def test_a_new_file_has_one_key_that_signs(path):
    """At once, and even before, by a clock that is a little behind; for its owner's eyes alone."""
    kid = make_requester_keys(path, NOW)
    ring = load_requester_keys(path)
    assert ring.signing(NOW).kid == ring.signing(NOW - SECOND).kid == kid
    assert named(ring.published(NOW - SECOND)) == [kid]
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_new_key_is_published_before_it_signs_and_the_old_one_after(path):
    """The old one signs until the new one's moment, and verifies for ten minutes more."""
    old = make_requester_keys(path, NOW)
    new = rotate_requester_keys(path, NOW)
    ring, begins = load_requester_keys(path), NOW + LEAD
    moments = [
        # when, what signs, what is published
        (NOW, old, [old, new]),
        (begins - SECOND, old, [old, new]),
        (begins, new, [old, new]),
        (begins + LINGERS - SECOND, new, [old, new]),
        (begins + LINGERS, new, [new]),
    ]
    for when, signs, published in moments:
        assert (ring.signing(when).kid, named(ring.published(when))) == (signs, published), when


def test_what_is_not_needed_leaves_the_file_with_the_next_rotation(path):
    """A key that is still published stays in it."""
    first = make_requester_keys(path, NOW)
    second = rotate_requester_keys(path, NOW)
    begins = NOW + LEAD
    third = rotate_requester_keys(path, begins + LINGERS - SECOND)
    assert named(load_requester_keys(path).keys) == [first, second, third]
    fourth = rotate_requester_keys(path, begins + LINGERS + LEAD)
    assert named(load_requester_keys(path).keys) == [second, third, fourth]


def test_one_key_waits_at_a_time(path):
    """A second rotation before the first has begun is refused, and changes nothing."""
    make_requester_keys(path, NOW)
    rotate_requester_keys(path, NOW)
    before = path.read_bytes()
    with pytest.raises(SettingsError, match="has not begun to sign"):
        rotate_requester_keys(path, NOW + LEAD - SECOND)
    assert path.read_bytes() == before


def test_a_lost_key_is_dropped_and_the_last_one_stays(path):
    """Dropped, it neither signs nor verifies; there is always one left."""
    lost = make_requester_keys(path, NOW)
    with pytest.raises(SettingsError, match="the only key"):
        drop_requester_key(path, lost)
    new = rotate_requester_keys(path, NOW, timedelta(0))
    drop_requester_key(path, lost)
    assert named(load_requester_keys(path).published(NOW)) == [new]
    with pytest.raises(SettingsError, match="no such key"):
        drop_requester_key(path, lost)


def spoilt(path, **changed):
    make_requester_keys(path, NOW)
    row = json.loads(path.read_text())["keys"][0] | changed
    return json.dumps({"keys": [{k: v for k, v in row.items() if v is not None}]})


BAD = [
    # why, what is in the file
    ("no json", lambda _path: "keys"),
    ("no keys", lambda _path: '{"keys": []}'),
    ("a public key", lambda path: spoilt(path, d=None)),
    ("another curve", lambda path: spoilt(path, crv="P-384")),
    ("a shared secret", lambda _path: '{"keys": [{"kty": "oct", "k": "c2VjcmV0"}]}'),
    ("no kid", lambda path: spoilt(path, kid=None)),
    ("a kid with a space", lambda path: spoilt(path, kid="a b")),
    ("no moment", lambda path: spoilt(path, signs_from=None)),
    ("a moment of nowhere", lambda path: spoilt(path, signs_from="2026-01-01T00:00:00")),
    ("a broken key", lambda path: spoilt(path, x="AA")),
]


@pytest.mark.parametrize("made", [row[1] for row in BAD], ids=[row[0] for row in BAD])
def test_a_file_that_cannot_be_used_is_refused(path, made):
    """One sentence with the file, and nothing of what is in it."""
    text = made(path)
    path.write_text(text)
    with pytest.raises(SettingsError) as caught:
        load_requester_keys(path)
    assert str(path) in str(caught.value)
    told = str(caught.value).replace(str(path), "")
    assert not any(value in told for value in _values(text) if len(value) > 8)


def _values(text):
    try:
        return [str(v) for row in json.loads(text)["keys"] for v in row.values()]
    except ValueError:
        return []


def test_a_file_that_is_not_there(path):
    """It is said so."""
    with pytest.raises(SettingsError, match="cannot be read"):
        load_requester_keys(path)


# ── a running gateway ─────────────────────────────────────────────────────────────────────────────


async def published(keys):
    app = Starlette(routes=[Route(JWKS_PATH, keys.jwks)])
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
        return await client.get(JWKS_PATH)


async def test_what_is_published_is_public(path):
    """The public half of each key, with its name and its use, to be kept for five minutes."""
    kid = make_requester_keys(path, NOW)
    response = await published(FollowedKeys(path, lambda: NOW))
    (row,) = response.json()["keys"]
    assert set(row) == {"kty", "crv", "x", "y", "kid", "use", "alg"}
    assert (row["kid"], row["kty"], row["crv"]) == (kid, "EC", "P-256")
    assert (row["use"], row["alg"]) == ("sig", "ES256")
    assert response.headers["cache-control"] == "public, max-age=300"
    assert response.headers["content-type"] == "application/jwk-set+json"


async def test_a_changed_file_is_taken_within_five_seconds(path):
    """Not looked at more often; no restart."""
    make_requester_keys(path, NOW)
    time = Time()
    keys = FollowedKeys(path, time)
    new = rotate_requester_keys(path, NOW, timedelta(0))
    time.pass_(of=4.9 * SECOND)
    assert keys.signing_key().kid != new
    time.pass_(of=0.1 * SECOND)
    assert keys.signing_key().kid == new
    assert len((await published(keys)).json()["keys"]) == 2


def test_a_file_that_breaks_changes_nothing(path):
    """It is told of once; the keys stay; a good one is taken again."""
    kid = make_requester_keys(path, NOW)
    time, faults = Time(), []
    keys = FollowedKeys(path, time, report=faults.append)
    good = path.read_bytes()
    path.write_text("{")
    for _ in range(4):
        time.pass_(of=5 * SECOND)
        assert keys.signing_key().kid == kid
    path.unlink()
    time.pass_(of=5 * SECOND)
    assert keys.signing_key().kid == kid
    assert len(faults) == 2
    path.write_bytes(good)
    time.pass_(of=5 * SECOND)
    assert keys.signing_key().kid == kid
    new = rotate_requester_keys(path, time(), timedelta(0))
    time.pass_(of=5 * SECOND)
    assert keys.signing_key().kid == new
    assert len(faults) == 2


class Network:
    """A gateway that signs and publishes, and a node that keeps a copy of its keys."""

    def __init__(self, path):
        self.time = Time()
        self.keys = FollowedKeys(path, self.time)
        self.fetched = 0
        self.is_up = True
        address = KeysOfAddress(f"http://gateway{JWKS_PATH}", self, self.time)
        verifier = a_verifier("our-node", keys=address, clock=self.time)
        self.node = httpx.ASGITransport(build_node_app(Records(), verifier))
        self.tokens = tokens_of(self.time, signing_key=self.keys.signing_key)

    async def handle_async_request(self, request):
        """The transport of the node's own look at the gateway."""
        self.fetched += 1
        if not self.is_up:
            raise httpx.ConnectError("nobody listens")
        response = await self.keys.jwks(None)
        return httpx.Response(200, stream=httpx.ByteStream(bytes(response.body)))

    async def ask(self):
        """Which key signed one request, and whether it was answered."""
        asked = frozenset((Category.ALLERGIES,))
        body = request_body(asked, (NUMBER,))
        call = msgspec.structs.replace(a_call(a_node("our-node")), categories=tuple(asked))
        token = self.tokens.of(call).token("POST", "", body)
        headers = {"content-type": "application/json", REQUESTER_HEADER: token}
        async with httpx.AsyncClient(transport=self.node, base_url="http://node") as client:
            response = await client.post("/graphql", content=body, headers=headers)
        kid = jws.extract_compact(token.encode()).headers()["kid"]
        return kid, "errors" not in response.json()


@pytest.mark.parametrize("lead", [LEAD, timedelta(0)], ids=["in good time", "at once"])
async def test_nobody_is_refused_while_keys_change(path, lead):
    """Two rotations under a stream of requests, at a node that keeps a copy: every one answered."""
    first = make_requester_keys(path, NOW)
    network = Network(path)
    used = []
    for second in range(0, 7200, 20):
        if second in {600, 3600}:
            rotate_requester_keys(path, network.time(), lead)
        kid, answered = await network.ask()
        assert answered, second
        used.append(kid)
        network.time.pass_(of=20 * SECOND)
    assert used[0] == first
    assert len(dict.fromkeys(used)) == 3
    assert network.fetched <= 7200 / 300 + 2


async def test_a_node_goes_on_with_its_copy_while_the_gateway_is_away(path):
    """For a day; then nobody is believed until the keys can be had again."""
    make_requester_keys(path, NOW)
    network = Network(path)
    assert (await network.ask())[1]
    network.is_up = False
    network.time.pass_(of=timedelta(hours=23))
    assert (await network.ask())[1]
    network.time.pass_(of=timedelta(hours=1))
    assert not (await network.ask())[1]
    network.is_up = True
    network.time.pass_(of=10 * SECOND)
    assert (await network.ask())[1]


async def test_a_dropped_key_is_not_believed_for_longer_than_a_copy_is_good(path):
    """A token of a key that somebody else has is refused five minutes later at the latest."""
    make_requester_keys(path, NOW)
    network = Network(path)
    lost = network.keys.signing_key()
    assert (await network.ask())[1]
    rotate_requester_keys(path, NOW, timedelta(0))
    drop_requester_key(path, lost.kid)
    network.time.pass_(of=300 * SECOND)
    assert (await network.ask())[1]
    stolen = tokens_of(network.time, signing_key=lambda: lost)
    network.tokens = stolen
    assert not (await network.ask())[1]

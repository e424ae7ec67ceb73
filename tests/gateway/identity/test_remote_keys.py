"""Keys at an address: how seldom they are fetched, and how long they are believed."""

import asyncio
import json

import httpx
import pytest

from federation.errors import SettingsError
from gateway.identity import RemoteKeys, TrustedIssuer, trust
from gateway.identity.mappings import read_cis2
from gateway.identity.remote_keys import (
    COOL_DOWN_SECONDS,
    MAX_AGE_SECONDS,
    MOST_BYTES,
    MOST_KEYS,
    STALE_SECONDS,
)
from tests.gateway.identity.tokens import (
    KEY,
    STRANGER,
    a_key,
    a_verifier,
    bearer,
    claims,
    issuer_settings,
    sign,
)
from tests.stubs.http import Answer, serving
from tests.stubs.proxy import proxying

URL = "https://keys.example/jwks"


def public(*keys):
    return {"keys": [key.as_dict(private=False) for key in keys]}


class Issuer:
    """An issuer's address: `answer` comes back, `asked` says how often, `open` lets it answer."""

    def __init__(self):
        self.answer = httpx.Response(200, json=public(KEY))
        self.asked = 0
        self.open = asyncio.Event()
        self.open.set()
        self.now = 1000.0
        self.faults = []
        self.keys = RemoteKeys(
            URL,
            transport=httpx.MockTransport(self),
            timer=lambda: self.now,
            report=lambda fault: self.faults.append(str(fault)),
        )

    async def __call__(self, request):
        assert str(request.url) == URL
        assert request.method == "GET"
        self.asked += 1
        await self.open.wait()
        if isinstance(self.answer, Exception):
            raise self.answer
        made = self.answer

        async def parts():
            for start in range(0, len(made.content), 65536):
                yield made.content[start : start + 65536]

        return httpx.Response(made.status_code, headers=made.headers, content=parts())

    def publish(self, *keys):
        self.answer = httpx.Response(200, json=public(*keys))

    async def knows(self, kid="key-1"):
        return await self.keys.key(kid) is not None


@pytest.fixture
async def issuer():
    made = Issuer()
    yield made
    await made.keys.aclose()


async def test_keys_are_fetched_once_and_kept(issuer):
    """One fetch serves until the keys are old; then they are fetched again."""
    assert await issuer.knows()
    issuer.now += MAX_AGE_SECONDS - 1
    assert await issuer.knows()
    assert issuer.asked == 1
    issuer.now += 1
    assert await issuer.knows()
    assert issuer.asked == 2


async def test_fifty_at_once_make_one_fetch(issuer):
    """However many wait for a key, it is asked for once."""
    issuer.open.clear()
    waiting = [asyncio.create_task(issuer.knows()) for _ in range(50)]
    await asyncio.sleep(0)
    issuer.open.set()
    assert all(await asyncio.gather(*waiting))
    assert issuer.asked == 1


async def test_fifty_tokens_at_once_make_one_fetch(issuer, clock):
    """The same through a verifier, with fifty tokens of their own."""
    trusted = TrustedIssuer(
        settings=issuer_settings(None, jwks_url=URL), keys=issuer.keys, read=read_cis2
    )
    verifier = a_verifier([trusted], clock)
    headers = [bearer(sign(claims(uid=f"subject-{n}"))) for n in range(50)]
    found = await asyncio.gather(*map(verifier.requester_of, headers))
    assert len({requester.subject for requester in found}) == 50
    assert issuer.asked == 1


async def test_whoever_hangs_up_does_not_take_the_fetch_away(issuer):
    """A caller who goes leaves the fetch to the others."""
    issuer.open.clear()
    first = asyncio.create_task(issuer.knows())
    await asyncio.sleep(0)
    second = asyncio.create_task(issuer.knows())
    await asyncio.sleep(0)
    first.cancel()
    issuer.open.set()
    assert await second
    with pytest.raises(asyncio.CancelledError):
        await first
    assert issuer.asked == 1


async def test_a_new_key_is_found_by_its_id(issuer):
    """A key that is not known yet is looked for, once the cool-down is over."""
    assert await issuer.knows()
    new = a_key("key-2")
    issuer.publish(KEY, new)
    assert not await issuer.knows("key-2")
    issuer.now += COOL_DOWN_SECONDS
    assert await issuer.knows("key-2")
    assert issuer.asked == 2


async def test_garbage_cannot_make_it_hammer(issuer):
    """A thousand ids that nobody has make one fetch in each cool-down."""
    for number in range(1000):
        issuer.now += COOL_DOWN_SECONDS / 500
        assert not await issuer.knows(f"garbage-{number}")
    assert issuer.asked <= 3


async def test_a_key_that_disappears_is_believed_no_more(issuer):
    """What the issuer has taken back is gone with the next fetch, an empty set included."""
    issuer.publish(KEY, a_key("key-2"))
    assert await issuer.knows()
    issuer.publish(a_key("key-2"))
    issuer.now += MAX_AGE_SECONDS
    assert not await issuer.knows()
    assert await issuer.knows("key-2")
    issuer.answer = httpx.Response(200, json={"keys": []})
    issuer.now += MAX_AGE_SECONDS
    assert not await issuer.knows("key-2")


async def test_a_key_may_be_replaced_under_its_id(issuer):
    """The key that counts is the one that the issuer publishes now."""
    issuer.publish(STRANGER)
    assert (await issuer.keys.key("key-1")).thumbprint() == STRANGER.thumbprint()
    issuer.publish(KEY)
    issuer.now += MAX_AGE_SECONDS
    assert (await issuer.keys.key("key-1")).thumbprint() == KEY.thumbprint()


NO_KEYS = [
    ("an error", httpx.Response(500), "answered 500"),
    ("elsewhere", httpx.Response(302, headers={"Location": "https://e.example"}), "answered 302"),
    ("nothing", httpx.Response(204), "answered 204"),
    ("no json", httpx.Response(200, text="<html>"), "answered with no set of keys"),
    ("no set", httpx.Response(200, json=[]), "answered with no set of keys"),
    ("no keys", httpx.Response(200, json={"keys": 7}), "answered with no set of keys"),
    (
        "the set of keys is too large",
        httpx.Response(200, text=json.dumps({"keys": [], "x": "x" * MOST_BYTES})),
        "the set of keys is too large",
    ),
    (
        "too many",
        httpx.Response(200, json={"keys": [{}] * (MOST_KEYS + 1)}),
        "the set of keys is too large",
    ),
    ("not there", httpx.ConnectError("secret words"), "no answer (ConnectError)"),
    ("too slow", TimeoutError(), "no answer (TimeoutError)"),
]


@pytest.mark.parametrize(
    ("answer", "fault"), [case[1:] for case in NO_KEYS], ids=[case[0] for case in NO_KEYS]
)
async def test_without_an_answer_known_keys_are_believed_for_an_hour(issuer, answer, fault):
    """Known keys stay in force while the issuer does not answer, for an hour and no longer."""
    assert await issuer.knows()
    issuer.answer = answer
    issuer.now += MAX_AGE_SECONDS
    assert await issuer.knows()
    assert issuer.faults == [fault]
    assert not await issuer.knows("key-2")
    assert issuer.asked == 2
    issuer.now += STALE_SECONDS - MAX_AGE_SECONDS - 1
    assert await issuer.knows()
    issuer.now += 1
    assert not await issuer.knows()


@pytest.mark.parametrize(
    ("answer", "fault"), [case[1:] for case in NO_KEYS], ids=[case[0] for case in NO_KEYS]
)
async def test_without_any_answer_nothing_is_believed(issuer, answer, fault):
    """A gateway that never had the keys believes nobody, and asks again after the cool-down."""
    issuer.answer = answer
    assert not await issuer.knows()
    assert not await issuer.knows()
    assert (issuer.asked, issuer.faults) == (1, [fault])
    issuer.publish(KEY)
    issuer.now += COOL_DOWN_SECONDS
    assert await issuer.knows()


async def test_nobody_with_a_key_waits_for_an_issuer_that_is_not_there(issuer):
    """Once it has failed to answer, it is asked again beside the requests and not before them."""
    assert await issuer.knows()
    issuer.answer = httpx.ConnectError("")
    issuer.now += MAX_AGE_SECONDS
    assert await issuer.knows()
    issuer.open.clear()
    issuer.now += COOL_DOWN_SECONDS
    async with asyncio.timeout(1):
        assert await issuer.knows()
    issuer.publish(KEY)
    issuer.open.set()
    assert not await issuer.knows("key-2")  # which waits for the fetch that is under way
    issuer.open.clear()
    async with asyncio.timeout(1):
        assert await issuer.knows()
    assert issuer.asked == 3


async def test_once_it_answers_again_a_key_that_it_took_back_is_not_believed(issuer):
    """After a failure and an answer, whoever comes when keys are old waits for new ones again."""
    assert await issuer.knows()
    issuer.answer = httpx.ConnectError("")
    issuer.now += MAX_AGE_SECONDS
    assert await issuer.knows()
    issuer.publish(KEY)
    issuer.now += COOL_DOWN_SECONDS
    assert not await issuer.knows("key-2")
    issuer.publish(a_key("key-2"))
    issuer.now += MAX_AGE_SECONDS
    assert not await issuer.knows()


async def test_keys_that_cannot_verify_are_passed_over(issuer):
    """Private, shared, doubled, nameless and foreign keys are not believed; the others are."""
    doubled = [a_key("twice"), a_key("twice")]
    issuer.answer = httpx.Response(
        200,
        json={
            "keys": [
                a_key("private").as_dict(private=True),
                {"kty": "oct", "kid": "shared", "k": "c2VjcmV0"},
                {"kty": "??", "kid": "odd"},
                {"kty": "EC", "kid": 7},
                a_key("enc").as_dict(private=False) | {"use": "enc"},
                *(key.as_dict(private=False) for key in doubled),
                KEY.as_dict(private=False),
            ]
        },
    )
    assert await issuer.knows()
    for kid in ("private", "shared", "odd", "enc", "twice", ""):
        assert not await issuer.knows(kid)


async def test_an_issuer_s_own_bounds_hold():
    """How long keys are used, and believed without an answer, is for the settings to say."""
    settings = issuer_settings(None, jwks_url=URL, keys_max_age_seconds=30, keys_stale_seconds=60)
    made = Issuer()
    (trusted,) = trust([settings])
    keys = trusted.keys
    assert isinstance(keys, RemoteKeys)
    keys._transport, keys._timer = httpx.MockTransport(made), lambda: made.now

    assert await keys.key("key-1")
    made.answer = httpx.ConnectError("")
    made.now += 59
    assert await keys.key("key-1")
    assert made.asked == 2
    made.now += 1
    assert await keys.key("key-1") is None
    await keys.aclose()


@pytest.mark.parametrize(("age", "stale"), [(29, 60), (300, 299), (300, 86401), (-1, -1)])
def test_bounds_that_bound_nothing_are_refused(age, stale):
    """Neither may keys be fetched for every token, nor believed for more than a day."""
    with pytest.raises(SettingsError, match="keys_max_age_seconds"):
        issuer_settings(None, jwks_url=URL, keys_max_age_seconds=age, keys_stale_seconds=stale)


def test_the_shipped_bounds_are_short():
    """Five minutes, and an hour without an answer."""
    assert (MAX_AGE_SECONDS, STALE_SECONDS) == (300, 3600)


async def test_it_lets_go_of_a_fetch_under_way(issuer):
    """Closing does not wait for an issuer that does not answer."""
    issuer.open.clear()
    waiting = asyncio.create_task(issuer.knows())
    await asyncio.sleep(0)
    await issuer.keys.aclose()
    with pytest.raises(asyncio.CancelledError):
        await waiting


@pytest.mark.parametrize(("url", "asked"), [("https://issuer.example/keys", 1), (None, 0)])
async def test_an_issuers_keys(url, asked):
    """An issuer's keys come through it as well, but for those of this machine."""
    async with (
        serving(lambda _request: Answer(body=b'{"keys": []}')) as server,
        proxying(0, refuses=True) as proxy,
    ):
        keys = RemoteKeys(url or f"{server.url}/keys", proxy=proxy.url)
        assert await keys.key("unknown") is None
        await keys.aclose()
        assert len(proxy.heads) == asked
        assert len(server.requests) == 1 - asked

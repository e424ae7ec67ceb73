"""Where a node's copy of the gateway's keys comes from, and how often it is asked for."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta

import httpx
import pytest
from joserfc.jwk import ECKey, OctKey, RSAKey

from federation.node_kit import KeysOfAddress, KeysOfFile, KeysUnavailableError
from federation.node_kit.gateway_keys import read_keys
from tests.builders import NOW

ONE, TWO = ECKey.generate_key("P-256"), ECKey.generate_key("P-256")


def key_set(**keys):
    return json.dumps(
        {"keys": [one.as_dict(private=False) | {"kid": kid} for kid, one in keys.items()]}
    ).encode()


class Gateway(httpx.AsyncBaseTransport):
    """Publishes what a test wants, and counts who asks."""

    def __init__(self, body):
        self.answer = httpx.Response(200, stream=httpx.ByteStream(body))
        self.asked = 0
        self.go = asyncio.Event()
        self.go.set()
        self.begun = asyncio.Event()

    def publish(self, body, status=200):
        self.answer = httpx.Response(status, stream=httpx.ByteStream(body))

    async def handle_async_request(self, request):
        self.asked += 1
        self.begun.set()
        await self.go.wait()
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


class Copy:
    """A copy of the keys, and a clock."""

    def __init__(self, body=None):
        self.now = NOW
        self.gateway = Gateway(key_set(one=ONE) if body is None else body)
        self.keys = KeysOfAddress("http://gateway/jwks", self.gateway, lambda: self.now)

    def later(self, **by):
        self.now += timedelta(**by)


async def test_a_copy_is_kept_for_five_minutes():
    """One request for as many tokens as come."""
    copy = Copy()
    for seconds in (0, 1, 298, 0):
        copy.later(seconds=seconds)
        assert await copy.keys.key("one")
    assert copy.gateway.asked == 1
    copy.later(seconds=1)
    assert await copy.keys.key("one")
    assert copy.gateway.asked == 2


async def test_a_key_that_is_not_known_is_asked_for_once_in_ten_seconds():
    """Whoever makes up ids makes no more requests of it."""
    copy = Copy()
    assert await copy.keys.key("two") is None
    copy.gateway.publish(key_set(one=ONE, two=TWO))
    for _ in range(5):
        assert await copy.keys.key("two") is None
    copy.later(seconds=9.9)
    assert await copy.keys.key("two") is None
    assert copy.gateway.asked == 1
    copy.later(seconds=0.1)
    assert await copy.keys.key("two")
    assert copy.gateway.asked == 2


async def test_many_who_wait_share_one_request():
    """Fifty tokens at once: the gateway is asked once, and all have the key."""
    copy = Copy()
    copy.gateway.go.clear()
    waiting = [asyncio.create_task(copy.keys.key("one")) for _ in range(50)]
    await copy.gateway.begun.wait()
    copy.gateway.go.set()
    assert all(await asyncio.gather(*waiting))
    assert copy.gateway.asked == 1


BROKEN = [
    (httpx.Response(500, stream=httpx.ByteStream(b"")), "an error"),
    (httpx.Response(302, headers={"location": "http://x"}, stream=httpx.ByteStream(b"")), "a hint"),
    (httpx.Response(200, stream=httpx.ByteStream(b"<html>")), "a page"),
    (httpx.Response(200, stream=httpx.ByteStream(b" " * 300_000)), "more than there can be"),
    (httpx.ConnectError("nobody"), "nobody there"),
    (httpx.ReadTimeout("silence"), "silence"),
]


@pytest.mark.parametrize("answer", [row[0] for row in BROKEN], ids=[row[1] for row in BROKEN])
async def test_what_is_no_set_of_keys_leaves_the_copy_in_force(answer):
    """Without any copy nobody is believed; with one it goes on, and is asked for again."""
    copy = Copy()
    copy.gateway.answer = answer
    with pytest.raises(KeysUnavailableError):
        await copy.keys.key("one")
    copy.gateway.publish(key_set(one=ONE))
    copy.later(seconds=10)
    assert await copy.keys.key("one")
    copy.gateway.answer = answer
    copy.later(minutes=6)
    assert await copy.keys.key("one")
    copy.later(hours=23)
    assert await copy.keys.key("one")
    copy.later(hours=1)
    with pytest.raises(KeysUnavailableError):
        await copy.keys.key("one")


def test_only_public_keys_for_these_signatures_are_taken():
    """Anything else in the set is passed over, and costs the others nothing."""
    others = [
        RSAKey.generate_key(2048).as_dict(private=False) | {"kid": "rsa"},
        OctKey.generate_key(256).as_dict() | {"kid": "secret"},
        ECKey.generate_key("P-384").as_dict(private=False) | {"kid": "curve"},
        ONE.as_dict(private=True) | {"kid": "private"},
        ONE.as_dict(private=False) | {"kid": "encrypts", "use": "enc"},
        ONE.as_dict(private=False) | {"kid": 7},
        ONE.as_dict(private=False) | {"kid": ""},
        ONE.as_dict(private=False) | {"kid": "broken", "x": "AA"},
        {"kty": "EC", "kid": "empty"},
        {},
    ]
    good = ONE.as_dict(private=False) | {"kid": "good"}
    found = read_keys(json.dumps({"keys": [*others, good]}).encode())
    assert list(found) == ["good"]


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"keys": 1}', b"[" * 100_000])
def test_what_is_no_set(body):
    """It is none; an empty set is one that knows nobody."""
    assert read_keys(body) is None
    assert read_keys(b'{"keys": []}') == {}


async def test_a_file_is_read_again_as_it_would_be_fetched(tmp_path):
    """A new key is found, a lost one forgotten; a file that breaks changes nothing."""
    path, now = tmp_path / "jwks.json", [NOW]
    keys = KeysOfFile(path, lambda: now[0])

    def later(**by):
        now[0] += timedelta(**by)

    with pytest.raises(KeysUnavailableError):
        await keys.key("one")
    path.write_bytes(key_set(one=ONE))
    later(seconds=10)
    assert await keys.key("one")
    path.write_bytes(key_set(two=TWO))
    assert await keys.key("two") is None
    later(seconds=10)
    assert await keys.key("two")
    assert await keys.key("one") is None
    path.write_text("{")
    later(minutes=6)
    assert await keys.key("two")
    path.unlink()
    later(minutes=6)
    assert await keys.key("two")

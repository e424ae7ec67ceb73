"""The public keys by which a gateway's tokens are verified: from a file, or from the gateway.

Both give a key by its id. What is not a P-256 key for signatures is passed over. What is fetched is
kept for five minutes; a key that is not known is asked for at once, but no more than once in ten
seconds, whoever makes up ids; and a gateway that cannot be reached leaves what it said last in
force for a day.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

import httpx
import msgspec
from joserfc.errors import JoseError
from joserfc.jwk import ECKey
from msgspec import Struct

from federation.model import Clock
from federation.protocols.single_flight import SingleFlight
from federation.protocols.transport import exchange
from federation.records.base import UNDECODABLE

FRESH = timedelta(minutes=5)
AGAIN_AFTER = timedelta(seconds=10)
USABLE = timedelta(days=1)
_MOST_BYTES = 256 * 1024
_TIMEOUT = httpx.Timeout(2.0).as_dict()
_CURVE = "P-256"
Keys = Mapping[str, ECKey]


class KeysUnavailableError(Exception):
    """There are no keys to verify by, so nobody can be believed."""


class GatewayKeys(Protocol):
    """Knows a gateway's public keys."""

    async def key(self, kid: str) -> ECKey | None:
        """The key of this id, None where there is none; raises `KeysUnavailableError`."""


class KeysOfFile:
    """The keys of a JWKS file, read again as one that is fetched would be fetched again."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self._path = path
        self._clock = clock
        self._keys: Keys | None = None
        self._read_at: datetime | None = None

    async def key(self, kid: str) -> ECKey | None:
        known = self._keys is not None and kid in self._keys
        if self._was_read_longer_ago_than(FRESH if known else AGAIN_AFTER):
            self._read_at = self._clock()
            self._read()
        if self._keys is None:
            raise KeysUnavailableError
        return self._keys.get(kid)

    def _was_read_longer_ago_than(self, age: timedelta) -> bool:
        return self._read_at is None or self._clock() - self._read_at >= age

    def _read(self) -> None:
        try:
            body = self._path.read_bytes()
        except OSError:
            return
        keys = read_keys(body)
        if keys is not None:
            self._keys = keys


class KeysOfAddress:
    """The keys that a gateway publishes, through a transport that is not owned."""

    def __init__(self, url: str, transport: httpx.AsyncBaseTransport, clock: Clock) -> None:
        self._url = httpx.URL(url)
        self._transport = transport
        self._clock = clock
        self._keys: Keys | None = None
        self._fetched_at: datetime | None = None
        self._tried_at: datetime | None = None
        self._flight: SingleFlight[None] = SingleFlight()

    async def key(self, kid: str) -> ECKey | None:
        if self._wants(kid):
            await self._flight.join(self._fetch)
        keys = self._keys if self._is_younger_than(USABLE) else None
        if keys is None:
            raise KeysUnavailableError
        return keys.get(kid)

    def _wants(self, kid: str) -> bool:
        """Whether to ask the gateway; whoever comes while it is being asked waits with the rest."""
        known = self._keys is not None and kid in self._keys
        if known and self._is_younger_than(FRESH):
            return False
        tried = self._tried_at
        return self._flight.is_under_way or tried is None or self._clock() - tried >= AGAIN_AFTER

    def _is_younger_than(self, age: timedelta) -> bool:
        return self._fetched_at is not None and self._clock() - self._fetched_at < age

    async def _fetch(self) -> None:
        self._tried_at = self._clock()
        request = httpx.Request(
            "GET",
            self._url,
            headers={"accept": "application/jwk-set+json, application/json"},
            extensions={"timeout": _TIMEOUT},
        )
        try:
            answer = await exchange(self._transport, request, most=_MOST_BYTES)
        except httpx.HTTPError:
            return
        keys = read_keys(answer.body) if answer.status == httpx.codes.OK else None
        if keys is not None:
            self._keys, self._fetched_at = keys, self._clock()


class _KeySet(Struct, frozen=True):
    keys: tuple[dict[str, Any], ...]


_KEY_SET = msgspec.json.Decoder(_KeySet)


def read_keys(body: bytes) -> Keys | None:
    """The keys of a JSON Web Key Set by their id, None for what is no such set."""
    try:
        rows = _KEY_SET.decode(body).keys
    except UNDECODABLE:
        return None
    found = ((row.get("kid"), _key(row)) for row in rows)
    return {kid: key for kid, key in found if isinstance(kid, str) and kid and key is not None}


def _key(row: dict[str, Any]) -> ECKey | None:
    if row.get("kty") != "EC" or row.get("use", "sig") != "sig":
        return None
    try:
        key = ECKey.import_key(row)
    except (JoseError, ValueError, TypeError, KeyError):
        return None
    return key if key.curve_name == _CURVE and not key.is_private else None

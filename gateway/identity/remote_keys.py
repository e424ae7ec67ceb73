"""An issuer's public keys at an address: kept, fetched again, and believed no longer than is safe.

Nobody who asks for nonsense can make the gateway hammer the issuer: a key id that is not known is
looked for at most once in `COOL_DOWN_SECONDS`, by one fetch however many wait for it. An issuer
that does not answer leaves the last known keys in force for `stale_seconds`; one that answers
without a key has taken it back, and it is believed no more. Tokens are `verify.py`'s affair.

Source: OpenID Connect Core 10.1.1 (rotation of signing keys: an unknown `kid` means fetching anew).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import httpx
import msgspec
from joserfc.jwk import Key

from federation.addresses import number_of
from gateway.identity.keys import KeySet, UnusableKeyError, kid_of, public_key

MAX_AGE_SECONDS = 300
"""How long keys are used before they are fetched again, unless the settings say another time."""
COOL_DOWN_SECONDS = 30.0
"""The least time between two fetches, whatever the reason and however the first one ended."""
STALE_SECONDS = 3600
"""How long keys are believed when the issuer cannot be reached, unless the settings say another."""
TIMEOUT_SECONDS = 3.0
MOST_BYTES = 256 * 1024
MOST_KEYS = 100


class KeysUnavailableError(Exception):
    """The issuer did not answer with a set of keys. The text is fixed words and an HTTP status."""


class RemoteKeys:
    """The keys that an issuer publishes. `report` is told why a fetch failed, for the log.

    `proxy` is the address of an egress proxy; this machine is reached without it.
    """

    def __init__(
        self,
        url: str,
        *,
        max_age_seconds: float = MAX_AGE_SECONDS,
        stale_seconds: float = STALE_SECONDS,
        transport: httpx.AsyncBaseTransport | None = None,
        proxy: str | None = None,
        timer: Callable[[], float] = time.monotonic,
        report: Callable[[KeysUnavailableError], None] = lambda _fault: None,
    ) -> None:
        self._url = url
        self._max_age = max_age_seconds
        self._stale = stale_seconds
        self._transport = transport
        here = number_of(httpx.URL(url).host)
        self._proxy = None if here is not None and here.is_loopback else proxy
        self._timer = timer
        self._report = report
        self._keys: Mapping[str, Key] = {}
        self._fetched_at = -float("inf")
        self._tried_at = -float("inf")
        self._failing = False
        self._fetching: asyncio.Task[None] | None = None
        self._client: httpx.AsyncClient | None = None

    async def key(self, kid: str) -> Key | None:
        now = self._timer()
        known = self._keys.get(kid)
        if known is not None and now - self._fetched_at < self._max_age:
            return known
        fetch = self._refresh(now)
        if fetch is not None and not (known and self._failing):
            # A caller who hangs up must not take the fetch away from the others.
            await asyncio.shield(fetch)
        if self._timer() - self._fetched_at >= self._stale:
            return None
        return self._keys.get(kid)

    async def aclose(self) -> None:
        if self._fetching is not None:
            self._fetching.cancel()
            with suppress(asyncio.CancelledError):
                await self._fetching
            self._fetching = None
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    def _refresh(self, now: float) -> asyncio.Task[None] | None:
        """The fetch that is under way, or a new one; None where it is too early for one."""
        if self._fetching is None and now - self._tried_at >= COOL_DOWN_SECONDS:
            self._tried_at = now
            self._fetching = asyncio.create_task(self._fetch())
            self._fetching.add_done_callback(self._over)
        return self._fetching

    def _over(self, _task: asyncio.Task[None]) -> None:
        self._fetching = None

    async def _fetch(self) -> None:
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                keys = _usable(await self._body())
        except KeysUnavailableError as fault:
            self._fail(fault)
        except (TimeoutError, httpx.HTTPError, OSError) as fault:
            self._fail(KeysUnavailableError(f"no answer ({type(fault).__name__})"))
        else:
            self._keys = keys
            self._failing = False
            self._fetched_at = self._timer()

    def _fail(self, fault: KeysUnavailableError) -> None:
        # From now on nobody who has a key waits for an issuer that is not there.
        self._failing = True
        self._report(fault)

    async def _body(self) -> bytes:
        if self._client is None:
            # Neither redirects nor a proxy of the environment: keys come from this address alone.
            self._client = httpx.AsyncClient(
                transport=self._transport,
                proxy=self._proxy,
                follow_redirects=False,
                trust_env=False,
            )
        # Not compressed, so that what is counted is what is kept.
        headers = {"Accept": "application/jwk-set+json, application/json"}
        headers["Accept-Encoding"] = "identity"
        async with self._client.stream("GET", self._url, headers=headers) as answer:
            if answer.status_code != httpx.codes.OK:
                raise KeysUnavailableError(f"answered {answer.status_code}")
            body = bytearray()
            async for chunk in answer.aiter_raw():
                body += chunk
                if len(body) > MOST_BYTES:
                    raise KeysUnavailableError("the set of keys is too large")
        return bytes(body)


def _usable(body: bytes) -> dict[str, Key]:
    """The keys that are fit to verify with. An id that stands twice names no key."""
    try:
        rows = msgspec.json.decode(body, type=KeySet).keys
    except (msgspec.DecodeError, UnicodeDecodeError) as fault:
        raise KeysUnavailableError("answered with no set of keys") from fault
    if len(rows) > MOST_KEYS:
        raise KeysUnavailableError("the set of keys is too large")
    keys: dict[str, Key] = {}
    doubled: set[str] = set()
    for raw in rows:
        kid, key = _one(raw)
        if key is None:
            continue
        if kid in keys:
            doubled.add(kid)
        keys[kid] = key
    return {kid: key for kid, key in keys.items() if kid not in doubled}


def _one(raw: dict[str, Any]) -> tuple[str, Key | None]:
    """A provider may publish keys for other ends, and of kinds that nobody here knows."""
    try:
        return kid_of(raw), public_key(raw)
    except (msgspec.ValidationError, UnusableKeyError):
        return "", None

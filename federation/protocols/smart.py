"""SMART Backend Services: a token for the gateway itself, from the node's token endpoint.

The gateway signs for itself (`private_key_jwt`), is given a token that lives for minutes, and
fetches the next one shortly before that ends. One request is under way at a time, whoever waits.
Specification: https://hl7.org/fhir/smart-app-launch/backend-services.html.
"""

from __future__ import annotations

import asyncio
import re
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar
from urllib.parse import urlencode

import httpx
import msgspec
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey
from msgspec import Struct

from federation.model import BackendServices, Clock, Node
from federation.protocols.single_flight import SingleFlight
from federation.protocols.transport import Allowance, HttpAnswer, NotAuthenticatedError, exchange
from federation.records.base import UNDECODABLE

_ASSERTION_SECONDS = 300
_UNSAID_SECONDS = 60
_EARLY = timedelta(seconds=30)
_MOST_BYTES = 64 * 1024
_BY_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_TOKEN = re.compile(r"[\x21-\x7e]{1,16384}")
_ERRORS = frozenset(  # RFC 6749, 5.2
    (
        "invalid_request",
        "invalid_client",
        "invalid_grant",
        "unauthorized_client",
        "unsupported_grant_type",
        "invalid_scope",
    )
)


class SigningKey:
    """The gateway's private key, and how it signs; never shown."""

    __slots__ = ("_algorithm", "_key", "_kid")

    def __init__(self, key: RSAKey | ECKey, algorithm: str, kid: str) -> None:
        self._key = key
        self._algorithm = algorithm
        self._kid = kid

    def sign(self, claims: dict[str, object]) -> str:
        """A signed token of these claims."""
        header = {"alg": self._algorithm, "kid": self._kid, "typ": "JWT"}
        return jwt.encode(header, claims, self._key, algorithms=[self._algorithm])


class _Held:
    """A token while it is good; a plain object, so that no repr shows it."""

    __slots__ = ("authorization", "until")

    def __init__(self, authorization: str, until: datetime) -> None:
        self.authorization = authorization
        self.until = until


class _Granted(Struct, frozen=True, kw_only=True):
    access_token: str
    token_type: str
    expires_in: float = _UNSAID_SECONDS


class _Denied(Struct, frozen=True, kw_only=True):
    error: str = ""


class _Configuration(Struct, frozen=True, kw_only=True):
    token_endpoint: str


T = TypeVar("T")
_GRANTED = msgspec.json.Decoder(_Granted)
_DENIED = msgspec.json.Decoder(_Denied)
_CONFIGURATION = msgspec.json.Decoder(_Configuration)


class SmartBackend:
    """Proves the gateway to one node with tokens of its token endpoint."""

    def __init__(
        self,
        node: Node,
        settings: BackendServices,
        key: SigningKey,
        transport: httpx.AsyncBaseTransport,
        clock: Clock,
        make_id: Callable[[], str] = lambda: secrets.token_urlsafe(24),
    ) -> None:
        self._base = httpx.URL(node.endpoint.rstrip("/") + "/")
        self._settings = settings
        self._key = key
        self._transport = transport
        self._clock = clock
        self._make_id = make_id
        self._seconds = node.timeout_seconds
        self._timeout = httpx.Timeout(
            node.timeout_seconds, connect=node.connect_timeout_seconds
        ).as_dict()
        self._held: _Held | None = None
        self._flight: SingleFlight[_Held] = SingleFlight()

    async def authorization(self, allowance: Allowance, *, instead_of: str | None = None) -> str:
        held = self._held
        if held is None or held.authorization == instead_of or self._clock() >= held.until:
            held = await self._flight.join(lambda: self._fetch_in_time(allowance))
        return held.authorization

    async def _fetch_in_time(self, allowance: Allowance) -> _Held:
        # Whoever comes joins the attempt: one that trickled on for ever would end for nobody.
        try:
            async with asyncio.timeout(self._seconds):
                return await self._fetch(allowance)
        except TimeoutError:
            raise httpx.ReadTimeout("no token in time") from None

    async def _fetch(self, allowance: Allowance) -> _Held:
        self._held = None
        url = await self._token_url(allowance)
        form = {
            "grant_type": "client_credentials",
            "scope": self._settings.scope,
            "client_assertion_type": _BY_ASSERTION,
            "client_assertion": self._assertion(str(url)),
        }
        answer = await self._send("POST", url, allowance, urlencode(form).encode("ascii"))
        self._held = self._take(answer)
        return self._held

    def _assertion(self, url: str) -> str:
        now = int(self._clock().timestamp())
        client = self._settings.client_id
        return self._key.sign(
            {
                "iss": client,
                "sub": client,
                "aud": url,
                "iat": now,
                "exp": now + _ASSERTION_SECONDS,
                "jti": self._make_id(),
            }
        )

    def _take(self, answer: HttpAnswer) -> _Held:
        granted = _decoded(_GRANTED, answer) if answer.status == httpx.codes.OK else None
        if granted is None or granted.token_type.lower() != "bearer":
            raise NotAuthenticatedError(_refusal(answer))
        if not _TOKEN.fullmatch(granted.access_token):
            raise NotAuthenticatedError("its token endpoint gave what is no token")
        seconds = min(max(granted.expires_in, 0), timedelta(days=1).total_seconds())
        lasting = timedelta(seconds=seconds)
        until = self._clock() + lasting - min(_EARLY, lasting / 2)
        return _Held(f"Bearer {granted.access_token}", until)

    async def _token_url(self, allowance: Allowance) -> httpx.URL:
        if self._settings.token_url is not None:
            return httpx.URL(self._settings.token_url)
        answer = await self._send(
            "GET", self._base.join(".well-known/smart-configuration"), allowance
        )
        found = _decoded(_CONFIGURATION, answer) if answer.status == httpx.codes.OK else None
        if found is None:
            raise NotAuthenticatedError("it names no token endpoint")
        return self._own(found.token_endpoint)

    def _own(self, address: str) -> httpx.URL:
        """A token endpoint that the node names: on its own host, or the operator has to name it."""
        try:
            url = self._base.join(address)
        except (httpx.InvalidURL, ValueError):
            url = None
        ours = (self._base.scheme, self._base.host, self._base.port)
        if url is None or (url.scheme, url.host, url.port) != ours or url.userinfo:
            raise NotAuthenticatedError("it names a token endpoint on another host")
        return url

    async def _send(
        self, method: str, url: httpx.URL, allowance: Allowance, body: bytes | None = None
    ) -> HttpAnswer:
        headers = {"accept": "application/json", "accept-encoding": "gzip"}
        if body is not None:
            headers["content-type"] = "application/x-www-form-urlencoded"
        request = httpx.Request(
            method, url, headers=headers, content=body, extensions={"timeout": self._timeout}
        )
        cap = min(_MOST_BYTES, max(allowance.left, 0))
        answer = await exchange(self._transport, request, most=cap)
        allowance.take(len(answer.body))
        return answer


def _decoded(decoder: msgspec.json.Decoder[T], answer: HttpAnswer) -> T | None:
    try:
        return decoder.decode(answer.body)
    except UNDECODABLE:
        return None


def _refusal(answer: HttpAnswer) -> str:
    denied = _decoded(_DENIED, answer)
    if denied is not None and denied.error in _ERRORS:
        return f"its token endpoint refused the gateway: {denied.error}"
    return "its token endpoint gave no token"

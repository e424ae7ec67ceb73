"""Bearer tokens: from the Authorization header to a verified `Requester`.

Whatever is wrong, the caller is told `UnauthenticatedError` and never why; `refused` is told the
fault, for the log, without anything of the token. What a token says is read in `claims.py`; whose
tokens are believed is in `issuers.py`, with which keys in `keys.py`.
"""

from __future__ import annotations

import json
import math
import re
from collections import OrderedDict
from collections.abc import Callable, Iterable
from enum import StrEnum
from hashlib import sha256
from typing import Any

from joserfc import jws, jwt
from joserfc.errors import (
    BadSignatureError,
    DecodeError,
    ExpiredTokenError,
    InvalidClaimError,
    JoseError,
    MissingClaimError,
    UnsupportedAlgorithmError,
)
from msgspec import Struct

from federation.errors import UnauthenticatedError
from federation.model import Clock, Requester
from gateway.identity.claims import ClaimsError, requester_from
from gateway.identity.issuers import IssuerSettings, TrustedIssuer

LONGEST_TOKEN = 8192
REMEMBERED_TOKENS = 10_000
REMEMBERED_SECONDS = 60
_TOKEN = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*")
"""A signed token in compact form; one of five parts would be encrypted, which is not taken."""


class TokenFault(StrEnum):
    """Why a token was refused, for the log alone."""

    MISSING = "MISSING"
    MALFORMED = "MALFORMED"
    TOO_LARGE = "TOO_LARGE"
    UNKNOWN_ISSUER = "UNKNOWN_ISSUER"
    UNKNOWN_KEY = "UNKNOWN_KEY"
    ALGORITHM = "ALGORITHM"
    SIGNATURE = "SIGNATURE"
    EXPIRED = "EXPIRED"
    CLAIM = "CLAIM"
    REQUESTER = "REQUESTER"


class _RefusedTokenError(Exception):
    """A token that is not believed, with the fault. Never leaves this file."""

    def __init__(self, fault: TokenFault) -> None:
        super().__init__(fault)
        self.fault = fault


class _Remembered(Struct, frozen=True):
    requester: Requester
    until: float


class Verifier:
    """Verifies tokens of the issuers that it trusts. `clock` says what time it is.

    `requester_of` is what the front door calls, with the header as it came.
    """

    def __init__(
        self,
        issuers: Iterable[TrustedIssuer],
        clock: Clock,
        *,
        refused: Callable[[TokenFault], None] = lambda _fault: None,
        remembered_tokens: int = REMEMBERED_TOKENS,
    ) -> None:
        self._issuers = {issuer.settings.issuer: issuer for issuer in issuers}
        self._clock = clock
        self._refused = refused
        self._most = remembered_tokens
        self._remembered: OrderedDict[bytes, _Remembered] = OrderedDict()

    async def requester_of(self, authorization_header: str | None) -> Requester:
        """Who is calling, by the header as it came; raises `UnauthenticatedError`."""
        try:
            return await self._verify_remembering(_token_in(authorization_header))
        except _RefusedTokenError as refused:
            self._refused(refused.fault)
        # Outside the handler: the error carries nothing of what the token was refused for.
        raise UnauthenticatedError

    async def _verify_remembering(self, token: str) -> Requester:
        now = self._clock().timestamp()
        # Invariant: the key is a digest, so that no token lies in memory longer than its request.
        digest = sha256(token.encode("ascii")).digest()
        known = self._remembered.get(digest)
        if known is not None and now < known.until:
            self._remembered.move_to_end(digest)
            return known.requester
        claims = await self._verify(token, now)
        requester = _requester(claims)
        until = min(now + REMEMBERED_SECONDS, claims["exp"])
        self._remember(digest, _Remembered(requester, until))
        return requester

    def _remember(self, digest: bytes, remembered: _Remembered) -> None:
        self._remembered[digest] = remembered
        self._remembered.move_to_end(digest)
        while len(self._remembered) > self._most:
            self._remembered.popitem(last=False)

    async def _verify(self, token: str, now: float) -> dict[str, Any]:
        header, said = _unverified(token)
        issuer = self._issuers.get(_text(said.get("iss")))
        if issuer is None:
            raise _RefusedTokenError(TokenFault.UNKNOWN_ISSUER)
        # Only the issuer's own key of this id: a key that the token brings is never looked at.
        key = await issuer.keys.key(_text(header.get("kid")))
        if key is None:
            raise _RefusedTokenError(TokenFault.UNKNOWN_KEY)
        try:
            claims = jwt.decode(token, key, algorithms=list(issuer.settings.algorithms)).claims
            _conditions(issuer.settings, now).validate(claims)
        except (JoseError, ValueError, TypeError, OverflowError) as fault:
            raise _RefusedTokenError(_fault_of(fault)) from fault
        return claims


def _token_in(header: str | None) -> str:
    if not header:
        raise _RefusedTokenError(TokenFault.MISSING)
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer":
        raise _RefusedTokenError(TokenFault.MISSING)
    token = token.strip(" ")
    if len(token) > LONGEST_TOKEN:
        raise _RefusedTokenError(TokenFault.TOO_LARGE)
    if _TOKEN.fullmatch(token) is None:
        raise _RefusedTokenError(TokenFault.MALFORMED)
    return token


def _unverified(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and payload before anything is believed: only to find whose key it must be."""
    try:
        parts = jws.extract_compact(token.encode("ascii"))
        header = dict(parts.headers())
        payload = json.loads(parts.payload)
    except (JoseError, ValueError, TypeError, RecursionError) as fault:
        raise _RefusedTokenError(TokenFault.MALFORMED) from fault
    if not isinstance(payload, dict):
        raise _RefusedTokenError(TokenFault.MALFORMED)
    return header, payload


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _conditions(settings: IssuerSettings, now: float) -> jwt.JWTClaimsRegistry:
    return jwt.JWTClaimsRegistry(
        now=math.floor(now),
        leeway=settings.leeway_seconds,
        iss={"essential": True, "value": settings.issuer},
        aud={"essential": True, "value": settings.audience},
        sub={"essential": True},
        exp={"essential": True},
    )


_FAULTS: tuple[tuple[type[Exception], TokenFault], ...] = (
    (ExpiredTokenError, TokenFault.EXPIRED),
    (InvalidClaimError, TokenFault.CLAIM),
    (MissingClaimError, TokenFault.CLAIM),
    (BadSignatureError, TokenFault.SIGNATURE),
    (UnsupportedAlgorithmError, TokenFault.ALGORITHM),
    (DecodeError, TokenFault.MALFORMED),
)


def _fault_of(error: Exception) -> TokenFault:
    for kind, fault in _FAULTS:
        if isinstance(error, kind):
            return fault
    return TokenFault.MALFORMED


def _requester(claims: dict[str, Any]) -> Requester:
    try:
        return requester_from(claims)
    except ClaimsError as fault:
        raise _RefusedTokenError(TokenFault.REQUESTER) from fault

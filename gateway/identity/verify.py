"""Bearer tokens: from the Authorization header to a verified `Requester`.

Whatever is wrong, the caller is told `UnauthenticatedError` and never why; `refused` is told the
fault, for the log, without anything of the token. Whose tokens are believed is in `issuers.py`,
with which keys in `keys.py`; what a token says is read in `mappings/`, what the network knows
besides is added in `requester.py`, and that a token is its bearer's own is shown in `proof.py`.
"""

from __future__ import annotations

import json
import math
import re
from collections import OrderedDict
from collections.abc import Callable, Iterable
from datetime import datetime, time, timedelta
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

from federation.errors import ProxyOverdueError, RefusedError, UnauthenticatedError
from federation.model import Clock, Requester
from federation.records.partial_date import LOCAL
from gateway.identity.faults import RefusedTokenError, TokenFault
from gateway.identity.issuers import IssuerSettings, TrustedIssuer
from gateway.identity.mappings import ClaimsError
from gateway.identity.proof import Proofs
from gateway.identity.requester import Acquaintance

LONGEST_TOKEN = 8192
REMEMBERED_TOKENS = 10_000
REMEMBERED_SECONDS = 60
_SCHEMES = frozenset(("bearer", "dpop"))
_TOKEN = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*")
"""A signed token in compact form; one of five parts would be encrypted, which is not taken."""


class _Remembered(Struct, frozen=True):
    requester: Requester
    until: float
    thumbprint: str | None


class Verifier:
    """Verifies tokens of the issuers that it trusts. `clock` says what time it is.

    `requester_of` is what the front door calls, with the headers as they came.
    """

    def __init__(
        self,
        issuers: Iterable[TrustedIssuer],
        clock: Clock,
        *,
        acquaintance: Acquaintance,
        proofs: Proofs,
        refused: Callable[[TokenFault], None] = lambda _fault: None,
        remembered_tokens: int = REMEMBERED_TOKENS,
    ) -> None:
        self._issuers = {issuer.settings.issuer: issuer for issuer in issuers}
        self._clock = clock
        self._acquaintance = acquaintance
        self._proofs = proofs
        self._refused = refused
        self._most = remembered_tokens
        self._remembered: OrderedDict[bytes, _Remembered] = OrderedDict()

    async def requester_of(
        self, authorization_header: str | None, proof: str | None = None
    ) -> Requester:
        """Who is calling, by the headers as they came; `proof` is the DPoP header.

        Raises `UnauthenticatedError`, or `ProxyOverdueError`.
        """
        error: type[RefusedError] = UnauthenticatedError
        try:
            token, bound = _token_in(authorization_header)
            at = self._clock()
            now = at.timestamp()
            # Invariant: the key is a digest, so that no token outlives its request in memory.
            digest = sha256(token.encode("ascii")).digest()
            known = self._remembered.get(digest)
            if known is None or known.until <= now:
                known = await self._verify(token, at)
            # Memory spares the token's checks and never the proof's.
            if bound or known.thumbprint is not None:
                self._check_holder(token, known.thumbprint, proof if bound else None, now)
            self._remember(digest, known)
        except RefusedTokenError as refused:
            self._refused(refused.fault)
            if refused.fault is TokenFault.OVERDUE:
                error = ProxyOverdueError
        else:
            return known.requester
        # Outside the handler: the error carries nothing of what the token was refused for.
        raise error

    def _check_holder(
        self, token: str, thumbprint: str | None, proof: str | None, now: float
    ) -> None:
        # RFC 9449 7.2: a token that is bound to a key is never taken as a bearer token.
        if thumbprint is None or proof is None:
            raise RefusedTokenError(TokenFault.PROOF)
        self._proofs.check(proof, token, thumbprint, now)

    def _remember(self, digest: bytes, remembered: _Remembered) -> None:
        self._remembered[digest] = remembered
        self._remembered.move_to_end(digest)
        while len(self._remembered) > self._most:
            self._remembered.popitem(last=False)

    async def _verify(self, token: str, at: datetime) -> _Remembered:
        """Whoever a token that was not seen before speaks of."""
        issuer, claims = await self._claims(token, at.timestamp())
        return _Remembered(
            self._requester(issuer, claims, at),
            min(at.timestamp() + REMEMBERED_SECONDS, claims["exp"], _next_midnight(at)),
            _thumbprint(issuer.settings, claims),
        )

    async def _claims(self, token: str, now: float) -> tuple[TrustedIssuer, dict[str, Any]]:
        header, said = _unverified(token)
        issuer = self._issuers.get(_text(said.get("iss")))
        if issuer is None:
            raise RefusedTokenError(TokenFault.UNKNOWN_ISSUER)
        # Only the issuer's own key of this id: a key that the token brings is never looked at.
        key = await issuer.keys.key(_text(header.get("kid")))
        if key is None:
            raise RefusedTokenError(TokenFault.UNKNOWN_KEY)
        try:
            claims = jwt.decode(token, key, algorithms=list(issuer.settings.algorithms)).claims
            _conditions(issuer.settings, now).validate(claims)
        except (JoseError, ValueError, TypeError, OverflowError) as fault:
            raise RefusedTokenError(_fault_of(fault)) from fault
        return issuer, claims

    def _requester(self, issuer: TrustedIssuer, claims: dict[str, Any], at: datetime) -> Requester:
        day = at.astimezone(LOCAL).date()
        try:
            claimed = issuer.read(claims, day)
        except ClaimsError as fault:
            raise RefusedTokenError(TokenFault.REQUESTER) from fault
        if claimed.review is not None and claimed.review <= day:
            raise RefusedTokenError(TokenFault.OVERDUE)
        return self._acquaintance.requester(claimed, issuer.settings.id, claims, day)


def _next_midnight(at: datetime) -> float:
    """Whatever is dated, organisations and tables, may be otherwise from then on."""
    tomorrow = at.astimezone(LOCAL).date() + timedelta(days=1)
    return datetime.combine(tomorrow, time.min, LOCAL).timestamp()


def _thumbprint(settings: IssuerSettings, claims: dict[str, Any]) -> str | None:
    """The key that a token is bound to; None for one that whoever holds it may use."""
    confirmation = claims.get("cnf")
    if confirmation is None and not settings.proof_required:
        return None
    thumbprint = confirmation.get("jkt") if isinstance(confirmation, dict) else None
    if not isinstance(thumbprint, str) or not thumbprint:
        # Bound in some way that nobody here understands, or not bound and had to be.
        raise RefusedTokenError(TokenFault.PROOF)
    return thumbprint


def _token_in(header: str | None) -> tuple[str, bool]:
    """The token, and whether its bearer says that it is bound to a key."""
    if not header:
        raise RefusedTokenError(TokenFault.MISSING)
    scheme, _, token = header.partition(" ")
    scheme = scheme.lower()
    if scheme not in _SCHEMES:
        raise RefusedTokenError(TokenFault.MISSING)
    token = token.strip(" ")
    if len(token) > LONGEST_TOKEN:
        raise RefusedTokenError(TokenFault.TOO_LARGE)
    if _TOKEN.fullmatch(token) is None:
        raise RefusedTokenError(TokenFault.MALFORMED)
    return token, scheme == "dpop"


def _unverified(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and payload before anything is believed: only to find whose key it must be."""
    try:
        parts = jws.extract_compact(token.encode("ascii"))
        header = dict(parts.headers())
        payload = json.loads(parts.payload)
    except (JoseError, ValueError, TypeError, RecursionError) as fault:
        raise RefusedTokenError(TokenFault.MALFORMED) from fault
    if not isinstance(payload, dict):
        raise RefusedTokenError(TokenFault.MALFORMED)
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

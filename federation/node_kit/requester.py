"""Who asks: verifies the `Watling-Requester` token, and that it was made for this very request.

`RequesterVerifier.verify` is called before anything is answered: signature by one of the gateway's
keys, that gateway, this node, now, once, this method, path and body. `check_asked` is called when
the numbers and the categories that are asked for are known. Both raise `NotVouchedError`, whose
`fault` is for the node's own operators; the caller reads a code.

What the claims mean is in `federation/protocols/requester_token.py`.
"""

from __future__ import annotations

import logging
from collections.abc import Collection
from enum import StrEnum
from hmac import compare_digest

import msgspec
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from federation.model import Category, Clock, NodeId, RequesterKind
from federation.nhs_number import NhsNumber
from federation.node_kit.gateway_keys import GatewayKeys, KeysUnavailableError
from federation.node_kit.replay import FullError, Seen
from federation.node_kit.source import NodeErrorCode, NodeRefusalError
from federation.protocols.requester_token import (
    ALGORITHM,
    TOKEN_SECONDS,
    TYPE,
    RequesterClaims,
    digest_of,
)
from federation.records.base import UNDECODABLE

LEEWAY_SECONDS = 60
LONGEST_TOKEN = 16 * 1024
_LOGGER = logging.getLogger(__name__)
_CLAIMS = msgspec.json.Decoder(RequesterClaims)


class RequesterFault(StrEnum):
    """Why a token is not believed."""

    MISSING = "MISSING"
    UNREADABLE = "UNREADABLE"
    UNKNOWN_KEY = "UNKNOWN_KEY"
    BAD_SIGNATURE = "BAD_SIGNATURE"
    OTHER_GATEWAY = "OTHER_GATEWAY"
    OTHER_NODE = "OTHER_NODE"
    INCOMPLETE = "INCOMPLETE"
    NOT_NOW = "NOT_NOW"
    TOO_LONG = "TOO_LONG"
    SEEN_BEFORE = "SEEN_BEFORE"
    OTHER_REQUEST = "OTHER_REQUEST"
    OTHER_PERSON = "OTHER_PERSON"
    OTHER_CATEGORIES = "OTHER_CATEGORIES"
    NO_KEYS = "NO_KEYS"
    TOO_MANY = "TOO_MANY"


CODES: dict[RequesterFault, NodeErrorCode] = {
    **dict.fromkeys(RequesterFault, NodeErrorCode.UNAUTHENTICATED),
    RequesterFault.OTHER_REQUEST: NodeErrorCode.FORBIDDEN,
    RequesterFault.OTHER_PERSON: NodeErrorCode.FORBIDDEN,
    RequesterFault.OTHER_CATEGORIES: NodeErrorCode.FORBIDDEN,
    RequesterFault.NO_KEYS: NodeErrorCode.UPSTREAM_UNAVAILABLE,
    RequesterFault.TOO_MANY: NodeErrorCode.RATE_LIMITED,
}
"""What the caller reads: who is not known, what may not be asked, what does not work just now."""


class NotVouchedError(NodeRefusalError):
    """Nobody vouches for whoever sends this request."""

    def __init__(self, fault: RequesterFault) -> None:
        super().__init__(CODES[fault])
        self.fault = fault
        _LOGGER.warning("requester not believed", extra={"fault": fault})


class RequesterVerifier:
    """Verifies the tokens of one gateway at one node.

    `gateway` is what the gateway calls itself (`iss`), `node` this node's id in its network.
    `leeway_seconds` allows for clocks that differ.
    """

    def __init__(
        self,
        *,
        gateway: str,
        node: str,
        keys: GatewayKeys,
        clock: Clock,
        leeway_seconds: int = LEEWAY_SECONDS,
    ) -> None:
        self._gateway = gateway
        self._node = NodeId(node)
        self._keys = keys
        self._clock = clock
        self._leeway = leeway_seconds
        self._seen = Seen()

    async def verify(
        self, token: str | None, *, method: str, path: str, body: bytes
    ) -> RequesterClaims:
        """Who asks, and for what; raises `NotVouchedError`.

        `path` is where the request goes from the node's registered address on, with its query.
        """
        claims = await self._claims(token)
        self._check_time(claims)
        asked = (claims.htm, claims.path)
        if asked != (method, path) or not compare_digest(claims.body_sha256, digest_of(body)):
            raise NotVouchedError(RequesterFault.OTHER_REQUEST)
        self._check_new(claims)
        return claims

    async def _claims(self, token: str | None) -> RequesterClaims:
        if not token:
            raise NotVouchedError(RequesterFault.MISSING)
        payload = verified(token, await self._key(token))
        try:
            claims = _CLAIMS.decode(payload)
        except UNDECODABLE:
            claims = None
        if claims is None:
            raise NotVouchedError(RequesterFault.UNREADABLE)
        if claims.iss != self._gateway:
            raise NotVouchedError(RequesterFault.OTHER_GATEWAY)
        if claims.aud != self._node:
            raise NotVouchedError(RequesterFault.OTHER_NODE)
        if claims.kind is RequesterKind.PROFESSIONAL and not (claims.role and claims.organisation):
            # Nobody acts as a professional but in a role and for an organisation.
            raise NotVouchedError(RequesterFault.INCOMPLETE)
        return claims

    async def _key(self, token: str) -> ECKey:
        kid = key_id_of(token)
        try:
            key = await self._keys.key(kid)
        except KeysUnavailableError:
            raise NotVouchedError(RequesterFault.NO_KEYS) from None
        if key is None:
            raise NotVouchedError(RequesterFault.UNKNOWN_KEY)
        return key

    def _check_time(self, claims: RequesterClaims) -> None:
        now = self._clock().timestamp()
        if claims.exp - claims.iat > TOKEN_SECONDS:
            raise NotVouchedError(RequesterFault.TOO_LONG)
        if not claims.iat - self._leeway <= now < claims.exp + self._leeway:
            raise NotVouchedError(RequesterFault.NOT_NOW)

    def _check_new(self, claims: RequesterClaims) -> None:
        until = claims.exp + self._leeway
        try:
            is_new = self._seen.is_new(claims.jti, until, self._clock().timestamp())
        except FullError:
            raise NotVouchedError(RequesterFault.TOO_MANY) from None
        if not is_new or not claims.jti:
            raise NotVouchedError(RequesterFault.SEEN_BEFORE)


def key_id_of(token: str) -> str:
    """Which key a token says that it was signed with; raises `NotVouchedError`."""
    if len(token) > LONGEST_TOKEN:
        raise NotVouchedError(RequesterFault.UNREADABLE)
    try:
        header = jws.extract_compact(token.encode("ascii")).headers()
    except (JoseError, ValueError, TypeError, RecursionError):
        header = {}
    kid = header.get("kid")
    if header.get("typ") != TYPE or header.get("alg") != ALGORITHM or not isinstance(kid, str):
        raise NotVouchedError(RequesterFault.UNREADABLE)
    return kid


def verified(token: str, key: ECKey) -> bytes:
    """What a token says, once its signature is found good; raises `NotVouchedError`."""
    try:
        payload = jws.deserialize_compact(token, key, algorithms=[ALGORITHM]).payload
    except (JoseError, ValueError, TypeError):
        payload = None
    if not payload:
        raise NotVouchedError(RequesterFault.BAD_SIGNATURE)
    return payload


def check_asked(
    claims: RequesterClaims, numbers: Collection[NhsNumber], categories: Collection[Category]
) -> None:
    """That the request asks about this person, for these categories; raises `NotVouchedError`.

    Demographics come along with every record, so that nobody need ask for them.
    """
    if set(numbers) != set(claims.numbers):
        raise NotVouchedError(RequesterFault.OTHER_PERSON)
    beside = {Category.DEMOGRAPHICS}
    if set(categories) - beside != set(claims.categories) - beside:
        raise NotVouchedError(RequesterFault.OTHER_CATEGORIES)

"""Who asks, told to a node: the `Watling-Requester` header, a signed token for one request.

`Authorization` proves the gateway; this says on whose behalf it asks, for what and about whom, so
that a node can enforce rules of its own and write down who looked. A compact JWS (RFC 7515, ES256),
for one node, one request and at most five minutes; `federation/node_kit/requester.py` verifies it.

There is a token for each request and not one for a call: each is bound to its method, its path and
the digest of its body, so that what leaks of one asks nothing else, and a node may refuse to see
any of them twice. Signing costs some 50 microseconds, a request some 340 (`docs/performance.md`).

Invariant: a token stands in its header and nowhere else: no log, no error, no `repr`.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Callable

import msgspec
from joserfc import jws
from joserfc.jwk import ECKey
from msgspec import Struct
from msgspec.structs import replace

from federation.authority import RelationshipKind
from federation.flow import NodeCall
from federation.model import Category, Clock, Device, NodeId, Purpose, Requester, RequesterKind
from federation.nhs_number import NhsNumber

REQUESTER_HEADER = "Watling-Requester"
ANSWER_HEADER = "Watling-Request-Hash"
"""In a node's answer: the digest of the token that it answers."""
TYPE = "watling-requester+jwt"
ALGORITHM = "ES256"
TOKEN_SECONDS = 300


class RequesterOrganisation(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """The organisation that the requester acts for; `kind` and `region` as the directory says."""

    ods_code: str | None = None
    name: str
    kind: str | None = None
    region: str | None = None


class RequesterClaims(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """What a token says.

    `iss` is the gateway, `aud` the node. `sub` names the person who asks, in letters that mean
    something to this gateway alone and are others at every node: what a node's log loses names no
    member of staff, two nodes cannot put their logs together, and the gateway's operators can say
    who it was, by `request_id` or by making it again. `iat` and `exp` are seconds since 1970.

    `htm` and `path` are the request's method and where it goes, from the node's registered address
    on; `body_sha256` is the digest of its body in base64url without padding. `numbers` are those
    that the person may be known by, the one in use first; `categories` all that the call asks for.
    `relationships` are the kinds of those that tie the requester to the person, `decision` names
    the rules and the view that let this be asked.
    """

    iss: str
    aud: NodeId
    sub: str
    iat: int
    exp: int
    jti: str
    htm: str
    path: str
    body_sha256: str
    kind: RequesterKind
    role: str | None = None
    role_name: str | None = None
    organisation: RequesterOrganisation | None = None
    device: Device = Device.UNKNOWN
    client: str | None = None
    assurance: int = 0
    purpose: Purpose
    numbers: tuple[NhsNumber, ...]
    categories: tuple[Category, ...]
    relationships: tuple[RelationshipKind, ...] = ()
    decision: str | None = None
    request_id: str


class RequesterKey:
    """A private key of the gateway's, and its id; never shown."""

    __slots__ = ("_key", "kid")

    def __init__(self, key: ECKey, kid: str) -> None:
        self._key = key
        self.kid = kid

    def sign(self, payload: bytes, kind: str = TYPE) -> str:
        """The payload as a compact JWS of this type."""
        header = {"alg": ALGORITHM, "kid": self.kid, "typ": kind}
        return jws.serialize_compact(header, payload, self._key, algorithms=[ALGORITHM])


class RequesterTokens:
    """Makes tokens for every node.

    `gateway` is what nodes know this gateway by, `signing_key` says which key signs now,
    `subject_key` (32 bytes) makes the names of requesters.
    """

    def __init__(
        self,
        gateway: str,
        signing_key: Callable[[], RequesterKey],
        subject_key: bytes,
        clock: Clock,
        make_id: Callable[[], str] = lambda: secrets.token_urlsafe(16),
    ) -> None:
        self._gateway = gateway
        self._signing_key = signing_key
        self._subject_key = hmac.digest(subject_key, b"the requester's name at a node", "sha256")
        self._clock = clock
        self._make_id = make_id
        self._encoder = msgspec.json.Encoder()

    def of(self, call: NodeCall) -> CallTokens:
        """What makes the tokens of one call."""
        return CallTokens(self, self._claims(call))

    def sign(self, claims: RequesterClaims, method: str, path: str, body: bytes) -> str:
        """The token of one request, which is about to be sent."""
        now = int(self._clock().timestamp())
        whole = replace(
            claims,
            iat=now,
            exp=now + TOKEN_SECONDS,
            jti=self._make_id(),
            htm=method,
            path=path,
            body_sha256=digest_of(body),
        )
        return self._signing_key().sign(self._encoder.encode(whole))

    def _claims(self, call: NodeCall) -> RequesterClaims:
        requester = call.requester
        return RequesterClaims(
            iss=self._gateway,
            aud=call.node.id,
            sub=self._subject(requester, call.node.id),
            iat=0,
            exp=0,
            jti="",
            htm="",
            path="",
            body_sha256="",
            kind=requester.kind,
            role=requester.role,
            role_name=requester.role_name,
            organisation=_organisation(requester),
            device=requester.device,
            client=requester.client,
            assurance=requester.assurance,
            purpose=call.purpose,
            numbers=call.numbers,
            categories=call.categories,
            relationships=call.relationships,
            decision=call.decision,
            request_id=call.request_id,
        )

    def _subject(self, requester: Requester, node: NodeId) -> str:
        who = f"{node}\x1f{requester.principal}".encode()
        return _base64url(hmac.digest(self._subject_key, who, "sha256"))


class CallTokens:
    """Makes the tokens of one call's requests."""

    __slots__ = ("_claims", "_tokens")

    def __init__(self, tokens: RequesterTokens, claims: RequesterClaims) -> None:
        self._tokens = tokens
        self._claims = claims

    def token(self, method: str, path: str, body: bytes) -> str:
        """A token for one request, good for no other."""
        return self._tokens.sign(self._claims, method, path, body)


def digest_of(content: bytes) -> str:
    """SHA-256, in base64url without padding."""
    return _base64url(hashlib.sha256(content).digest())


def _organisation(requester: Requester) -> RequesterOrganisation | None:
    one = requester.organisation
    if one is None:
        return None
    return RequesterOrganisation(
        ods_code=one.ods_code, name=one.name, kind=one.kind, region=one.region
    )


def _base64url(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")

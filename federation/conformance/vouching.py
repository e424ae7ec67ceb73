"""Tokens for the checker's own requester: good ones, and each way in which one can be bad.

The requester is nobody: a clinician of an organisation that is named for what it is.
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Sequence
from typing import Any

import msgspec

from federation.conformance.target import Target, Tools
from federation.model import Category, Device, Purpose, RequesterKind
from federation.nhs_number import NhsNumber
from federation.protocols.requester_token import (
    TOKEN_SECONDS,
    TYPE,
    RequesterClaims,
    RequesterKey,
    RequesterOrganisation,
    digest_of,
)

SUBJECT = "conformance-check"
ORGANISATION = RequesterOrganisation(ods_code="WATLI", name="Conformance check", kind="gp")
ROLE = "R8000"
Claims = dict[str, Any]


class Vouching:
    """Vouches for the checker's requester at one node."""

    def __init__(self, target: Target, tools: Tools) -> None:
        self._target = target
        self._tools = tools

    def claims(
        self,
        numbers: Sequence[NhsNumber],
        categories: Sequence[Category],
        request_id: str,
        *,
        method: str,
        path: str,
        body: bytes,
    ) -> Claims:
        """What a good token says of one request."""
        now = int(self._tools.clock().timestamp())
        whole = RequesterClaims(
            iss=self._target.gateway,
            aud=self._target.node,
            sub=SUBJECT,
            iat=now,
            exp=now + TOKEN_SECONDS,
            jti=self._tools.make_id(),
            htm=method,
            path=path,
            body_sha256=digest_of(body),
            kind=RequesterKind.PROFESSIONAL,
            role=ROLE,
            role_name="Clinical practitioner",
            organisation=ORGANISATION,
            device=Device.MANAGED,
            client="conformance",
            assurance=3,
            purpose=Purpose.DIRECT_CARE,
            numbers=tuple(numbers),
            categories=tuple(categories),
            decision="conformance",
            request_id=request_id,
        )
        told: Claims = msgspec.to_builtins(whole)
        return told

    def sign(self, claims: Claims, key: RequesterKey | None = None) -> str:
        """The claims as a token, of the trusted key unless another is given."""
        return (key or self._tools.key).sign(msgspec.json.encode(claims))

    def unsigned(self, claims: Claims) -> str:
        """The claims with `alg: none`, as some still make them."""
        head = {"alg": "none", "typ": TYPE, "kid": self._tools.key.kid}
        return ".".join((_base64url(head), _base64url(claims), ""))

    def by_a_stranger(self, claims: Claims) -> str:
        """The claims, signed with a key that is not the gateway's, under the gateway's key id."""
        return self.sign(claims, self._tools.stranger)


def _base64url(value: dict[str, Any]) -> str:
    return urlsafe_b64encode(msgspec.json.encode(value)).rstrip(b"=").decode("ascii")

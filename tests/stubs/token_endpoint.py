"""A strict token endpoint of SMART Backend Services, with one client.

It takes a form by POST, and an assertion that the client signed for this very endpoint, that lives
five minutes at most and was never shown before. Every token is a new one; `good` are those that a
node should take.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from tests.stubs.http import Answer, Request

FORM = "application/x-www-form-urlencoded"
BY_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
JSON = {"content-type": "application/json"}
CONFIGURATION = ".well-known/smart-configuration"


@dataclass
class TokenEndpoint:
    """`key` is the client's; `url` the endpoint's own address, as the client must name it."""

    key: RSAKey | ECKey
    algorithm: str
    clock: Callable[[], datetime]
    client_id: str = "watling"
    url: str = ""
    seconds: int = 300
    answer: Answer | None = None
    """What it answers in place of a token."""
    good: list[str] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)
    _seen: set[str] = field(default_factory=set)

    def __call__(self, request: Request) -> Answer:
        if request.method == "GET" and request.target.endswith(CONFIGURATION):
            return json_answer({"token_endpoint": self.url})
        if self.answer is not None:
            return self.answer
        wrong = self._wrong(request)
        if wrong:
            self.refusals.append(wrong)
            return json_answer({"error": "invalid_client"}, 400)
        self.good.append(f"token-{len(self.good) + 1}")
        granted = {
            "access_token": self.good[-1],
            "token_type": "bearer",
            "expires_in": self.seconds,
            "scope": "system/*.read",
        }
        return json_answer(granted)

    def _wrong(self, request: Request) -> str | None:
        if request.method != "POST" or request.headers.get("content-type") != FORM:
            return "not a form"
        form = dict(parse_qsl(request.body.decode("ascii"), strict_parsing=True))
        assertion = form.pop("client_assertion", "")
        if form != {
            "grant_type": "client_credentials",
            "scope": "system/*.read",
            "client_assertion_type": BY_ASSERTION,
        }:
            return "another form"
        return self._wrong_assertion(assertion)

    def _wrong_assertion(self, assertion: str) -> str | None:
        try:
            token = jwt.decode(assertion, self.key, algorithms=[self.algorithm])
        except (JoseError, ValueError):
            return "signature"
        claims = token.claims
        now = self.clock().timestamp()
        checks = {
            "header": token.header.get("kid") == self.key.kid and token.header.get("typ") == "JWT",
            "client": claims.get("iss") == claims.get("sub") == self.client_id,
            "audience": claims.get("aud") == self.url,
            "expiry": now < claims.get("exp", 0) <= now + 300,
            "id": bool(claims.get("jti")) and claims["jti"] not in self._seen,
        }
        self._seen.add(claims.get("jti", ""))
        return next((name for name, holds in checks.items() if not holds), None)


def json_answer(body: Any, status: int = 200) -> Answer:
    """JSON as the whole answer."""
    return Answer(status, JSON, msgspec.json.encode(body))

"""Vouching for requesters in tests: tokens for any node and any request, as the gateway makes them.

Nodes are given `KEYS`, which knows the one key that everything here is signed with.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Collection, Generator, Iterable
from typing import Any
from urllib.parse import parse_qs

import httpx
import msgspec
from joserfc import jws
from joserfc.jwk import ECKey
from msgspec.structs import replace

from demo.model import GATEWAY
from federation.flow import NodeCall
from federation.model import Category, Clock, Purpose, RequestId
from federation.nhs_number import NHS_NUMBER_SYSTEM, NhsNumber
from federation.node_kit import RequesterVerifier
from federation.protocols.requester_token import (
    REQUESTER_HEADER,
    RequesterClaims,
    RequesterKey,
    RequesterTokens,
    digest_of,
)
from tests.builders import KEY, NOW, a_node, a_requester

PRIVATE = ECKey.generate_key("P-256")
SIGNING = RequesterKey(PRIVATE, "tests")
_IN_HEAD = re.compile(rb"(?i)(\r\nwatling-requester: *)(\S+)")


class KnownKeys:
    """Keys that are given."""

    def __init__(self, **keys: ECKey) -> None:
        self.keys = keys

    async def key(self, kid: str) -> ECKey | None:
        return self.keys.get(kid)


KEYS = KnownKeys(tests=PRIVATE)


def a_verifier(node: str = "a-node", **given: Any) -> RequesterVerifier:
    """A node's verifier, which believes the tokens that are made here."""
    defaults = {"gateway": GATEWAY, "node": node, "keys": KEYS, "clock": lambda: NOW}
    return RequesterVerifier(**(defaults | given))


def tokens_of(clock: Clock = lambda: NOW, **given: Any) -> RequesterTokens:
    """What makes tokens, as the gateway's own does."""
    defaults: dict[str, Any] = {"gateway": GATEWAY, "signing_key": lambda: SIGNING}
    return RequesterTokens(subject_key=KEY, clock=clock, **(defaults | given))


def a_token(
    node: str,
    body: bytes,
    *numbers: str,
    categories: Collection[Category] = tuple(Category),
    method: str = "POST",
    path: str = "",
    clock: Clock = lambda: NOW,
) -> str:
    """A token for one request."""
    call = NodeCall(
        node=a_node(node),
        numbers=tuple(map(NhsNumber, numbers)),
        categories=tuple(sorted(categories)),
        requester=a_requester(),
        purpose=Purpose.DIRECT_CARE,
        request_id=RequestId("request-1"),
    )
    return tokens_of(clock).of(call).token(method, path, body)


class Vouching(httpx.Auth):
    """Vouches for each request of a client to one FHIR node, as a question about these people.

    A search by number is vouched for as one about the numbers that it names.
    """

    requires_request_body = True

    def __init__(self, node: str, base: str, clock: Clock, numbers: Iterable[str]) -> None:
        self._node = node
        self._base = base
        self._clock = clock
        self._numbers = tuple(numbers)

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        path = request.url.raw_path.decode().removeprefix(self._base).removeprefix("/")
        form = parse_qs(request.content.decode())
        pairs = [one.partition("|") for one in form.get("identifier", [""])[0].split(",")]
        named = [number for system, _, number in pairs if system == NHS_NUMBER_SYSTEM]
        numbers = named if path == "Patient/_search" else self._numbers
        request.headers[REQUESTER_HEADER] = a_token(
            self._node,
            request.content,
            *numbers,
            method=request.method,
            path=path,
            clock=self._clock,
        )
        yield request


def vouched_anew(key: RequesterKey, stranger: str, head: bytes, body: bytes) -> bytes:
    """The head of a request with another body, vouched for as if it had been sent so.

    Where the stranger is asked about, the token is about them.
    """

    def anew(found: re.Match[bytes]) -> bytes:
        claims = msgspec.json.decode(jws.extract_compact(found[2]).payload, type=RequesterClaims)
        numbers = (NhsNumber(stranger),) if stranger.encode() in body else claims.numbers
        changed = replace(
            claims, jti=secrets.token_hex(8), body_sha256=digest_of(body), numbers=numbers
        )
        return found[1] + key.sign(msgspec.json.encode(changed)).encode()

    return _IN_HEAD.sub(anew, head)

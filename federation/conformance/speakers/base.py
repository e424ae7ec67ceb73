"""What every speaker is asked for, and the wire that all of them send by."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, Protocol

import httpx
from msgspec.structs import replace

from federation.conformance.check import UnexpectedError
from federation.conformance.codes import ConformanceCode, told
from federation.conformance.heard import Exchange, Heard, Sent
from federation.conformance.target import Target, Tools
from federation.conformance.vouching import Claims, Vouching
from federation.model import Category
from federation.nhs_number import NhsNumber
from federation.protocols.channel import path_from
from federation.protocols.requester_token import ANSWER_HEADER, REQUESTER_HEADER, digest_of
from federation.protocols.transport import (
    AddressNotAllowedError,
    Allowance,
    TooLargeError,
    exchange,
)

MOST_BYTES = 128 * 1024 * 1024
"""So much is read in one run, decompressed: what came is kept until its end."""

_MOST_VALUES = 500_000
"""Of JSON, in one answer: two bytes of it may come to a hundred when they are read."""
_BYTES_OF_A_VALUE = 32


class _Share(Allowance):
    """What one answer may take of what the whole run may."""

    def __init__(self, most: int, run: Allowance) -> None:
        super().__init__(min(most, run.left))
        self._run = run

    def take(self, length: int) -> None:
        super().take(length)
        self._run.take(length)


class Odd(NamedTuple):
    """A request that a node must refuse: what is wrong with it, and the request."""

    what: str
    sent: Sent


class Speaker(Protocol):
    """Asks one node in its protocol."""

    async def ask(self, numbers: Sequence[NhsNumber], categories: Sequence[Category]) -> Heard:
        """Everything of these categories that is held under these numbers."""

    def question(self, numbers: Sequence[NhsNumber], categories: Sequence[Category]) -> Sent:
        """The first request of such a question."""

    def refusal(self, answer: Exchange) -> str | None:
        """The word with which an answer refuses, None for one that does not."""

    def names_a_record(self, answer: Exchange) -> bool:
        """Whether the answer to a question's first request tells of anybody."""

    def unreadable(self, numbers: Sequence[NhsNumber]) -> Sequence[Odd]:
        """Requests that cannot be read."""

    def unknown_parameter(self, numbers: Sequence[NhsNumber]) -> Odd:
        """A question with a parameter that no node knows."""

    def writes(self, numbers: Sequence[NhsNumber]) -> Sequence[Odd]:
        """Requests that would change something."""

    async def listed_writes(self) -> Sequence[str]:
        """Ways to change something that the node says that it offers."""


class Wire:
    """Sends requests to one node, with proof of who asks."""

    def __init__(self, target: Target, tools: Tools, vouching: Vouching) -> None:
        self.target = target
        self._tools = tools
        self.vouching = vouching
        self._base = target.endpoint.rstrip("/")
        self._timeout = httpx.Timeout(
            target.timeout_seconds, connect=target.connect_timeout_seconds
        ).as_dict()
        # The engine counts from one byte to the next: whoever sends one a second would never end.
        self._whole = target.connect_timeout_seconds + 2 * target.timeout_seconds
        self._left = Allowance(MOST_BYTES)

    def url(self, path: str) -> httpx.URL:
        """Where a path goes; one that is a whole address stays it."""
        if path.startswith(("http://", "https://")):
            return httpx.URL(path)
        return httpx.URL(f"{self._base}/{path}" if path else self.target.endpoint)

    def further(self, link: str, sent: Sent) -> Sent | None:
        """The request for a further page, None for a link that is not the node's own.

        # Invariant: what proves who asks never follows a node's word to another place.
        """
        here = self.url("x")
        try:
            url = here.join(link)
        except (httpx.InvalidURL, ValueError):
            return None
        own = (here.scheme, here.host, here.port)
        if (url.scheme, url.host, url.port) != own or url.userinfo:
            return None
        return replace(sent, method="GET", path=str(url), body=b"")

    async def send(
        self,
        sent: Sent,
        *,
        change: Callable[[Claims], str | None] | None = None,
        authorization: str | None = "",
        base: str | None = None,
        through: httpx.AsyncBaseTransport | None = None,
    ) -> Exchange:
        """Send one request and take down what came, whatever it is.

        Raises `UnexpectedError` where the address is one that no connection may be made to.

        `change` makes the token of its claims, None for none at all. `authorization` None sends the
        request without the gateway's own proof, a text with that one. `base` is the registered
        address that its path goes on from, where it is not the node's. `through` is another way
        than that of all requests.
        """
        request_id = self._tools.make_id()
        url = self.url(sent.path)
        claims = self.vouching.claims(
            sent.numbers,
            sent.categories,
            request_id,
            method=sent.method,
            path=path_from(base or self._base, url),
            body=sent.body,
        )
        token = (change or self.vouching.sign)(claims)
        headers = self._headers(sent, request_id, token)
        began = self._tools.now()
        try:
            async with asyncio.timeout(self._whole):
                headers.update(await self._proof(authorization))
                request = httpx.Request(
                    sent.method,
                    url,
                    headers=headers,
                    content=sent.body or None,
                    extensions={"timeout": self._timeout},
                )
                answer = await exchange(
                    through or self._tools.transport, request, most=self._share()
                )
            self._weigh(answer.body)
        except AddressNotAllowedError:
            raise UnexpectedError(told(ConformanceCode.ADDRESS_NOT_ALLOWED)) from None
        except (httpx.HTTPError, TimeoutError) as error:
            seconds = self._tools.now() - began
            return Exchange(
                sent=sent, request_id=request_id, seconds=seconds, broke=type(error).__name__
            )
        return Exchange(
            sent=sent,
            request_id=request_id,
            seconds=self._tools.now() - began,
            status=answer.status,
            headers=answer.headers,
            body=answer.body,
            echo=answer.headers.get(ANSWER_HEADER),
            expected_echo=digest_of(token.encode("ascii")) if token else None,
        )

    def _share(self) -> Allowance:
        return _Share(self.target.max_response_bytes, self._left)

    def _weigh(self, body: bytes) -> None:
        """Raises `TooLargeError` for what is small as it came, and too large once it is read."""
        values = sum(map(body.count, (b"{", b"[", b",")))
        if values > _MOST_VALUES:
            raise TooLargeError("the answer has too many values")
        self._left.take(max(0, values * _BYTES_OF_A_VALUE - len(body)))

    def _headers(self, sent: Sent, request_id: str, token: str | None) -> dict[str, str]:
        fixed: Mapping[str, str | None] = {
            "accept": "application/fhir+json, application/json",
            "accept-encoding": "gzip",
            "content-type": sent.media_type if sent.body else None,
            "x-request-id": request_id,
            REQUESTER_HEADER: token,
        }
        return {name: value for name, value in fixed.items() if value is not None}

    async def _proof(self, authorization: str | None) -> dict[str, str]:
        if authorization:
            return {"authorization": authorization}
        if authorization is None or self._tools.authenticator is None:
            return {}
        return {"authorization": await self._tools.authenticator.authorization(self._share())}

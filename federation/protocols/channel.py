"""One call's way to its node: its credentials, who asks, its time limits, one allowance of bytes.

Both protocols send through here. A node that refuses the credentials that a call began with is
asked once more with new ones, where there are any to be had. An answer that says which request it
is to is compared with the request: something on the way may have mixed up two, or kept an old one.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import httpx

from federation.model import Node
from federation.protocols.authentication import Authenticator
from federation.protocols.requester_token import (
    ANSWER_HEADER,
    REQUESTER_HEADER,
    CallTokens,
    digest_of,
)
from federation.protocols.transport import Allowance, AnotherAnswerError, HttpAnswer, exchange


class Channel:
    """Sends requests to one node for one call.

    `authenticator` None: the node asks for none. `tokens` None: nobody is asked about.
    """

    def __init__(
        self,
        node: Node,
        transport: httpx.AsyncBaseTransport,
        authenticator: Authenticator | None,
        *,
        most_bytes: int,
        tokens: CallTokens | None = None,
    ) -> None:
        self._transport = transport
        self._authenticator = authenticator
        self._tokens = tokens
        self._base = node.endpoint.rstrip("/")
        self._must_echo = node.echoes_request
        self._allowance = Allowance(most_bytes)
        self._first: str | None = None
        self._timeout = httpx.Timeout(
            node.timeout_seconds, connect=node.connect_timeout_seconds
        ).as_dict()

    async def send(
        self,
        method: str,
        url: httpx.URL,
        headers: Mapping[str, str],
        content: bytes | None = None,
    ) -> HttpAnswer:
        """The answer, whatever its status; raises `httpx.HTTPError` where there is none."""
        send = partial(self._send, method, url, headers, content)
        shown = await self._shown()
        answer = await send(shown)
        if answer.status != httpx.codes.UNAUTHORIZED or shown is None or shown != self._first:
            return answer
        renewed = await self._shown(instead_of=shown)
        return answer if renewed == shown else await send(renewed)

    async def _send(
        self,
        method: str,
        url: httpx.URL,
        headers: Mapping[str, str],
        content: bytes | None,
        authorization: str | None,
    ) -> HttpAnswer:
        proof = {"authorization": authorization} if authorization else {}
        token = None
        if self._tokens is not None:
            token = self._tokens.token(method, path_from(self._base, url), content or b"")
            proof[REQUESTER_HEADER] = token
        request = httpx.Request(
            method,
            url,
            headers={**headers, **proof},
            content=content,
            extensions={"timeout": self._timeout},
        )
        answer = await exchange(self._transport, request, most=self._allowance)
        if token is not None:
            self._compare(answer, token)
        return answer

    def _compare(self, answer: HttpAnswer, token: str) -> None:
        echo = answer.headers.get(ANSWER_HEADER)
        if echo is not None and echo != digest_of(token.encode("ascii")):
            raise AnotherAnswerError("its answer is to another request")
        # Whatever stands before the node may refuse in its stead, and knows of no echo.
        if echo is None and self._must_echo and answer.status == httpx.codes.OK:
            raise AnotherAnswerError("its answer does not say which request it is to")

    async def _shown(self, *, instead_of: str | None = None) -> str | None:
        if self._authenticator is None:
            return None
        shown = await self._authenticator.authorization(self._allowance, instead_of=instead_of)
        self._first = self._first or shown
        return shown


def path_from(base: str, url: httpx.URL) -> str:
    """Where a request goes, from the node's registered address on, its query included.

    What stands before that, a node may not know: it may be called through another's address.

    >>> path_from("https://node.example/r4", httpx.URL("https://node.example/r4/Flag/_search"))
    'Flag/_search'
    >>> path_from("https://node.example/graphql", httpx.URL("https://node.example/graphql"))
    ''
    """
    address = str(url)
    if address.startswith(base):
        return address.removeprefix(base).removeprefix("/")
    return url.raw_path.decode("ascii")

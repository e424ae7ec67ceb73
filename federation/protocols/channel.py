"""One call's way to its node: its credentials, its time limits, and one allowance of bytes.

Both protocols send through here. A node that refuses the credentials that a call began with is
asked once more with new ones, where there are any to be had.
"""

from __future__ import annotations

from collections.abc import Mapping

import httpx

from federation.model import Node
from federation.protocols.authentication import Authenticator
from federation.protocols.transport import Allowance, HttpAnswer, exchange


class Channel:
    """Sends requests to one node for one call. `authenticator` None: the node asks for none."""

    def __init__(
        self,
        node: Node,
        transport: httpx.AsyncBaseTransport,
        authenticator: Authenticator | None,
        *,
        most_bytes: int,
    ) -> None:
        self._transport = transport
        self._authenticator = authenticator
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

        def request(authorization: str | None) -> httpx.Request:
            proof = {"authorization": authorization} if authorization else {}
            return httpx.Request(
                method,
                url,
                headers={**headers, **proof},
                content=content,
                extensions={"timeout": self._timeout},
            )

        shown = await self._shown()
        answer = await exchange(self._transport, request(shown), most=self._allowance)
        if answer.status != httpx.codes.UNAUTHORIZED or shown is None or shown != self._first:
            return answer
        renewed = await self._shown(instead_of=shown)
        if renewed == shown:
            return answer
        return await exchange(self._transport, request(renewed), most=self._allowance)

    async def _shown(self, *, instead_of: str | None = None) -> str | None:
        if self._authenticator is None:
            return None
        shown = await self._authenticator.authorization(self._allowance, instead_of=instead_of)
        self._first = self._first or shown
        return shown

"""The native protocol's client: one POST to the node for everything that it is asked for."""

from __future__ import annotations

import httpx

from federation.flow import Failure, NodeCall, Reply
from federation.model import Clock, Node
from federation.protocols import failures
from federation.protocols.authentication import Authenticator
from federation.protocols.channel import Channel
from federation.protocols.graphql.decode import read_reply, read_words
from federation.protocols.graphql.documents import request_body
from federation.protocols.parts import Arrival
from federation.protocols.requester_token import RequesterTokens
from federation.protocols.transport import HttpAnswer

_MEDIA_TYPES = frozenset(("application/json", "application/graphql-response+json"))


class GraphQLClient:
    """Speaks the native protocol to one node, through a transport that it does not own."""

    def __init__(
        self,
        node: Node,
        transport: httpx.AsyncBaseTransport,
        clock: Clock,
        authenticator: Authenticator | None = None,
        tokens: RequesterTokens | None = None,
    ) -> None:
        self._node = node
        self._url = httpx.URL(node.endpoint)
        self._transport = transport
        self._clock = clock
        self._authenticator = authenticator
        self._tokens = tokens

    async def fetch(self, call: NodeCall) -> Reply | Failure:
        channel = Channel(
            self._node,
            self._transport,
            self._authenticator,
            most_bytes=call.node.max_response_bytes,
            tokens=self._tokens.of(call) if self._tokens else None,
        )
        try:
            answer = await self._send(channel, call)
        except httpx.HTTPError as error:
            told = failures.detail_of(error)
            return failures.failure(call.node, failures.by_error(error), detail=told)
        return self._read(answer, call)

    async def aclose(self) -> None:
        """Nothing to give back: the transport belongs to whoever opened it."""

    async def _send(self, channel: Channel, call: NodeCall) -> HttpAnswer:
        headers = {
            "accept": "application/json",
            "accept-encoding": "gzip",
            "content-type": "application/json",
            "x-request-id": call.request_id,
        }
        body = request_body(frozenset(call.categories), call.numbers)
        return await channel.send("POST", self._url, headers, body)

    def _read(self, answer: HttpAnswer, call: NodeCall) -> Reply | Failure:
        now = self._clock()
        if answer.status != httpx.codes.OK:
            verdict = failures.by_words(read_words(answer.body)) or failures.by_status(
                answer.status
            )
            seconds = failures.retry_after(answer, now)
            return failures.failure(call.node, verdict, retry_after_seconds=seconds)
        if answer.media_type not in _MEDIA_TYPES:
            return failures.failure(call.node, failures.MALFORMED)
        read = read_reply(answer.body, call.categories, Arrival(node=call.node, at=now))
        if isinstance(read, Reply):
            return read
        return failures.failure(
            call.node, read, retry_after_seconds=failures.retry_after(answer, now)
        )

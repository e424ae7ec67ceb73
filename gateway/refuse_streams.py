"""Streaming belongs to a later release: a socket is answered the one error NOT_AVAILABLE, politely.

Whoever opens one is authenticated all the same, by the handshake's header or by `authorization` in
the connection's parameters, so that nothing is told to strangers; and what they were refused is on
the record.
"""

from __future__ import annotations

from typing import Any

import msgspec
from graphql import GraphQLError
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import (
    BaseGraphQLTransportWSHandler,
)
from strawberry.subscriptions.protocols.graphql_transport_ws.types import (
    ConnectionInitMessage,
    Message,
    SubscribeMessage,
)

from federation.errors import AuditUnavailableError, NotAvailableError, RefusedError
from federation.model import Requester
from gateway.errors import HttpRefusedError

_BAD_MESSAGE = 4400
_NO_MESSAGE = "not a message of graphql-transport-ws"
_FORBIDDEN = 4403
_NOT_ACKNOWLEDGED = 4401


class StreamRefusal(BaseGraphQLTransportWSHandler[Any, None]):
    """graphql-transport-ws, as far as saying no."""

    _requester: Requester | None = None

    @property
    def _door(self) -> Any:
        """Our own endpoint."""
        return self.view

    async def handle(self) -> None:
        try:
            await super().handle()
        except RecursionError:
            await self.handle_invalid_message("a message that nests without end")

    async def handle_invalid_message(self, error_message: str) -> None:
        # Their words may repeat what was sent, which may be longer than a closing frame can be.
        await self.websocket.close(code=_BAD_MESSAGE, reason=_NO_MESSAGE)

    async def handle_message(self, message: Message) -> None:
        if isinstance(message, dict):
            await super().handle_message(message)
        else:
            await self.handle_invalid_message("a message is an object")

    async def handle_connection_init(self, message: ConnectionInitMessage) -> None:
        try:
            self._requester = await self._door.requester_of(self._authorization(message))
        except HttpRefusedError:
            await self.websocket.close(code=_FORBIDDEN, reason="Forbidden")
            return
        await super().handle_connection_init(message)

    def _authorization(self, message: ConnectionInitMessage) -> str | None:
        payload: object = message.get("payload")
        parameters = payload if isinstance(payload, dict) else {}
        given = {str(name).lower(): value for name, value in parameters.items()}
        header = given.get("authorization") or self.context.get("authorization")
        return header if isinstance(header, str) else None

    async def handle_subscribe(self, message: SubscribeMessage) -> None:
        if not self.connection_acknowledged or self._requester is None:
            await self.websocket.close(code=_NOT_ACKNOWLEDGED, reason="Unauthorized")
            return
        refused: RefusedError = NotAvailableError()
        try:
            sent = msgspec.json.encode(message)
            await self._door.note_stream(self._requester, sent, refused.code)
        except AuditUnavailableError as unavailable:
            refused = unavailable
        error = GraphQLError(refused.text, extensions={"code": refused.code})
        await self.send_message(
            {"id": message["id"], "type": "error", "payload": [error.formatted]}
        )

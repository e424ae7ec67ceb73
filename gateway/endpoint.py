"""`/graphql`: from an HTTP request to one carried-out operation, or to one coded error.

The order is the point: who is asking comes before anything of the request is read, its size before
it is parsed, its shape before the schema sees it. Asking is by POST alone, because addresses are
logged on their way and no NHS number may stand in one. What an operation means is the business of
`resolvers/`; streaming belongs to a later release and is refused in `refuse_streams.py`.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from contextlib import suppress
from http import HTTPStatus
from typing import Any

import msgspec
import structlog
from graphql import GraphQLError
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from strawberry.asgi import GraphQL
from strawberry.schema.base import BaseSchema
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.types import ExecutionResult
from strawberry.types.graphql import OperationType

from federation.errors import (
    AuditUnavailableError,
    ErrorCode,
    NotAvailableError,
    RefusedError,
)
from federation.model import Requester, RequestId
from gateway.disconnect import CallerGoneError, while_connected
from gateway.errors import (
    JSON,
    NO_STORE,
    HttpRefusedError,
    bad_request,
    error_entry,
    internal_response,
    overloaded,
    refused_response,
    unauthenticated,
)
from gateway.limits.body import read_body
from gateway.limits.in_flight import InFlight
from gateway.media import Media, accepted, check_sent, wants_page
from gateway.operation import Operation, read_operation
from gateway.refuse_streams import StreamRefusal
from resolvers.context import Context

log = structlog.get_logger()

Verify = Callable[[str | None, str | None], Awaitable[Requester]]
"""The requester behind an Authorization and a DPoP header; raises `RefusedError`."""
NoteUnread = Callable[[Context, bytes, ErrorCode], Awaitable[None]]
"""Puts on the record who got this error before it was a question or a deed, and whom they named."""
MakeContext = Callable[[Requester, RequestId], Context]
Page = Callable[[], Response]

_BY_POST_ALONE = (
    "ask by POST: an address may be logged on its way, so a question never stands in one"
)
_NO_SUCH_OPERATION = "the document has no operation of this name, or several and none is named"
_CLIENT_CLOSED_REQUEST = 499
_SECOND = ErrorCode.ONE_PERSON_PER_REQUEST


class Endpoint(GraphQL[Context, None]):
    """The one address of the API. `page` is the page for people, None where there is none."""

    graphql_transport_ws_handler_class = StreamRefusal

    def __init__(
        self,
        schema: BaseSchema,
        *,
        verify: Verify,
        make_context: MakeContext,
        note_unread: NoteUnread,
        in_flight: InFlight,
        max_body_bytes: int,
        page: Page | None = None,
    ) -> None:
        super().__init__(
            schema,
            graphql_ide=None,
            allow_queries_via_get=False,
            subscription_protocols=(GRAPHQL_TRANSPORT_WS_PROTOCOL,),
        )
        self._verify = verify
        self._make_context = make_context
        self._note_unread = note_unread
        self._in_flight = in_flight
        self._max_body_bytes = max_body_bytes
        self._page = page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; a socket is left to `StreamRefusal`."""
        if scope["type"] == "websocket":
            await super().__call__(scope, receive, send)
            return
        request = Request(scope, receive)
        response = await self._respond(request)
        await response(scope, receive, send)

    async def get_context(self, request: object, response: object) -> Any:
        """A socket's context: the token of its handshake, where it has one."""
        return {"authorization": getattr(request, "headers", {}).get("authorization")}

    async def _respond(self, request: Request) -> Response:
        media = Media.JSON
        try:
            if request.method != "POST":
                return self._not_a_post(request)
            media = accepted(request.headers.get("accept"))
            with self._in_flight.one():
                return await self._answer(request, media)
        except HttpRefusedError as error:
            return refused_response(error, _error_media(media))
        except CallerGoneError:
            log.info("caller hung up")
            return Response(status_code=_CLIENT_CLOSED_REQUEST)
        except asyncio.CancelledError:
            if not self._in_flight.draining:
                raise
            # The server cuts off, when it stops, what takes too long; another replica may answer.
            return refused_response(overloaded(), _error_media(media))
        except Exception as error:  # noqa: BLE001 - nobody outside may see what it was
            log.error("request failed", error=error)  # noqa: TRY400 - `logs.name_error` words it
            return internal_response(_error_media(media))

    def _not_a_post(self, request: Request) -> Response:
        if self._page and request.method == "GET" and wants_page(request.headers.get("accept")):
            if request.url.query:
                raise bad_request(_BY_POST_ALONE)
            return self._page()
        refused = bad_request(_BY_POST_ALONE, HTTPStatus.METHOD_NOT_ALLOWED)
        refused.headers = {"Allow": "POST"}
        raise refused

    async def _answer(self, request: Request, media: Media) -> Response:
        headers = request.headers
        requester = await self.requester_of(
            _only(headers.getlist("authorization")), _only(headers.getlist("dpop"))
        )
        context = self._make_context(requester, RequestId(request_id(request.scope)))
        try:
            body = await self._read(request, context)
            result = await self._carry_out(request, body, context)
        except RefusedError as refused:
            return _write({"errors": [error_entry(refused.code, refused.text)]}, media, early=True)
        response = _write_result(result, media)
        response.background = BackgroundTask(context.answered)
        return response

    async def _read(self, request: Request, context: Context) -> bytes:
        """The body; one that is not taken is on the record, whoever it may have named."""
        try:
            check_sent(request.headers.get("content-type"))
            return await read_body(request, self._max_body_bytes)
        except HttpRefusedError as refused:
            await self.note(context, b"", refused.refused.code)
            raise

    async def _carry_out(self, request: Request, body: bytes, context: Context) -> ExecutionResult:
        """The result; a request that nothing else has on the record is on it by then."""
        try:
            work = self._execute(read_operation(body), context)
            result = await while_connected(request.receive, work)
        except RefusedError as refused:
            await self.note(context, body, refused.code)
            raise
        except HttpRefusedError as refused:
            await self.note(context, body, refused.refused.code)
            raise
        except CallerGoneError:
            raise
        except Exception:
            with suppress(AuditUnavailableError):
                await self.note(context, body, ErrorCode.INTERNAL)
            raise
        codes = [_code_of(error) for error in result.errors or ()]
        if codes:
            await self.note(context, body, _SECOND if _SECOND in codes else codes[0])
        return result

    async def note(self, context: Context, body: bytes, code: ErrorCode) -> None:
        """Put on the record that this request got this error, unless somebody else does."""
        # Once it is a question or a deed, whoever carries that out has it on the record; but for a
        # second one beside it, which nobody carries out.
        if not context.asked or code is _SECOND:
            await self._note_unread(context, body, code)

    async def note_stream(self, requester: Requester, message: bytes, code: ErrorCode) -> None:
        """Put on the record that a subscription got this error. Raises `AuditUnavailableError`."""
        context = self._make_context(requester, RequestId(str(uuid.uuid4())))
        await self.note(context, message, code)

    async def requester_of(self, authorization: str | None, proof: str | None = None) -> Requester:
        """Whoever the bearer token speaks of; raises `HttpRefusedError`."""
        try:
            return await self._verify(authorization, proof)
        except RefusedError as refused:
            if refused.code is ErrorCode.UNAUTHENTICATED:
                raise unauthenticated() from None
            raise HttpRefusedError(refused, HTTPStatus.FORBIDDEN) from None

    async def _execute(self, operation: Operation, context: Context) -> ExecutionResult:
        try:
            result = await self.schema.execute(
                operation.query,
                variable_values=operation.variables,
                context_value=context,
                operation_name=operation.operation_name,
                allowed_operation_types=(OperationType.QUERY, OperationType.MUTATION),
            )
        except InvalidOperationTypeError:
            raise NotAvailableError from None  # a subscription
        except CannotGetOperationTypeError:
            raise bad_request(_NO_SUCH_OPERATION) from None
        finally:
            context.forget()
        if not isinstance(result, ExecutionResult):
            raise NotAvailableError  # deferred parts
        return result


def request_id(scope: Scope) -> str:
    """The name of this request, ours and never the caller's, which could be anything."""
    state = scope.setdefault("state", {})
    return str(state.setdefault("request_id", str(uuid.uuid4())))


def _code_of(error: GraphQLError) -> ErrorCode:
    return ErrorCode((error.extensions or {}).get("code", ErrorCode.INTERNAL))


def _only(values: list[str]) -> str | None:
    # Of several, whoever stands before this gateway may have looked at another one.
    return values[0] if len(values) == 1 else None


def _error_media(media: Media) -> str:
    return JSON if media is Media.EVENT_STREAM else media


def _write_result(result: ExecutionResult, media: Media) -> Response:
    """The answer as GraphQL over HTTP has it: no `data` where nothing was carried out."""
    errors = [dict(error.formatted) for error in result.errors or ()]
    early = result.data is None and not any("path" in error for error in errors)
    body: dict[str, Any] = {} if early else {"data": result.data}
    if errors:
        body["errors"] = errors
    return _write(body, media, early=early)


def _write(body: dict[str, Any], media: Media, *, early: bool) -> Response:
    content = msgspec.json.encode(body)
    if media is Media.EVENT_STREAM:
        content = b"event: next\ndata: " + content + b"\n\nevent: complete\ndata: \n\n"
    refused = early and media is Media.GRAPHQL_JSON
    status = HTTPStatus.BAD_REQUEST if refused else HTTPStatus.OK
    return Response(content, status, dict(NO_STORE), _content_type(media))


def _content_type(media: Media) -> str:
    return f"{media}; charset=utf-8"

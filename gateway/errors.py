"""How the front door says no: one shape, a code of the closed list, a fixed text, no stack trace.

Errors of HTTP and of GraphQL look alike: `{"errors": [{"message", "extensions": {"code"}}]}`. What
goes wrong while an operation is carried out is worded in `resolvers/errors.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from federation.errors import (
    AuditUnavailableError,
    BadUserInputError,
    ErrorCode,
    NotFoundError,
    OverloadedError,
    PolicyUnavailableError,
    RefusedError,
    TooComplexError,
    UnauthenticatedError,
)

JSON = "application/json"
GRAPHQL_JSON = "application/graphql-response+json"
NO_STORE = {"Cache-Control": "no-store"}

INTERNAL_TEXT = "something went wrong in the gateway; it has been logged under this request's id"

_STATUS: Mapping[type[RefusedError], HTTPStatus] = {
    UnauthenticatedError: HTTPStatus.UNAUTHORIZED,
    NotFoundError: HTTPStatus.NOT_FOUND,
    OverloadedError: HTTPStatus.SERVICE_UNAVAILABLE,
    AuditUnavailableError: HTTPStatus.SERVICE_UNAVAILABLE,
    PolicyUnavailableError: HTTPStatus.SERVICE_UNAVAILABLE,
}


class HttpRefusedError(Exception):
    """A request that is refused before any operation is carried out, with its HTTP status."""

    def __init__(
        self,
        refused: RefusedError,
        status: HTTPStatus | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(refused.text)
        self.refused = refused
        self.status = status or _STATUS.get(type(refused), HTTPStatus.BAD_REQUEST)
        self.headers = headers or {}


def too_large() -> HttpRefusedError:
    """The body is over the limit."""
    return HttpRefusedError(TooComplexError(), HTTPStatus.REQUEST_ENTITY_TOO_LARGE)


def bad_request(text: str, status: HTTPStatus = HTTPStatus.BAD_REQUEST) -> HttpRefusedError:
    """The request is not one that can be read; `text` is fixed and repeats nothing of it."""
    return HttpRefusedError(BadUserInputError(text), status)


def overloaded() -> HttpRefusedError:
    """The gateway is stopping, or full."""
    return HttpRefusedError(OverloadedError(), headers={"Retry-After": "1"})


def unauthenticated() -> HttpRefusedError:
    """No token, or one that does not verify."""
    challenge = {"WWW-Authenticate": 'Bearer realm="watling"'}
    return HttpRefusedError(UnauthenticatedError(), headers=challenge)


def error_entry(code: ErrorCode, text: str) -> dict[str, object]:
    """One entry of `errors`."""
    return {"message": text, "extensions": {"code": code}}


def error_response(
    code: ErrorCode,
    text: str,
    status: HTTPStatus,
    *,
    media_type: str = JSON,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """A response that carries one error and no data."""
    return Response(
        msgspec.json.encode({"errors": [error_entry(code, text)]}),
        status,
        {**NO_STORE, **(headers or {})},
        media_type,
    )


def refused_response(error: HttpRefusedError, media_type: str = JSON) -> Response:
    """The response to a request that is refused."""
    refused = error.refused
    return error_response(
        refused.code, refused.text, error.status, media_type=media_type, headers=error.headers
    )


_HTTP_TEXT: Mapping[int, tuple[ErrorCode, str]] = {
    HTTPStatus.NOT_FOUND: (ErrorCode.NOT_FOUND, "there is nothing at this address"),
    HTTPStatus.METHOD_NOT_ALLOWED: (
        ErrorCode.BAD_USER_INPUT,
        "this address does not take this method",
    ),
}


async def on_http_error(_request: Request, error: Exception) -> Response:
    """Word what the router refuses."""
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this class
    code, text = _HTTP_TEXT.get(
        error.status_code, (ErrorCode.BAD_USER_INPUT, "this request cannot be served")
    )
    return error_response(code, text, HTTPStatus(error.status_code), headers=error.headers)


async def on_refused(_request: Request, error: Exception) -> Response:
    """Word what an endpoint refuses."""
    assert isinstance(error, HttpRefusedError)  # noqa: S101 - registered for this class
    return refused_response(error)


def internal_response(media_type: str = JSON) -> Response:
    """Something that nobody foresaw."""
    return error_response(
        ErrorCode.INTERNAL, INTERNAL_TEXT, HTTPStatus.INTERNAL_SERVER_ERROR, media_type=media_type
    )

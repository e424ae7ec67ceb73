"""One GraphQL operation, read from the body of a request. Nothing of it is repeated in an error."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Struct

from federation.errors import OnePersonPerRequestError
from gateway.errors import HttpRefusedError, bad_request

_NOT_JSON = "the body is not JSON"
_NOT_AN_OPERATION = (
    "the body must be an object with `query`, a text, and optionally `variables`, an object,"
    " `operationName`, a text, and `extensions`, an object"
)
_NO_QUERY = "`query` is missing"
_BATCH = "a batch is not taken: one request can ask for one person's record only"


class Operation(Struct, frozen=True, kw_only=True, rename="camel"):
    """What the caller asks, before anything has looked at it."""

    query: str | None = None
    variables: dict[str, Any] | None = None
    operation_name: str | None = None
    extensions: dict[str, Any] | None = None

    def __repr__(self) -> str:
        """Say nothing of what is asked."""
        return "Operation(hidden)"


def read_operation(body: bytes) -> Operation:
    """The operation in a body; raises `HttpRefusedError`."""
    if body.lstrip()[:1] == b"[":
        raise HttpRefusedError(OnePersonPerRequestError(_BATCH))
    try:
        operation = msgspec.json.decode(body, type=Operation)
    except msgspec.ValidationError:
        raise bad_request(_NOT_AN_OPERATION) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise bad_request(_NOT_JSON) from None
    if not operation.query:
        raise bad_request(_NO_QUERY)
    return operation

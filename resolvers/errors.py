"""Every GraphQL error as the caller may see it: a code, a fixed text, and a place.

A refusal brings its own code and text. What breaks a structural rule of GraphQL keeps the rule's
message, which speaks of names only (long numbers in it are masked all the same). Anything about a
value gets one fixed text. Everything else is INTERNAL: the caller reads a fixed text, and the
operator is told the kind of exception and the field, never its message. `schema.py` calls this for
every result.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from graphql import FieldNode, GraphQLError, GraphQLSyntaxError
from msgspec import Struct
from strawberry.exceptions import MissingQueryError
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError

from federation.errors import ErrorCode, RefusedError, TooComplexError
from resolvers.types.scalars import UnreadableValueError

SYNTAX = "the query is not written in GraphQL; the place is given"
VALUE = "a value does not fit its type; the place is given"
NO_OPERATION = "the request does not name one operation of its document"
INTERNAL = "something went wrong here; ask again, and ring the service desk if it persists"
GAVE_UP = "Parsing aborted."
"""How graphql-core ends its message about a document too large or too deep to be read."""
VALIDATION_GAVE_UP = "Validation aborted."
"""What graphql-core says of a document whose fragments or fields are too much work to compare."""

_LONG_NUMBER = re.compile(r"\d{6,}")
_FOREIGN: dict[type[BaseException], tuple[ErrorCode, str]] = {
    UnreadableValueError: (ErrorCode.GRAPHQL_VALIDATION_FAILED, VALUE),
    MissingQueryError: (ErrorCode.BAD_USER_INPUT, "the request has no query"),
    CannotGetOperationTypeError: (ErrorCode.BAD_USER_INPUT, NO_OPERATION),
    InvalidOperationTypeError: (
        ErrorCode.BAD_USER_INPUT,
        "this kind of operation is not allowed here",
    ),
}
"""Refusals of the scalars, and of strawberry's own."""


class Unexpected(Struct, frozen=True, kw_only=True):
    """What the operator is told of an INTERNAL error: the exception's type, and the field.

    Not the path of the answer: its keys are aliases, which the caller chooses.
    """

    exception: str
    field: str | None


Report = Callable[[Unexpected], None]
"""Where unexpected errors are reported to; the gateway passes its log."""


def report_nothing(_unexpected: Unexpected) -> None:
    """Tell nobody."""


class PublicError(GraphQLError):
    """An error that may leave the gateway.

    It holds no node, source or cause, so that printing it cannot show the query.
    """

    def __init__(self, code: ErrorCode, message: str, found: GraphQLError | None = None) -> None:
        path = found.path if found else None
        super().__init__(message, path=path, extensions={"code": code.value})
        self.locations = found.locations if found else None


def public_errors(errors: Iterable[GraphQLError], report: Report) -> list[GraphQLError]:
    """The errors of one result as the caller may see them; the unexpected is reported."""
    return [public_error(error, report) for error in errors]


def public_error(error: Exception, report: Report) -> PublicError:
    """One error as the caller may see it."""
    if isinstance(error, PublicError):
        return error
    found = error if isinstance(error, GraphQLError) else None
    code, text = _code_and_text(error)
    if code is ErrorCode.INTERNAL:
        report(Unexpected(exception=_kind(_innermost(error)), field=_field(found)))
    return PublicError(code, text, found)


def rule_error(error: GraphQLError) -> PublicError:
    """An error of a validation rule: a refusal, or the rule's message with long numbers masked."""
    refused = _refusal(error)
    if refused is not None:
        return PublicError(refused.code, refused.text, error)
    if error.message == VALIDATION_GAVE_UP:
        return PublicError(TooComplexError.code, TooComplexError.public, error)
    return PublicError(ErrorCode.GRAPHQL_VALIDATION_FAILED, masked(error.message), error)


def masked(message: str) -> str:
    """A message without runs of six digits or more."""
    return _LONG_NUMBER.sub("######", message)


def _code_and_text(error: Exception) -> tuple[ErrorCode, str]:
    refused = _refusal(error)
    if refused is not None:
        return refused.code, refused.text
    if isinstance(error, GraphQLSyntaxError):
        if error.message.endswith(GAVE_UP):
            return TooComplexError.code, TooComplexError.public
        return ErrorCode.GRAPHQL_PARSE_FAILED, SYNTAX
    innermost = _innermost(error)
    if type(innermost) in _FOREIGN:
        return _FOREIGN[type(innermost)]
    if isinstance(innermost, GraphQLError) and _is_about_a_value(error, innermost):
        return ErrorCode.GRAPHQL_VALIDATION_FAILED, VALUE
    return ErrorCode.INTERNAL, INTERNAL


def _is_about_a_value(error: Exception, innermost: GraphQLError) -> bool:
    # graphql-core's own complaints are about a variable (before execution: no path) or an argument
    # (at its node); its complaints about what a resolver returned are at the field.
    if getattr(error, "path", None) is None:
        return True
    return any(not isinstance(node, FieldNode) for node in innermost.nodes or ())


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = getattr(error, "original_error", None)


def _refusal(error: BaseException) -> RefusedError | None:
    return next((cause for cause in _causes(error) if isinstance(cause, RefusedError)), None)


def _innermost(error: BaseException) -> BaseException:
    *_, last = _causes(error)
    return last


def _kind(error: BaseException) -> str:
    return f"{type(error).__module__}.{type(error).__qualname__}"


def _field(error: GraphQLError | None) -> str | None:
    nodes: Iterable[Any] = (error.nodes if error else None) or ()
    return next((node.name.value for node in nodes if isinstance(node, FieldNode)), None)

"""The one place where the schema is put together, and printed from the code as `schema.graphql`.

    schema = build_schema(report=log_unexpected)
    result = await schema.execute(query, variable_values={...}, context_value=Context(...))

Every result, of `execute` as of `stream`, has public errors only (`errors.py`); nothing is logged
here.
"""

from __future__ import annotations

import sys
from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing
from typing import Any, cast

import strawberry
from graphql import GraphQLEnumType, GraphQLError
from strawberry.exceptions import MissingQueryError
from strawberry.schema.config import StrawberryConfig
from strawberry.schema.exceptions import CannotGetOperationTypeError
from strawberry.schema.schema import StreamResult
from strawberry.types import ExecutionContext, ExecutionResult
from strawberry.types.execution import PreExecutionError
from strawberry.types.graphql import OperationType

from federation.errors import ErrorCode, PurposeNotSupportedError
from resolvers.documents import CheckedDocuments, Documents
from resolvers.errors import Report, public_error, public_errors, report_nothing
from resolvers.limits import Limits
from resolvers.mutation import Mutation
from resolvers.projection.executor import projecting
from resolvers.query import Query
from resolvers.subscription import Subscription
from resolvers.types.scalars import SCALARS


class WatlingSchema(strawberry.Schema):
    """Strawberry's schema, whose results have public errors only."""

    def __init__(self, *, report: Report, limits: Limits, compiled: bool) -> None:
        self._report = report
        super().__init__(
            query=Query,
            mutation=Mutation,
            subscription=Subscription,
            types=[ErrorCode],
            config=StrawberryConfig(scalar_map=SCALARS),
            execution_context_class=projecting() if compiled else None,
            extensions=[lambda: CheckedDocuments(self._documents)],
        )
        self._documents = Documents(self._schema, limits)
        _refuse_other_purposes(cast("GraphQLEnumType", self._schema.type_map["Purpose"]))

    def process_errors(
        self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None
    ) -> None:
        """Log nothing: strawberry would log the whole query.

        `execute` and `stream` report instead.
        """

    async def execute(
        self,
        query: str | None,
        variable_values: dict[str, Any] | None = None,
        context_value: Any | None = None,
        root_value: Any | None = None,
        operation_name: str | None = None,
        allowed_operation_types: Iterable[OperationType] | None = None,
        operation_extensions: dict[str, Any] | None = None,
    ) -> ExecutionResult:
        """Answer one operation."""
        try:
            result = await super().execute(
                query,
                variable_values,
                context_value,
                root_value,
                operation_name,
                allowed_operation_types,
                operation_extensions,
            )
        except (MissingQueryError, CannotGetOperationTypeError) as error:
            return PreExecutionError(data=None, errors=[public_error(error, self._report)])
        return self._public(result)

    async def stream(
        self,
        query: str | None,
        variable_values: dict[str, Any] | None = None,
        context_value: Any | None = None,
        root_value: Any | None = None,
        operation_name: str | None = None,
        operation_extensions: dict[str, Any] | None = None,
        allowed_operation_types: Iterable[OperationType] | None = None,
    ) -> StreamResult:
        """Answer one operation, frame by frame."""
        frames = await super().stream(
            query,
            variable_values,
            context_value,
            root_value,
            operation_name,
            operation_extensions,
            allowed_operation_types,
        )
        return self._public_frames(frames)

    async def _public_frames(self, frames: StreamResult) -> AsyncGenerator[Any, None]:
        async with aclosing(frames):
            async for frame in frames:
                yield self._public(cast("ExecutionResult", frame))

    def _public(self, result: ExecutionResult) -> ExecutionResult:
        if not result.errors:
            return result
        result.errors = public_errors(result.errors, self._report)
        if result.data is None and all(error.path is None for error in result.errors):
            # A wrong variable: nothing was executed, which strawberry does not say by itself.
            return PreExecutionError(None, result.errors, result.extensions)
        return result


def _refuse_other_purposes(purpose: GraphQLEnumType) -> None:
    """Answer a purpose outside the enum with its own code, be it a literal or a variable.

    # Invariant: this is the one enum whose unknown members are no mistake of the client's code but
    a refusal of the network's.
    """
    for name in ("coerce_input_value", "coerce_input_literal"):
        coerce = getattr(purpose, name)

        def refusing(*given: Any, _coerce: Any = coerce) -> Any:
            try:
                return _coerce(*given)
            except (GraphQLError, ValueError):
                raise PurposeNotSupportedError from None

        setattr(purpose, name, refusing)


def build_schema(
    *, report: Report = report_nothing, limits: Limits | None = None, compiled: bool = True
) -> WatlingSchema:
    """The schema, ready to execute.

    `compiled` False leaves every field to graphql-core, for comparison.
    """
    return WatlingSchema(report=report, limits=limits or Limits(), compiled=compiled)


def print_schema() -> str:
    """The schema as text: what `schema.graphql` holds."""
    return build_schema().as_str() + "\n"


if __name__ == "__main__":
    sys.stdout.write(print_schema())

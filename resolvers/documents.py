"""Documents, read and checked once: parsed, measured, validated, and kept by their text.

What depends on the variables is decided for each request: whether the operation asks for more than
one person. That is decided before anything is executed, so that such a request asks nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from functools import lru_cache
from typing import Any, NamedTuple

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    get_operation_ast,
    parse,
    specified_rules,
    validate,
)
from graphql.execution import get_variable_values
from graphql.validation import (
    ASTValidationRule,
    OverlappingFieldsCanBeMergedRule,
    ValidationContext,
    ValuesOfCorrectTypeRule,
)
from strawberry.extensions import SchemaExtension
from strawberry.types import ExecutionContext

from federation.errors import ErrorCode, OnePersonPerRequestError, TooComplexError
from resolvers.errors import NO_OPERATION, VALUE, PublicError, rule_error
from resolvers.limits import Limits, is_too_complex
from resolvers.selection import Reader, counts_people

KEPT_DOCUMENTS = 256
LONGEST_KEPT_TEXT = 65_536
MAX_ERRORS = 20
MOST_COMPARING = 50_000
"""A tenth of graphql-core's own budget; a query of every field of the schema needs a fraction."""


class ValuesRule(ValuesOfCorrectTypeRule):
    """The rule about values, without the values in its messages."""

    def report_error(self, error: GraphQLError) -> None:
        cause = error.original_error
        super().report_error(GraphQLError(VALUE, error.nodes, original_error=cause))


class MergingRule(OverlappingFieldsCanBeMergedRule):
    """The rule about fields of one name, with less patience: the event loop waits for it."""

    def __init__(self, context: ValidationContext) -> None:
        super().__init__(context)
        self.rule_context.remaining_complexity_budget = MOST_COMPARING


_OURS: dict[type[ASTValidationRule], type[ASTValidationRule]] = {
    ValuesOfCorrectTypeRule: ValuesRule,
    OverlappingFieldsCanBeMergedRule: MergingRule,
}
RULES: tuple[type[ASTValidationRule], ...] = tuple(
    _OURS.get(rule, rule) for rule in specified_rules
)


class Checked(NamedTuple):
    """A document and what is wrong with it."""

    document: DocumentNode
    errors: tuple[PublicError, ...]


class Documents:
    """Reads documents for one schema."""

    def __init__(self, schema: GraphQLSchema, limits: Limits) -> None:
        self._schema = schema
        self.limits = limits
        self._kept = lru_cache(maxsize=KEPT_DOCUMENTS)(self._check)

    def read(self, text: str) -> Checked:
        """A text as a checked document; `GraphQLError` where it is not written in GraphQL."""
        return self._check(text) if len(text) > LONGEST_KEPT_TEXT else self._kept(text)

    def _check(self, text: str) -> Checked:
        document = parse(text, max_tokens=self.limits.max_tokens)
        if self._is_too_complex(document):
            refused = PublicError(TooComplexError.code, TooComplexError.public)
            return Checked(document, (refused,))
        found = validate(self._schema, document, RULES, max_errors=MAX_ERRORS)
        return Checked(document, tuple(map(rule_error, found)))

    def _is_too_complex(self, document: DocumentNode) -> bool:
        try:
            return is_too_complex(document, self.limits)
        except RecursionError:
            return True  # fragments within fragments, deeper than can be measured

    def asks_for_several(
        self, document: DocumentNode, operation_name: str | None, given: dict[str, Any] | None
    ) -> bool:
        """Whether an operation, with these variables, would answer `patient` more than once."""
        operation = get_operation_ast(document, operation_name)
        root = self._schema.query_type
        if operation is None or root is None or not _may_ask_twice(document):
            return False
        variables = get_variable_values(
            self._schema, operation.variable_definitions or (), given or {}
        )
        if isinstance(variables, list):
            return False  # a variable is wrong, so nothing will be executed
        reader = Reader(self._schema, _fragments(document), variables.coerced)
        return counts_people(operation, reader, root) > 1


def _may_ask_twice(document: DocumentNode) -> bool:
    # Most documents name `patient` once, and need no closer look.
    return document.loc is None or document.loc.source.body.count("patient") > 1


def _fragments(document: DocumentNode) -> dict[str, FragmentDefinitionNode]:
    return {
        definition.name.value: definition
        for definition in document.definitions
        if isinstance(definition, FragmentDefinitionNode)
    }


class CheckedDocuments(SchemaExtension):
    """Gives strawberry the documents that were read before."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents
        self._checked: Checked | None = None

    def on_operation(self) -> Iterator[None]:
        self.execution_context.parse_options["max_tokens"] = self._documents.limits.max_tokens
        yield

    def on_parse(self) -> Iterator[None]:
        context = self.execution_context
        # A text that cannot be parsed is left to strawberry, which turns the error into an answer.
        with suppress(GraphQLError):
            if context.query:
                self._checked = self._documents.read(context.query)
                context.graphql_document = self._checked.document
        yield

    def on_validate(self) -> Iterator[None]:
        context = self.execution_context
        if self._checked is not None:
            found = list(self._checked.errors)
            refused = None if found else self._refusal(self._checked.document)
            context.pre_execution_errors = [*found, *([refused] if refused else [])]
        yield

    def _refusal(self, document: DocumentNode) -> PublicError | None:
        """What is wrong with this request, although its document is right."""
        context = self.execution_context
        if get_operation_ast(document, context.operation_name) is None or _is_unnamed(context):
            return PublicError(ErrorCode.BAD_USER_INPUT, NO_OPERATION)
        several = self._documents.asks_for_several(
            document, context.operation_name, context.variables
        )
        refused = OnePersonPerRequestError
        return PublicError(refused.code, refused.public) if several else None


def _is_unnamed(context: ExecutionContext) -> bool:
    # Strawberry would take the first operation; which one is meant must be said.
    if context._provided_operation_name is not None or context.graphql_document is None:  # noqa: SLF001 - it keeps what the request said nowhere else
        return False
    return get_operation_ast(context.graphql_document) is None

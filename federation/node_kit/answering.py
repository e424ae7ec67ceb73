"""From a request's JSON to the answer's: check what is asked, ask the source, answer the document.

What is asked must be what the requester's token was made for, however the document is spelt.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from graphql import GraphQLError, GraphQLResolveInfo, execute
from msgspec import Struct

from federation.errors import InvalidNhsNumberError
from federation.model import Category
from federation.nhs_number import NhsNumber, parse_nhs_number
from federation.node_kit.documents import Documents, Prepared
from federation.node_kit.requester import check_asked
from federation.node_kit.source import NodeErrorCode, NodeRefusalError, NodeSource
from federation.node_kit.wire import Wire, record_on_wire
from federation.protocols.requester_token import RequesterClaims

MOST_NUMBERS = 20


class Asked(Struct, frozen=True, rename="camel"):
    """The body of a request."""

    query: str
    operation_name: str | None = None
    variables: dict[str, Any] | None = None


_ASKED = msgspec.json.Decoder(Asked)


class Answering:
    """Answers requests out of one source."""

    def __init__(self, source: NodeSource) -> None:
        self._source = source
        self._documents = Documents()

    async def answer(self, body: bytes, requester: RequesterClaims) -> Wire:
        """The answer's JSON; raises `NodeRefusalError`."""
        try:
            asked = _ASKED.decode(body)
        except (msgspec.DecodeError, RecursionError):
            raise NodeRefusalError(NodeErrorCode.BAD_REQUEST) from None
        prepared = self._documents.prepare(asked.query)
        if prepared.fixed:
            found = await self._records(_numbers(asked), prepared.categories, requester)
            return {"data": {"records": found}}
        return await self._execute(asked, prepared, requester)

    async def _records(
        self,
        numbers: Sequence[NhsNumber],
        categories: frozenset[Category],
        requester: RequesterClaims,
    ) -> list[Wire]:
        if not 0 < len(numbers) <= MOST_NUMBERS:
            raise NodeRefusalError(NodeErrorCode.BAD_REQUEST)
        check_asked(requester, numbers, categories)
        offered = self._source.categories
        kept = await self._source.find(numbers, categories & offered, requester)
        return [record_on_wire(record, categories, offered) for record in kept]

    async def _execute(self, asked: Asked, prepared: Prepared, requester: RequesterClaims) -> Wire:
        async def records(_info: GraphQLResolveInfo[None], **given: list[object]) -> list[Wire]:
            numbers = _checked(given["nhsNumbers"])
            found = await self._records(numbers, prepared.categories, requester)
            told: list[Wire] = msgspec.to_builtins(found)
            return told

        running = execute(
            self._documents.schema,
            prepared.document,
            {"records": records},
            variable_values=asked.variables,
            operation_name=asked.operation_name,
        )
        result = running if not hasattr(running, "__await__") else await running
        if result.errors:
            raise _refusal(result.errors[0].original_error)
        return {"data": result.data}


def _numbers(asked: Asked) -> list[NhsNumber]:
    values = (asked.variables or {}).get("nhsNumbers")
    if not isinstance(values, list):
        raise NodeRefusalError(NodeErrorCode.BAD_REQUEST)
    return _checked(values)


def _checked(values: list[object]) -> list[NhsNumber]:
    texts = [one for one in values if isinstance(one, str)]
    if len(texts) < len(values):
        raise NodeRefusalError(NodeErrorCode.BAD_REQUEST)
    try:
        return [parse_nhs_number(one) for one in texts]
    except InvalidNhsNumberError:
        raise NodeRefusalError(NodeErrorCode.BAD_REQUEST) from None


def _refusal(cause: Exception | None) -> Exception:
    """What stopped the execution: what was asked, or else the source."""
    if cause is None or isinstance(cause, GraphQLError):
        return NodeRefusalError(NodeErrorCode.BAD_REQUEST)
    return cause

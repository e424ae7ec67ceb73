"""From a request's JSON to the answer's: check what is asked, ask the source, answer the document.

What is asked must be what the requester's token was made for, however the document is spelt.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

import msgspec
from graphql import GraphQLError, GraphQLResolveInfo, execute
from msgspec import Struct

from federation.errors import InvalidNhsNumberError
from federation.model import Category, Clock
from federation.nhs_number import NhsNumber, parse_nhs_number
from federation.node_kit.documents import Documents, Prepared
from federation.node_kit.looks import ANSWERED, NOT_HELD, Look, LookLog, look_of
from federation.node_kit.requester import check_asked
from federation.node_kit.source import NodeErrorCode, NodeRefusalError, NodeSource
from federation.node_kit.wire import Wire, record_on_wire
from federation.protocols.requester_token import RequesterClaims

MOST_NUMBERS = 20
_LOGGER = logging.getLogger(__name__)


class Asked(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """The body of a request.

    # Invariant: what this node does not know is refused and never passed over, here as in the
    variables: whoever sends a filter must not take what comes for filtered.
    """

    query: str
    operation_name: str | None = None
    variables: dict[str, Any] | None = None


_ASKED = msgspec.json.Decoder(Asked)


class Answering:
    """Answers requests out of one source, and writes each look down before it is answered.

    About nobody but `test_people`, who are synthetic, the entry comes along with the answer.
    """

    def __init__(
        self,
        source: NodeSource,
        looks: LookLog,
        clock: Clock,
        test_people: frozenset[NhsNumber] = frozenset(),
    ) -> None:
        self._source = source
        self._looks = looks
        self._clock = clock
        self._test_people = test_people
        self._documents = Documents()

    async def answer(self, body: bytes, requester: RequesterClaims) -> Wire:
        """The answer's JSON; raises `NodeRefusalError`."""
        try:
            asked = _ASKED.decode(body)
        except (msgspec.DecodeError, RecursionError):
            raise NodeRefusalError(NodeErrorCode.BAD_REQUEST) from None
        prepared = self._documents.prepare(asked.query)
        if not prepared.takes(asked.operation_name, asked.variables or {}):
            raise NodeRefusalError(NodeErrorCode.BAD_REQUEST)
        if prepared.fixed:
            numbers = _numbers(asked)
            found, look = await self._records(numbers, prepared.categories, requester)
            return {"data": {"records": found}, **self._proof(numbers, look)}
        return await self._execute(asked, prepared, requester)

    async def _records(
        self,
        numbers: Sequence[NhsNumber],
        categories: frozenset[Category],
        requester: RequesterClaims,
    ) -> tuple[list[Wire], Look]:
        if not 0 < len(numbers) <= MOST_NUMBERS:
            raise NodeRefusalError(NodeErrorCode.BAD_REQUEST)
        check_asked(requester, numbers, categories)
        offered = self._source.categories
        try:
            kept = await self._source.find(numbers, categories & offered, requester)
        except NodeRefusalError as refusal:
            await self._write(requester, refusal.code)
            raise
        except Exception:
            await self._write(requester, NodeErrorCode.INTERNAL)
            raise
        # Invariant: no look is answered that was not written down.
        look = await self._write(requester, ANSWERED if kept else NOT_HELD)
        return [record_on_wire(record, categories, offered) for record in kept], look

    async def _write(self, requester: RequesterClaims, outcome: str) -> Look:
        look = look_of(requester, self._clock(), outcome)
        try:
            await self._looks.write(look)
        except Exception as error:  # noqa: BLE001 - whatever keeps it from being written
            # What the log's own error says could be anything.
            _LOGGER.error("look not written", extra={"kind": type(error).__name__})  # noqa: TRY400 - a traceback's text is not ours
            raise NodeRefusalError(NodeErrorCode.UPSTREAM_UNAVAILABLE) from None
        return look

    def _proof(self, numbers: Sequence[NhsNumber], look: Look) -> Wire:
        """The entry of this look, for the conformance check that it is written at all."""
        if not self._test_people.issuperset(numbers):
            return {}
        return {"extensions": {"look": look}}

    async def _execute(self, asked: Asked, prepared: Prepared, requester: RequesterClaims) -> Wire:
        async def records(_info: GraphQLResolveInfo[None], **given: list[object]) -> list[Wire]:
            numbers = _checked(given["nhsNumbers"])
            found, _ = await self._records(numbers, prepared.categories, requester)
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

"""A node's test mode: its own log of a request, and changes that a conformance check looks for.

`POST /rehearsal` beside the protocol, for whom the gateway vouches like for any question:

    {"do": "log", "nhsNumbers": ["..."], "requestId": "..."}          the lines of one request
    {"do": "object", "nhsNumbers": ["..."], "objects": true}          somebody objects, or no more
    {"do": "merge", "nhsNumbers": ["<old>", "<into>"]}                and "unmerge"

What the region's source does not do is answered with `{"offered": false}`.

It is for the test endpoint, where invented people are held: `build_node_app` of the live one is
given no `Rehearsal`, and then there is no such address. How it is used is `docs/conformance.md`.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, Protocol

import msgspec
from msgspec import Struct

from federation.errors import InvalidNhsNumberError
from federation.model import Category
from federation.nhs_number import NhsNumber, parse_nhs_number
from federation.node_kit.requester import check_asked
from federation.node_kit.source import (
    KeptRecord,
    NodeErrorCode,
    NodeRefusalError,
    NodeSource,
)
from federation.protocols.requester_token import RequesterClaims
from federation.records.base import UNDECODABLE

PATH = "/rehearsal"
MOST_LINES = 10_000
AGAIN_SECONDS = 30
_KIT = "federation.node_kit"
_USUAL = frozenset(vars(logging.makeLogRecord({})))
_SPELT = {"request_id": "requestId"}


class RehearsedSource(Protocol):
    """What a region's source does for a rehearsal besides; a source may have none of it."""

    async def set_objection(self, number: NhsNumber, *, objects: bool) -> None:
        """Somebody objects to sharing, or withdraws that; as the region's own system would."""

    async def set_merged(
        self, old: NhsNumber, into: NhsNumber, *, merged: bool
    ) -> Sequence[Mapping[str, str]]:
        """Two records are run together, or taken apart; the notices that the region would give.

        A notice is `{"kind": "MERGED" or "UNMERGED", "old": ..., "into": ...}`.
        """


class Rehearsal:
    """What a test endpoint does beside answering. Keeps the node's own log lines of late."""

    def __init__(self, source: RehearsedSource | None = None) -> None:
        self._source = source
        self._kept = _Kept()
        logger = logging.getLogger(_KIT)
        logger.addHandler(self._kept)
        if not logger.isEnabledFor(logging.INFO):
            logger.setLevel(logging.INFO)

    async def answer(self, body: bytes, requester: RequesterClaims) -> dict[str, Any]:
        """What was asked for; raises `NodeRefusalError`."""
        try:
            asked = _ASKED.decode(body)
            numbers = [parse_nhs_number(one) for one in asked.nhs_numbers]
        except (*UNDECODABLE, InvalidNhsNumberError):
            raise NodeRefusalError(NodeErrorCode.BAD_REQUEST) from None
        check_asked(requester, numbers, ())
        if asked.do is Deed.LOG:
            return {"lines": self._kept.lines_of(asked.request_id or "")}
        if self._source is None:
            return {"offered": False}
        return await self._change(self._source, asked, numbers)

    async def _change(
        self, source: RehearsedSource, asked: RehearsalAsked, numbers: Sequence[NhsNumber]
    ) -> dict[str, Any]:
        if asked.do is Deed.OBJECT and len(numbers) == 1:
            await source.set_objection(numbers[0], objects=asked.objects)
            return {"done": True}
        if asked.do in {Deed.MERGE, Deed.UNMERGE} and len(numbers) == _A_PAIR:
            merged = asked.do is Deed.MERGE
            return {"notices": list(await source.set_merged(*numbers, merged=merged))}
        raise NodeRefusalError(NodeErrorCode.BAD_REQUEST)


class Faulty:
    """A source that answers about some synthetic people as if what is behind it failed."""

    def __init__(self, source: NodeSource, faults: Mapping[NhsNumber, NodeErrorCode]) -> None:
        self.categories = source.categories
        self._source = source
        self._faults = faults

    async def find(
        self,
        numbers: Sequence[NhsNumber],
        categories: frozenset[Category],
        requester: RequesterClaims,
    ) -> Sequence[KeptRecord]:
        for number in numbers:
            if number in self._faults:
                code = self._faults[number]
                again = AGAIN_SECONDS if code is NodeErrorCode.RATE_LIMITED else None
                raise NodeRefusalError(code, retry_after_seconds=again)
        return await self._source.find(numbers, categories, requester)


class Deed(StrEnum):
    """What a rehearsal can be asked to do."""

    LOG = "log"
    OBJECT = "object"
    MERGE = "merge"
    UNMERGE = "unmerge"


class RehearsalAsked(Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """The body of a request."""

    do: Deed
    nhs_numbers: tuple[str, ...]
    request_id: str | None = None
    objects: bool = False


_ASKED = msgspec.json.Decoder(RehearsalAsked)
_A_PAIR = 2


class _Kept(logging.Handler):
    """The last lines that the kit wrote, as they went to the node's log."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self._lines: deque[dict[str, Any]] = deque(maxlen=MOST_LINES)

    def emit(self, record: logging.LogRecord) -> None:
        more = {
            _SPELT.get(name, name): value
            for name, value in vars(record).items()
            if name not in _USUAL
        }
        self._lines.append({"message": record.getMessage(), **more})

    def lines_of(self, request_id: str) -> list[dict[str, Any]]:
        """The lines of one request."""
        return [one for one in self._lines if request_id in _request_ids(one)]


def _request_ids(line: Mapping[str, Any]) -> tuple[Any, Any]:
    look = line.get("look")
    return line.get("requestId"), look.get("requestId") if isinstance(look, dict) else None

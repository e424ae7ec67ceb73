"""What a native node offers in test mode alone: its own log, and changes that a check looks for.

One address, `POST`, JSON, vouched for like any question (`federation/node_kit/rehearsal.py` serves
it). A live endpoint must not have it.
"""

from __future__ import annotations

from typing import Any

import httpx
import msgspec

from federation.conformance.check import UnexpectedError
from federation.conformance.heard import Exchange, Sent
from federation.conformance.people import TestPerson
from federation.conformance.speakers.base import Wire
from federation.records.base import UNDECODABLE


class HookMissingError(Exception):
    """The node does not offer this in its test mode."""


class Hooks:
    """Asks a node's test mode."""

    def __init__(self, wire: Wire, url: str) -> None:
        self._wire = wire
        self._url = url

    async def log_of(self, answered: Exchange) -> list[dict[str, Any]]:
        """What the node wrote down of one request."""
        said = await self._do(answered.sent.numbers, do="log", requestId=answered.request_id)
        lines = said.get("lines")
        if not isinstance(lines, list):
            raise UnexpectedError("the test mode answers without `lines`")
        return [one for one in lines if isinstance(one, dict)]

    async def object(self, person: TestPerson, *, objects: bool) -> None:
        """Let somebody object to sharing, or withdraw that."""
        await self._do(person.numbers, do="object", objects=objects)

    async def merge(self, old: TestPerson, into: TestPerson, *, undo: bool) -> list[Any]:
        """Run two records together, or take them apart; the notices that the node gives."""
        numbers = (old.numbers[0], into.numbers[0])
        said = await self._do(numbers, do="unmerge" if undo else "merge")
        notices = said.get("notices")
        return notices if isinstance(notices, list) else []

    async def _do(self, numbers: Any, **asked: Any) -> dict[str, Any]:
        body = msgspec.json.encode({**asked, "nhsNumbers": list(numbers)})
        sent = Sent(path=self._url, body=body, numbers=tuple(numbers))
        answer = await self._wire.send(sent, base=self._url)
        if answer.status == httpx.codes.NOT_FOUND:
            raise HookMissingError
        try:
            said = msgspec.json.decode(answer.body) if answer.ok else None
        except UNDECODABLE:
            said = None
        if not isinstance(said, dict):
            told = answer.broke or f"HTTP {answer.status}"
            raise UnexpectedError(f"the test mode does not answer ({told})")
        if said.get("offered") is False:
            raise HookMissingError
        return said

"""Speaks the native protocol, and reads what comes without believing any of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from federation.conformance.check import UnexpectedError
from federation.conformance.heard import (
    Exchange,
    Heard,
    HeardItem,
    HeardPart,
    HeardPerson,
    HeardRecord,
    Sent,
    word,
)
from federation.conformance.speakers.base import Odd, Wire
from federation.conformance.target import Target
from federation.model import Category
from federation.nhs_number import NhsNumber
from federation.protocols.graphql.documents import request_body
from federation.records import DEFINITIONS
from federation.records.base import UNDECODABLE

_TOO_LARGE = 256 * 1024
"""More than any question is long."""


class NativeSpeaker:
    """Asks a native node."""

    def __init__(self, target: Target, wire: Wire) -> None:
        self._target = target
        self._wire = wire

    async def ask(self, numbers: Sequence[NhsNumber], categories: Sequence[Category]) -> Heard:
        answer = await self._wire.send(self.question(numbers, categories))
        refused = self.refusal(answer)
        if refused is not None:
            return Heard(refusal=refused, exchanges=(answer,))
        rows = _records(answer)
        records = tuple(_record(one, categories) for one in rows)
        return Heard(records=records, exchanges=(answer,))

    def question(self, numbers: Sequence[NhsNumber], categories: Sequence[Category]) -> Sent:
        return Sent(
            body=request_body(frozenset(categories), tuple(numbers)),
            numbers=tuple(numbers),
            categories=tuple(categories),
        )

    def refusal(self, answer: Exchange) -> str | None:
        if answer.broke is not None:
            return answer.broke
        said = _json(answer)
        errors = said.get("errors") if isinstance(said, dict) else None
        if isinstance(errors, list) and errors:
            return word(_at(errors[0], "extensions", "code"))
        return None if answer.ok else f"HTTP {answer.status}"

    def names_a_record(self, answer: Exchange) -> bool:
        return bool(_at(_json(answer), "data", "records"))

    def unreadable(self, numbers: Sequence[NhsNumber]) -> Sequence[Odd]:
        good = self.question(numbers, ())
        long = good.body[:-1] + b" " * _TOO_LARGE + b"}"
        return (
            Odd("a body that is no JSON", _changed(good, b'{"query": ')),
            Odd("a body that is no question", _changed(good, b"[]")),
            Odd("another media type", msgspec.structs.replace(good, media_type="text/plain")),
            Odd("a body beyond the limit", _changed(good, long)),
        )

    def unknown_parameter(self, numbers: Sequence[NhsNumber]) -> Odd:
        document = (
            "query($nhsNumbers:[NHSNumber!]!){records(nhsNumbers:$nhsNumbers,onlyRecent:true)"
            "{person{nhsNumber}}}"
        )
        return Odd("an argument that the protocol does not have", _document(document, numbers))

    def writes(self, numbers: Sequence[NhsNumber]) -> Sequence[Odd]:
        asked = "($nhsNumbers:[NHSNumber!]!){records(nhsNumbers:$nhsNumbers){person{nhsNumber}}}"
        mutation = f"mutation{asked}"
        return (Odd("a mutation", _document(mutation, numbers)),)

    async def listed_writes(self) -> Sequence[str]:
        return ()


def _document(text: str, numbers: Sequence[NhsNumber]) -> Sent:
    body = msgspec.json.encode({"query": text, "variables": {"nhsNumbers": list(numbers)}})
    return Sent(body=body, numbers=tuple(numbers))


def _changed(sent: Sent, body: bytes) -> Sent:
    return msgspec.structs.replace(sent, body=body)


def _json(answer: Exchange) -> Any:
    try:
        return msgspec.json.decode(answer.body)
    except UNDECODABLE:
        return None


def _at(value: Any, *names: str) -> Any:
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _records(answer: Exchange) -> list[Mapping[str, Any]]:
    rows = _at(_json(answer), "data", "records")
    if not isinstance(rows, list) or not all(isinstance(one, dict) for one in rows):
        raise UnexpectedError("an answer of 200 is no list of records")
    return rows


def _record(row: Mapping[str, Any], categories: Sequence[Category]) -> HeardRecord:
    fields = {one: DEFINITIONS[one].field_name for one in categories if one in DEFINITIONS}
    parts = {
        one: _part(row[name]) for one, name in fields.items() if isinstance(row.get(name), dict)
    }
    return HeardRecord(person=_person(row.get("person")), parts=parts)


def _person(said: Any) -> HeardPerson:
    name = _at(said, "name") or {}
    return HeardPerson(
        number=str(_at(said, "nhsNumber") or ""),
        family=str(name.get("family") or name.get("text") or ""),
        birth_date=str(_at(said, "birthDate") or ""),
        gender=str(_at(said, "gender") or ""),
        deceased=_at(said, "deceased") is True,
        restricted=_at(said, "restricted") is True,
        whereabouts=bool(_at(said, "address") or _at(said, "phones")),
    )


def _part(said: Mapping[str, Any]) -> HeardPart:
    items = said.get("items")
    rows = [one for one in items if isinstance(one, dict)] if isinstance(items, list) else []
    return HeardPart(
        state=_told(said.get("state")) or "",
        code=_told(said.get("code")),
        assertion=_told(said.get("assertion")),
        current_to=said.get("dataCurrentTo"),
        items=tuple(map(_item, rows)),
    )


def _told(value: Any) -> str | None:
    return word(value) if value is not None else None


def _item(row: Mapping[str, Any]) -> HeardItem:
    labels = row.get("securityLabels") or ()
    return HeardItem(
        id=str(row.get("sourceId") or ""),
        version=row.get("version"),
        last_updated=row.get("lastUpdatedAt"),
        labels=frozenset(str(_at(one, "code")) for one in labels),
        raw=row,
    )

"""A strict node of the native protocol, over a dictionary.

It refuses what the published protocol does not allow: another method, path, header or document than
`node.graphql` knows. What is held is given in the protocol's own JSON.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
from graphql import build_schema, parse, validate

import federation.protocols.graphql as package
from tests.stubs.http import Answer, Request

SCHEMA = build_schema((Path(package.__file__).parent / "node.graphql").read_text("utf-8"))
JSON = {"content-type": "application/json; charset=utf-8"}
EMPTY: Mapping[str, Any] = {"state": "COMPLETE", "items": []}


@dataclass
class NativeNode:
    """What the node holds: a record for each number, parts by field name.

    `authorises` says which value of the `Authorization` header it takes.
    """

    held: dict[str, dict[str, Any]] = field(default_factory=dict)
    authorises: Callable[[str | None], bool] = lambda _shown: True
    refusals: list[str] = field(default_factory=list)

    def __call__(self, request: Request) -> Answer:
        if not self.authorises(request.headers.get("authorization")):
            self.refusals.append("authorization")
            return said("UNAUTHENTICATED", 401)
        wrong = _wrong(request)
        if wrong:
            self.refusals.append(wrong)
            return said("BAD_REQUEST", 400)
        asked = msgspec.json.decode(request.body)
        errors = validate(SCHEMA, parse(asked["query"]))
        if errors:
            self.refusals.append(str(errors[0]))
            return said("BAD_REQUEST", 400)
        numbers = asked["variables"]["nhsNumbers"]
        fields = _fields(asked["query"])
        records = [
            {name: record.get(name, EMPTY) for name in fields}
            for number, record in self.held.items()
            if number in numbers
        ]
        return data(records)


def data(records: list[dict[str, Any]], errors: list[dict[str, Any]] | None = None) -> Answer:
    """A whole answer."""
    body: dict[str, Any] = {"data": {"records": records}}
    if errors:
        body["errors"] = errors
    return Answer(headers=JSON, body=msgspec.json.encode(body))


def said(code: str, status: int = 200) -> Answer:
    """A refusal in words."""
    error = {"message": "no", "extensions": {"code": code}}
    return Answer(status, JSON, msgspec.json.encode({"data": None, "errors": [error]}))


def _fields(document: str) -> list[str]:
    operation: Any = parse(document).definitions[0]
    records = operation.selection_set.selections[0]
    return [selection.name.value for selection in records.selection_set.selections]


def _wrong(request: Request) -> str | None:
    expected = {"content-type": "application/json", "accept": "application/json"}
    if (request.method, request.target) != ("POST", "/graphql"):
        return "method or path"
    if any(request.headers.get(name) != value for name, value in expected.items()):
        return "media types"
    if not request.headers.get("x-request-id"):
        return "no request id"
    keys = set(msgspec.json.decode(request.body))
    return None if keys == {"query", "operationName", "variables"} else "keys of the body"

"""One scenario as it lies in its folder.

Reads and checks; who plays it is `runner.py`. What each key means is in `README.md`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal

import msgspec
from msgspec import Struct

HERE = Path(__file__).parent

NodeName = Literal["london-care-record", "herts-west-essex", "milton-keynes", "universal-care-plan"]
FaultName = Literal[
    "down", "killed", "watched", "hang", "refuse", "forbid", "error", "text", "shape", "large",
    "redirect", "drop", "drip", "stranger", "unreadable", "foreign", "short", "expired", "unstated",
]  # fmt: skip
STUBBED = frozenset(FaultName.__args__) - {"down", "killed"}  # type: ignore[attr-defined]  # a Literal has them


class _Table(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of the file; a key that is not known is a mistake."""


class Before(_Table, frozen=True, kw_only=True):
    """A request that is made first, and what is taken of its answer: variable to path."""

    person: str
    token: str | None = None
    query: str = "before.graphql"
    take: dict[str, str]


class Pages(_Table, frozen=True, kw_only=True):
    """Follow one timeline, which is `at` in the answer, to its end: `first` entries at a time."""

    at: str
    first: int


class Http(_Table, frozen=True, kw_only=True):
    """What is unusual about the HTTP request."""

    body: str | None = None
    padding_bytes: int = 0
    content_type: str = "application/json"
    headers: dict[str, str] = {}


class Logged(_Table, frozen=True, kw_only=True):
    """A log line of the gateway that must be there: these fields, with these values."""

    event: str
    node: str | None = None
    code: str | None = None
    detail: str | None = None

    def fields(self) -> dict[str, str]:
        return {name: value for name, value in msgspec.to_builtins(self).items() if value}


class Scenario(_Table, frozen=True, kw_only=True):
    """`scenario.toml`."""

    why: str
    person: str | None = None
    token: str = "gp-london"  # noqa: S105 - a persona
    variables: dict[str, Any] = {}
    faults: dict[NodeName, FaultName] = {}
    status: int = 200
    before: Before | None = None
    pages: Pages | None = None
    http: Http = Http()
    nobody_is_asked: bool = False
    connection_is_closed: tuple[NodeName, ...] = ()
    caller_leaves: bool = False
    disk_is_full: bool = False
    seconds_at_most: float | None = None
    logged: tuple[Logged, ...] = ()


class Folder:
    """A scenario with the files beside it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = path.name
        self.scenario = msgspec.toml.decode((path / "scenario.toml").read_bytes(), type=Scenario)

    def __repr__(self) -> str:
        return self.name

    @property
    def query(self) -> str:
        return self.text("query.graphql")

    @property
    def expected(self) -> Any:
        return self.json("expected.json")

    @property
    def audit(self) -> Any:
        return self.json("audit.json")

    def text(self, name: str) -> str:
        return (self.path / name).read_text("utf-8")

    def json(self, name: str) -> Any:
        """The file's value, None where there is no such file."""
        path = self.path / name
        return json.loads(path.read_text("utf-8")) if path.exists() else None


def folders(where: Path = HERE) -> tuple[Folder, ...]:
    """Every scenario, by name."""
    return tuple(Folder(path.parent) for path in sorted(where.glob("*/scenario.toml")))

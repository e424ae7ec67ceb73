"""What came back for one question, in the words of whoever reads it."""

from __future__ import annotations

import json
from typing import Any

from msgspec import Struct

from federation.model import Category
from federation.records import DEFINITIONS

FIELDS = {
    **{category: one.field_name for category, one in DEFINITIONS.items()},
    Category.DEMOGRAPHICS: "demographics",
}
_ONE_LOOKS_OWN = frozenset(("author", "retrievedAt"))
"""Who wrote what is drawn for each of the curated people apart."""
_CURSORS = frozenset(("cursor", "endCursor", "startCursor"))


class Row(Struct, frozen=True):
    """What one node did for one category."""

    state: str
    code: str | None
    message: str
    liftable: bool
    contact: str | None


class Answer:
    """One answer. What is asked of it that it has not, fails with the whole of it shown."""

    def __init__(self, status: int, body: Any) -> None:
        self.status = status
        self.body = body

    def __repr__(self) -> str:
        return json.dumps(self.body, indent=1, ensure_ascii=False)

    @property
    def refused_with(self) -> str | None:
        """The code of the refusal; None where there is an answer."""
        errors = self.body.get("errors")
        return str(errors[0]["extensions"]["code"]) if errors else None

    @property
    def refusal(self) -> str:
        """What a refusal says."""
        return str(self.body["errors"][0]["message"])

    @property
    def looks(self) -> list[Any]:
        """The entries of the access log, newest first; there must be a log."""
        assert not self.body.get("errors"), self
        return [edge["node"] for edge in self.body["data"]["accessLog"]["edges"]]

    @property
    def record(self) -> Any:
        """The record; there must be one."""
        assert not self.body.get("errors"), self
        return self.body["data"]["patient"]

    @property
    def notice(self) -> str:
        """What is never shown to a requester of this kind."""
        return str(self.record["notice"])

    @property
    def headline(self) -> str:
        """The sentence above the record."""
        return str(self.record["coverage"]["headline"])

    @property
    def obligations(self) -> set[str]:
        """Codes of what the caller must do or show."""
        return {one["code"] for one in self.record["obligations"]}

    def told_of(self, obligation: str) -> str:
        """The words of one obligation; there must be one of it."""
        (words,) = [
            one["message"] for one in self.record["obligations"] if one["code"] == obligation
        ]
        return str(words)

    @property
    def person(self) -> Any:
        """Who the person is, as demographics tell it."""
        return self.record["demographics"]["person"]

    def section(self, category: str) -> Any:
        """Everything under one heading."""
        return self.record[FIELDS[Category(category)]]

    def row(self, node: str, category: str) -> Row:
        """What this node did for this category."""
        rows = self.section(category)["coverage"]["sources"]
        (found,) = [one for one in rows if one["source"]["id"] == node]
        return Row(
            found["state"],
            found["code"],
            found["message"],
            found["liftableByBreakGlass"],
            found["contactRoute"],
        )

    def states(self, category: str) -> dict[str, str]:
        """Each node's state, with its code where there is one: `WITHHELD OBJECTION`."""
        nodes = [one["source"]["id"] for one in self.section(category)["coverage"]["sources"]]
        rows = {node: self.row(node, category) for node in nodes}
        return {node: " ".join(filter(None, (row.state, row.code))) for node, row in rows.items()}

    def titles(self, category: str) -> list[str]:
        """What the lines under a heading are called."""
        return [entry["title"] for entry in self.section(category)["entries"]]

    def items(self, category: str) -> list[Any]:
        """Every item under a heading, as its source holds it."""
        return [item for entry in self.section(category)["entries"] for item in entry["items"]]

    def item(self, category: str, title: str) -> Any:
        """The one item of the one line that is called so."""
        (entry,) = [one for one in self.section(category)["entries"] if one["title"] == title]
        (item,) = entry["items"]
        return item

    @property
    def everything(self) -> str:
        """The whole answer as text, to look for what must not be in it."""
        return json.dumps(self.body, ensure_ascii=False)

    def but_for(self, *words: str) -> Any:
        """The whole answer without what is one person's or one look's own: ids, times, `words`.

        Cursors keep their length, so that a longer one shows.
        """
        return _stripped(self.body, sorted(words, key=len, reverse=True))


def _stripped(value: Any, words: list[str], key: str = "") -> Any:
    if isinstance(value, dict):
        return {
            name: _stripped(inner, words, name)
            for name, inner in value.items()
            if name not in _ONE_LOOKS_OWN
        }
    if isinstance(value, list):
        return [_stripped(inner, words, key) for inner in value]
    if not isinstance(value, str):
        return value
    if key in _CURSORS:
        return len(value)
    for word in words:
        value = value.replace(word, "…")
    return value

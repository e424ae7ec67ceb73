"""What a FHIR resource says, leaf by leaf, and whether what was made of it shows that.

Knows nothing of the readers: a leaf counts as shown where its value stands somewhere in the items,
as the record writes such a value. Paths are FHIR's, without indices; an extension is named by the
last part of its address: `code.coding.display`, `extension(Extension-UKCore-EvidenceOfBlah).…`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import msgspec

UNSAID = frozenset(
    # What addresses, versions or draws a resource, and says nothing of a person.
    ("id", "meta", "text", "resourceType", "implicitRules", "language", "fhir_comments")
)
CODED = frozenset(("code", "system", "version", "userSelected"))
"""What a coding or quantity says beside its words."""
ADDRESSES = frozenset(("reference", "url", "fullUrl"))


class Leaf(NamedTuple):
    """One value of a resource, and where it stands.

    `words` are what its source says that a code or unit means: where they are shown, so is it.
    """

    path: str
    value: str | float | bool
    words: str | None = None


def leaves(resource: dict[str, Any]) -> Iterator[Leaf]:
    """Every value that says something."""
    for name, value in resource.items():
        if name == "contained":
            for one in value:
                for leaf in leaves(one):
                    yield leaf._replace(path=f"contained({one['resourceType']}).{leaf.path}")
        elif name not in UNSAID:
            yield from _below(name, value)


def _below(path: str, value: Any) -> Iterator[Leaf]:
    if isinstance(value, list):
        for one in value:
            yield from _below(path, one)
    elif isinstance(value, dict):
        if path.rpartition(".")[2] in {"extension", "modifierExtension"}:
            path = f"{path}({value.get('url', '').rpartition('/')[2]})"
        for name, part in value.items():
            if name in CODED and isinstance(part, str | bool):
                yield Leaf(f"{path}.{name}", part, _words(name, value))
            elif name not in ADDRESSES | {"id", "fhir_comments"}:
                yield from _below(f"{path}.{name}", part)
    elif value is not None:
        yield Leaf(path, value)


def _words(name: str, said: dict[str, Any]) -> str | None:
    """What stands for a part of a coding, quantity or identifier: where it is shown, so is that."""
    words = said.get("display") or said.get("unit")
    if not words and name == "system":
        words = said.get("code") or said.get("value")
    return words if isinstance(words, str) else None


class Shown:
    """The values that stand in some items."""

    def __init__(self, items: Sequence[msgspec.Struct]) -> None:
        values = [value for item in items for value in _values(msgspec.to_builtins(item))]
        self.numbers = {float(value) for value in values if isinstance(value, int | float)}
        texts = [value for value in values if isinstance(value, str)]
        self.exact = {_plain(text) for text in texts}
        self.text = "\n".join(self.exact)

    def shows(self, leaf: Leaf) -> bool:
        """Whether the leaf's value is one of these, or a word or part of one."""
        if leaf.words and self._says(_plain(leaf.words)):
            return True
        if isinstance(leaf.value, bool):
            return False
        if isinstance(leaf.value, int | float):
            return leaf.value in self.numbers or self._says(f"{leaf.value:.15g}")
        return _plain(leaf.value) in self.exact or self._says(_plain(leaf.value))

    def _says(self, words: str) -> bool:
        return bool(re.search(rf"(?<![\w.]){re.escape(words)}(?!\w|\.\d)", self.text))


def _plain(text: str) -> str:
    """In one spelling: closed sets are written in capitals and with underscores here."""
    return " ".join(re.sub(r"[-_\s]+", " ", text).casefold().split()).rstrip("/")


def _values(builtin: Any) -> Iterator[Any]:
    if isinstance(builtin, dict):
        for value in builtin.values():
            yield from _values(value)
    elif isinstance(builtin, list | tuple):
        for value in builtin:
            yield from _values(value)
    elif builtin is not None and not isinstance(builtin, bool):
        yield builtin


def is_under(path: str, prefix: str) -> bool:
    """Whether a path is this one or below it."""
    return path == prefix or path.startswith((f"{prefix}.", f"{prefix}("))

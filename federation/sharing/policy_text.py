"""Cedar text, cut into its rules: the engine names no line, so each rule is tried alone.

Knows where texts, comments and rules begin and end, and nothing of what a rule says.
"""

from __future__ import annotations

import re

from msgspec import Struct

_PIECE = re.compile(r'"(?:\\.|[^"\\])*"|//[^\n]*|;|[^\s]', re.DOTALL)
_ID = re.compile(r'@id\s*\(\s*"((?:\\.|[^"\\])*)"\s*\)')


class PolicyText(Struct, frozen=True, kw_only=True):
    """One rule as it was written, its semicolon included.

    `line` is where it begins, from 1; `id` what its @id says, None where it has none.
    """

    text: str
    line: int
    id: str | None


def split(text: str) -> tuple[PolicyText, ...]:
    """Every rule of a text, in order; what stands behind the last semicolon is one too."""
    found: list[PolicyText] = []
    start: int | None = None
    for piece in _PIECE.finditer(text):
        if piece.group().startswith("//"):
            continue
        if start is None:
            start = piece.start()
        if piece.group() == ";":
            found.append(_policy(text, start, piece.end()))
            start = None
    if start is not None:
        found.append(_policy(text, start, len(text)))
    return tuple(found)


def _policy(text: str, start: int, end: int) -> PolicyText:
    own = text[start:end]
    named = _ID.search(own)
    return PolicyText(
        text=own,
        line=text.count("\n", 0, start) + 1,
        id=named.group(1) if named else None,
    )

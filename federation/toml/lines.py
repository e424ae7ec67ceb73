"""On which line of a TOML file each key and each element stands.

`tomllib` names a line only where a file is not TOML; a fault of what it says has to name one too.
Reads text that `tomllib` has read before: what is not TOML is not looked for.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping

TomlPath = tuple[str | int, ...]
"""Keys, and the places of elements of arrays, counted from 0."""

_BLANK = frozenset(" \t\r\n")
_ENDS_BARE = frozenset(",]}#\n")
_QUOTES = frozenset("\"'")


def lines_of(text: str) -> Mapping[TomlPath, int]:
    """The line, counted from 1, of everything in this text that can be named."""
    return _Scanner(text).scanned()


def line_of(lines: Mapping[TomlPath, int], path: TomlPath) -> int:
    """The line of this path, or of the nearest thing around it that is there."""
    while path and path not in lines:
        path = path[:-1]
    return lines.get(path, 1)


class _Scanner:
    """Goes through the text once."""

    def __init__(self, text: str) -> None:
        # As `tomllib` reads it.
        self._text = text.replace("\r\n", "\n")
        self._at = 0
        self._seen = (0, 1)
        """Up to where lines were counted, and the line there."""
        self._lines: dict[TomlPath, int] = {}
        self._counts: dict[TomlPath, int] = {}
        """Of each array of tables, how many there are so far."""

    def scanned(self) -> Mapping[TomlPath, int]:
        table: TomlPath = ()
        while self._skip_blank():
            if self._peek() == "[":
                table = self._header()
            else:
                self._pair(table)
        return self._lines

    def _header(self) -> TomlPath:
        line = self._line()
        several = self._text.startswith("[[", self._at)
        self._at += 2 if several else 1
        keys = self._keys("]")
        self._at += 2 if several else 1
        path: TomlPath = ()
        for place, key in enumerate(keys):
            path = (*path, key)
            self._lines.setdefault(path, line)
            if several and place == len(keys) - 1:
                self._counts[path] = self._counts.get(path, 0) + 1
            if path in self._counts:
                path = (*path, self._counts[path] - 1)
                self._lines.setdefault(path, line)
        return path

    def _pair(self, table: TomlPath) -> None:
        line = self._line()
        path = table
        for key in self._keys("="):
            path = (*path, key)
            self._lines.setdefault(path, line)
        self._at += 1
        self._value(path)

    def _value(self, path: TomlPath) -> None:
        self._skip_blank()
        first = self._peek()
        if first == "[":
            self._array(path)
        elif first == "{":
            self._inline_table(path)
        elif first in _QUOTES:
            self._string()
        else:
            while self._peek() and self._peek() not in _ENDS_BARE:
                self._at += 1

    def _array(self, path: TomlPath) -> None:
        self._at += 1
        place = 0
        while self._skip_blank() and self._peek() != "]":
            self._lines.setdefault((*path, place), self._line())
            self._value((*path, place))
            self._skip_comma()
            place += 1
        self._at += 1

    def _inline_table(self, path: TomlPath) -> None:
        self._at += 1
        while self._skip_blank() and self._peek() != "}":
            self._pair(path)
            self._skip_comma()
        self._at += 1

    def _skip_comma(self) -> None:
        self._skip_blank()
        if self._peek() == ",":
            self._at += 1

    def _string(self) -> None:
        quote = self._peek()
        end = quote * 3 if self._text.startswith(quote * 3, self._at) else quote
        self._at += len(end)
        while not self._text.startswith(end, self._at):
            self._at += 2 if quote == '"' and self._peek() == "\\" else 1
        self._at += len(end)
        # A multi-line string may end with two quotes of its own before those that end it.
        while len(end) > 1 and self._peek() == quote:
            self._at += 1

    def _keys(self, end: str) -> tuple[str, ...]:
        """A dotted key, up to the sign that ends it."""
        keys: list[str] = []
        while self._skip_blank() and self._peek() != end:
            begun = self._at
            if self._peek() in _QUOTES:
                self._string()
                keys.append(str(tomllib.loads(f"k = {self._text[begun : self._at]}")["k"]))
            elif self._peek() == ".":
                self._at += 1
            else:
                while self._peek() not in f". \t{end}":
                    self._at += 1
                keys.append(self._text[begun : self._at])
        return tuple(keys)

    def _skip_blank(self) -> bool:
        """Pass over blanks, line ends and comments; whether anything is left."""
        while self._peek() in _BLANK or self._peek() == "#":
            if self._peek() == "#":
                while self._peek() not in ("", "\n"):
                    self._at += 1
            else:
                self._at += 1
        return self._at < len(self._text)

    def _peek(self) -> str:
        return self._text[self._at : self._at + 1]

    def _line(self) -> int:
        at, line = self._seen
        self._seen = self._at, line + self._text.count("\n", at, self._at)
        return self._seen[1]

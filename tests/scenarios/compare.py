"""Compares an answer with what a folder expects of it: whole, but for explicit wildcards.

| written         | stands for |
|-----------------|---------------------------|
| `<id>`          | an opaque id (32 hexadecimal digits or a UUID) |
| `<id NAME>`     | an id, the same wherever this NAME stands, another for any other |
| `<time>`        | an instant with its offset |
| `<cursor>`      | a cursor: a text of more than 20 characters |
| `<text>`        | any text but the empty one |
| `<day>`         | a day: what is decided hangs on the day it is asked |
| `<age>`         | somebody's age in whole years, a number |
| `<number of X>` and the like | of the curated person X; see `people.py` |

Nothing else is a wildcard, so a key too many, an entry in another place or another sentence is a
difference.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

_ID = re.compile(r"[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
_CURSOR = re.compile(r"\S{20,}")
_NAMED_ID = re.compile(r"<id (.+)>")

_FORMS: dict[str, Callable[[str], object]] = {
    "<id>": _ID.fullmatch,
    "<time>": _TIME.fullmatch,
    "<cursor>": _CURSOR.fullmatch,
    "<text>": bool,
    "<day>": re.compile(r"\d{4}-\d\d-\d\d").fullmatch,
}
_OLDEST = 130


class Comparison:
    """One comparison, which remembers what each named id stood for."""

    def __init__(self, fill: Callable[[str], str]) -> None:
        self._fill = fill
        self._ids: dict[str, str] = {}

    def differences(self, expected: Any, actual: Any, at: str = "$") -> Iterator[str]:
        """Every place where the answer is not what is expected, as one line."""
        if isinstance(expected, dict) and isinstance(actual, dict):
            yield from self._objects(expected, actual, at)
        elif isinstance(expected, list) and isinstance(actual, list):
            yield from self._lists(expected, actual, at)
        elif isinstance(expected, str) and isinstance(actual, str):
            if not self._agree(expected, actual):
                yield f"{at}: expected {expected!r}, found {actual!r}"
        elif expected == "<age>" and type(actual) is int and 0 <= actual < _OLDEST:
            return
        elif type(expected) is not type(actual) or expected != actual:
            yield f"{at}: expected {_brief(expected)}, found {_brief(actual)}"

    def _objects(self, expected: dict[str, Any], actual: dict[str, Any], at: str) -> Iterator[str]:
        for key in expected.keys() - actual.keys():
            yield f"{at}.{key}: missing"
        for key in actual.keys() - expected.keys():
            yield f"{at}.{key}: not expected, found {_brief(actual[key])}"
        for key, value in expected.items():
            if key in actual:
                yield from self.differences(value, actual[key], f"{at}.{key}")

    def _lists(self, expected: list[Any], actual: list[Any], at: str) -> Iterator[str]:
        if len(expected) != len(actual):
            yield f"{at}: expected {len(expected)} entries, found {len(actual)}"
        for place, (one, other) in enumerate(zip(expected, actual, strict=False)):
            yield from self.differences(one, other, f"{at}[{place}]")

    def _agree(self, expected: str, actual: str) -> bool:
        if form := _FORMS.get(expected):
            return bool(form(actual))
        if named := _NAMED_ID.fullmatch(expected):
            return self._named(named[1], actual)
        return self._fill(expected) == actual

    def _named(self, name: str, actual: str) -> bool:
        if not _ID.fullmatch(actual):
            return False
        known = self._ids.setdefault(name, actual)
        return known == actual and list(self._ids.values()).count(actual) == 1


def _brief(value: Any) -> str:
    text = repr(value)
    return text if len(text) < 200 else f"{text[:200]}..."

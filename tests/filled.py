"""Values of any struct with every field filled, made by looking at the struct itself.

A test that fills a struct this way covers the fields that are added to it later as well. A path is
the way to a value: each struct on it with the field that leads on.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from enum import Enum
from functools import cache
from typing import Any, NewType, Union, get_args, get_origin

import msgspec
from msgspec import Struct

from federation.model import Category
from federation.nhs_number import NhsNumber
from federation.records import DEFINITIONS
from federation.records.base import STAMPED_FIELDS, PartialDateTime, stamp
from tests.builders import LONDON, NOW, NUMBER, OTHER_NUMBER

Step = tuple[type[Struct], str]
Path = tuple[Step, ...]


# Looked at once: a law fills the same structs thousands of times.
_fields = cache(msgspec.structs.fields)


def the_way(path: Path) -> str:
    """A path as words: `author.organisation.name`."""
    return ".".join(field for _, field in path)


class Filling:
    """How to fill: `say` gives texts, `turn` which of several values, `own` what is not made here.

    `turn` 1 differs from `turn` 0 in every value. `paths` collects the way to every value that was
    filled in, in order.
    """

    def __init__(
        self,
        say: Callable[[Path], str] = the_way,
        turn: Callable[[Path], int] = lambda _path: 0,
        own: Mapping[Any, Callable[[Path], Any]] | None = None,
    ) -> None:
        self._say, self._turn, self._own = say, turn, own or {}
        self.paths: list[Path] = []

    def struct(
        self, kind: type[Any], path: Path = (), *, skip: frozenset[str] = frozenset()
    ) -> Any:
        """One value of a struct, or of a kind of it, without the fields to skip."""
        return kind(
            **{
                field.name: self._value(field.type, (*path, (kind, field.name)))
                for field in _fields(kind)
                if field.name not in skip
            }
        )

    def item(
        self, category: Category, source_id: str = "i1", node: Any = LONDON, **given: Any
    ) -> Any:
        """One item of a category, as it came from a node."""
        item = self.struct(DEFINITIONS[category].item, skip=STAMPED_FIELDS)
        item = msgspec.structs.replace(item, source_id=source_id, **given)
        stamp((item,), node, NOW)
        return item

    def _value(self, hint: Any, path: Path) -> Any:
        if hint in self._own:
            self.paths.append(path)
            return self._own[hint](path)
        parts = get_args(hint)
        if parts:
            return self._compound(get_origin(hint), parts, path)
        if isinstance(hint, type) and issubclass(hint, Struct):
            return self.struct(hint, path)
        self.paths.append(path)
        return self._leaf(hint, path)

    def _compound(self, origin: Any, parts: tuple[Any, ...], path: Path) -> Any:
        if origin in (Union, types.UnionType):
            options = [one for one in parts if one is not type(None)]
            return self._value(options[self._turn(path) % len(options)], path)
        first = self._value(parts[0], path)
        if origin in (tuple, Sequence):
            return (first, self._value(parts[0], path))
        if origin is Mapping:
            return {first: self._value(parts[1], path)}
        return first

    def _leaf(self, hint: Any, path: Path) -> Any:
        turn = self._turn(path)
        if hint is PartialDateTime:
            return PartialDateTime(f"2026-09-0{turn + 1}")
        if hint is NhsNumber:
            return (NUMBER, OTHER_NUMBER)[turn]
        if isinstance(hint, NewType):
            return self._leaf(hint.__supertype__, path)
        if issubclass(hint, Enum):
            return list(hint)[turn % len(hint)]
        by_type = {
            str: lambda: self._say(path) + "'" * turn,
            bool: lambda: not turn,
            int: lambda: 7 + turn,
            float: lambda: 1.5 + turn,
            datetime: lambda: NOW - timedelta(days=turn),
            date: lambda: NOW.date() - timedelta(days=turn),
            time: lambda: time(1 + turn),
        }
        return by_type[hint]()

"""Which fields of a struct are dates, and whether those of one value all name real days.

Asked once for every value that comes from outside, as it arrives. Decoding does not look: a pattern
on the field costs more than all the rest of an item, so it is done here, with a memory.
"""

from __future__ import annotations

import typing
from collections.abc import Callable
from functools import lru_cache
from operator import attrgetter
from typing import Any, NamedTuple

from msgspec import Struct

from federation.records.base import PartialDateTime
from federation.records.partial_date import is_date


class _Dates(NamedTuple):
    """The date fields of a struct, and its fields with structs that have some."""

    own: tuple[Callable[[Any], str | None], ...]
    below: tuple[Callable[[Any], Any], ...]


def dates_are_real(*values: Struct) -> bool:
    """Whether every date in these values of one type, nested ones included, is one."""
    if not values:
        return True
    dates = _dates_of(type(values[0]))
    # By field and not by value: most dates of a field are absent or alike, and are looked at once.
    for read in dates.own:
        for text in set(map(read, values)):
            if text is not None and not is_date(text):
                return False
    return all(_nested(read(value)) for read in dates.below for value in values)


@lru_cache(maxsize=256)
def _dates_of(struct: type[Struct]) -> _Dates:
    hints = typing.get_type_hints(struct)
    parts = {name: set(_parts(hints[name])) for name in struct.__struct_fields__}
    own = tuple(name for name in parts if PartialDateTime in parts[name])
    below = tuple(name for name in parts if name not in own and any(map(_dated, parts[name])))
    return _Dates(tuple(map(attrgetter, own)), tuple(map(attrgetter, below)))


def _nested(value: Any) -> bool:
    if isinstance(value, tuple):
        return all(_nested(one) for one in value)
    return not isinstance(value, Struct) or dates_are_real(value)


def _dated(part: object) -> bool:
    """Whether a struct has dates in it, at any depth."""
    if not (isinstance(part, type) and issubclass(part, Struct)):
        return False
    hints = typing.get_type_hints(part)
    parts = {one for name in part.__struct_fields__ for one in _parts(hints[name])}
    return PartialDateTime in parts or any(_dated(one) for one in parts)


def _parts(hint: object) -> typing.Iterator[object]:
    """What a hint is made of, its unions and tuples taken apart."""
    arguments = typing.get_args(hint)
    if not arguments:
        yield hint
    for one in arguments:
        yield from _parts(one)

"""Which fields of a struct are dates, and whether those of one value all name real days.

Asked once for every value that comes from outside, as it arrives. Decoding does not look: a pattern
on the field costs more than all the rest of an item, so it is done here, with a memory.
"""

from __future__ import annotations

import typing
from collections.abc import Callable
from functools import lru_cache
from operator import attrgetter
from typing import Any

from msgspec import Struct

from federation.records.base import PartialDateTime
from federation.records.partial_date import is_date


def dates_are_real(value: Struct) -> bool:
    """Whether every date in this value, nested ones included, is one."""
    return _check_for(type(value))(value)


@lru_cache(maxsize=256)
def _check_for(struct: type[Struct]) -> Callable[[Any], bool]:
    dates, below = [], []
    for name, hint in typing.get_type_hints(struct).items():
        if name not in struct.__struct_fields__:
            continue
        parts = set(_parts(hint))
        if PartialDateTime in parts:
            dates.append(name)
        elif any(_dated(part) for part in parts):
            below.append(name)
    return _check(tuple(dates), tuple(below))


def _check(dates: tuple[str, ...], below: tuple[str, ...]) -> Callable[[Any], bool]:
    read = attrgetter("__class__", *dates)  # the class first, so that it is a tuple in any case

    def check(value: Any) -> bool:
        for text in read(value)[1:]:
            if text is not None and not is_date(text):
                return False
        return not below or all(_nested(getattr(value, name)) for name in below)

    return check


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

"""Everything that an item says: its texts and its codes, at any depth, found by its struct's shape.

Made from the structs themselves, so that a field or a category that is added later is looked at
without anybody remembering to; what is left out is listed here with the reason. What the words mean
is for `signs.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from operator import attrgetter
from typing import Any, NamedTuple, NewType, get_args, get_origin

import msgspec
from msgspec import Struct

from federation.model import Node
from federation.records.base import Coding
from federation.records.clinical import Quantity, ReferenceRange

LEFT_OUT = frozenset(
    # A surname may be a word that tells something; a code is looked up, not read.
    ("Practitioner.name", "Coding.code")
)
NOT_WORDS = frozenset(
    # Ids, labels (which are looked at by themselves), and what the gateway says of an item.
    (
        "source_id",
        "version",
        "identifiers",
        "security_labels",
        "source",
        "retrieved_at",
        "redactions",
        "report_id",
        "superseded_by",
        "content_type",
        "ods_code",
        "phones",
        "phone",
        "region",
        "system",
        "ucum",
    )
)
AMOUNTS = frozenset((Quantity, ReferenceRange))
"""Numbers with their units say what was measured, and not of what."""
NOT_TYPES = (msgspec.Meta, type(...))
Getter = Callable[[Any], tuple[Any, ...]]


class Reading(Struct, frozen=True):
    """How to read one kind of struct.

    `values` gives whatever of it can tell something and comes again and again: texts, concepts,
    organisations. `measured` names the fields in which amounts stand, which never come again.
    """

    texts: tuple[str, ...]
    inner: tuple[str, ...]
    lists: tuple[str, ...]
    values: Getter
    measured: tuple[str, ...]


@lru_cache(maxsize=256)
def reading_of(kind: type[Struct]) -> Reading:
    """How structs of this kind are read."""
    fields = [
        (field.name, _shape(field.type))
        for field in msgspec.structs.fields(kind)
        if field.name not in NOT_WORDS and f"{kind.__name__}.{field.name}" not in LEFT_OUT
    ]
    return Reading(
        texts=tuple(name for name, shape in fields if shape.text and not shape.several),
        inner=tuple(name for name, shape in fields if shape.structs and not shape.several),
        lists=tuple(name for name, shape in fields if shape.several),
        values=_getter([name for name, shape in fields if shape and not shape.measured]),
        measured=tuple(name for name, shape in fields if shape.measured),
    )


def texts_of(value: Struct, but_for: tuple[type[Struct], ...] = ()) -> Iterator[str]:
    """Every text, at any depth, but for what structs of some kinds say."""
    for part in parts_of(value, but_for):
        reading = reading_of(type(part))
        for name in reading.texts:
            if isinstance(held := getattr(part, name), str):
                yield held
        for name in reading.lists:
            yield from (one for one in getattr(part, name) if isinstance(one, str))


def codings_of(value: Struct) -> Iterator[Coding]:
    """Every coding, at any depth."""
    return (part for part in parts_of(value) if isinstance(part, Coding))


def parts_of(value: Struct, but_for: tuple[type[Struct], ...] = ()) -> Iterator[Struct]:
    """The struct and every struct in it, but for those of some kinds."""
    yield value
    reading = reading_of(type(value))
    for name in reading.inner:
        held = getattr(value, name)
        if isinstance(held, Struct) and not isinstance(held, but_for):
            yield from parts_of(held, but_for)
    for name in reading.lists:
        for one in getattr(value, name):
            if isinstance(one, Struct) and not isinstance(one, but_for):
                yield from parts_of(one, but_for)


def _getter(names: Sequence[str]) -> Getter:
    if len(names) > 1:
        return attrgetter(*names)
    if names:
        get = attrgetter(names[0])
        return lambda value: (get(value),)
    return lambda _value: ()


class _Shape(NamedTuple):
    """What a field's type leads to: texts, structs, several of them, amounts among them."""

    text: bool = False
    structs: bool = False
    several: bool = False
    measured: bool = False

    def __bool__(self) -> bool:
        return self.text or self.structs


def _shape(hint: Any) -> _Shape:
    if isinstance(hint, NewType):
        return _Shape()  # a date or an id
    origin = get_origin(hint)
    if origin is None:
        return _shape_of_class(hint)
    inner = (_shape(one) for one in get_args(hint) if not isinstance(one, NOT_TYPES))
    shape = _Shape(*map(any, zip(*inner, strict=True)))
    return shape._replace(several=True) if origin is tuple else shape


def _shape_of_class(hint: Any) -> _Shape:
    if hint in AMOUNTS:
        return _Shape(measured=True)
    if isinstance(hint, type) and issubclass(hint, Struct) and hint is not Node:
        return _Shape(structs=True, measured=bool(reading_of(hint).measured))
    return _Shape(text=hint is str)

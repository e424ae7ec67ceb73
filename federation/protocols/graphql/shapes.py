"""The record's structs as GraphQL sees them: which fields a node is asked for, and of what type.

Read from the type hints of the record definitions, so that the published schema (`sdl.py`) and
the documents that are sent (`documents.py`) can never differ from what is decoded (`decode.py`).
Fields that the gateway sets itself are left out.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Iterator
from datetime import datetime
from enum import Enum
from functools import lru_cache

from msgspec import Meta, Struct

from federation.nhs_number import NhsNumber
from federation.records.base import STAMPED_FIELDS, PartialDateTime, SourceItemId
from federation.records.clinical import ObservedValue

GATEWAY_FIELDS = STAMPED_FIELDS | {"confirmed_at"}
"""Fields that no node may set: who sent an item, when, and when a decision was confirmed."""

UNIONS: dict[str, tuple[type[Struct], ...]] = {"ObservedValue": typing.get_args(ObservedValue)}
"""Unions by their GraphQL name; a struct of one carries its type under `__typename`."""

SCALARS: dict[object, str] = {
    NhsNumber: "NHSNumber",
    PartialDateTime: "PartialDateTime",
    SourceItemId: "ID",
    datetime: "DateTime",
    str: "String",
    bool: "Boolean",
    int: "Int",
    float: "Float",
}


class Shape(Struct, frozen=True, kw_only=True):
    """One field: its name on the wire, its GraphQL type, the structs below it, its words."""

    name: str
    gql: str
    below: tuple[type[Struct], ...] = ()
    enum: type[Enum] | None = None
    description: str | None = None


class _Type(Struct, kw_only=True):
    """What is known of a type hint while it is being unwrapped."""

    name: str = ""
    nullable: bool = False
    many: bool = False
    below: tuple[type[Struct], ...] = ()
    enum: type[Enum] | None = None
    description: str | None = None

    def text(self) -> str:
        inner = f"[{self.name}!]" if self.many else self.name
        return inner if self.nullable else f"{inner}!"


@lru_cache(maxsize=256)
def fields_of(struct: type[Struct]) -> tuple[Shape, ...]:
    """The fields of a struct that a node answers, in the struct's own order."""
    hints = typing.get_type_hints(struct, include_extras=True)
    return tuple(
        _shape(wire, hints[name])
        for name, wire in zip(
            struct.__struct_fields__, struct.__struct_encode_fields__, strict=True
        )
        if name not in GATEWAY_FIELDS
    )


def structs_below(*roots: type[Struct]) -> tuple[type[Struct], ...]:
    """Every struct that is reached from these, each once, in the order of reading."""
    found: dict[type[Struct], None] = {}
    waiting = list(reversed(roots))
    while waiting:
        struct = waiting.pop()
        if struct not in found:
            found[struct] = None
            waiting.extend(
                below for shape in reversed(fields_of(struct)) for below in reversed(shape.below)
            )
    return tuple(found)


def enums_of(structs: tuple[type[Struct], ...]) -> Iterator[type[Enum]]:
    """Every enum that these structs name, each once."""
    named = (shape.enum for struct in structs for shape in fields_of(struct))
    yield from dict.fromkeys(enum for enum in named if enum is not None)


def union_of(below: tuple[type[Struct], ...]) -> str | None:
    """The name of the union that these structs make."""
    return next((name for name, members in UNIONS.items() if members == below), None)


def _shape(wire: str, hint: object) -> Shape:
    known = _Type()
    _unwrap(hint, known)
    return Shape(
        name=wire,
        gql=known.text(),
        below=known.below,
        enum=known.enum,
        description=known.description,
    )


def _unwrap(hint: object, known: _Type) -> None:
    """Take one hint apart: annotations, optionality and lists outside, a name at the core."""
    if hint in SCALARS:
        known.name = SCALARS[hint]
    elif isinstance(hint, typing.NewType):
        _unwrap(hint.__supertype__, known)
    elif isinstance(hint, type) and issubclass(hint, Struct):
        known.name, known.below = hint.__name__, (hint,)
    elif isinstance(hint, type) and issubclass(hint, Enum):
        known.name, known.enum = hint.__name__, hint
    else:
        _unwrap_generic(hint, known)


def _unwrap_generic(hint: object, known: _Type) -> None:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is typing.Annotated:
        words = (meta.description for meta in arguments[1:] if isinstance(meta, Meta))
        known.description = known.description or next((text for text in words if text), None)
        _unwrap(arguments[0], known)
    elif origin is tuple:
        known.many = True
        _unwrap(arguments[0], known)
    elif origin in {typing.Union, types.UnionType}:
        _unwrap_union(arguments, known)
    else:
        raise TypeError(f"no GraphQL type for `{hint}`")


def _unwrap_union(arguments: tuple[object, ...], known: _Type) -> None:
    members = tuple(member for member in arguments if member is not types.NoneType)
    known.nullable = len(members) < len(arguments)
    if len(members) == 1:
        _unwrap(members[0], known)
        return
    structs = typing.cast("tuple[type[Struct], ...]", members)
    name = union_of(structs)
    if name is None:
        raise TypeError("a union without a name in `UNIONS`")
    known.name, known.below = name, structs

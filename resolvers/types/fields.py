"""How a field of the schema says what it is, and how it is read.

A field is either an attribute of the value below it (`told`), or a reading: a pure function of that
value, the view's ids and the field's arguments (`reads`). Readings stand in the field's metadata,
so that a compiled projection can call them without a resolver.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import strawberry
from strawberry.types.field import StrawberryField

READING = "reading"
"""The metadata key under which a field keeps its reading: `reading(value, ids, **arguments)`."""


def told(description: str) -> Any:
    """A field that is an attribute."""
    return strawberry.field(description=description)


def may(description: str, default: Any = strawberry.UNSET) -> Any:
    """An input field that may be left out."""
    return strawberry.field(description=description, default=default)


def reads(reading: Callable[..., Any], type_: Any, description: str) -> Any:
    """A field without arguments that is read by `reading(value, ids)`."""

    def resolve(self: Any, info: strawberry.Info) -> Any:
        return reading(self, info.context.ids)

    return resolved(resolve, reading, type_, description)


def resolved(
    resolve: Callable[..., Any], reading: Callable[..., Any], type_: Any, description: str
) -> Any:
    """A field whose resolver does what its reading does, and declares the arguments besides."""
    return strawberry.field(
        resolver=resolve, graphql_type=type_, description=description, metadata={READING: reading}
    )


def reading_of(field: StrawberryField) -> Callable[..., Any] | None:
    """The reading of a field, where it has one."""
    return field.metadata.get(READING)

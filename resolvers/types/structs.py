"""Output types of plain records: a struct becomes the GraphQL type of the same shape, once.

Every field's description comes with the struct (`described`); a field without one is a mistake and
is said at start. Which struct is shown under which name, and which of its fields never are, is one
table here. Categories are `from_record.py`.
"""

from __future__ import annotations

import types
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from functools import cache
from typing import Annotated, Any, NamedTuple, NewType, Union, get_args, get_origin

import msgspec
import strawberry
from msgspec import Meta, Struct

from federation.model import Node
from federation.nhs_number import NhsNumber
from federation.records.base import PartialDateTime, SourceItemId
from federation.records.clinical import CodedValue, Quantity, TextValue
from federation.records.person import ShownPerson
from resolvers.types.enums import enum_type, summary
from resolvers.types.fields import told
from resolvers.types.made_from import MadeFrom
from resolvers.types.node import RecordNode

_SCALARS = (str, int, float, bool, datetime)
_NEW_TYPES = (PartialDateTime, NhsNumber)
_UNIONS: dict[frozenset[type], tuple[str, str]] = {
    frozenset((Quantity, CodedValue, TextValue)): (
        "ObservedValue",
        "What was observed: an amount, a code or words.",
    )
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """How a struct appears in the schema where its own name, docstring and fields are not it."""

    name: str
    description: str
    hidden: frozenset[str] = frozenset()


_SHOWN: dict[type[Struct], Shown] = {
    ShownPerson: Shown(
        name="Person",
        description=(
            "Demographics as the tracing service and the sources give them. Gender and former"
            " names are never listed as conflicts."
        ),
        hidden=frozenset(("nhs_number", "former_names", "security_labels")),
    ),
}


class Part(NamedTuple):
    """One field of a struct as the schema shows it."""

    name: str
    type: Any
    description: str


@cache
def struct_type(struct: type[Struct]) -> type:
    """The output type of a struct."""
    if struct is Node:
        return RecordNode
    shown = _SHOWN.get(struct) or Shown(name=struct.__name__, description=summary(struct))
    parts = [part for part in parts_of(struct) if part.name not in shown.hidden]
    namespace: dict[str, Any] = {part.name: told(part.description) for part in parts}
    namespace["__annotations__"] = {part.name: part.type for part in parts}
    if any(struct in members for members in _UNIONS):
        namespace |= MadeFrom(struct).marks()
    made: type = strawberry.type(
        type(shown.name, (), namespace), name=shown.name, description=shown.description
    )
    return made


def parts_of(struct: type[Struct], *, skip: frozenset[str] = frozenset()) -> Iterator[Part]:
    """The fields of a struct in order, with their types in the schema."""
    hidden = skip | (_SHOWN[struct].hidden if struct in _SHOWN else frozenset())
    for field in msgspec.structs.fields(struct):
        if field.name in hidden:
            continue
        description = _description(field.type)
        if description is None:
            raise TypeError(f"{struct.__name__}.{field.name} has no description")
        yield Part(field.name, output(field.type), description)


def output(annotation: Any) -> Any:
    """The type that a field has in the schema."""
    if get_origin(annotation) is Annotated:
        return output(get_args(annotation)[0])
    if get_origin(annotation) in {Union, types.UnionType}:
        return _either(get_args(annotation))
    if get_origin(annotation) is tuple:
        return list[output(get_args(annotation)[0])]  # type: ignore[misc]  # a type made at run time
    return _named(annotation)


def _either(options: tuple[Any, ...]) -> Any:
    present = tuple(option for option in options if option is not type(None))
    shown = output(present[0]) if len(present) == 1 else _union(present)
    return shown if len(present) == len(options) else shown | None


@cache
def _union(options: tuple[Any, ...]) -> Any:
    name, description = _UNIONS[frozenset(options)]
    members = tuple(struct_type(option) for option in options)
    return Annotated[
        Union[members],  # noqa: UP007 - made at run time
        strawberry.union(name, description=description),
    ]


def _named(annotation: Any) -> Any:
    if annotation is SourceItemId:
        return strawberry.ID
    if annotation in _NEW_TYPES or annotation in _SCALARS:
        return annotation
    if isinstance(annotation, NewType):
        return output(annotation.__supertype__)
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return enum_type(annotation)
    return struct_type(annotation)


def _description(annotation: Any) -> str | None:
    if get_origin(annotation) is not Annotated:
        return None
    notes = get_args(annotation)[1:]
    return next((n.description for n in notes if isinstance(n, Meta) and n.description), None)

"""The record's structs with nothing left out.

A struct leaves out what is at its default; GraphQL answers every field that it is asked for. For
each struct there is a twin here, of the same fields and defaults, that writes them all, and has
none of the fields that no node says. A value becomes its twin by way of JSON, which also checks it:
what does not fit the protocol never leaves the node.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

import msgspec
from msgspec import NODEFAULT, Struct
from msgspec.structs import fields

from federation.protocols.graphql.shapes import GATEWAY_FIELDS
from federation.records.base import Item


def whole(value: Struct) -> Struct:
    """The twin of one value; raises `msgspec.ValidationError` for one that does not fit."""
    twin: Struct = _decoder(type(value)).decode(msgspec.json.encode(value))
    return twin


def whole_items(items: Sequence[Item]) -> tuple[Sequence[Struct], int]:
    """The twins of items, and how many items did not fit and are set aside."""
    if not items:
        return (), 0
    kinds = {type(item) for item in items}
    if len(kinds) == 1:
        try:
            return _list_decoder(*kinds).decode(msgspec.json.encode(items)), 0
        except msgspec.ValidationError:
            pass
    fitting = tuple(_fitting(items))
    return fitting, len(items) - len(fitting)


def _fitting(items: Iterable[Item]) -> Iterable[Struct]:
    for item in items:
        try:
            yield whole(item)
        except msgspec.ValidationError:
            continue


@lru_cache(maxsize=256)
def _decoder(struct: type[Struct]) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(_twin(struct))


@lru_cache(maxsize=64)
def _list_decoder(struct: type[Struct]) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(types.GenericAlias(list, (_twin(struct),)))


@lru_cache(maxsize=256)
def _twin(struct: type[Struct]) -> type[Struct]:
    hints = typing.get_type_hints(struct, include_extras=True)
    said = [info for info in fields(struct) if info.name not in GATEWAY_FIELDS]
    config = struct.__struct_config__
    return msgspec.defstruct(
        struct.__name__,
        [
            (info.name, _of_twins(hints[info.name]))
            if info.default is NODEFAULT
            else (info.name, _of_twins(hints[info.name]), info.default)
            for info in said
        ],
        frozen=True,
        kw_only=True,
        rename={info.name: info.encode_name for info in said},
        tag_field=config.tag_field,
        tag=config.tag,
    )


def _of_twins(hint: Any) -> Any:
    """The same type hint, with twins in the place of structs."""
    if isinstance(hint, type) and issubclass(hint, Struct):
        return _twin(hint)
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is typing.Annotated:
        return typing.Annotated[(_of_twins(arguments[0]), *arguments[1:])]
    if origin is tuple:
        return types.GenericAlias(tuple, (_of_twins(arguments[0]), ...))
    if origin in {typing.Union, types.UnionType}:
        return typing.Union[tuple(_of_twins(one) for one in arguments)]  # noqa: UP007 - made at run time
    return hint

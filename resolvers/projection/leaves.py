"""How a scalar or an enum is put out: a quick way for usual values, a careful one for the rest.

The quick way is Python source that tests the exact class of a value and uses it as it is; the
careful way is graphql-core's own coercion. What even that cannot put out is handed back.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from enum import Enum
from typing import Any, NamedTuple

from graphql import GraphQLEnumType, GraphQLLeafType
from graphql.pyutils import Undefined

_INT_END = 2**31


class HandBackError(Exception):
    """Something is unusual: graphql-core shall do this part and find the error, if any."""


class Quick(NamedTuple):
    """A class, what else must hold of its value, and how that is put out; `{v}` is the value."""

    of: type
    also: str = ""
    shown: str = "{v}"


_QUICK: dict[str, Quick] = {
    "String": Quick(str),
    "ID": Quick(str),
    "NHSNumber": Quick(str),
    "PartialDateTime": Quick(str),
    "Boolean": Quick(bool),
    # Numbers that GraphQL cannot carry are left to the careful way.
    "Int": Quick(int, f"-{_INT_END} <= {{v}} < {_INT_END}"),
    "Float": Quick(float, "{v} - {v} == 0.0"),
    "DateTime": Quick(datetime, shown="{v}.isoformat()"),
}


def quick(leaf: GraphQLLeafType) -> Quick | None:
    """The quick way of a scalar or enum, where there is one."""
    if not isinstance(leaf, GraphQLEnumType):
        return _QUICK.get(leaf.name)
    members = getattr(leaf, "wrapped_cls", None)
    if members is None or not _says_its_names(leaf, members):
        return None
    return Quick(members, shown="{v}._name_")


def _says_its_names(leaf: GraphQLEnumType, members: type[Enum]) -> bool:
    return all(leaf.coerce_output_value(member) == member.name for member in members)


def careful(leaf: GraphQLLeafType) -> Callable[[Any], Any]:
    """graphql-core's coercion of one value that is there."""
    coerce = leaf.coerce_output_value

    def put_out(value: Any) -> Any:
        if value is None or isinstance(value, Exception) or hasattr(value, "__await__"):
            raise HandBackError
        shown = Undefined if value is Undefined else coerce(value)
        if shown is None or shown is Undefined:
            raise HandBackError
        return shown

    return put_out

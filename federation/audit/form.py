"""The two forms that an event's values have as JSON: with named fields, or as columns."""

from __future__ import annotations

from typing import Any

from msgspec import Struct


class Fields(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """Named fields, as JSON."""


class Columns(Struct, frozen=True, array_like=True, gc=False):
    """A JSON list in place of an object, for what comes in hundreds.

    Invariant: columns are only ever added behind the last, with a default, so that what was written
    before still opens.
    """


def named(value: Any) -> Any:
    """As JSON with a name for everything, also where the log keeps columns without names.

    What is None or an empty list is left out; dates and the like stay as they are.
    """
    if isinstance(value, Struct):
        fields = {name: named(getattr(value, name)) for name in value.__struct_fields__}
        return {camel(name): each for name, each in fields.items() if each not in (None, [])}
    return [named(each) for each in value] if isinstance(value, tuple) else value


def camel(name: str) -> str:
    """A field's name as it stands in JSON."""
    first, *rest = name.split("_")
    return first + "".join(word.title() for word in rest)

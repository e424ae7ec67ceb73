"""Which names a rule may redact: the groups of `redact.py`, and the fields that records have."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any, get_args, get_type_hints

from msgspec import Struct

from federation.records import CATEGORIES
from federation.records.person import Person
from federation.sharing.redact import GROUPS


def field_exists(name: str) -> bool:
    """Whether some record has what this names: `note`, `author.organisation`, `CarePlan.name`."""
    return name in GROUPS or any(_leads_somewhere(kind, name) for kind in _records())


def _records() -> tuple[type[Struct], ...]:
    return (*(definition.item for definition in CATEGORIES), Person)


def _leads_somewhere(kind: type[Struct], name: str) -> bool:
    field, *rest = name.removeprefix(f"{kind.__name__}.").split(".")
    hint = _hints(kind).get(field)
    if hint is None:
        return False
    return not rest or any(_leads_somewhere(one, ".".join(rest)) for one in _structs_in(hint))


@lru_cache(maxsize=256)
def _hints(kind: type[Struct]) -> dict[str, Any]:
    hints = get_type_hints(kind, include_extras=True)
    return {name: hints[name] for name in kind.__struct_fields__}


def _structs_in(hint: Any) -> Iterator[type[Struct]]:
    if isinstance(hint, type) and issubclass(hint, Struct):
        yield hint
    for inner in get_args(hint):
        yield from _structs_in(inner)

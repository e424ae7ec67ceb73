"""Generated items of every category: a few values for every field, read from the structs' hints.

A field that somebody adds is varied without a word here. Values come from small pools, so that two
sources often say the same, and items are made from a few others by changing a field or two, so that
near misses are as common as matches.
"""

from __future__ import annotations

import types
import typing
from datetime import UTC, datetime
from enum import Enum
from functools import lru_cache
from typing import Any

import msgspec
from hypothesis import strategies as st
from msgspec import NODEFAULT, Struct

from federation.model import Category, Node, Organisation
from federation.records import DEFINITIONS
from federation.records.base import (
    STAMPED_FIELDS,
    Concept,
    Identifier,
    Item,
    PartialDateTime,
    SecurityLabel,
    SourceItemId,
    stamp,
)
from tests.builders import NOW, an_organisation
from tests.items import a_concept

UUID = "0A1B2C3D-0000-4000-8000-00000000ABCD"
POOLS: dict[Any, tuple[Any, ...]] = {
    str: ("one daily", "One daily.", "left knee", "500mg", ""),
    bool: (True, False),
    int: (0, 2),
    float: (72.0, 72.5),
    datetime: (datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 9, 1, tzinfo=UTC)),
    SourceItemId: ("a", "x"),
    PartialDateTime: (
        "2019",
        "2019-04",
        "2019-04-02",
        "2026-09-01T08:00:00Z",
        "2026-09-01T09:00:00+01:00",
        "2026-09-01T08:10:00Z",
        "2026-08-31T23:55:00Z",
        "0001-01-01",
    ),
    Concept: (
        a_concept("372687004", "Amoxicillin 250mg capsules"),
        a_concept("764146007", "Penicillin 250mg"),
        a_concept("294523000", "Co-amoxiclav"),
        a_concept("372687004", "Amoxicillin", system="https://dmd.nhs.uk"),
        a_concept("718-7", "Haemoglobin", system="http://loinc.org"),
        a_concept("196461000000101", "Degraded", degraded=True),
        a_concept(None, "family history"),
    ),
    Identifier: (
        Identifier(system="https://example/id", value="1"),
        Identifier(system="https://example/id", value="2"),
        Identifier(system="https://example/id", value=UUID),
        Identifier(system="https://example/id", value=f"urn:uuid:{UUID.lower()}"),
        Identifier(system="https://fhir.nhs.uk/Id/nhs-number", value="9990000018"),
    ),
    Organisation: (
        an_organisation(),
        an_organisation("rrv"),
        an_organisation("F1", kind="gp"),
        an_organisation(None),
    ),
    # Labels decide what is released, which is not what merging is about.
    SecurityLabel: (),
}
_FEW = 3
_LATER = ("source_id", *STAMPED_FIELDS)


@lru_cache(maxsize=512)
def pool(hint: Any) -> tuple[Any, ...]:
    """A few values of a type."""
    if hint in POOLS:
        return POOLS[hint]
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is typing.Annotated:
        return pool(arguments[0])
    if origin in {typing.Union, types.UnionType}:
        return sum(map(pool, arguments), ())
    if origin is tuple:
        some = pool(arguments[0])
        return ((), *((one,) for one in some), *((some[:2],) if len(some) > 1 else ()))
    return _of_a_class(hint)


def _of_a_class(hint: Any) -> tuple[Any, ...]:
    if hint is type(None):
        return (None,)
    if isinstance(hint, typing.NewType):
        return pool(hint.__supertype__)
    if issubclass(hint, Enum):
        return tuple(hint)
    if issubclass(hint, Struct):
        return tuple(_example(hint, place) for place in range(_FEW))
    raise TypeError(hint)


def _example(struct: type[Struct], place: int) -> Any:
    return struct(**{name: some[place % len(some)] for name, some in fields_of(struct).items()})


@lru_cache(maxsize=128)
def fields_of(struct: type[Struct]) -> dict[str, tuple[Any, ...]]:
    """What each field of a struct may hold: its default, and values of its type."""
    hints = typing.get_type_hints(struct, include_extras=True)
    return {
        field.name: (
            *(() if field.default is NODEFAULT else (field.default,)),
            *pool(hints[field.name]),
        )
        for field in msgspec.structs.fields(struct)
        if field.name not in _LATER
    }


@st.composite
def _things(draw, item_type):
    # Some sources fill in all they can, others hardly anything.
    full = draw(st.booleans())
    chosen = {
        name: draw(
            st.sampled_from(some[-1:] + some[1:] if full else (*some[:1] * len(some), *some))
        )
        for name, some in fields_of(item_type).items()
    }
    return item_type(source_id="base", **chosen)


@st.composite
def _near(draw, things):
    """One of some things with a field or two changed, under an id that others may have too."""
    thing = draw(st.sampled_from(things))
    varied = fields_of(type(thing))
    names = draw(st.lists(st.sampled_from(sorted(varied)), max_size=2))
    changed = {name: draw(st.sampled_from(varied[name])) for name in names}
    return msgspec.structs.replace(thing, source_id=draw(st.sampled_from("abcdefgh")), **changed)


@st.composite
def held_by(draw, category: Category, nodes: tuple[Node, ...], most: int = 5):
    """What each of some nodes holds of a category."""
    item_type: type[Item] = DEFINITIONS[category].item
    things = [draw(_things(item_type)) for _ in range(2)]
    held: dict[Node, list[Any]] = {}
    for node in nodes:
        # As they come from two places: nothing is shared between nodes.
        held[node] = draw(st.lists(_near(things), max_size=most))
        stamp(held[node], node, NOW)
    return held

"""A record with every category in it, of the demo's people: for whoever measures the whole record.

Items of as many invented people as are needed stand in one person's record; nobody would have them
all, but each is as long as such items are. Node by node they are different people's, but for the
first person's, whom all nodes know, so that some lines are linked.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import count, islice

import msgspec
from graphql import (
    GraphQLField,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLUnionType,
    get_named_type,
    is_leaf_type,
)

from demo.population.numbers import numbers
from demo.population.people import residents
from federation.model import Category
from federation.records import CATEGORIES, DEFINITIONS
from federation.records.base import Item, Shape
from resolvers.schema import build_schema

ALL = tuple(Category)
RECORDED = tuple(DEFINITIONS)
Held = Mapping[Category, tuple[Item, ...]]
_PEOPLE = 5_000
_NOT_ASKED = frozenset(("source", "redactions", "retrievedAt"))
_DEPTH = 3


def items_of(
    node: str, among: Sequence[str], most: int, categories: Sequence[Category] = RECORDED
) -> Held:
    """What one node holds: one item of each category first, then as they come."""
    found: defaultdict[Category, list[Item]] = defaultdict(list)
    later: list[tuple[Category, Item]] = []
    for category, item in _everything(node, among):
        if category not in categories:
            continue
        if category not in found:
            found[category].append(item)
        elif len(later) < most:
            later.append((category, item))
        if len(found) == len(categories) and len(found) + len(later) >= most:
            break
    for category, item in later[: max(0, most - len(found))]:
        found[category].append(item)
    return {category: tuple(found[category]) for category in categories}


def _everything(node: str, among: Sequence[str]) -> Iterator[tuple[Category, Item]]:
    place, seen = among.index(node), count()
    for index, resident in enumerate(residents(7, numbers(7), _PEOPLE)):
        if index and index % len(among) != place:
            continue
        for holding in islice(resident.holdings, 1 if index else None):
            yield from (
                (category, _named(item, f"{node}-{next(seen)}"))
                for category, items in holding.items.items()
                for item in items
            )


def _named(item: Item, name: str) -> Item:
    renamed: Item = msgspec.structs.replace(item, source_id=name)
    return renamed


def query() -> str:
    """A question for the whole record, by what the schema offers."""
    record = build_schema()._schema.type_map["PatientRecord"]  # noqa: SLF001 - GraphQL's own schema
    assert isinstance(record, GraphQLObjectType)
    sections = "\n".join(
        _section(definition.field_name, record.fields, paged=definition.shape is Shape.TIMELINE)
        for definition in CATEGORIES
    )
    return f"""
query($number: NHSNumber!, $born: Date!) {{
  patient(nhsNumber: $number, purpose: DIRECT_CARE, confirm: {{ birthDate: $born }}) {{
    coverage {{ state headline }}
    demographics {{ entries {{ source {{ id }} }} }}
    {sections}
  }}
}}
"""


def _section(name: str, fields: Mapping[str, GraphQLField], *, paged: bool) -> str:
    section = get_named_type(fields[name].type)
    assert isinstance(section, GraphQLObjectType)
    entry = get_named_type(section.fields["entries"].type)
    assert isinstance(entry, GraphQLObjectType)
    item = _selection(get_named_type(entry.fields["items"].type), _DEPTH)
    more = "pageInfo { hasNextPage }" if paged else ""
    return f"""{name}{"(first: 500)" if paged else ""} {{ entries {{
      title subtitle date basis conflicts {{ severity message }}
      lead {{ source {{ id }} sourceId }} items {{ source {{ id }} {item} }} }} {more} }}"""


def _selection(kind: GraphQLOutputType, depth: int) -> str:
    """Every leaf of a type, and of what it holds, so deep."""
    if isinstance(kind, GraphQLUnionType):
        parts = (f"... on {one.name} {{ {_selection(one, depth)} }}" for one in kind.types)
        return " ".join(("__typename", *parts))
    assert isinstance(kind, GraphQLObjectType)
    chosen = []
    for name, field in kind.fields.items():
        named = get_named_type(field.type)
        if name in _NOT_ASKED or field.args:
            continue
        if is_leaf_type(named):
            chosen.append(name)
        elif depth > 1 and (inner := _selection(named, depth - 1)):
            chosen.append(f"{name} {{ {inner} }}")
    return " ".join(chosen)

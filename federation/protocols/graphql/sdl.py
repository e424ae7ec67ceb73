"""The native node protocol's schema, `node.graphql`, written from the record definitions.

A node serves this schema; the file beside this one is what regions read, and a test compares it
with what this module writes.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from enum import Enum
from typing import Any

from msgspec import Struct

from federation.model import Assertion
from federation.protocols.graphql.shapes import UNIONS, Shape, enums_of, fields_of, structs_below
from federation.records import CATEGORIES
from federation.records.base import CategoryDefinition
from federation.records.person import Person

PART_CODES = (
    "OBJECTION",
    "WITHHELD_AT_SOURCE",
    "NOT_PERMITTED",
    "RELATIONSHIP_NEEDED",
    "NOT_OFFERED",
    "DEADLINE_EXCEEDED",
    "RATE_LIMITED",
    "NODE_ERROR",
    "ITEMS_QUARANTINED",
    "TRUNCATED",
    "AWAITING_FILING",
    "OTHER",
)
"""Those of `SourceCode` that a node may say of one part of its answer."""
_CODES_EXPLAINED = {
    "TRUNCATED": (
        "It holds more than it gives. Of a timeline it gives the newest, so that what is missing is"
        " older than all that is there."
    ),
}

_HEAD = '''"""
The protocol that a node of the network serves: one query, by POST, for everything asked of it.

A node that cannot answer says so in `errors`, with `extensions.code` one of UNAUTHENTICATED,
FORBIDDEN, NO_PATIENT_CONSENT, NO_ORGANISATION_CONSENT, RATE_LIMITED, UPSTREAM_TIMEOUT,
UPSTREAM_UNAVAILABLE, BAD_REQUEST or INTERNAL. A part that it cannot give has its own state.
"""
schema {
  query: Query
}

"""Ten digits, the last a check digit."""
scalar NHSNumber

"""A date as precise as it is known: 2019, 2019-04, 2019-04-02 or an instant with its offset."""
scalar PartialDateTime

"""An instant with its offset, as RFC 3339."""
scalar DateTime

type Query {
  """
  The person's record as this node holds it, once for each number it holds one under. Empty:
  the node holds no record under any of these numbers.
  """
  records(nhsNumbers: [NHSNumber!]!): [HeldRecord!]!
}

"""How much of a part this is."""
enum PartState {
  """Everything that the node holds."""
  COMPLETE
  """Some of what the node holds; the code says why not all."""
  PARTIAL
  """The node keeps it to itself; the code says why."""
  WITHHELD
  """The node has no such part for anybody."""
  NOT_OFFERED
  """The node could not read it just now."""
  UNAVAILABLE
}

"""Why a part is not complete. More may be added; a reader takes an unknown one for OTHER."""
'''


def print_sdl() -> str:
    """The whole schema as text."""
    structs = structs_below(Person, *(definition.item for definition in CATEGORIES))
    pieces = (
        _HEAD + _enum_body("PartCode", PART_CODES, _CODES_EXPLAINED),
        _enum(Assertion),
        _held_record(),
        *map(_part, CATEGORIES),
        *map(_struct, structs),
        *(
            f"union {name} = {' | '.join(m.__name__ for m in members)}"
            for name, members in UNIONS.items()
        ),
        *map(_enum, enums_of(structs)),
    )
    return "\n\n".join(pieces) + "\n"


def part_name(definition: CategoryDefinition[Any]) -> str:
    """The type of one category's part: `CarePlansPart`."""
    return f"{definition.field_name[:1].upper()}{definition.field_name[1:]}Part"


def _held_record() -> str:
    fields = (
        Shape(
            name="person",
            gql="Person!",
            description="Whose record it is; every answer is checked by this.",
        ),
        *(
            Shape(name=d.field_name, gql=f"{part_name(d)}!", description=d.description)
            for d in CATEGORIES
        ),
    )
    return _type("HeldRecord", "One person's record as this node holds it.", fields)


def _part(definition: CategoryDefinition[Any]) -> str:
    fields = (
        Shape(name="state", gql="PartState!"),
        Shape(name="code", gql="PartCode"),
        Shape(
            name="assertion",
            gql="Assertion",
            description="What an empty list means, where somebody recorded that.",
        ),
        Shape(
            name="dataCurrentTo",
            gql="DateTime",
            description="Up to when the node's data goes, if it is fed from elsewhere.",
        ),
        Shape(name="items", gql=f"[{definition.item.__name__}!]!"),
    )
    return _type(part_name(definition), definition.description, fields)


def _struct(struct: type[Struct]) -> str:
    return _type(struct.__name__, _summary(struct), fields_of(struct))


def _type(name: str, description: str, fields: Iterable[Shape]) -> str:
    lines = [f"{_words(field.description)}  {field.name}: {field.gql}" for field in fields]
    return "\n".join((f'"""{description}"""', f"type {name} {{", *lines, "}"))


def _words(description: str | None) -> str:
    return f'  """{description}"""\n' if description else ""


def _enum(enum: type[Enum]) -> str:
    return f'"""{_summary(enum)}"""\n' + _enum_body(
        enum.__name__, tuple(str(member.value) for member in enum)
    )


def _enum_body(name: str, values: Iterable[str], explained: Mapping[str, str] | None = None) -> str:
    words = explained or {}
    lines = [f"{_words(words.get(value))}  {value}" for value in values]
    return "\n".join((f"enum {name} {{", *lines, "}"))


def _summary(kind: type) -> str:
    # The first line alone: what follows in a docstring speaks to those who change the code.
    return inspect.cleandoc(kind.__doc__ or "").partition("\n")[0]

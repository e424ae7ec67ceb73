"""The documents that are sent to nodes: one fixed text for each set of categories.

A document asks for every field that is decoded, through one fragment for each type. It never
varies, so that a node can keep its parse.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import msgspec
from msgspec import Struct

from federation.model import Category
from federation.nhs_number import NhsNumber
from federation.protocols.graphql.shapes import Shape, fields_of, structs_below, union_of
from federation.records import CATEGORIES
from federation.records.base import CategoryDefinition
from federation.records.person import Person

OPERATION = "Records"


def definitions_for(categories: frozenset[Category]) -> tuple[CategoryDefinition[Any], ...]:
    """The definitions of these categories, in the order of the record."""
    return tuple(definition for definition in CATEGORIES if definition.category in categories)


@lru_cache(maxsize=1024)
def document_for(categories: frozenset[Category]) -> str:
    """The document that asks for these categories; the person is always echoed."""
    definitions = definitions_for(categories)
    structs = structs_below(Person, *(definition.item for definition in definitions))
    parts = "".join(
        f"{d.field_name}{{state code assertion dataCurrentTo items{{...{d.item.__name__}}}}}"
        for d in definitions
    )
    return "".join(
        (
            f"query {OPERATION}($nhsNumbers:[NHSNumber!]!)",
            f"{{records(nhsNumbers:$nhsNumbers){{person{{...Person}}{parts}}}}}",
            *(f" fragment {s.__name__} on {s.__name__}{{{_selection(s)}}}" for s in structs),
        )
    )


@lru_cache(maxsize=1024)
def _opening(categories: frozenset[Category]) -> bytes:
    head = {"query": document_for(categories), "operationName": OPERATION}
    return msgspec.json.encode(head)[:-1] + b',"variables":{"nhsNumbers":'


def request_body(categories: frozenset[Category], numbers: tuple[NhsNumber, ...]) -> bytes:
    """The JSON body of one call; all but the numbers is the same every time."""
    return _opening(categories) + msgspec.json.encode(numbers) + b"}}"


def _selection(struct: type[Struct]) -> str:
    return " ".join(_select(field) for field in fields_of(struct))


def _select(field: Shape) -> str:
    if not field.below:
        return field.name
    spread = " ".join(f"...{member.__name__}" for member in field.below)
    # Members of a union are told apart by their type's name.
    tag = "__typename " if union_of(field.below) else ""
    return f"{field.name}{{{tag}{spread}}}"

"""Selections made from the schema itself: everything of a type, down to the scalars."""

from __future__ import annotations

from graphql import (
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
    is_leaf_type,
)


def everything(schema: GraphQLSchema, type_name: str) -> str:
    """Every field below a type."""
    named = schema.type_map[type_name]
    if isinstance(named, GraphQLUnionType):
        members = [f"... on {m.name} {{ {everything(schema, m.name)} }}" for m in named.types]
        return f"__typename {' '.join(members)}"
    if not isinstance(named, GraphQLObjectType):
        raise TypeError(type_name)
    return " ".join(_field(schema, name, field.type) for name, field in named.fields.items())


def parts_of_the_record(schema: GraphQLSchema) -> dict[str, str]:
    """Everything of the record, a part at a time: whole, it would fill an operation to the brim."""
    record = schema.type_map["PatientRecord"]
    if not isinstance(record, GraphQLObjectType):
        raise TypeError(record)
    return {name: _field(schema, name, field.type) for name, field in record.fields.items()}


def _field(schema: GraphQLSchema, name: str, type_: object) -> str:
    below = get_named_type(type_)  # type: ignore[call-overload]
    if is_leaf_type(below):
        return name
    return f"{name} {{ {everything(schema, below.name)} }}"

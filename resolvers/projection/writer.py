"""Writes the function that shapes one selection: `return {'title': o.title, ...}`, with checks.

Which fields are selected, under which keys and in which order, graphql-core's own collecting says;
only reading them is generated. The source is made of names of this schema alone. What a client
chose, an alias, enters as a quoted literal and nowhere else.

    project = Writer(executor).function(patient_record, details)
    project(answer, (ids, variables))

No function, or any exception of one: the selection, or the value, is left to graphql-core.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from graphql import (
    FieldNode,
    GraphQLField,
    GraphQLLeafType,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLUnionType,
    is_list_type,
    is_non_null_type,
    is_object_type,
)
from graphql.execution import Executor, VariableValues
from graphql.execution.collect_fields import FieldDetailsList
from strawberry.types.field import StrawberryField

from resolvers.projection.arguments import arguments_of
from resolvers.projection.leaves import HandBackError, careful, quick
from resolvers.types.fields import reading_of
from resolvers.types.made_from import MadeFrom, made_from

Projection = Callable[[Any, tuple[Any, VariableValues]], dict[str, Any]]
DEFINITION = "strawberry-definition"


class NotPlainError(Exception):
    """The selection has something that only graphql-core can do."""


def several(value: Any) -> Any:
    """A list as it is; anything else that may be iterated is graphql-core's."""
    if value.__class__ is tuple or value.__class__ is list:
        return value
    raise HandBackError


def present(value: Any) -> None:
    """Refuse what is no object at all, where no attribute of it may be read that would tell."""
    if value is None or isinstance(value, Exception) or hasattr(value, "__await__"):
        raise HandBackError


def source_of(type_: GraphQLObjectType) -> MadeFrom | None:
    """Which values a type is read from, where it says so."""
    return made_from(getattr(type_.extensions.get(DEFINITION), "origin", None))


class Writer:
    """Writes the functions of one selection."""

    def __init__(self, executor: Executor[Any]) -> None:
        self._executor = executor
        self._names: dict[str, Any] = {
            "HandBackError": HandBackError,
            "several": several,
            "present": present,
        }
        self._source: list[str] = []
        self._written: dict[tuple[str, tuple[int, ...]], str] = {}

    def function(self, type_: GraphQLObjectType, details: FieldDetailsList) -> Projection | None:
        """The function for a selection, or None where it is not plain."""
        try:
            top = self._object(type_, details)
        except NotPlainError:
            return None
        code = compile("\n".join(self._source), f"<selection of {type_.name}>", "exec")
        exec(code, self._names)  # noqa: S102 - source made of the schema's own names, see above
        projection: Projection = self._names[top]
        return projection

    def _let(self, prefix: str, value: Any) -> str:
        """A new name for a value."""
        name = f"{prefix}{len(self._names)}"
        self._names[name] = value
        return name

    def _object(self, type_: GraphQLObjectType, details: FieldDetailsList) -> str:
        """The name of the function that shapes one object."""
        key = (type_.name, tuple([id(detail.node) for detail in details]))
        if key not in self._written:
            self._written[key] = self._write_object(type_, details)
        return self._written[key]

    def _write_object(self, type_: GraphQLObjectType, details: FieldDetailsList) -> str:
        grouped, deferred, _ = self._executor.collect_subfields(type_, details)
        if deferred:
            raise NotPlainError
        shown = {key: self._field(type_, found) for key, found in grouped.items()}
        parts = ", ".join(f"{key!r}: {text}" for key, text in shown.items())
        tells = any("o." in text for text in shown.values())
        guard = self._guard(type_, tells=tells)
        name = self._let("p", None)
        self._source.append(f"def {name}(o, x):\n{guard}    return {{{parts}}}")
        return name

    def _guard(self, type_: GraphQLObjectType, *, tells: bool) -> str:
        """What must hold of a value before it is read; reading an attribute `tells` by itself."""
        source = source_of(type_)
        if source is None:
            if type_.is_type_of is not None:
                raise NotPlainError
            return "" if tells else "    present(o)\n"
        test = f"o.__class__ is not {self._let('S', source.value)}"
        if source.category is not None:
            test += f" or o.category is not {self._let('C', source.category)}"
        return f"    if {test}:\n        raise HandBackError\n"

    def _field(self, type_: GraphQLObjectType, details: FieldDetailsList) -> str:
        """The expression that shapes one field of `o`."""
        first = details[0].node
        if any(detail.fragment_variable_values is not None for detail in details):
            raise NotPlainError
        if first.name.value == "__typename":
            return repr(type_.name)
        field = self._executor.schema.get_field(type_, first.name.value)
        if field is None:
            raise NotPlainError
        return self._value(field.type, details, self._read(field, first))

    def _read(self, field: GraphQLField, node: FieldNode) -> str:
        """The expression that reads a field of `o`: an attribute, or a call of its reading."""
        definition = field.extensions.get(DEFINITION)
        if type(definition) is not StrawberryField or definition.extensions:
            raise NotPlainError
        reading = reading_of(definition)
        if reading is not None:
            given = f", **{self._let('a', arguments_of(field, node))}(x[1])" if field.args else ""
            return f"{self._let('r', reading)}(o, x[0]{given})"
        if field.args or not definition.is_basic_field:
            raise NotPlainError
        return f"o.{definition.python_name}"

    def _value(self, type_: GraphQLOutputType, details: FieldDetailsList, read: str) -> str:
        """The expression that puts out what `read` reads."""
        if is_non_null_type(type_):
            return self._present(type_.of_type, details, read)
        return f"(None if (v := {read}) is None else {self._present(type_, details, 'v')})"

    def _present(self, type_: GraphQLOutputType, details: FieldDetailsList, read: str) -> str:
        """The expression that puts out a value that may not be missing."""
        if isinstance(type_, GraphQLLeafType):
            return self._leaf(type_, read)
        if is_list_type(type_):
            return f"[{self._item(type_.of_type, details)} for e in several({read})]"
        if is_object_type(type_):
            return f"{self._object(type_, details)}({read}, x)"
        if isinstance(type_, GraphQLUnionType):
            return f"{self._choice(type_, details)}[(v := {read}).__class__](v, x)"
        raise NotPlainError

    def _item(self, type_: GraphQLOutputType, details: FieldDetailsList) -> str:
        """The expression that puts out one element `e` of a list."""
        if is_non_null_type(type_):
            return self._element(type_.of_type, details)
        return f"(None if e is None else {self._element(type_, details)})"

    def _element(self, type_: GraphQLOutputType, details: FieldDetailsList) -> str:
        if not isinstance(type_, GraphQLLeafType | GraphQLObjectType):
            raise NotPlainError  # a list of lists, or of several types: none is in the schema
        return self._present(type_, details, "e")

    def _leaf(self, leaf: GraphQLLeafType, read: str) -> str:
        slow = self._let("s", careful(leaf))
        way = quick(leaf)
        if way is None:
            return f"{slow}({read})"
        name, first = (read, read) if read in {"v", "e"} else ("v", f"(v := {read})")
        test = f"{first}.__class__ is {self._let('T', way.of)}"
        if way.also:
            test += f" and {way.also.format(v=name)}"
        return f"({way.shown.format(v=name)} if {test} else {slow}({name}))"

    def _choice(self, union: GraphQLUnionType, details: FieldDetailsList) -> str:
        """The name of a table from the class of a value to the function of its type."""
        table = self._let("u", None)
        rows = []
        for member in union.types:
            source = source_of(member)
            if source is None or source.category is not None:
                raise NotPlainError
            rows.append(f"{self._let('S', source.value)}: {self._object(member, details)}")
        self._source.append(f"{table} = {{{', '.join(rows)}}}")
        return table

"""Which categories and pages an operation wants, with `@skip` and `@include` evaluated.

Asking a node for a field that the operation skips would itself be a disclosure, so nothing is asked
that is not selected. A section selected for its coverage alone is asked for all the same: its
coverage is what the nodes answered. `question.py` checks the ranges.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLIncludeDirective,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLSkipDirective,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    get_argument_values,
    get_directive_values,
)
from graphql.execution import VariableValues
from graphql.type import GraphQLAbstractType
from msgspec import Struct, field

from federation.flow import Window
from federation.model import Category
from federation.records import CATEGORIES
from federation.records.base import Shape
from resolvers.types.timeline import window

_CATEGORY_OF = {d.field_name: d.category for d in CATEGORIES} | {
    "demographics": Category.DEMOGRAPHICS
}
_TIMELINES = frozenset(d.category for d in CATEGORIES if d.shape is Shape.TIMELINE)


class Selected(Struct, frozen=True, kw_only=True):
    """What the operation wants of the record."""

    categories: frozenset[Category]
    windows: Mapping[Category, tuple[Window, ...]] = field(default_factory=dict)


class Reader:
    """Reads selection sets of one operation with its variables."""

    def __init__(
        self,
        schema: GraphQLSchema,
        fragments: Mapping[str, FragmentDefinitionNode],
        variables: Mapping[str, Any],
    ) -> None:
        self._schema = schema
        self._fragments = fragments
        self._variables = VariableValues({}, dict(variables))

    def selected(self, parent: GraphQLObjectType, nodes: list[FieldNode]) -> Selected:
        """The categories and windows below the field `patient`, given all its merged nodes."""
        categories: set[Category] = set()
        windows: dict[Category, dict[Window, None]] = {}
        for node in nodes:
            for child in self.fields(parent, node.selection_set):
                category = _CATEGORY_OF.get(child.name.value)
                if category is None:
                    continue
                categories.add(category)
                if category in _TIMELINES:
                    wanted = self._window(parent.fields[child.name.value], child)
                    windows.setdefault(category, {})[wanted] = None
        return Selected(
            categories=frozenset(categories),
            windows={category: tuple(found) for category, found in windows.items()},
        )

    def fields(
        self, parent: GraphQLObjectType, selections: SelectionSetNode | None
    ) -> Iterator[FieldNode]:
        """Every field that is selected of a type, fragments opened."""
        return self._walk(parent, selections, set())

    def _walk(
        self, parent: GraphQLObjectType, selections: SelectionSetNode | None, seen: set[str]
    ) -> Iterator[FieldNode]:
        for selection in selections.selections if selections else ():
            if not self._included(selection):
                continue
            if isinstance(selection, FieldNode):
                yield selection
            elif isinstance(selection, InlineFragmentNode):
                if self._applies(parent, selection):
                    yield from self._walk(parent, selection.selection_set, seen)
            elif isinstance(selection, FragmentSpreadNode):
                yield from self._spread(parent, selection.name.value, seen)

    def _spread(self, parent: GraphQLObjectType, name: str, seen: set[str]) -> Iterator[FieldNode]:
        fragment = self._fragments.get(name)
        if fragment is None or name in seen or not self._applies(parent, fragment):
            return
        seen.add(name)
        yield from self._walk(parent, fragment.selection_set, seen)

    def _applies(
        self, parent: GraphQLObjectType, fragment: InlineFragmentNode | FragmentDefinitionNode
    ) -> bool:
        condition = fragment.type_condition
        if condition is None or condition.name.value == parent.name:
            return True
        named = self._schema.get_type(condition.name.value)
        return isinstance(named, GraphQLAbstractType) and self._schema.is_sub_type(named, parent)

    def _included(self, node: SelectionNode) -> bool:
        skip = get_directive_values(GraphQLSkipDirective, node, self._variables)
        if skip and skip["if"]:
            return False
        include = get_directive_values(GraphQLIncludeDirective, node, self._variables)
        return not include or bool(include["if"])

    def _window(self, definition: GraphQLField, node: FieldNode) -> Window:
        return window(**get_argument_values(definition, node, self._variables))


def counts_people(
    operation: OperationDefinitionNode, reader: Reader, root: GraphQLObjectType
) -> int:
    """How many `patient` fields an operation would answer: one for each response key."""
    keys = {
        node.alias.value if node.alias else node.name.value
        for node in reader.fields(root, operation.selection_set)
        if node.name.value == "patient"
    }
    return len(keys)

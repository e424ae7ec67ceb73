"""How large a document may be: nesting and aliases, counted with every fragment opened.

Each fragment is measured once, so a document that opens fragments in fragments costs no more to
measure than to read. Tokens are counted by the parser, the body by the gateway.
"""

from __future__ import annotations

from typing import NamedTuple

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
)
from msgspec import Struct


class Limits(Struct, frozen=True, kw_only=True):
    """What one document may have."""

    max_depth: int = 15
    max_aliases: int = 50
    max_tokens: int = 8_000


class Size(NamedTuple):
    """Levels of fields below here, and aliases among them."""

    depth: int
    aliases: int


NOTHING = Size(0, 0)
BEYOND = 10**9
"""Aliases that no limit allows: each in introspection would list the schema once more."""


def is_too_complex(document: DocumentNode, limits: Limits) -> bool:
    """Whether any operation of a document is beyond the limits."""
    return any(
        size.depth > limits.max_depth or size.aliases > limits.max_aliases
        for size in _operation_sizes(document)
    )


def _operation_sizes(document: DocumentNode) -> list[Size]:
    measure = _Measure(document)
    return [
        measure.of_selections(definition.selection_set)
        for definition in document.definitions
        if isinstance(definition, OperationDefinitionNode)
    ]


class _Measure:
    """Measures the selections of one document."""

    def __init__(self, document: DocumentNode) -> None:
        self._fragments = {
            definition.name.value: definition
            for definition in document.definitions
            if isinstance(definition, FragmentDefinitionNode)
        }
        self._known: dict[str, Size] = {}

    def of_selections(self, selections: SelectionSetNode | None) -> Size:
        sizes = [self._of(selection) for selection in (selections.selections if selections else ())]
        depth = max((size.depth for size in sizes), default=0)
        return Size(depth, sum(size.aliases for size in sizes))

    def _of(self, selection: SelectionNode) -> Size:
        if isinstance(selection, FieldNode):
            return self._of_field(selection)
        if isinstance(selection, InlineFragmentNode):
            return self.of_selections(selection.selection_set)
        if isinstance(selection, FragmentSpreadNode):
            return self._of_fragment(selection.name.value)
        return NOTHING

    def _of_field(self, field: FieldNode) -> Size:
        if field.name.value.startswith("__"):
            return self._of_introspection(field)
        below = self.of_selections(field.selection_set)
        return Size(below.depth + 1, below.aliases + (field.alias is not None))

    def _of_introspection(self, field: FieldNode) -> Size:
        """No levels: graphql-core has a rule for them. But its lists are the whole schema."""
        if field.selection_set is None:
            return NOTHING
        aliases = self.of_selections(field.selection_set).aliases + (field.alias is not None)
        return Size(0, aliases and BEYOND)

    def _of_fragment(self, name: str) -> Size:
        if name not in self._known:
            # A fragment that opens itself, or does not exist, is refused by a rule of its own.
            self._known[name] = NOTHING
            fragment = self._fragments.get(name)
            if fragment is not None:
                self._known[name] = self.of_selections(fragment.selection_set)
        return self._known[name]

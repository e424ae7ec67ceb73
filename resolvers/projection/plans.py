"""Generated functions, kept by selection, type and the variables that decide on fields.

Bounded: the least recently used selection goes first. A selection's nodes are kept with it, so that
no other node can take their identity while it is here.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from graphql import DirectiveNode, FieldNode, FragmentSpreadNode, VariableNode, Visitor, visit
from graphql.execution.collect_fields import FieldDetailsList, FragmentDetails

from resolvers.projection.writer import Projection

KEPT_SELECTIONS = 512
KEPT_VARIANTS = 32

Key = tuple[str, tuple[int, ...]]


class Selection(NamedTuple):
    """One selection: its nodes, the variables that decide on fields, a function for each case."""

    nodes: tuple[FieldNode, ...]
    conditions: tuple[str, ...]
    variants: dict[tuple[Any, ...], Projection | None]


class Plans:
    """The generated functions of one schema."""

    def __init__(self, kept: int = KEPT_SELECTIONS) -> None:
        self._kept = kept
        self._selections: OrderedDict[Key, Selection] = OrderedDict()

    def find(
        self,
        type_name: str,
        details: FieldDetailsList,
        fragments: Mapping[str, FragmentDetails],
        variables: Mapping[str, Any],
        write: Callable[[], Projection | None],
    ) -> Projection | None:
        """The function for a selection, written when it is not here."""
        selection = self._selection(type_name, details, fragments)
        key = tuple([variables.get(name) for name in selection.conditions])
        if key not in selection.variants:
            if len(selection.variants) >= KEPT_VARIANTS:
                selection.variants.clear()
            selection.variants[key] = write()
        return selection.variants[key]

    def _selection(
        self, type_name: str, details: FieldDetailsList, fragments: Mapping[str, FragmentDetails]
    ) -> Selection:
        key = (type_name, tuple([id(detail.node) for detail in details]))
        found = self._selections.get(key)
        if found is not None:
            self._selections.move_to_end(key)
            return found
        nodes = tuple([detail.node for detail in details])
        made = self._selections[key] = Selection(nodes, conditions_in(nodes, fragments), {})
        if len(self._selections) > self._kept:
            self._selections.popitem(last=False)
        return made


class _Conditions(Visitor):
    """Collects the variables of directives, through fragments."""

    def __init__(self, fragments: Mapping[str, FragmentDetails]) -> None:
        super().__init__()
        self.names: set[str] = set()
        self._fragments = fragments
        self._seen: set[str] = set()

    def enter_directive(self, node: DirectiveNode, *_more: Any) -> None:
        for argument in node.arguments or ():
            if isinstance(argument.value, VariableNode):
                self.names.add(argument.value.name.value)

    def enter_fragment_spread(self, node: FragmentSpreadNode, *_more: Any) -> None:
        name = node.name.value
        if name not in self._seen and name in self._fragments:
            self._seen.add(name)
            visit(self._fragments[name].definition, self)


def conditions_in(
    nodes: tuple[FieldNode, ...], fragments: Mapping[str, FragmentDetails]
) -> tuple[str, ...]:
    """The variables that decide which fields below these nodes are selected."""
    looking = _Conditions(fragments)
    for node in nodes:
        visit(node, looking)
    return tuple(sorted(looking.names))

"""A client's normalising cache, as small as it can be: objects by `__typename` and `id`.

It does what clients of this kind do by default: an object with both is kept once, under a key of
the two, field by field; one without an id is a part of what it stands in. A field is kept by its
own name and arguments, whatever alias it was asked under.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
from graphql import (
    FieldNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    NameNode,
    OperationDefinitionNode,
    SelectionSetNode,
    Visitor,
    parse,
    print_ast,
    value_from_ast_untyped,
    visit,
)

ROOT = "Query"


class Link(str):
    """The key of an object that is kept elsewhere."""

    __slots__ = ()


class InconsistentError(Exception):
    """One answer said two things of one field of one object."""


class _Typenames(Visitor):
    """Asks each object for its type, as such clients do."""

    def leave_selection_set(self, node: SelectionSetNode, *more: Any) -> SelectionSetNode:
        if isinstance(more[1], OperationDefinitionNode):
            return node
        asked = FieldNode(name=NameNode(value="__typename"))
        return SelectionSetNode(selections=(asked, *node.selections))


def with_typenames(query: str) -> str:
    """The query as a client with a cache sends it."""
    return print_ast(visit(parse(query), _Typenames()))


class ClientCache:
    """What one client has kept of all the answers that it was given."""

    def __init__(self) -> None:
        self.objects: dict[str, dict[str, Any]] = {}

    def write(self, query: str, data: Any) -> None:
        """Keep an answer; raises `InconsistentError` where it contradicts itself."""
        answer = ClientCache()
        answer._keep(ROOT, _selection(query), data)
        for key, fields in answer.objects.items():
            self.objects.setdefault(key, {}).update(fields)

    def read(self, query: str, key: str = ROOT) -> Any:
        """The answer to a query from the cache alone; raises `KeyError` where something lacks."""
        return self._read(self.objects[key], _selection(query))

    def _keep(self, key: str, selection: SelectionSetNode, data: dict[str, Any]) -> None:
        _join(self.objects.setdefault(key, {}), self._kept(selection, data), key)

    def _kept(self, selection: SelectionSetNode, data: dict[str, Any]) -> dict[str, Any]:
        kept: dict[str, Any] = {}
        for field in _fields(selection, data.get("__typename")):
            _join(kept, {_key(field): self._value(field, data[_shown(field)])}, "a part")
        return kept

    def _value(self, field: FieldNode, value: Any) -> Any:
        if isinstance(value, list):
            return [self._value(field, one) for one in value]
        if not isinstance(value, dict) or field.selection_set is None:
            return value
        if "id" not in value:
            return self._kept(field.selection_set, value)
        key = Link(f"{value['__typename']}:{value['id']}")
        self._keep(key, field.selection_set, value)
        return key

    def _read(self, kept: dict[str, Any], selection: SelectionSetNode) -> Any:
        return {
            _shown(field): self._shown(field, kept[_key(field)])
            for field in _fields(selection, kept.get("__typename"))
        }

    def _shown(self, field: FieldNode, value: Any) -> Any:
        if isinstance(value, list):
            return [self._shown(field, one) for one in value]
        if isinstance(value, Link):
            value = self.objects[value]
        if not isinstance(value, dict) or field.selection_set is None:
            return value
        return self._read(value, field.selection_set)


def _selection(query: str) -> SelectionSetNode:
    (operation,) = parse(query).definitions
    assert isinstance(operation, OperationDefinitionNode)
    return operation.selection_set


def _fields(selection: SelectionSetNode, typename: str | None) -> Iterator[FieldNode]:
    for one in selection.selections:
        assert not isinstance(one, FragmentSpreadNode)
        if isinstance(one, InlineFragmentNode):
            on = one.type_condition
            if on is None or on.name.value == typename:
                yield from _fields(one.selection_set, typename)
        elif isinstance(one, FieldNode):
            yield one


def _shown(field: FieldNode) -> str:
    return field.alias.value if field.alias else field.name.value


def _key(field: FieldNode) -> str:
    given = {one.name.value: value_from_ast_untyped(one.value) for one in field.arguments or ()}
    told = msgspec.json.encode(given, order="deterministic").decode() if given else ""
    return field.name.value + told


def _join(kept: dict[str, Any], more: dict[str, Any], where: str) -> None:
    for field, value in more.items():
        if isinstance(value, dict) and isinstance(kept.get(field), dict):
            _join(kept[field], value, where)
        elif kept.setdefault(field, value) != value:
            raise InconsistentError(f"{where}: {field}")

"""Documents: parsed and validated once, then known.

A document of the fixed ones that the gateway sends asks for every field, so that its answer is the
record as it is; any other is answered field by field, by graphql-core.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection
from importlib.resources import files

from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    TypeInfo,
    TypeInfoVisitor,
    build_schema,
    parse,
    validate,
)
from graphql.language import SelectionSetNode, Visitor, visit
from msgspec import Struct

from federation.model import Category
from federation.node_kit.source import NodeErrorCode, NodeRefusalError
from federation.protocols.graphql.documents import document_for
from federation.records import CATEGORIES

MOST_TOKENS = 20_000
MOST_DOCUMENTS = 256
_BY_FIELD = {definition.field_name: definition.category for definition in CATEGORIES}


class Prepared(Struct, frozen=True, kw_only=True):
    """One document that may be answered. `fixed`: the gateway's own, for these categories."""

    document: DocumentNode
    categories: frozenset[Category]
    fixed: bool
    name: str | None
    variables: frozenset[str]

    def takes(self, name: str | None, variables: Collection[str]) -> bool:
        """Whether this is the operation that is meant, and every variable is one of its own."""
        return name in {None, self.name} and self.variables.issuperset(variables)


class Documents:
    """The documents of late, and the schema that they must fit."""

    def __init__(self) -> None:
        self.schema = _node_schema()
        self._known: OrderedDict[str, Prepared] = OrderedDict()

    def prepare(self, text: str) -> Prepared:
        """The document, from memory where it was seen before; raises `NodeRefusalError`."""
        known = self._known.get(text)
        if known is not None:
            self._known.move_to_end(text)
            return known
        prepared = self._read(text)
        self._known[text] = prepared
        if len(self._known) > MOST_DOCUMENTS:
            self._known.popitem(last=False)
        return prepared

    def _read(self, text: str) -> Prepared:
        try:
            document = parse(text, max_tokens=MOST_TOKENS, no_location=True)
        except (GraphQLError, RecursionError):
            raise NodeRefusalError(NodeErrorCode.BAD_REQUEST) from None
        operation = _one_question(document)
        if operation is None or validate(self.schema, document, max_errors=1):
            raise NodeRefusalError(NodeErrorCode.BAD_REQUEST)
        categories = _categories(self.schema, document)
        return Prepared(
            document=document,
            categories=categories,
            fixed=text == document_for(categories),
            name=operation.name.value if operation.name else None,
            variables=frozenset(
                one.variable.name.value for one in operation.variable_definitions or ()
            ),
        )


def _node_schema() -> GraphQLSchema:
    sdl = files("federation.protocols.graphql").joinpath("node.graphql").read_text("utf-8")
    return build_schema(sdl)


def _one_question(document: DocumentNode) -> OperationDefinitionNode | None:
    """One query with one root field: a second one under another name would double the work."""
    operations = [one for one in document.definitions if isinstance(one, OperationDefinitionNode)]
    if len(operations) != 1 or operations[0].operation is not OperationType.QUERY:
        return None
    return operations[0] if len(_root_fields(operations[0].selection_set)) == 1 else None


def _root_fields(selected: SelectionSetNode) -> list[FieldNode]:
    roots = [one for one in selected.selections if isinstance(one, FieldNode)]
    # A fragment on the root could hold any number of fields; the protocol has no use for one.
    return roots if len(roots) == len(selected.selections) else []


class _FieldsOfRecords(Visitor):
    """The fields that a document asks of a held record, those in fragments as well.

    Of a record alone: an item may have a field of the same name as a category.
    """

    def __init__(self, types: TypeInfo) -> None:
        super().__init__()
        self._types = types
        self.names: set[str] = set()

    def enter_field(self, node: FieldNode, *_: object) -> None:
        parent = self._types.get_parent_type()
        if parent is not None and parent.name == "HeldRecord":
            self.names.add(node.name.value)


def _categories(schema: GraphQLSchema, document: DocumentNode) -> frozenset[Category]:
    types = TypeInfo(schema)
    fields = _FieldsOfRecords(types)
    visit(document, TypeInfoVisitor(types, fields))
    return frozenset(category for name, category in _BY_FIELD.items() if name in fields.names)

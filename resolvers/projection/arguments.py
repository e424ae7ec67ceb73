"""The arguments of a field as its reading takes them: coerced, under their Python names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from graphql import FieldNode, GraphQLField, VariableNode, Visitor, get_argument_values, visit
from graphql.execution import VariableValues

Arguments = Callable[[VariableValues], dict[str, Any]]


class _Variables(Visitor):
    """Finds out whether a node mentions a variable."""

    def __init__(self) -> None:
        super().__init__()
        self.found = False

    def enter_variable(self, _node: VariableNode, *_more: Any) -> None:
        self.found = True


def arguments_of(field: GraphQLField, node: FieldNode) -> Arguments:
    """How a field's arguments are made from the variables; once, where they mention none."""
    names = {
        name: argument.extensions["strawberry-definition"].python_name
        for name, argument in field.args.items()
    }

    def made(variables: VariableValues | None) -> dict[str, Any]:
        coerced = get_argument_values(field, node, variables)
        return {names[name]: value for name, value in coerced.items()}

    if _mentions_variables(node):
        return made
    always = made(None)
    return lambda _variables: always


def _mentions_variables(node: FieldNode) -> bool:
    looking = _Variables()
    for argument in node.arguments or ():
        visit(argument, looking)
    return looking.found

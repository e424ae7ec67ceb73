"""Where compiled projection enters: graphql-core's executor, completing objects by function."""

from __future__ import annotations

from typing import Any

from graphql import GraphQLObjectType, GraphQLResolveInfo
from graphql.execution.collect_fields import FieldDetailsList
from graphql.pyutils import AwaitableOrValue, Path
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from resolvers.projection.plans import Plans
from resolvers.projection.writer import DEFINITION, Projection, Writer


class ProjectingExecutor(StrawberryGraphQLCoreExecutionContext):
    """Strawberry's executor. `projecting` gives each schema its own, with its own plans."""

    plans: Plans

    def complete_object_value(
        self,
        return_type: GraphQLObjectType,
        field_details_list: FieldDetailsList,
        info: GraphQLResolveInfo[Any],
        path: Path,
        result: Any,
        position_context: Any,
    ) -> AwaitableOrValue[dict[str, Any]]:
        """The object as it was selected; by graphql-core where its function hands back."""
        project = self._projection(return_type, field_details_list, position_context)
        if project is not None:
            try:
                return project(result, self._view())
            except Exception:  # noqa: BLE001, S110 - graphql-core meets it again, and knows its path
                pass
        return super().complete_object_value(
            return_type, field_details_list, info, path, result, position_context
        )

    def _view(self) -> tuple[Any, Any]:
        context = self.context_value
        ids = context.ids if getattr(context, "answer", None) is not None else None
        return ids, self.variable_values

    def _projection(
        self, type_: GraphQLObjectType, details: FieldDetailsList, position: Any
    ) -> Projection | None:
        if position is not None or DEFINITION not in type_.extensions or self._has_middleware():
            return None
        return self.plans.find(
            type_.name,
            details,
            self.fragments,
            self.variable_values.coerced,
            lambda: Writer(self).function(type_, details),
        )

    def _has_middleware(self) -> bool:
        manager = self.middleware_manager
        return manager is not None and bool(manager.middlewares)


def projecting() -> type[ProjectingExecutor]:
    """An executor class with plans of its own, for one schema."""
    return type("SchemaExecutor", (ProjectingExecutor,), {"plans": Plans()})

"""The one place where the schema is put together, and printed from the code as `schema.graphql`."""

from __future__ import annotations

import strawberry
from strawberry.schema.config import StrawberryConfig

from federation.errors import ErrorCode
from resolvers.mutation import Mutation
from resolvers.query import Query
from resolvers.subscription import Subscription
from resolvers.types.scalars import SCALARS


def build_schema() -> strawberry.Schema:
    return strawberry.Schema(
        query=Query,
        mutation=Mutation,
        subscription=Subscription,
        types=[ErrorCode],
        config=StrawberryConfig(scalar_map=SCALARS),
    )


def print_schema() -> str:
    return build_schema().as_str()

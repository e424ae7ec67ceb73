"""The root of what is told again as it changes. It belongs to a later release and answers NOT_AVAILABLE until then."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import strawberry

from federation.errors import NotAvailableError
from federation.flow import Answer
from resolvers.query import Confirm, Launch, WhoseNumber, Why
from resolvers.types.patient import PatientRecord


@strawberry.type(description="Everything that is told again as it changes.")
class Subscription:
    """The root fields."""

    @strawberry.subscription(
        graphql_type=AsyncGenerator[PatientRecord, None],
        description=(
            "The record as it fills: an answer as soon as the first node has replied, and again"
            " whenever more of it is known. Rules are applied anew to every frame. Not available"
            " yet."
        ),
    )
    async def patient(
        self,
        nhs_number: WhoseNumber,
        purpose: Why,
        confirm: Confirm = strawberry.UNSET,
        launch: Launch = strawberry.UNSET,
    ) -> AsyncGenerator[Answer, None]:
        raise NotAvailableError
        yield  # what makes this a generator

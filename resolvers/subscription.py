"""The root of what is told again as it changes.

It belongs to a later release and answers NOT_AVAILABLE until then.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Any

import strawberry

from federation.errors import NotAvailableError
from federation.flow import Answer
from resolvers.query import Confirm, Launch, WhoseNumber, Why
from resolvers.types.patient import PatientRecord


async def patient(
    nhs_number: WhoseNumber,  # noqa: ARG001 - not available yet
    purpose: Why,  # noqa: ARG001 - not available yet
    confirm: Confirm = strawberry.UNSET,  # noqa: ARG001 - not available yet
    launch: Launch = strawberry.UNSET,  # noqa: ARG001 - not available yet
) -> AsyncGenerator[Answer, None]:
    """Refuse, until a later release."""
    raise NotAvailableError
    yield  # what makes this a generator


@strawberry.type(description="Everything that is told again as it changes.")
class Subscription:
    """The root fields."""

    patient: Any = strawberry.subscription(
        resolver=patient,
        graphql_type=AsyncGenerator[PatientRecord, None],  # type: ignore[valid-type]  # made at run time
        description=(
            "The record as it fills: an answer as soon as the first node has replied, and again"
            " whenever more of it is known. Rules are applied anew to every frame. Not available"
            " yet."
        ),
    )

"""The review queue: alerts that wait for officers, and what they found.

Read from `access.review_queue.AccessReview`, which holds what this officer may know.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import strawberry

from federation.audit.event import Flag
from federation.audit.reviews import AlertedKind
from federation.authority import EmergencyReason
from federation.deeds import ReviewOutcome, ReviewState
from federation.model import Category, Purpose
from federation.model import Organisation as OrganisationValue
from federation.nhs_number import NhsNumber
from resolvers.types.fields import may, told
from resolvers.types.node_log import LookEvidence
from resolvers.types.structs import struct_type
from resolvers.types.timeline import PageInfo

Organisation = struct_type(OrganisationValue)
WhoseQueue = Annotated[
    strawberry.ID | None,
    strawberry.argument(
        description=(
            "A node of the caller's region: what is alerted to its officers. Left out: what is"
            " alerted to those of the caller's organisation."
        )
    ),
]
InState = Annotated[
    ReviewState | None, strawberry.argument(description="Those alone that stand so in the queue.")
]
WithOutcome = Annotated[
    ReviewOutcome | None,
    strawberry.argument(description="Those alone whose newest review found this."),
]
IsOverdue = Annotated[
    bool | None,
    strawberry.argument(description="Those alone that are overdue, or are not."),
]
_OWN_STAFF = "null in the queue of a node"


@strawberry.type(description="What one officer found of an alert.")
class AccessReviewed:
    """Read from `audit.reviews.Review`."""

    at: datetime = told("When they said so.")
    outcome: ReviewOutcome = told("What they found.")
    name: str | None = told("Who they are.")
    note: str = told("What they wrote of it.")


@strawberry.type(description="Something that was done or tried, which an officer is to look into.")
class AccessReview:
    """One line of the queue."""

    id: strawberry.ID = told(
        "The alert's id for this officer, by which it is reviewed: up to the dot it is the look's"
        " id in the audit trail."
    )
    kind: AlertedKind = told("What was done, or tried.")
    at: datetime = told("When it was asked for.")
    due: datetime = told("By when somebody is to have looked into it.")
    overdue: bool = told("Whether its day is past and nobody has.")
    state: ReviewState = told("Where it stands in the queue.")
    flags: list[Flag] = told("Why it is here; where it is empty, the kind is why.")
    name: str | None = told(f"Who did it; {_OWN_STAFF}.")
    role: str = told("In which role, as a word.")
    organisation: Organisation | None = told("For which organisation.")  # type: ignore[valid-type]  # made from the struct
    purpose: Purpose = told("Why they asked.")
    categories: list[Category] = told(
        "What was asked for, whether or not anything is held; empty for emergency access to all of"
        " it, and for a statement."
    )
    evidence: list[LookEvidence] = told("What tied the person to who asked, as the rules had it.")
    nhs_number: NhsNumber | None = told(f"Whose record it was about; {_OWN_STAFF}.")
    reason: str | None = told(f"Why, in their own words, where they gave any; {_OWN_STAFF}.")
    emergency_reason: EmergencyReason | None = told(
        f"Why emergency access was needed; {_OWN_STAFF}."
    )
    reviews: list[AccessReviewed] = told(
        "What officers found of it, newest first; the newest holds."
    )


@strawberry.type(description="One entry of a page of the review queue.")
class AccessReviewEdge:
    """An entry and its cursor."""

    cursor: str = told("Where this entry stands; give it as `after` to read on behind it.")
    node: AccessReview = told("The entry.")


@strawberry.type(description="A page of the review queue, newest first.")
class AccessReviewConnection:
    """Read from `pages.Page`."""

    edges: list[AccessReviewEdge] = told("The entries of this page, each with its cursor.")
    page_info: PageInfo = told("Whether there is more.")


@strawberry.input(description="What an officer found of an alert.")
class ReviewAccessInput:
    """What an officer found of an alert."""

    id: strawberry.ID = told("Which alert.")
    outcome: ReviewOutcome = told("What they found.")
    note: str = told("What they looked into and why they find so, 1 to 1000 letters.")
    idempotency_key: str | None = may("Sent again with the same request, so that it counts once.")

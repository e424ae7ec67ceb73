"""What clients hand in, besides the arguments of `patient` themselves."""

from __future__ import annotations

from datetime import date

import strawberry

from federation.authority import EmergencyReason, ObjectionEffect
from federation.model import Category, NodeState
from federation.nhs_number import NhsNumber
from resolvers.types.fields import may, told


@strawberry.input(
    description=(
        "What the caller believes about the person. A mismatch answers IDENTITY_NOT_CONFIRMED and"
        " no data."
    )
)
class ConfirmIdentityInput:
    """What the caller believes about the person.

    A mismatch answers IDENTITY_NOT_CONFIRMED and no data.
    """

    birth_date: date = told("The date of birth as the caller knows it.")
    family_name: str | None = may("The family name as the caller knows it.")


@strawberry.input(description="What emergency access is asked for, and why.")
class BreakGlassInput:
    """What emergency access is asked for, and why."""

    nhs_number: NhsNumber = told("Whose record.")
    reason_code: EmergencyReason = told("Why, as a code.")
    reason: str = told("Why, in the caller's words; reviewed afterwards.")
    sources: list[strawberry.ID] | None = may("Which nodes; all when left out.")
    categories: list[Category] | None = may("Which categories; all when left out.")
    idempotency_key: str | None = may("Sent again with the same request, so that it counts once.")


@strawberry.input(description="For whom the caller cares, and how.")
class DeclareRelationshipInput:
    """For whom the caller cares, and how."""

    nhs_number: NhsNumber = told("Whose record.")
    reason: str = told("How the caller cares for the person.")


@strawberry.input(description="What must not be shared, or may be again.")
class ObjectionInput:
    """What must not be shared, or may be again."""

    nhs_number: NhsNumber = told("Whose objection it is.")
    effect: ObjectionEffect = told("Whether it is made or taken back.")
    source: strawberry.ID | None = may("Which node; all when left out.")
    category: Category | None = may("Which category; all when left out.")
    organisation: str | None = may(
        "From whom it is kept, as an organisation code; from all when left out."
    )
    in_emergency: bool = may("Whether it holds in an emergency too.", default=False)
    reason: str | None = may("Why, in the person's words.")


@strawberry.input(
    description="A node descriptor signed by the region's enrolled key (compact JWS)."
)
class SubmitNodeInput:
    """A node descriptor signed by the region's enrolled key (compact JWS)."""

    descriptor: str = told("The signed descriptor.")
    expectations: str | None = may("The file of test people that it names, whole.")
    bundle: str | None = may("The file of sharing rules that it names, whole.")


@strawberry.input(description="Which descriptor is approved.")
class ApproveNodeInput:
    """Which descriptor is approved."""

    id: strawberry.ID = told("Which node.")
    descriptor_digest: str = told("The digest of exactly the descriptor that is approved.")


@strawberry.input(description="Which descriptor is rejected, and why.")
class RejectNodeInput:
    """Which descriptor is rejected, and why."""

    id: strawberry.ID = told("Which node.")
    descriptor_digest: str = told("The digest of exactly the descriptor that is rejected.")
    reason: str = told("Why.")


@strawberry.input(description="Which node goes on in its life cycle.")
class PromoteNodeInput:
    """Which node goes on in its life cycle."""

    id: strawberry.ID = told("Which node.")
    to: NodeState = told("To which state.")
    descriptor_digest: str | None = may(
        "The digest of the descriptor that goes on: needed where one version is served and another"
        " runs in the shadow."
    )
    testers: list[str] | None = may(
        "For whose own patients a safety-only node is asked, as organisation codes."
    )


@strawberry.input(description="What is no longer asked of a node, and why.")
class SuspendNodeInput:
    """What is no longer asked of a node, and why."""

    id: strawberry.ID = told("Which node.")
    categories: list[Category] | None = may("Which categories; all when left out.")
    custodian: str | None = may("Whose data, as an organisation code; everybody's when left out.")
    reason: str = told("Why.")


@strawberry.input(description="What is asked of a node again.")
class ResumeNodeInput:
    """What is asked of a node again."""

    id: strawberry.ID = told("Which node.")
    categories: list[Category] | None = may("Which categories; all when left out.")
    custodian: str | None = may("Whose data, as an organisation code; everybody's when left out.")


@strawberry.input(description="Which node leaves the network, and why.")
class RetireNodeInput:
    """Which node leaves the network, and why."""

    id: strawberry.ID = told("Which node.")
    reason: str = told("Why.")

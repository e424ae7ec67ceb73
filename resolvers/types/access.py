"""Access: why somebody may look, who looked, emergency grants, relationships, objections.

Read from the answers of `federation/deeds.py`.
"""

from __future__ import annotations

from datetime import datetime

import strawberry

from federation.authority import EmergencyReason, ObjectionEffect
from federation.deeds import LookKind
from federation.flow import Outcome
from federation.model import Category, Purpose
from federation.model import Organisation as OrganisationValue
from federation.nhs_number import NhsNumber
from federation.status import SourceCode
from resolvers.types.coverage import Obligation
from resolvers.types.fields import told
from resolvers.types.node import RecordNode
from resolvers.types.structs import struct_type
from resolvers.types.timeline import PageInfo

Organisation = struct_type(OrganisationValue)


@strawberry.type(description="What one node's rules say of one category for this caller.")
class AccessDecision:
    """One line of an explanation."""

    source: RecordNode = told("Which node.")
    category: Category = told("Which category.")
    outcome: Outcome = told("What its rules say.")
    code: SourceCode | None = told("Why, as a code.")
    message: str = told("Why, in a sentence.")
    liftable_by_break_glass: bool = told("Whether emergency access would change it.")


@strawberry.type(description="Why the caller may or may not see each category from each node.")
class AccessExplanation:
    """Silent about what is hidden."""

    purpose: Purpose = told("The purpose that was explained.")
    decisions: list[AccessDecision] = told("One decision for each node and category.")


@strawberry.type(
    description=(
        "One look. Names of staff are given to privacy officers; the person sees role and"
        " organisation, and may ask for more."
    )
)
class AccessLogEntry:
    """One line of the log."""

    id: strawberry.ID = told(
        "The look's id, to be quoted to a privacy officer: up to the dot it is its id in the audit"
        " trail."
    )
    kind: LookKind = told("What was done.")
    at: datetime = told("When it was.")
    name: str | None = told("Who looked; for privacy officers.")
    role: str = told("In which role, as a word.")
    organisation: Organisation | None = told(  # type: ignore[valid-type]  # made from the struct
        "For which organisation; null where somebody looked for themselves, and where it would tell"
        " whoever acts for the person where the person is."
    )
    purpose: Purpose = told("Why.")
    categories: list[Category] = told(
        "What was asked for, whether or not anything of it is held or could be shown."
    )
    emergency: bool = told("Whether it was emergency access.")
    emergency_reason: EmergencyReason | None = told(
        "Why emergency access was needed; for privacy officers."
    )
    regions: list[str] | None = told(
        "The regions that were asked, whether or not they hold anything; null for whoever acts for"
        " the person."
    )


@strawberry.type(description="One entry of a page of the access log.")
class AccessLogEdge:
    """An entry and its cursor."""

    cursor: str = told("Where this entry stands; give it as `after` to read on behind it.")
    node: AccessLogEntry = told("The entry.")


@strawberry.type(description="A page of the access log, newest first.")
class AccessLogConnection:
    """Who looked at a person's record."""

    edges: list[AccessLogEdge] = told("The entries of this page, each with its cursor.")
    page_info: PageInfo = told("Whether there is more.")


@strawberry.type(description="Emergency access to one person's record for a limited time.")
class EmergencyGrant:
    """Earned with a reason, reviewed afterwards."""

    id: strawberry.ID = told("The grant's id.")
    expires_at: datetime = told("When it ends.")
    obligations: list[Obligation] = told("What the caller must do because of it.")


@strawberry.type(description="The caller's statement that they care for a person.")
class DeclaredRelationship:
    """Recorded, time-boxed, sampled for review."""

    id: strawberry.ID = told("The statement's id.")
    expires_at: datetime = told("When it ends.")


@strawberry.type(description="A person's objection to sharing, or its withdrawal.")
class Objection:
    """As it was recorded."""

    id: strawberry.ID = told("The objection's id.")
    nhs_number: NhsNumber = told("Whose objection it is.")
    effect: ObjectionEffect = told("Whether it was made or taken back.")
    recorded_at: datetime = told("When it was recorded.")

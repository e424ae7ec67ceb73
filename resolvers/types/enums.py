"""Closed sets of the domain as GraphQL enums, described by their own docstrings.

Three have another name in the schema.
"""

from __future__ import annotations

from enum import Enum
from functools import cache

import strawberry

from federation.audit.asked import NodeLookKind
from federation.audit.event import Flag
from federation.audit.reviews import AlertedKind
from federation.authority import (
    EmergencyReason,
    EvidenceSource,
    ObjectionEffect,
    RelationshipKind,
)
from federation.deeds import FollowUpKind, LookKind, RecallReason, ReviewOutcome, ReviewState
from federation.errors import ErrorCode
from federation.flow import CoverageState, Outcome, WarningCode
from federation.model import (
    Assertion,
    Category,
    IdentityBasis,
    NodeProtocol,
    NodeState,
    Purpose,
    RequesterKind,
)
from federation.records.base import Basis, Severity
from federation.status import FaultOrigin, SourceCode, SourceState

ENUMS: tuple[type[Enum], ...] = (
    AlertedKind,
    Assertion,
    Basis,
    Category,
    CoverageState,
    EmergencyReason,
    ErrorCode,
    EvidenceSource,
    FaultOrigin,
    Flag,
    FollowUpKind,
    IdentityBasis,
    LookKind,
    NodeLookKind,
    NodeProtocol,
    NodeState,
    ObjectionEffect,
    Outcome,
    Purpose,
    RecallReason,
    RelationshipKind,
    RequesterKind,
    ReviewOutcome,
    ReviewState,
    Severity,
    SourceCode,
    SourceState,
    WarningCode,
)
"""The closed sets that hand-written types use; those of the categories come with their structs."""

_NAMES: dict[type[Enum], str] = {
    AlertedKind: "AccessReviewKind",
    Basis: "GroupBasis",
    Flag: "AccessFlag",
    NodeLookKind: "NodeAccessKind",
    ReviewOutcome: "AccessReviewOutcome",
    ReviewState: "AccessReviewState",
    Severity: "ConflictSeverity",
}
_DESCRIPTIONS: dict[str, str] = {
    "Purpose": (
        "Why the caller asks. EMERGENCY must be earned by an incident in the launch context or by"
        " a grant. Anything else is refused."
    ),
    "CoverageState": (
        "Whether anything is missing. Never says that the record is complete: no gateway can know"
        " that."
    ),
    "AccessFlag": "Why somebody is to look into a look or a request.",
    "GroupBasis": "Why items stand on one line.",
    "ConflictSeverity": "How much a disagreement matters.",
    "SourceState": "What became of one node for one category.",
    "Outcome": "What the rules say.",
}


@cache
def enum_type(members: type[Enum]) -> type[Enum]:
    """The same set, known to strawberry.

    Registering marks the class and changes nothing else about it.
    """
    name = _NAMES.get(members, members.__name__)
    return strawberry.enum(
        members, name=name, description=_DESCRIPTIONS.get(name, summary(members))
    )


def summary(documented: type) -> str:
    """The first paragraph of a docstring on one line."""
    text = documented.__doc__
    if not text:
        raise TypeError(
            f"{documented.__qualname__} has no docstring, so clients could not read what it is"
        )
    return " ".join(text.split("\n\n")[0].split())

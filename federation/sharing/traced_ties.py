"""What the tracing service says ties a person to the organisation that asks.

The practice where they are registered, and the pharmacy that they nominated. Since when, tracing
does not say, so each begins at the decision time and is made anew for every view. Of somebody whose
whereabouts are protected tracing names neither, so that another source has to.
"""

from __future__ import annotations

from datetime import datetime

from federation.authority import EvidenceSource, Relationship, RelationshipKind
from federation.flow import Reference
from federation.model import OdsCode, Organisation, Requester


def traced_ties(
    reference: Reference, requester: Requester, at: datetime
) -> tuple[Relationship, ...]:
    """The relationships of this requester's organisation by what tracing knows; mostly none."""
    person = reference.person
    code = requester.organisation.ods_code if requester.organisation else None
    if person is None or not code:
        return ()
    named: tuple[tuple[RelationshipKind, Organisation | None], ...] = (
        (RelationshipKind.REGISTERED, person.gp_practice),
        (RelationshipKind.NOMINATED_PHARMACY, person.nominated_pharmacy),
    )
    return tuple(
        Relationship(
            id=f"traced-{kind.value.lower()}",
            kind=kind,
            source=EvidenceSource.TRACING,
            organisation=OdsCode(code),
            begins_at=at,
        )
        for kind, organisation in named
        if organisation is not None and organisation.ods_code == code
    )

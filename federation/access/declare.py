"""Declare a relationship: somebody says, on their own word, that they care for the person.

It counts for a day, binds nobody but who said it, and their organisation hears of it. Where one's
own word is not enough (one's own record, the family's), a rule refuses it
(`sharing/policies/network.cedar`).
"""

from __future__ import annotations

from datetime import timedelta

from federation.access.standing import Parts, stand
from federation.audit.deeds import relationship_declared
from federation.authority import EvidenceSource, MarkKind, Relationship, RelationshipKind
from federation.deeds import Declared, DeclareRelationship
from federation.errors import EvidenceNeededError, ForbiddenError
from federation.model import OdsCode, Purpose
from federation.sharing import admit_deed

DECLARED_LASTS = timedelta(hours=24)
"""A shift and its handover; whoever cares for longer has an admission or a caseload by then."""
_CLOSE = frozenset((MarkKind.OWN_RECORD, MarkKind.FAMILY))


async def declare_relationship(deed: DeclareRelationship, parts: Parts) -> Declared:
    """The relationship as it was recorded.

    Raises `ForbiddenError` where this requester may not, `EvidenceNeededError` where nobody's own
    word is enough.
    """
    standing = await stand(deed, Purpose.DIRECT_CARE, parts)
    try:
        admit_deed(deed.kind, standing.question, standing.reference, standing.facts, standing.rules)
    except ForbiddenError:
        if standing.facts.marks & _CLOSE:
            raise EvidenceNeededError from None
        raise
    relationship = _relationship(deed, parts)
    number = standing.reference.number
    await parts.trail.record((relationship_declared(deed, number, relationship),))
    await parts.store.relate(parts.persons.of(number), (relationship,))
    return Declared(id=relationship.id, expires_at=deed.asked_at + DECLARED_LASTS)


def _relationship(deed: DeclareRelationship, parts: Parts) -> Relationship:
    organisation = deed.requester.organisation
    code = organisation.ods_code if organisation else None
    return Relationship(
        id=parts.new_id(),
        kind=RelationshipKind.SELF_DECLARED,
        source=EvidenceSource.SELF,
        organisation=OdsCode(code) if code else None,
        subject=deed.requester.principal,
        begins_at=deed.asked_at,
        ends_at=deed.asked_at + DECLARED_LASTS,
    )

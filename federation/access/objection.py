"""Record a person's objection, or take it back.

By the person, by whoever may act for them, or by an organisation that speaks for them; which roles
of an organisation may is a rule (`sharing/policies/network.cedar`). It decides from the next view.
"""

from __future__ import annotations

from federation.access.standing import Parts, Standing, stand
from federation.audit.deeds import objection_recorded
from federation.authority import Objection, ObjectionEffect, RelationshipKind
from federation.deeds import RecordedObjection, RecordObjection
from federation.errors import EvidenceNeededError
from federation.model import Purpose, RequesterKind
from federation.sharing import admit_deed


async def record_objection(deed: RecordObjection, parts: Parts) -> RecordedObjection:
    """What was recorded. Taking back what was never said changes nothing and is no error.

    Raises `ForbiddenError` where the requester does not speak for the person, and
    `EvidenceNeededError` where a professional who has no tie to them would open what they closed,
    or would close in emergencies too what nobody could open then.
    """
    professional = deed.requester.kind is RequesterKind.PROFESSIONAL
    purpose = Purpose.DIRECT_CARE if professional else Purpose.PATIENT_REQUEST
    standing = await stand(deed, purpose, parts)
    admit_deed(deed.kind, standing.question, standing.reference, standing.facts, standing.rules)
    grave = deed.effect is ObjectionEffect.WITHDRAW or deed.in_emergency
    if professional and grave and not _in_their_care(standing):
        raise EvidenceNeededError
    number = standing.reference.number
    objection = _objection(deed, parts)
    await parts.trail.record((objection_recorded(deed, number, objection.id),))
    await _store(deed, objection, standing, parts)
    return RecordedObjection(
        id=objection.id,
        nhs_number=number,
        effect=deed.effect,
        recorded_at=deed.asked_at,
    )


def _in_their_care(standing: Standing) -> bool:
    """Whether somebody else than the requester says that the person is in their care."""
    return any(
        one.kind is not RelationshipKind.SELF_DECLARED for one in standing.facts.relationships
    )


def _objection(deed: RecordObjection, parts: Parts) -> Objection:
    return Objection(
        id=parts.new_id(),
        node=deed.node,
        category=deed.category,
        organisation=deed.organisation,
        in_emergency=deed.in_emergency,
        recorded_at=deed.asked_at,
    )


async def _store(
    deed: RecordObjection, objection: Objection, standing: Standing, parts: Parts
) -> None:
    reference = standing.reference
    if deed.effect is ObjectionEffect.OBJECT:
        await parts.store.object(parts.persons.of(reference.number), objection)
        return
    # It may have been said under a number that the person had then.
    persons = parts.persons.sought(sorted(reference.numbers))
    await parts.store.withdraw(persons, objection, deed.asked_at)

"""Break the glass: emergency access for one person, for a limited time, told to both sides.

The grant lifts only what each rule marks as liftable, and only when a view is asked for. Who may
break the glass at all is a rule (`sharing/policies/network.cedar`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import blake2b

from msgspec.json import encode

from federation.access.standing import Parts, Standing, stand
from federation.audit.deeds import emergency_asked_again, emergency_granted
from federation.authority import Grant, Objection, RelationshipKind
from federation.deeds import BreakGlass
from federation.errors import ConflictError, PersonRefusesError, StrongerSignInError
from federation.flow import EmergencyAccess
from federation.locate import in_the_network
from federation.model import Category, Node, Purpose
from federation.sharing import admit_deed
from federation.sharing.obligations import emergency_access
from federation.storage.base import PersonKey

GRANT_LASTS = timedelta(hours=4)
_KEY_USED = "this `idempotencyKey` was used for another request; choose a new one"
SURE_ENOUGH = 3
"""The assurance that emergency access needs: a second factor that cannot be copied (AAL3)."""


async def break_glass(deed: BreakGlass, parts: Parts) -> EmergencyAccess:
    """A new grant, or the one that the same request was given before.

    Raises `ForbiddenError` and its kinds where the requester may not or the person refuses, and
    `ConflictError` where the idempotency key stands for another request.
    """
    standing = await stand(deed, Purpose.DIRECT_CARE, parts)
    admit_deed(deed.kind, standing.question, standing.reference, standing.facts, standing.rules)
    if deed.requester.assurance < SURE_ENOUGH:
        raise StrongerSignInError
    reached = _reached(deed, standing)
    _heed_refusal(deed, standing, reached)
    person = parts.persons.of(standing.reference.number)
    grant = _grant(deed, standing, person, parts)
    known = next((one for one in standing.held.grants if one.id == grant.id), None)
    if known is not None:
        again = emergency_asked_again(deed, standing.reference.number, known)
        await parts.trail.record((again,))
        return emergency_access(known)
    event = emergency_granted(
        deed,
        standing.reference.number,
        grant,
        [node.id for node in reached],
        objected=bool(standing.held.objections),
    )
    await parts.trail.record((event,))
    kept = await parts.store.grant(person, grant, deed.idempotency_key)
    if kept.id != grant.id:
        raise ConflictError(_KEY_USED)
    return emergency_access(kept)


def _grant(deed: BreakGlass, standing: Standing, person: PersonKey, parts: Parts) -> Grant:
    return Grant(
        id=_id(deed, person) if deed.idempotency_key else parts.new_id(),
        authority=deed.requester.authority,
        reason_code=deed.reason_code,
        nodes=deed.nodes,
        categories=deed.categories,
        begins_at=deed.asked_at,
        expires_at=_end(standing, deed.asked_at),
    )


def _id(deed: BreakGlass, person: PersonKey) -> str:
    # The same request has the same id, so that a retry is known before it is written down again;
    # another request under its key has another, so that it is found out. Made from the person's
    # key and not their number, which could be guessed from a digest.
    said = (
        deed.requester.authority,
        person.hex(),
        deed.idempotency_key,
        deed.reason_code,
        deed.reason,
        sorted(deed.nodes) if deed.nodes is not None else None,
        sorted(deed.categories) if deed.categories is not None else None,
    )
    return blake2b(encode(said), digest_size=16).hexdigest()


def _end(standing: Standing, now: datetime) -> datetime:
    """After four hours, or when the incident that brought the person is over, if that is sooner."""
    incidents = [
        one.ends_at
        for one in standing.facts.relationships
        if one.kind is RelationshipKind.INCIDENT and one.ends_at and one.ends_at > now
    ]
    return min((now + GRANT_LASTS, *incidents))


def _reached(deed: BreakGlass, standing: Standing) -> tuple[Node, ...]:
    return tuple(
        node
        for node in standing.facts.nodes
        if in_the_network(node) and (deed.nodes is None or node.id in deed.nodes)
    )


def _heed_refusal(deed: BreakGlass, standing: Standing, reached: Sequence[Node]) -> None:
    """Refuse where the person has refused all of it, in an emergency too.

    What they refused in part the rules keep closed; the rest can be opened.
    """
    organisation = deed.requester.organisation
    code = organisation.ods_code if organisation else None
    holding = [one for one in standing.facts.objections if one.in_emergency]
    asked = [
        (node, category)
        for node in reached
        for category in node.categories
        if deed.categories is None or category in deed.categories
    ]
    if asked and all(_objects(holding, node, category, code) for node, category in asked):
        raise PersonRefusesError


def _objects(
    objections: Sequence[Objection], node: Node, category: Category, organisation: str | None
) -> bool:
    return any(one.applies(node.id, category, organisation) for one in objections)

"""End emergency access early: one's own, and whether anybody else's exists is not told."""

from __future__ import annotations

from msgspec.structs import replace

from federation.access.standing import Parts
from federation.audit.deeds import emergency_ended
from federation.deeds import EndEmergencyAccess
from federation.errors import NotFoundError
from federation.flow import EmergencyAccess
from federation.sharing.obligations import emergency_access


async def end_emergency_access(deed: EndEmergencyAccess, parts: Parts) -> EmergencyAccess:
    """The grant as it ended; ending it again changes nothing. `NotFoundError` where there is none.

    No rule is asked: giving up access needs no permission.
    """
    await parts.trail.record((emergency_ended(deed),))
    grant = await parts.store.end_grant(deed.grant_id, deed.requester.authority, deed.asked_at)
    if grant is None:
        raise NotFoundError
    ended = min(grant.expires_at, grant.ended_at or deed.asked_at)
    return emergency_access(replace(grant, expires_at=ended))

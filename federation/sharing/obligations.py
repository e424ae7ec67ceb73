"""Obligations: what the caller must do, or show, because of how they were let in.

A closed list of codes with the words that people read. Rules and agreements name codes; clients
act on them (`docs/sharing.md` says how).
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from federation.authority import Grant, RulesState
from federation.flow import EmergencyAccess, Facts, Obligation, Outcome, Released


class ObligationCode(StrEnum):
    """What can be asked in return."""

    AUDIT_REVIEW = "AUDIT_REVIEW"
    NO_DOWNLOAD = "NO_DOWNLOAD"
    NO_CACHE = "NO_CACHE"
    NO_ONWARD_SHARING = "NO_ONWARD_SHARING"
    WATERMARK = "WATERMARK"
    SHOW_BANNER = "SHOW_BANNER"
    MASK_ON_LOCK_SCREEN = "MASK_ON_LOCK_SCREEN"
    REQUIRE_REASON = "REQUIRE_REASON"
    NOTIFY_PERSON = "NOTIFY_PERSON"
    RENEW_STANDING = "RENEW_STANDING"
    RULES_NOT_CURRENT = "RULES_NOT_CURRENT"


MESSAGES: dict[ObligationCode, str] = {
    ObligationCode.AUDIT_REVIEW: "this look will be reviewed by a privacy officer",
    ObligationCode.NO_DOWNLOAD: "do not download or print what you see",
    ObligationCode.NO_CACHE: "do not keep a copy on this device",
    ObligationCode.NO_ONWARD_SHARING: "do not pass this on outside your organisation",
    ObligationCode.WATERMARK: "show your name and the time across what you see",
    ObligationCode.SHOW_BANNER: "show a banner for as long as this access lasts",
    ObligationCode.MASK_ON_LOCK_SCREEN: "show nothing of this on a locked screen",
    ObligationCode.REQUIRE_REASON: "ask for the reason of this look, and record it",
    ObligationCode.NOTIFY_PERSON: "the person will be told of this look",
    ObligationCode.RENEW_STANDING: (
        "your organisation's data-security standing has lapsed; it must be renewed to keep access"
    ),
    ObligationCode.RULES_NOT_CURRENT: (
        "the sharing rules could not be refreshed; less may be shown than usual"
    ),
}
"""The words for each, the same for everybody."""


OF_EMERGENCY_ACCESS = (
    ObligationCode.SHOW_BANNER,
    ObligationCode.AUDIT_REVIEW,
    ObligationCode.NOTIFY_PERSON,
)
"""What emergency access asks of whoever has it, besides what rules ask."""
_KNOWN = frozenset(ObligationCode)
_ORDER = {code: position for position, code in enumerate(ObligationCode)}


def obligation(code: ObligationCode) -> Obligation:
    """The code with its words."""
    return Obligation(code=code, message=MESSAGES[code])


def emergency_access(grant: Grant) -> EmergencyAccess:
    """The grant as its holder sees it."""
    return EmergencyAccess(
        id=grant.id,
        expires_at=grant.expires_at,
        obligations=tuple(map(obligation, OF_EMERGENCY_ACCESS)),
    )


def grant_in_force(facts: Facts) -> EmergencyAccess | None:
    """The requester's grant for the person; of several, the one that lasts longest."""
    longest = max(facts.grants, key=lambda grant: (grant.expires_at, grant.id), default=None)
    return emergency_access(longest) if longest else None


def obligations_of(facts: Facts, released: Iterable[Released]) -> tuple[Obligation, ...]:
    """What the caller must do because of what they are shown, each once, in the list's order.

    Only what was permitted asks anything: what is asked for the sake of a thing that is withheld
    would tell that it is there.
    """
    codes = {
        code
        for one in released
        for decision in one.decisions
        if decision.outcome is Outcome.PERMIT
        and (decision.category, decision.kind) not in one.unshown
        for code in decision.obligations
    }
    if facts.grants:
        codes.update(OF_EMERGENCY_ACCESS)
    if facts.rules_state is not RulesState.CURRENT:
        codes.add(ObligationCode.RULES_NOT_CURRENT)
    known = (ObligationCode(code) for code in codes if code in _KNOWN)
    return tuple(map(obligation, sorted(known, key=_ORDER.__getitem__)))

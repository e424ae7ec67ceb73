"""Obligations: what the caller must do, or show, because of how they were let in.

A closed list of codes with the words that people read. Rules and agreements name codes; clients
act on them (`docs/sharing.md` says how).
"""

from __future__ import annotations

from enum import StrEnum


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

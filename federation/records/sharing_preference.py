"""What a source recorded of how far a person wants their record to be shared.

A fact for sharing rules, never an item of the record: no rule looks at it yet. It is kept beside
what was read of care plans, so that rules can be given it without another reading.
"""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from federation.records.base import PartialDateTime


class Sharing(StrEnum):
    """What the person chose."""

    PERMIT = "PERMIT"
    DENY = "DENY"
    NOT_STATED = "NOT_STATED"


class SharingPreference(Struct, frozen=True, kw_only=True):
    """One recorded choice, in force or not as `status` says in FHIR's words.

    `narrowed`: it has exceptions or conditions, which are not read; the choice alone is not the
    whole of it.
    """

    source_id: str
    sharing: Sharing
    status: str
    start: PartialDateTime | None = None
    end: PartialDateTime | None = None
    narrowed: bool = False

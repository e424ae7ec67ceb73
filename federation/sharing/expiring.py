"""Agreements that are about to end, and when it is time to say so.

An agreement ends by itself on its day: whatever it opened is closed from then on. Whoever answers
for it is told 90, 30, 7 days and a day before.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from msgspec import Struct

from federation.model import Agreement, AgreementStatus, NodeId, RegionId

WARNED_DAYS_BEFORE = (90, 30, 7, 1)


class Expiring(Struct, frozen=True, kw_only=True):
    """An agreement that ends within so many days; on `ends` it opens nothing any more."""

    node: NodeId
    agreement: str
    version: str
    region: RegionId
    ends: date
    days: int

    @property
    def stage(self) -> int | None:
        """Which of the warnings is due; None while it is too early for any."""
        return min((one for one in WARNED_DAYS_BEFORE if self.days <= one), default=None)


def expiring(
    agreements: Iterable[Agreement], day: date, within: int = WARNED_DAYS_BEFORE[0]
) -> tuple[Expiring, ...]:
    """Those that end within so many days after this local day, the first to end first."""
    found = [
        Expiring(
            node=one.source,
            agreement=one.id,
            version=one.version,
            region=one.requester_region,
            ends=one.valid_until,
            days=(one.valid_until - day).days,
        )
        for one in agreements
        if one.valid_until is not None and one.status is AgreementStatus.ACTIVE
    ]
    return tuple(
        sorted(
            (one for one in found if 0 < one.days <= within),
            key=lambda one: (one.ends, one.node, one.agreement),
        )
    )

"""How items become a part of a reply, the same for every protocol.

Here items whose dates are none are set aside, the others stamped with where they came from, exact
repeats are dropped, and the state of the part follows from what arrived: whole, empty, or less
than whole. What a node asserts of an empty list is believed of a whole answer only.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from federation.flow import Part
from federation.model import Assertion, Category, Node
from federation.protocols.failures import Verdict
from federation.records.base import Item, stamp
from federation.records.care_plans import CarePlan
from federation.records.date_fields import dates_are_real
from federation.status import FaultOrigin, SourceCode, SourceState

QUARANTINED = Verdict(SourceState.PARTIAL, SourceCode.ITEMS_QUARANTINED, FaultOrigin.NODE)

UNREAL_DATE = "a date that is none"


class Arrival(msgspec.Struct, frozen=True, kw_only=True):
    """Which node answered, and when."""

    node: Node
    at: datetime


MOST_RECORDS = 10
"""So many records may one node hold of one person, who has few numbers. More is a fault, and each
would be compared with every other's echo."""


def given(
    category: Category,
    items: Sequence[Item],
    arrival: Arrival,
    *,
    assertion: Assertion | None = None,
    reasons: Mapping[str, int] | None = None,
    lacking: Verdict | None = None,
    data_current_to: datetime | None = None,
) -> Part:
    """A part that could be read; `lacking` says why it is less than everything.

    `reasons` counts what was set aside, by why.
    """
    set_aside = Counter(reasons)
    real: Sequence[Item] = items
    if not dates_are_real(*items):
        real = [item for item in items if dates_are_real(item)]
        set_aside[UNREAL_DATE] += len(items) - len(real)
    kept = without_repeats(real)
    stamp(kept, arrival.node, arrival.at)
    _confirm(kept, arrival.at)
    quarantined = set_aside.total()
    verdict = QUARANTINED if quarantined else lacking
    if verdict is None:
        return Part(
            category=category,
            items=kept,
            assertion=assertion,
            state=SourceState.FRESH if kept else SourceState.FRESH_EMPTY,
            data_current_to=data_current_to,
        )
    return Part(
        category=category,
        items=kept,
        state=verdict.state,
        code=verdict.code,
        origin=verdict.origin,
        quarantined=quarantined,
        reasons=dict(set_aside),
        data_current_to=data_current_to,
    )


def missing(
    category: Category, verdict: Verdict, *, retry_after_seconds: int | None = None
) -> Part:
    """A part that the node did not give, or gave so that it cannot be read."""
    return Part(
        category=category,
        state=verdict.state,
        code=verdict.code,
        origin=verdict.origin,
        retry_after_seconds=retry_after_seconds,
    )


def without_repeats(items: Sequence[Item]) -> tuple[Item, ...]:
    """Items without exact repeats.

    Two items of one source id that differ in anything are both kept: neither can be known to be
    the right one, and losing an allergy is worse than seeing it twice.
    """
    if len({item.source_id for item in items}) == len(items):
        return tuple(items)
    return tuple(dict.fromkeys(items))


def _confirm(items: Sequence[Item], at: datetime) -> None:
    for item in items:
        if not isinstance(item, CarePlan):
            return
        if item.cpr is not None:
            msgspec.structs.force_setattr(item.cpr, "confirmed_at", at)

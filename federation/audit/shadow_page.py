"""A day of a node in the shadow: what would have been shared, withheld, mixed up, how quickly.

Counted from the log, so that it is whole whichever gateway asked. Of nobody: it has counts alone.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from datetime import date

from msgspec import Struct, field

from federation.audit.chain import Opened
from federation.audit.event import EventKind
from federation.audit.seen import ShadowPart
from federation.audit.wanted import local_day
from federation.model import Category, NodeId
from federation.status import SourceCode, SourceState

_SHARED = frozenset((SourceState.FRESH, SourceState.FRESH_EMPTY, SourceState.PARTIAL))


class CategoryDay(Struct, kw_only=True):
    """One category of a day: in how many looks it stood, and what would have become of it.

    `rows` counts looks by state and code. `shared` and `withheld` count items.
    """

    looks: int = 0
    shared_in: int = 0
    shared: int = 0
    withheld_in: int = 0
    withheld: int = 0
    rows: Counter[tuple[SourceState, SourceCode | None]] = field(default_factory=Counter)

    def add(self, part: ShadowPart) -> None:
        """Count one look."""
        self.looks += 1
        self.shared_in += part.state in _SHARED
        self.shared += part.shared
        self.withheld_in += part.state is SourceState.WITHHELD or bool(part.withheld)
        self.withheld += part.withheld
        self.rows[part.state, part.code] += 1


class ShadowDay(Struct, kw_only=True):
    """A day of one node in the shadow.

    `looks` are views beside which it stood, `asked` those in which the rules let it be asked,
    `answered` those that it answered, `broken_off` those of which the gateway's end or a defect of
    its own left no more than that it was asked, `not_held` those in which it held nothing of the
    person; `mismatched` counts answers for somebody else. `milliseconds` are those of the calls.
    """

    node: NodeId
    day: date
    looks: int = 0
    asked: int = 0
    answered: int = 0
    broken_off: int = 0
    not_held: int = 0
    mismatched: int = 0
    failures: Counter[tuple[SourceState, SourceCode | None]] = field(default_factory=Counter)
    categories: dict[Category, CategoryDay] = field(default_factory=dict)
    milliseconds: list[int] = field(default_factory=list)

    def add(self, event: Opened) -> None:
        """Count an event, if it is one of this node in the shadow on this day."""
        plain = event.plain
        if (
            plain.kind is not EventKind.SHADOW_LOOK
            or self.node not in plain.nodes
            or local_day(plain.at) != self.day
        ):
            return
        self.looks += 1
        for part in event.sealed.shadow:
            self.categories.setdefault(part.category, CategoryDay()).add(part)
        self.asked += bool(plain.categories)
        if plain.outcome is None:
            self.broken_off += bool(plain.categories)
            return
        if plain.milliseconds is not None:
            self.milliseconds.append(plain.milliseconds)
        if plain.outcome.state is not None:
            self.failures[plain.outcome.state, plain.outcome.code] += 1
            return
        self.answered += 1
        self.not_held += not plain.outcome.records
        self.mismatched += any(
            part.state is SourceState.IDENTITY_MISMATCH for part in event.sealed.shadow
        )


def quantile(milliseconds: Sequence[int], part: float) -> int | None:
    """Within how many milliseconds this part of the calls ended; None without any.

    >>> quantile([30, 10, 20, 40], 0.5), quantile([7], 0.99), quantile([], 0.5)
    (20, 7, None)
    """
    if not milliseconds:
        return None
    return sorted(milliseconds)[math.ceil(part * len(milliseconds)) - 1]

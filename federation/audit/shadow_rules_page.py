"""A day of a bundle in the shadow: what it would have shared more, withheld more, how quickly.

Counted from the log, so that it is whole whichever gateway decided. Of nobody: it has counts alone,
and the ids of rules.
"""

from __future__ import annotations

from collections import Counter
from datetime import date

from msgspec import Struct, field

from federation.audit.chain import Opened
from federation.audit.event import EventKind
from federation.audit.seen import DecidedBeside
from federation.audit.wanted import local_day
from federation.errors import ErrorCode
from federation.model import Category
from federation.status import SourceCode, SourceState

Row = tuple[SourceState | None, SourceCode | None]


class CategoryBeside(Struct, kw_only=True):
    """One category of a day. A row is one node's in one look.

    `rows` were decided again, `differing` of them otherwise; `unasked` are those of which a node
    would have been asked that was not, so that what it holds is not in the counts of items.
    """

    rows: int = 0
    differing: int = 0
    unasked: int = 0
    shared: int = 0
    otherwise: int = 0
    more: int = 0
    fewer: int = 0
    directions: Counter[str] = field(default_factory=Counter)
    because: Counter[str] = field(default_factory=Counter)
    turned: Counter[tuple[Row, Row]] = field(default_factory=Counter)

    def add(self, part: DecidedBeside) -> None:
        """Count one row."""
        self.rows += 1
        self.differing += part.differs
        self.unasked += part.would_state is None
        self.shared += part.shared
        self.otherwise += part.otherwise
        self.more += part.more
        self.fewer += part.fewer
        self.directions.update(part.directions)
        self.because.update(part.because)
        was, would = (part.state, part.code), (part.would_state, part.would_code)
        if was != would:
            self.turned[was, would] += 1


class BundleDay(Struct, kw_only=True):
    """A day of one version. `looks` were decided again, and `left_out` were not, for want of time.

    `refused`: looks that it would have refused whole, by code. `microseconds` are what it took.
    """

    version: str
    digest: str
    looks: int = 0
    differing: int = 0
    left_out: int = 0
    refused: Counter[ErrorCode] = field(default_factory=Counter)
    categories: dict[Category, CategoryBeside] = field(default_factory=dict)
    microseconds: list[int] = field(default_factory=list)


class ShadowRulesDay(Struct, kw_only=True):
    """A day of what one owner had in the shadow, each version by itself, by its digest."""

    owner: str
    day: date
    bundles: dict[str, BundleDay] = field(default_factory=dict)

    def add(self, event: Opened) -> None:
        """Count an event, if it is one of this owner's rules in the shadow on this day."""
        plain, rules = event.plain, event.plain.rules
        if (
            plain.kind is not EventKind.SHADOW_RULES
            or rules is None
            or rules.owner != self.owner
            or local_day(plain.at) != self.day
        ):
            return
        known = self.bundles.get(rules.digest)
        if known is None:
            known = BundleDay(version=rules.version, digest=rules.digest)
            self.bundles[rules.digest] = known
        parts = event.sealed.decided_beside
        known.looks += 1
        known.differing += any(part.differs for part in parts)
        known.left_out += plain.left_out
        if plain.error is not None:
            known.refused[plain.error] += 1
        if plain.microseconds is not None:
            known.microseconds.append(plain.microseconds)
        for part in parts:
            known.categories.setdefault(part.category, CategoryBeside()).add(part)

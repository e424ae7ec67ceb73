"""Lines on the screen: in the order in which they are read, and as entries where they are shown.

Newest first, undated last, ties by what a line states; never by who answered first. A category may
put lines with a safety conflict above newer ones. A line's title, subtitle and date are its lead
item's, word for word; the other items stay one click away. An `Entry` is made only of lines that
are shown: which of a timeline's are, is the matter of `pages.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from federation.flow import Entry
from federation.merge.conflicts import Disputes, is_safety
from federation.merge.link import Line
from federation.records.base import CategoryDefinition


def in_order(
    definition: CategoryDefinition[Any], lines: Iterable[Line], disputes: Disputes
) -> list[Line]:
    """The lines of one category as a reader meets them."""
    # Invariant: facts of one category differ, so no two lines are compared by anything behind them.
    ordered = sorted(lines)
    if definition.conflicts_first:
        ordered.sort(
            key=lambda line: not any(map(is_safety, disputes.conflicts.get(line.fact, ())))
        )
    return ordered


def entries(
    definition: CategoryDefinition[Any], lines: Sequence[Line], disputes: Disputes
) -> tuple[Entry, ...]:
    """The lines as they are shown."""
    category, title, subtitle = definition.category, definition.title, definition.subtitle
    conflicts, related = disputes.conflicts.get, disputes.related.get
    return tuple(
        [
            Entry(
                category=category,
                fact=fact,
                title=title(lead),
                subtitle=subtitle(lead),
                date=date,
                basis=basis,
                conflicts=conflicts(fact, ()),
                related_facts=related(fact, ()),
                lead=lead,
                items=items,
            )
            for _, fact, items, basis, lead, date in lines
        ]
    )

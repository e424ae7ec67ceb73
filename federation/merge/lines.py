"""Lines on the screen: one for each group of items, with the item that stands for it, in order.

Newest first, undated last, ties by what a line states; never by who answered first. A category may
put lines with a safety conflict above newer ones. A line's title, subtitle and date are its lead
item's, word for word; the other items stay one click away. An `Entry` is made only of lines that
are shown: which of a timeline's are, is the matter of `pages.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from federation.flow import Entry
from federation.merge.conflicts import Disputes, is_safety
from federation.merge.link import Group
from federation.records.base import CategoryDefinition, FactKey, PartialDateTime
from federation.records.partial_date import sort_key


class Line(NamedTuple):
    """A group of items where it stands; lines compare as they are read."""

    instant: float
    precision: int
    fact: FactKey
    group: Group
    lead: Any
    date: PartialDateTime | None


def in_order(
    definition: CategoryDefinition[Any], groups: Iterable[Group], disputes: Disputes
) -> list[Line]:
    """The lines of one category as a reader meets them."""
    lead, date = definition.lead, definition.clinical_date
    lines = []
    for group in groups:
        item = group.items[0] if len(group.items) == 1 else lead(group.items)
        when = date(item)
        instant, precision = sort_key(when)
        lines.append(Line(-instant, -precision, group.fact, group, item, when))
    # Invariant: facts of one category differ, so no two lines are compared by anything behind them.
    lines.sort()
    if definition.conflicts_first:
        lines.sort(key=lambda line: not any(map(is_safety, disputes.conflicts.get(line.fact, ()))))
    return lines


def entries(
    definition: CategoryDefinition[Any], lines: Sequence[Line], disputes: Disputes
) -> tuple[Entry, ...]:
    """The lines as they are shown."""
    category, title, subtitle = definition.category, definition.title, definition.subtitle
    conflicts, related = disputes.conflicts.get, disputes.related.get
    return tuple(
        Entry(
            category=category,
            fact=fact,
            title=title(lead),
            subtitle=subtitle(lead),
            date=date,
            basis=group.basis,
            conflicts=conflicts(fact, ()),
            related_facts=related(fact, ()),
            lead=lead,
            items=group.items,
        )
        for _, _, fact, group, lead, date in lines
    )

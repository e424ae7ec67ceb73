"""Lines on the screen: in the order in which they are read, and as entries where they are shown.

Newest first, undated last, ties by what a line states; never by who answered first. A category may
have an order that comes before that of dates, and may put lines with a safety conflict above all
others. A line's title, subtitle and date are its lead
item's, word for word; the other items stay one click away. An `Entry` is made only of lines that
are shown: which of a timeline's are, is the matter of `pages.py`.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import Any

from federation.flow import Entry
from federation.merge.conflicts import Disputes, is_safety
from federation.merge.link import Line, Place
from federation.records.base import CategoryDefinition, FactKey


def in_order(
    definition: CategoryDefinition[Any], lines: Iterable[Line], disputes: Disputes
) -> list[Line]:
    """The lines of one category as a reader meets them."""
    # Invariant: facts of one category differ, so this is the only order there is.
    ordered = sorted(lines, key=_place_and_fact)
    if order := definition.order:
        ordered.sort(key=lambda line: order(line.lead))
    if definition.conflicts_first:
        ordered.sort(
            key=lambda line: not any(map(is_safety, disputes.conflicts.get(line.fact, ())))
        )
    return ordered


def by_date(lines: Iterable[Line]) -> list[Line]:
    """The lines of a timeline, newest first; those of one date as they come, until `settled`."""
    return sorted(lines, key=attrgetter("place"))


def settled(lines: Sequence[Line], start: int, stop: int) -> Sequence[Line]:
    """A stretch of what `by_date` made, with lines of one date in their order as well.

    Only those of the dates that it shows are looked at: a name costs more than a place.
    """
    start, stop = max(start, 0), min(stop, len(lines))
    if start >= stop:
        return ()
    first = bisect_left(lines, lines[start].place, key=attrgetter("place"))
    last = bisect_right(lines, lines[stop - 1].place, key=attrgetter("place"))
    return sorted(lines[first:last], key=_place_and_fact)[start - first : stop - first]


def _place_and_fact(line: Line) -> tuple[Place, FactKey]:
    return line.place, line.fact


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
                fact=(fact := line.fact),
                title=title(line.lead),
                subtitle=subtitle(line.lead),
                date=line.date,
                basis=line.basis,
                conflicts=conflicts(fact, ()),
                related_facts=related(fact, ()),
                lead=line.lead,
                items=line.items,
            )
            for line in lines
        ]
    )

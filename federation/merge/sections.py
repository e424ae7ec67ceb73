"""One category of the merged record: its lines, what it means if there are none, and its warnings.

An empty list is never passed off as "none known": that is said only where a source says it, every
source answered and nothing contradicts it. What each source did stays in the rows (`coverage.py`);
pages of a timeline are cut in `pages.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from federation.flow import (
    Coverage,
    CoverageState,
    Released,
    Section,
    SectionWarning,
    WarningCode,
    Window,
)
from federation.merge.conflicts import (
    CONTRADICTED,
    Disputes,
    find_disputes,
    is_safety,
    none_known_by,
)
from federation.merge.coverage import cover
from federation.merge.lines import by_date, entries, in_order
from federation.merge.link import Line, link
from federation.merge.pages import Sealer, cut
from federation.model import Assertion
from federation.records.base import CategoryDefinition, Conflict, Shape
from federation.records.compare import places
from federation.status import SourceCode, SourceState, SourceStatus

_WARNED_OF: Mapping[SourceCode, WarningCode] = {
    SourceCode.WITHHELD_AT_SOURCE: WarningCode.CONFIDENTIAL_ITEMS,
    SourceCode.AWAITING_FILING: WarningCode.AWAITING_FILING,
    SourceCode.TRUNCATED: WarningCode.TRUNCATED,
    SourceCode.ITEMS_QUARANTINED: WarningCode.OTHER,
}
_CONTRIBUTED = frozenset((SourceState.PARTIAL, SourceState.STALE))


def make_section(
    definition: CategoryDefinition[Any],
    released: Sequence[Released],
    windows: Iterable[Window],
    sealer: Sealer,
) -> Section:
    """Everything that may be shown of one category, in the order in which it is read."""
    category = definition.category
    rows = [one.rows[category] for one in released]
    held = [items for one in released if (items := one.items.get(category))]
    linked = link(definition, held)
    several = len(held) > 1
    disputes = find_disputes(definition, linked, rows)
    paged = definition.shape is Shape.TIMELINE
    lines = by_date(linked) if paged else in_order(definition, linked, disputes)
    coverage = cover(rows)
    return Section(
        category=category,
        coverage=coverage,
        entries=() if paged else entries(definition, lines, disputes),
        pages={
            window: cut(definition, lines, disputes, window, sealer, several=several)
            for window in windows
        },
        assertion=meaning_of_nothing(lines, coverage),
        warnings=_warnings(lines, disputes, rows),
        as_of=oldest_time(rows),
    )


def meaning_of_nothing(shown: Sequence[object], coverage: Coverage) -> Assertion | None:
    """What it means that nothing is shown; None where something is."""
    if shown:
        return None
    if coverage.state is not CoverageState.ALL_SOURCES_ANSWERED:
        return Assertion.NOT_KNOWN
    said = {row.assertion for row in coverage.rows if row.answered}
    if Assertion.NONE_KNOWN in said:
        return Assertion.NONE_KNOWN
    return Assertion.NOT_KNOWN if Assertion.NOT_KNOWN in said else Assertion.NO_CONTENT_RECORDED


def oldest_time(rows: Iterable[SourceStatus]) -> datetime | None:
    """The oldest time among what contributed: when it was fetched, or up to when its data go."""
    contributing = [row for row in rows if row.answered or row.state in _CONTRIBUTED]
    times = [time for row in contributing for time in (row.retrieved_at, row.data_current_to)]
    return min((time for time in times if time is not None), default=None)


def row_warnings(rows: Iterable[SourceStatus]) -> list[SectionWarning]:
    """A warning for each source that gave less than it holds."""
    return [
        SectionWarning(code=code, message=row.message)
        for row in rows
        if row.code and (code := _WARNED_OF.get(row.code))
    ]


def _warnings(
    lines: Sequence[Line], disputes: Disputes, rows: Sequence[SourceStatus]
) -> tuple[SectionWarning, ...]:
    return (
        *_contradicted(lines, disputes, rows),
        *_disagreeing(disputes),
        *row_warnings(rows),
    )


def _contradicted(
    lines: Sequence[Line], disputes: Disputes, rows: Sequence[SourceStatus]
) -> Iterable[SectionWarning]:
    denied = {
        fact
        for fact, conflicts in disputes.conflicts.items()
        if any(conflict.field == CONTRADICTED for conflict in conflicts)
    }
    if denied:
        held = [item for line in lines if line.fact in denied for item in line.items]
        deniers = " and ".join(sorted(node.name for node in none_known_by(rows)))
        message = f"{deniers} recorded that none are known, but {places(held)} holds some."
        yield SectionWarning(code=WarningCode.NONE_KNOWN_CONTRADICTED, message=message)


def _disagreeing(disputes: Disputes) -> Iterable[SectionWarning]:
    messages = [
        sorted({conflict.message for conflict in conflicts if _is_dispute(conflict)})
        for conflicts in disputes.conflicts.values()
    ]
    different = {message for some in messages for message in some}
    if len(different) == 1:
        yield SectionWarning(code=WarningCode.CONFLICT, message=different.pop())
    elif different:
        count = sum(map(bool, messages))
        told = "one entry; look at it" if count == 1 else f"{count} entries; look at each"
        message = f"Sources disagree about {told}."
        yield SectionWarning(code=WarningCode.CONFLICT, message=message)


def _is_dispute(conflict: Conflict) -> bool:
    return is_safety(conflict) and conflict.field != CONTRADICTED

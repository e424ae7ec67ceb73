"""Whether anything is missing, of one category or of the whole record, in words for the reader.

`Coverage` never says "complete": no gateway can know that. Its headline is the one banner of a
view: a sentence for each reason, the worst first, and each missing source by name once, with whom
to ring (the words are `status.py`'s). Rows come in as they are and are never left out. What an
empty section means is said in `sections.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime

from msgspec.structs import replace

from federation.flow import Coverage, CoverageState, Released
from federation.model import NodeId
from federation.status import SourceCode, SourceState, SourceStatus, sentence_of_several

_GAVE_SOMETHING = (SourceState.PARTIAL,)
_RED = "STOP: POSSIBLY THE WRONG PERSON."


def cover(rows: Sequence[SourceStatus]) -> Coverage:
    """What one category's rows mean for the reader."""
    return _coverage(rows, _state(rows))


def cover_record(released: Sequence[Released]) -> Coverage:
    """What the rows of all categories mean for the record: one row a node, the worst of its own."""
    by_node = [tuple(one.rows.values()) for one in released if one.rows]
    every = [row for rows in by_node for row in rows]
    return _coverage([_worst(rows) for rows in by_node], _state(every), by_node)


def _coverage(
    rows: Sequence[SourceStatus],
    state: CoverageState,
    by_node: Sequence[Sequence[SourceStatus]] | None = None,
) -> Coverage:
    whole = by_node or [(row,) for row in rows]
    asked = [_asked(each) for each in whole]
    in_part = {row.source.id for row, each in zip(rows, whole, strict=True) if _only_a_part(each)}
    return Coverage(
        state=state,
        headline=_headline(rows, state, in_part),
        asked=sum(bool(each) for each in asked),
        answered=sum(bool(each) and all(row.complete for row in each) for each in asked),
        rows=tuple(rows),
    )


def _asked(rows: Iterable[SourceStatus]) -> list[SourceStatus]:
    """A node's rows for what it was asked; one that may tell only a part was asked all the same."""
    return [row for row in rows if row.state is not SourceState.NOT_ASKED]


def _state(rows: Iterable[SourceStatus]) -> CoverageState:
    rows = tuple(rows)
    if not any(row.answered or row.state in _GAVE_SOMETHING for row in rows):
        return CoverageState.UNKNOWN
    if all(row.complete for row in rows):
        return CoverageState.ALL_SOURCES_ANSWERED
    return CoverageState.SOME_SOURCES_MISSING


def _headline(
    rows: Sequence[SourceStatus], state: CoverageState, in_part: AbstractSet[NodeId]
) -> str:
    missing = sorted((row for row in rows if not row.complete), key=_most_severe_first)
    wrong = [row for row in missing if row.state is SourceState.IDENTITY_MISMATCH]
    alarm = (_RED, *_sentences(wrong, in_part)) if wrong else ()
    return " ".join((*alarm, _summary(rows, state), *_sentences(missing[len(wrong) :], in_part)))


def _sentences(missing: Sequence[SourceStatus], in_part: AbstractSet[NodeId]) -> Iterable[str]:
    """A sentence for each reason, in the order of the first source that it keeps away."""
    by_reason: dict[SourceCode | SourceState | NodeId, list[SourceStatus]] = {}
    for row in missing:
        # Each that is in planned maintenance says until when.
        reason = row.source.id if row.planned_until else row.code or row.state
        by_reason.setdefault(reason, []).append(row)
    for same in by_reason.values():
        if len(same) == 1:
            yield same[0].message
        else:
            partly = [row for row in same if row.source.id in in_part]
            yield sentence_of_several([row for row in same if row not in partly], partly)


def _summary(rows: Sequence[SourceStatus], state: CoverageState) -> str:
    if state is CoverageState.ALL_SOURCES_ANSWERED:
        return "All sources that were asked answered."
    if state is CoverageState.SOME_SOURCES_MISSING:
        return "Some of the record may be missing."
    if all(row.code is SourceCode.NOT_OFFERED for row in rows):
        return "No source offers this part of the record, so nothing is known here."
    return "No source answered, so nothing is known here."


def _most_severe_first(row: SourceStatus) -> tuple[int, str]:
    return -row.state.severity, row.source.name


def _worst(rows: Sequence[SourceStatus]) -> SourceStatus:
    """The row that a reader of the whole record must know about, with the oldest of its times."""
    worst = max(rows, key=_weight)
    in_part = _only_a_part(rows)
    return replace(
        worst,
        category=None,
        assertion=None,
        message=f"For a part of the record: {worst.message}" if in_part else worst.message,
        retrieved_at=min(_known(row.retrieved_at for row in rows), default=None),
        data_current_to=min(_known(row.data_current_to for row in rows), default=None),
    )


def _only_a_part(rows: Sequence[SourceStatus]) -> bool:
    return any(row.answered for row in rows) and not all(row.complete for row in rows)


def _known(times: Iterable[datetime | None]) -> list[datetime]:
    return [time for time in times if time is not None]


def _weight(row: SourceStatus) -> tuple[int, str, str]:
    # A category that a node does not offer, or has nothing under, says nothing of the rest of it.
    weight = row.state.severity
    if row.complete and not row.answered:
        weight = -2
    elif row.state is SourceState.FRESH_EMPTY:
        weight = -1
    return weight, row.code or "", row.category or ""

"""Rows after release: what one node's parts of a category come to without what was withheld.

A withheld item leaves no trace: the row is the one that the node's answer would have had if it did
not hold the item. Sentences are `federation/status.py`'s.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from msgspec.structs import replace

from federation.flow import Part
from federation.model import Assertion, Node
from federation.status import (
    FaultOrigin,
    SourceCode,
    SourceState,
    SourceStatus,
    row,
    sentence_of_lag,
)

_WHOLE = frozenset((SourceState.FRESH, SourceState.FRESH_EMPTY))
_READABLE = _WHOLE | {SourceState.CACHED, SourceState.STALE, SourceState.PARTIAL}
_ASSERTING = _READABLE - {SourceState.PARTIAL}
_LAGGING = (SourceState.PARTIAL, SourceCode.AWAITING_FILING, FaultOrigin.NODE)
"""What a feed that is behind has not brought is missing, as if it waited at the node itself."""
_UNSETTLED = (SourceState.PARTIAL, SourceCode.POLICY_UNAVAILABLE, FaultOrigin.POLICY)


def row_of_parts(
    node: Node,
    parts: Sequence[Part],
    *,
    held: bool,
    unsettled: bool = False,
    retrieved_at: datetime | None = None,
) -> SourceStatus:
    """The one row of a category, the parts of several matching records of one node joined.

    `held`: something is shown; `unsettled`: something is left out because a rule failed.
    """
    worst = max(parts, key=lambda part: part.state.severity)
    state, code, origin = _state(parts, worst, held), worst.code, worst.origin
    current_to = _oldest(parts)
    lags = state in _WHOLE and node.lags(worst.category, current_to, retrieved_at)
    if lags:
        state, code, origin = _LAGGING
    if unsettled:
        state, code, origin = _UNSETTLED
    told = row(
        node,
        worst.category,
        state,
        code,
        origin,
        assertion=_assertion(state, held, [part.assertion for part in parts]),
        retry_after_seconds=worst.retry_after_seconds,
        retrieved_at=retrieved_at,
        data_current_to=current_to,
    )
    if lags and current_to is not None and not unsettled:
        return replace(told, message=sentence_of_lag(node, current_to))
    return told


def readable(part: Part) -> bool:
    """Whether the node gave this part, whole or not."""
    return part.state in _READABLE


def _state(parts: Sequence[Part], worst: Part, held: bool) -> SourceState:
    if worst.state in _WHOLE:
        return SourceState.FRESH if held else SourceState.FRESH_EMPTY
    if worst.state in _READABLE:
        return worst.state
    # One record was given and another not, or items came with the news that the rest is missing.
    return SourceState.PARTIAL if held or any(map(readable, parts)) else worst.state


def _assertion(
    state: SourceState, held: bool, said: Sequence[Assertion | None]
) -> Assertion | None:
    """What an empty list means; beside items "none known" alone is kept: it contradicts them.

    An empty list of which the node says nothing reads like one that it calls empty: otherwise a
    list that the rules emptied could be told from one that was empty before.
    """
    if state not in _ASSERTING:
        return None
    if Assertion.NONE_KNOWN in said and (held or set(said) == {Assertion.NONE_KNOWN}):
        return Assertion.NONE_KNOWN
    if held:
        return None
    return Assertion.NOT_KNOWN if Assertion.NOT_KNOWN in said else Assertion.NO_CONTENT_RECORDED


def _oldest(parts: Sequence[Part]) -> datetime | None:
    return min(
        (part.data_current_to for part in parts if part.data_current_to is not None), default=None
    )

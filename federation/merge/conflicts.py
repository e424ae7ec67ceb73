"""What sources disagree about, on every line it concerns, and which lines speak of one thing.

What counts as a disagreement is each category's own rule (`CategoryDefinition.conflicts`,
`related`, `related_conflicts`). Only one rule is the same for all: a line that a source's "none
known" denies carries that contradiction. Nothing is decided here, no value is preferred, no line is
dropped.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from federation.merge.link import Line
from federation.model import Assertion, Node
from federation.records.base import (
    Basis,
    CategoryDefinition,
    Conflict,
    ConflictingValue,
    FactKey,
    Severity,
    no_keys,
)
from federation.records.compare import places
from federation.status import SourceStatus

CONTRADICTED = "assertion"
"""The field that a contradicted assertion is shown under."""
MOST_RELATED = 64
"""So many related lines are named on a line; their conflicts are shown on all, however many."""


class Disputes(NamedTuple):
    """For the facts that have any: their conflicts, and the facts of related lines."""

    conflicts: dict[FactKey, tuple[Conflict, ...]]
    related: dict[FactKey, tuple[FactKey, ...]]


def find_disputes(
    definition: CategoryDefinition[Any],
    lines: Sequence[Line],
    rows: Iterable[SourceStatus],
) -> Disputes:
    """Everything that stands between the lines of one category, and within each."""
    found: dict[FactKey, list[Conflict]] = {}
    _add_contradictions(found, definition, lines, rows)
    _add_own(found, definition, lines)
    together = _related(definition, lines)
    _add_between(found, definition, together)
    return Disputes(
        {fact: tuple(conflicts) for fact, conflicts in found.items()}, _others(together)
    )


def is_safety(conflict: Conflict) -> bool:
    """Whether overlooking it can harm the person."""
    return conflict.severity is Severity.SAFETY


def none_known_by(rows: Iterable[SourceStatus]) -> list[Node]:
    """The sources that assert that none are known."""
    return [row.source for row in rows if row.assertion is Assertion.NONE_KNOWN]


def _add_contradictions(
    found: dict[FactKey, list[Conflict]],
    definition: CategoryDefinition[Any],
    lines: Sequence[Line],
    rows: Iterable[SourceStatus],
) -> None:
    deniers = none_known_by(rows)
    if not deniers:
        return
    for line in lines:
        going_on = [item for item in line.items if not definition.ended(item)]
        if going_on:
            conflict = _contradiction(definition, deniers, going_on)
            found.setdefault(line.fact, []).append(conflict)


def _contradiction(
    definition: CategoryDefinition[Any], deniers: Sequence[Node], items: Sequence[Any]
) -> Conflict:
    denied = [ConflictingValue(source=node, value="none known") for node in deniers]
    titles = {(item.source.id, definition.title(item)): item.source for item in items}
    held = [ConflictingValue(source=titles[key], value=key[1]) for key in sorted(titles)]
    names = " and ".join(sorted(node.name for node in deniers))
    return Conflict(
        field=CONTRADICTED,
        severity=Severity.SAFETY,
        message=f"{names} recorded that none are known, but {places(items)} holds this.",
        values=(*denied, *held),
    )


def _add_own(
    found: dict[FactKey, list[Conflict]],
    definition: CategoryDefinition[Any],
    lines: Sequence[Line],
) -> None:
    single = Basis.SINGLE  # a member of an enum is a look-up, and this is asked of every line
    for line in lines:
        if line.basis is not single and (conflicts := definition.conflicts(line.items)):
            found.setdefault(line.fact, []).extend(conflicts)


def _related(definition: CategoryDefinition[Any], lines: Sequence[Line]) -> list[list[Line]]:
    """The lines that speak of one thing, for each thing that several speak of."""
    if definition.related is no_keys:
        return []
    by_thing: dict[FactKey, list[Line]] = {}
    for line in lines:
        # By all of its items: one of them may speak of more than the others.
        for thing in {thing for item in line.items for thing in definition.related(item)}:
            by_thing.setdefault(thing, []).append(line)
    return [by_thing[thing] for thing in sorted(by_thing) if len(by_thing[thing]) > 1]


def _others(together: Iterable[Sequence[Line]]) -> dict[FactKey, tuple[FactKey, ...]]:
    """For each line the facts of those that it speaks of one thing with, as many as are named."""
    related: dict[FactKey, tuple[FactKey, ...]] = {}
    for some in together:
        # Of a flood the same few are named on all, so that a relation is seen from both sides
        # unless it is among the rest; and the rest share one list of them.
        named = sorted(line.fact for line in some)[: MOST_RELATED + 1]
        shared = tuple(named[:MOST_RELATED])
        among, joined = frozenset(named), _Joined(shared)
        for line in some:
            fact, before = line.fact, related.get(line.fact)
            if fact in among:
                others = {*named, *(before or ())} - {fact}
                related[fact] = tuple(sorted(others)[:MOST_RELATED])
            else:
                related[fact] = joined.to(before)
    return related


class _Joined:
    """Some facts joined to those that many lines have already, once for all that have the same."""

    def __init__(self, facts: tuple[FactKey, ...]) -> None:
        self._facts = facts
        self._made: dict[int, tuple[tuple[FactKey, ...], tuple[FactKey, ...]]] = {}

    def to(self, before: tuple[FactKey, ...] | None) -> tuple[FactKey, ...]:
        if before is None or before is self._facts:
            return self._facts
        # By identity: what is shared is one object, and it is kept so that none takes its place.
        known = self._made.get(id(before))
        if known is None:
            both = tuple(sorted({*before, *self._facts})[:MOST_RELATED])
            known = self._made[id(before)] = (before, both)
        return known[1]


def _add_between(
    found: dict[FactKey, list[Conflict]],
    definition: CategoryDefinition[Any],
    together: Iterable[Sequence[Line]],
) -> None:
    within = {fact: {conflict.field for conflict in own} for fact, own in found.items()}
    for some in together:
        fact_of = {id(item): line.fact for line in some for item in line.items}
        ordered = sorted(some, key=lambda line: line.fact)
        for conflict, between in definition.related_conflicts(
            [item for line in ordered for item in line.items]
        ):
            for fact in dict.fromkeys(fact_of[id(item)] for item in between):
                own = found.setdefault(fact, [])
                # What a line's own items dispute is not said twice.
                if conflict.field not in within.get(fact, ()) and conflict not in own:
                    own.append(conflict)

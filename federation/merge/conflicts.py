"""What sources disagree about, on every line it concerns, and which lines speak of one thing.

What counts as a disagreement is each category's own rule (`CategoryDefinition.conflicts`,
`related`, `related_conflicts`). Only one rule is the same for all: a line that a source's "none
known" denies carries that contradiction. Nothing is decided here, no value is preferred, no line is
dropped.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from federation.merge.link import Group
from federation.model import Assertion, Node
from federation.records.base import (
    CategoryDefinition,
    Conflict,
    ConflictingValue,
    FactKey,
    Severity,
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
    groups: Sequence[Group],
    rows: Iterable[SourceStatus],
) -> Disputes:
    """Everything that stands between the groups of one category, and within each."""
    found: dict[FactKey, list[Conflict]] = {}
    _add_contradictions(found, definition, groups, rows)
    _add_own(found, definition, groups)
    together = _related(definition, groups)
    for some in together:
        _add_between(found, definition, some)
    related = {group.fact: others for some in together for group, others in _with_the_others(some)}
    return Disputes({fact: tuple(conflicts) for fact, conflicts in found.items()}, related)


def is_safety(conflict: Conflict) -> bool:
    """Whether overlooking it can harm the person."""
    return conflict.severity is Severity.SAFETY


def none_known_by(rows: Iterable[SourceStatus]) -> list[Node]:
    """The sources that assert that none are known."""
    return [row.source for row in rows if row.assertion is Assertion.NONE_KNOWN]


def _add_contradictions(
    found: dict[FactKey, list[Conflict]],
    definition: CategoryDefinition[Any],
    groups: Sequence[Group],
    rows: Iterable[SourceStatus],
) -> None:
    deniers = none_known_by(rows)
    if not deniers:
        return
    for group in groups:
        going_on = [item for item in group.items if not definition.ended(item)]
        if going_on:
            conflict = _contradiction(definition, deniers, going_on)
            found.setdefault(group.fact, []).append(conflict)


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
    groups: Sequence[Group],
) -> None:
    for group in groups:
        if len(group.items) > 1 and (conflicts := definition.conflicts(group.items)):
            found.setdefault(group.fact, []).extend(conflicts)


def _related(definition: CategoryDefinition[Any], groups: Sequence[Group]) -> list[list[Group]]:
    """The groups that speak of the same thing, where there are several. Each is in one of them."""
    by_key: dict[FactKey, list[Group]] = {}
    related = definition.related
    for group in groups:
        if (key := related(group.items[0])) is not None:
            by_key.setdefault(key, []).append(group)
    return [some for some in by_key.values() if len(some) > 1]


def _with_the_others(some: Sequence[Group]) -> Iterable[tuple[Group, tuple[FactKey, ...]]]:
    facts = sorted(group.fact for group in some)[: MOST_RELATED + 1]
    for group in some:
        others = [fact for fact in facts if fact != group.fact]
        yield group, tuple(others[:MOST_RELATED])


def _add_between(
    found: dict[FactKey, list[Conflict]],
    definition: CategoryDefinition[Any],
    some: Sequence[Group],
) -> None:
    fact_of = {id(item): group.fact for group in some for item in group.items}
    ordered = sorted(some, key=lambda group: group.fact)
    for conflict, between in definition.related_conflicts(
        [item for group in ordered for item in group.items]
    ):
        for fact in dict.fromkeys(fact_of[id(item)] for item in between):
            own = found.setdefault(fact, [])
            if all(other.field != conflict.field for other in own):
                own.append(conflict)

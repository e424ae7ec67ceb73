"""Which items of one category state the same fact: one line for each, with the reason.

Items link by a shared business identifier or by an equal fact (`CategoryDefinition.same_fact`), if
the category allows every pair of a line (`may_link`). Every item comes to stand on exactly one
line, and the lines depend on nothing but the items, not on who answered first. Most items are
alone: those cost one look at their fact. How a line looks on the screen is `lines.py`'s matter.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache, partial
from itertools import repeat
from typing import Any, NamedTuple

import msgspec

from federation.records.base import (
    Basis,
    CategoryDefinition,
    FactKey,
    Identifier,
    Item,
    PartialDateTime,
)
from federation.records.partial_date import sort_key

MOST_COMPARED = 64
"""So many items that may be one fact are compared pair by pair. More than that is a fault of their
source, and each of them stands alone: it costs lines on the screen, never an item."""


Place = tuple[float, int]
"""Where a date stands among others: ascending from the newest, undated last."""


class Line(NamedTuple):
    """Items that state one fact, newest first, and the one that stands for them.

    Lines compare as they are read: by the lead's date, newest first, undated last; then by fact.
    """

    place: Place
    fact: FactKey
    items: tuple[Any, ...]
    basis: Basis
    lead: Any
    date: PartialDateTime | None


class _Member(NamedTuple):
    """An item that may belong to others, what it states, and all that may tie it to them."""

    item: Any
    fact: FactKey | None
    ties: frozenset[FactKey | Identifier]


def link(definition: CategoryDefinition[Any], held: Iterable[Sequence[Item]]) -> list[Line]:
    """Every item on exactly one line; `held` are the items of each source.

    Items that one source gave twice, the same to the last letter, count once.
    """
    items = _distinct(held)
    facts = list(map(definition.same_fact, items))
    by_identifier = definition.links_by_identifier
    tied = _tied(items, facts, by_identifier=by_identifier)
    alone = (
        [place for place in range(len(items)) if place not in tied] if tied else range(len(items))
    )
    lines = _lines_of_one(
        definition, [items[place] for place in alone], [facts[place] for place in alone]
    )
    for places in _components(tied):
        lines += _split(definition, [(items[place], facts[place]) for place in places])
    return _told_apart(lines)


def _lines_of_one(
    definition: CategoryDefinition[Any], items: Sequence[Any], facts: Sequence[FactKey | None]
) -> list[Line]:
    by_identifier = definition.links_by_identifier
    named = [
        fact or _own_fact(item, by_identifier=by_identifier)
        for fact, item in zip(facts, items, strict=True)
    ]
    dates = list(map(definition.clinical_date, items))
    columns = (map(newest_first, dates), named, zip(items), repeat(Basis.SINGLE), items, dates)
    # Nearly every item of a large record comes through here: a column at a time costs half.
    return list(map(partial(tuple.__new__, Line), zip(*columns)))  # noqa: B905 - one is endless


@lru_cache(maxsize=65_536)
def newest_first(when: PartialDateTime | None) -> Place:
    """Where a date stands among others."""
    instant, precision = sort_key(when)
    return -instant, -precision


def _among_its_own(definition: CategoryDefinition[Any], item: Any) -> tuple[Any, ...]:
    """Sorts items of one fact: newest first, undated last, the rest by who holds them."""
    updated = item.last_updated_at.timestamp() if item.last_updated_at else float("-inf")
    return (
        *newest_first(definition.clinical_date(item)),
        -updated,
        item.source.id,
        item.source_id,
        item.version or "",
    )


def _distinct(held: Iterable[Sequence[Item]]) -> list[Item]:
    distinct: list[Item] = []
    for items in held:
        unlike = len({item.source_id for item in items}) == len(items)
        distinct += items if unlike else _without_repetitions(items)
    return distinct


def _without_repetitions(items: Sequence[Item]) -> list[Item]:
    # A source may use one id for two things. Both stay; their content is the only order there is.
    return sorted(set(items), key=msgspec.json.encode)


def _tied(
    items: Sequence[Item], facts: Sequence[FactKey | None], *, by_identifier: bool
) -> dict[int, int]:
    """The places of items that share a fact or an identifier, each pointing at one before it."""
    parents: dict[int, int] = {}
    first_of: dict[FactKey | Identifier, int] = {}
    for place, (item, fact) in enumerate(zip(items, facts, strict=True)):
        if fact is not None and (other := first_of.setdefault(fact, place)) != place:
            _join(parents, other, place)
        if by_identifier and item.identifiers:
            for identifier in item.identifiers:
                if (other := first_of.setdefault(identifier, place)) != place:
                    _join(parents, other, place)
    return parents


def _join(parents: dict[int, int], one: int, other: int) -> None:
    one, other = _root(parents, one), _root(parents, other)
    parents[min(one, other)] = parents[max(one, other)] = min(one, other)


def _root(parents: dict[int, int], place: int) -> int:
    while (parent := parents.get(place, place)) != place:
        parents[place] = parents[parent]  # halve the way for the next look
        place = parent
    return place


def _components(parents: dict[int, int]) -> Iterable[list[int]]:
    together: dict[int, list[int]] = {}
    # In the items' own order, so that two things of one source under one id keep theirs.
    for place in sorted(parents):
        together.setdefault(_root(parents, place), []).append(place)
    return together.values()


def _split(
    definition: CategoryDefinition[Any], stated: list[tuple[Any, FactKey | None]]
) -> list[Line]:
    """A component in groups whose pairs may all link, made in an order that the items decide."""
    stated.sort(key=lambda one: _among_its_own(definition, one[0]))
    members = [_member(definition, item, fact) for item, fact in stated]
    if len(members) > MOST_COMPARED:
        return [_line(definition, [member]) for member in members]
    groups: list[list[int]] = []  # places of members, so that a group keeps their order
    for place, member in enumerate(members):
        home = [place]
        for group in [group for group in groups if _tied_to(member, group, members)]:
            if _may_all_link(definition, [members[one].item for one in home], group, members):
                groups.remove(group)
                home = sorted(home + group)
        groups.append(home)
    return [_line(definition, [members[place] for place in group]) for group in groups]


def _member(definition: CategoryDefinition[Any], item: Any, fact: FactKey | None) -> _Member:
    ties: set[FactKey | Identifier] = {fact} if fact else set()
    if definition.links_by_identifier:
        ties.update(item.identifiers)
    return _Member(item, fact, frozenset(ties))


def _tied_to(member: _Member, group: Sequence[int], members: Sequence[_Member]) -> bool:
    return any(not member.ties.isdisjoint(members[place].ties) for place in group)


def _may_all_link(
    definition: CategoryDefinition[Any],
    items: Sequence[Any],
    group: Sequence[int],
    members: Sequence[_Member],
) -> bool:
    may_link = definition.may_link
    return all(may_link(item, members[place].item) for item in items for place in group)


def _line(definition: CategoryDefinition[Any], members: Sequence[_Member]) -> Line:
    items = tuple(member.item for member in members)
    facts = [member.fact for member in members if member.fact]
    by_identifier = definition.links_by_identifier
    own = (_own_fact(item, by_identifier=by_identifier) for item in items)
    lead = definition.lead(items)
    when = definition.clinical_date(lead)
    fact, basis = min(facts or own), _basis(definition, members)
    return Line(newest_first(when), fact, items, basis, lead, when)


def _basis(definition: CategoryDefinition[Any], members: Sequence[_Member]) -> Basis:
    if len(members) == 1:
        return Basis.SINGLE
    identifiers = [set(member.item.identifiers) for member in members]
    if definition.links_by_identifier and _joined_by_identifiers(identifiers):
        return Basis.SAME_IDENTIFIER
    return definition.same_fact_basis


def _joined_by_identifiers(identifiers: list[set[Identifier]]) -> bool:
    reached, rest = identifiers[0], identifiers[1:]
    while rest:
        near = [some for some in rest if some & reached]
        if not near:
            return False
        rest = [some for some in rest if not some & reached]
        reached = reached.union(*near)
    return True


def _own_fact(item: Item, *, by_identifier: bool) -> FactKey:
    """What names an item that states no fact which another source could state as well."""
    if by_identifier and item.identifiers:
        return min(("identifier", one.system, one.value) for one in item.identifiers)
    return ("item", item.source.id, item.source_id)


def _told_apart(lines: list[Line]) -> list[Line]:
    """The lines with facts that all differ, also where items of one fact were kept apart."""
    if len({line.fact for line in lines}) == len(lines):
        return lines
    by_fact: dict[FactKey, list[Line]] = {}
    for line in lines:
        by_fact.setdefault(line.fact, []).append(line)
    return [one for same in by_fact.values() for one in _named_by_holder(same)]


def _named_by_holder(same: list[Line]) -> list[Line]:
    if len(same) == 1:
        return same
    holders = [min((item.source.id, item.source_id) for item in line.items) for line in same]
    earlier: dict[tuple[str, str], int] = {}
    told: list[Line] = []
    for line, holder in zip(same, holders, strict=True):
        earlier[holder] = count = earlier.get(holder, 0) + 1
        more = (str(count),) if count > 1 else ()
        told.append(line._replace(fact=(*line.fact, "of", *holder, *more)))
    return told

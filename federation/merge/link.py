"""Which items of one category state the same fact: one line for each, with the reason.

Items link by a shared business identifier or by an equal fact (`CategoryDefinition.same_fact`), if
the category allows every pair of a line (`may_link`). Every item comes to stand on exactly one
line, and the lines depend on nothing but the items, not on who answered first. A record may have
tens of thousands of items and a screen shows fifty: what is done for each item is done once and a
column at a time, and a line is named when somebody asks. How lines are ordered and what they look
like is `lines.py`'s matter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from itertools import repeat
from typing import Any, NamedTuple

import msgspec
from msgspec import Struct

from federation.records.base import (
    Basis,
    CategoryDefinition,
    FactKey,
    Item,
    PartialDateTime,
    any_may_link,
    no_key,
    no_keys,
)
from federation.records.partial_date import sort_key
from federation.records.systems import identities

MOST_COMPARED = 64
"""So many items that may be one fact are compared pair by pair. More than that is a fault of their
source, and each of them stands alone: it costs lines on the screen, never an item."""


_BY_HOLDER = "item"


Place = tuple[float, int]
"""Where a date stands among others: ascending from the newest, undated last."""
Name = tuple[str, str, str]
"""A business identifier's system and value, and what of the thing that it names is meant."""
Tie = FactKey | Name


class Line(Struct, gc=False):
    """Items that state one fact, newest first, and the one that stands for them.

    `stated` is what they state, None where another source could not state it as well.
    """

    place: Place
    items: tuple[Any, ...]
    basis: Basis
    lead: Any
    date: PartialDateTime | None
    stated: FactKey | None
    definition: CategoryDefinition[Any]
    named: FactKey | None = None

    @property
    def fact(self) -> FactKey:
        """What the line states, apart from who holds it; no two lines have the same."""
        if self.named is None:
            self.named = self.stated or min(map(self._own_fact, self.items))
        return self.named

    @property
    def nameless(self) -> bool:
        """Whether it states nothing that another source could state as well."""
        return self.fact[0] == _BY_HOLDER

    def _own_fact(self, item: Item) -> FactKey:
        if names := _names_in(self.definition)(item):
            return ("identifier", *(part for part in min(names) if part))
        return (_BY_HOLDER, item.source.id, item.source_id)


class _Member(NamedTuple):
    """An item that may belong to others, what it states, and all that may tie it to them."""

    item: Any
    fact: FactKey | None
    names: frozenset[Name]
    ties: frozenset[Tie]


def link(definition: CategoryDefinition[Any], held: Iterable[Sequence[Item]]) -> list[Line]:
    """Every item on exactly one line; `held` are the items of each source.

    Items that one source gave twice, the same to the last letter, count once.
    """
    items, unlike = _distinct(held)
    facts = (
        [None] * len(items)
        if definition.same_fact is no_key
        else list(map(definition.same_fact, items))
    )
    tied = _tied(definition, items, facts)
    alone = [place for place in range(len(items)) if place not in tied] if tied else None
    lines = _lines_of_one(definition, _those(items, alone), _those(facts, alone))
    for places in _components(tied):
        lines += _split(definition, [(items[place], facts[place]) for place in places])
    return lines if unlike else _told_apart(lines)


def _those(column: list[Any], places: Sequence[int] | None) -> list[Any]:
    return column if places is None else [column[place] for place in places]


def _lines_of_one(
    definition: CategoryDefinition[Any], items: Sequence[Any], facts: Sequence[FactKey | None]
) -> list[Line]:
    dates = list(map(definition.clinical_date, items))
    single, whose = repeat(Basis.SINGLE), repeat(definition)
    # Nearly every item of a large record comes through here: a column at a time costs half.
    return list(map(Line, map(newest_first, dates), zip(items), single, items, dates, facts, whose))


@lru_cache(maxsize=65_536)
def newest_first(when: PartialDateTime | None) -> Place:
    """Where a date stands among others."""
    instant, precision = sort_key(when)
    return -instant, -precision


def _among_its_own(definition: CategoryDefinition[Any], item: Any) -> tuple[Any, ...]:
    """Sorts items of one fact: newest first, undated last, the rest by who holds them."""
    updated = item.last_updated_at.timestamp() if item.last_updated_at else float("-inf")
    return (
        newest_first(definition.clinical_date(item)),
        -updated,
        item.source.id,
        item.source_id,
        item.version or "",
    )


def _distinct(held: Iterable[Sequence[Item]]) -> tuple[list[Any], bool]:
    """The items, and whether no source uses one id for two of them."""
    distinct: list[Any] = []
    all_unlike = True
    for items in held:
        unlike = len({item.source_id for item in items}) == len(items)
        distinct += items if unlike else _without_repetitions(items)
        all_unlike = all_unlike and unlike
    return distinct, all_unlike


def _without_repetitions(items: Sequence[Item]) -> list[Item]:
    # A source may use one id for two things. Both stay; their content is the only order there is.
    return sorted(set(items), key=msgspec.json.encode)


def _names_in(definition: CategoryDefinition[Any]) -> Callable[[Any], Sequence[Name]]:
    """What business identifiers say of an item, as this category reads them."""
    scope = definition.scope
    if not definition.links_by_identifier:
        return lambda _item: ()
    if scope is None:
        return lambda item: identities(item.identifiers) if item.identifiers else ()

    def names(item: Any) -> Sequence[Name]:
        identifiers = item.identifiers
        if not identifiers or (within := scope(item)) is None:
            return ()
        return identities(identifiers, within)

    return names


def _tied(
    definition: CategoryDefinition[Any], items: Sequence[Any], facts: Sequence[FactKey | None]
) -> dict[int, int]:
    """The places of items that share a fact or a name, each pointing at one before it."""
    parents: dict[int, int] = {}
    first = dict[Tie, int]().setdefault
    for ties in _all_ties(definition, items, facts):
        for place, some in enumerate(ties):
            for tie in some:
                if (other := first(tie, place)) != place:
                    _join(parents, other, place)
    return parents


def _all_ties(
    definition: CategoryDefinition[Any], items: Sequence[Any], facts: Sequence[FactKey | None]
) -> Iterable[Iterable[Iterable[Tie]]]:
    """For each way to be tied that the category has, the ties of every item."""
    if definition.links_by_identifier:
        yield map(_names_in(definition), items)
    if definition.same_fact is not no_key:
        yield ((fact,) if fact else () for fact in facts)
    if definition.also_same is not no_keys:
        yield map(definition.also_same, items)


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
    if len(stated) > MOST_COMPARED:
        return _told_apart([_line(definition, [one], Basis.SINGLE) for one in stated])
    if _all_one_by_name(definition, stated):
        return [_line(definition, stated, Basis.SAME_IDENTIFIER)]
    members = [_member(definition, item, fact) for item, fact in stated]
    groups = [
        ([stated[place] for place in group], [members[place] for place in group])
        for group in _groups(definition, members)
    ]
    return _told_apart([_line(definition, some, _basis(definition, own)) for some, own in groups])


def _all_one_by_name(
    definition: CategoryDefinition[Any], stated: Sequence[tuple[Any, FactKey | None]]
) -> bool:
    """Whether nothing but names ties the component, and no two of it are kept apart."""
    if definition.same_fact is not no_key or definition.also_same is not no_keys:
        return False
    may_link = definition.may_link
    if may_link is any_may_link:
        return True
    for place, (one, _) in enumerate(stated, 1):
        for other, _ in stated[place:]:
            if not may_link(one, other):
                return False
    return True


def _member(definition: CategoryDefinition[Any], item: Any, fact: FactKey | None) -> _Member:
    names = frozenset(_names_in(definition)(item))
    facts: frozenset[Tie] = frozenset((*((fact,) if fact else ()), *definition.also_same(item)))
    return _Member(item, fact, names, names | facts)


def _groups(
    definition: CategoryDefinition[Any], members: Sequence[_Member]
) -> Sequence[Sequence[int]]:
    groups: list[list[int]] = []  # places of members, so that a group keeps their order
    for place, member in enumerate(members):
        home = [place]
        for group in [group for group in groups if _tied_to(member, group, members)]:
            if _may_all_link(definition, home, group, members):
                groups.remove(group)
                home = sorted(home + group)
        groups.append(home)
    return groups


def _tied_to(member: _Member, group: Sequence[int], members: Sequence[_Member]) -> bool:
    return any(not member.ties.isdisjoint(members[place].ties) for place in group)


def _may_all_link(
    definition: CategoryDefinition[Any],
    home: Sequence[int],
    group: Sequence[int],
    members: Sequence[_Member],
) -> bool:
    may_link = definition.may_link
    return all(may_link(members[one].item, members[other].item) for one in home for other in group)


def _line(
    definition: CategoryDefinition[Any], stated: Sequence[tuple[Any, FactKey | None]], basis: Basis
) -> Line:
    items = tuple([item for item, _ in stated])
    lead = definition.lead(items)
    when = definition.clinical_date(lead)
    fact = min((fact for _, fact in stated if fact), default=None)
    return Line(newest_first(when), items, basis, lead, when, fact, definition)


def _basis(definition: CategoryDefinition[Any], members: Sequence[_Member]) -> Basis:
    if len(members) == 1:
        return Basis.SINGLE
    if _joined_by_names([member.names for member in members]):
        return Basis.SAME_IDENTIFIER
    return definition.same_fact_basis


def _joined_by_names(names: Sequence[frozenset[Name]]) -> bool:
    reached, rest = names[0], names[1:]
    while rest:
        near = [some for some in rest if some & reached]
        if not near:
            return False
        rest = [some for some in rest if not some & reached]
        reached = reached.union(*near)
    return True


def _told_apart(lines: list[Line]) -> list[Line]:
    """The lines with facts that all differ, also where items of one fact were kept apart.

    # Invariant: lines of one fact share a tie or a source's id, so that only those are looked at.
    """
    by_fact: dict[FactKey, list[Line]] = {}
    for line in lines if len(lines) > 1 else ():
        by_fact.setdefault(line.fact, []).append(line)
    for same in by_fact.values():
        if len(same) > 1:
            _name_by_holder(same)
    return lines


def _name_by_holder(same: Sequence[Line]) -> None:
    holders = [min((item.source.id, item.source_id) for item in line.items) for line in same]
    earlier: dict[tuple[str, str], int] = {}
    for line, holder in zip(same, holders, strict=True):
        earlier[holder] = count = earlier.get(holder, 0) + 1
        more = (str(count),) if count > 1 else ()
        line.named = (*line.fact, "of", *holder, *more)

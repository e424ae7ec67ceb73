"""Every objection in force, in memory, so that they hold while their store is lost.

Follows the store: whoever builds it calls `refresh` every second or so, at each replica. It says
what applies and not who said it when: of a person it keeps the scopes alone, which millions share,
so that a million people who objected take some hundred and fifty megabytes.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from federation.authority import Objection
from federation.storage.base import ObjectionChange, PersonKey, SharingStore

_UNDATED = datetime(1970, 1, 1, tzinfo=UTC)
_Said = frozenset[Objection]


class KnownObjections:
    """The objections of everybody, as far as the store was read.

    An id that is written again and says something else than before leaves the old word standing:
    what is lost sight of is kept shut.
    """

    def __init__(self, store: SharingStore) -> None:
        self._store = store
        self._change = 0
        self._of: dict[PersonKey, _Said] = {}
        # One object for all who said the same, of each objection and of each set of them.
        self._shared: dict[_Said, _Said] = {}

    async def refresh(self) -> None:
        """Take over what happened since; raises `StorageError`, and knows what it knew before."""
        async for change in self._store.objections(self._change):
            self._follow(change)
            self._change = change.change

    def of(self, persons: Iterable[PersonKey]) -> tuple[Objection, ...]:
        """What a person under any of these keys objects to; `id` is empty and the date unknown."""
        said: _Said = frozenset().union(*(self._of.get(person, ()) for person in persons))
        return tuple(sorted(said, key=repr))

    def _follow(self, change: ObjectionChange) -> None:
        one = frozenset((_bare(change.objection),))
        before = self._of.get(change.person, frozenset())
        after = before | one if change.withdrawn_at is None else before - one
        if after:
            self._of[change.person] = self._shared.setdefault(after, after)
        else:
            self._of.pop(change.person, None)


def _bare(objection: Objection) -> Objection:
    return Objection(
        id="",
        node=objection.node,
        category=objection.category,
        organisation=objection.organisation,
        in_emergency=objection.in_emergency,
        recorded_at=_UNDATED,
    )

"""What is held of people as it was last known, for while the store of it cannot be read.

Objections and marks alone, because they only forbid. What opens a record (relationships, grants,
consents, proxies) is taken as missing, so that nobody gains by a loss. Why, and for whom that is
enough: `docs/decisions/0017-what-holds-while-the-sharing-store-is-lost.md`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta

from federation.authority import Held, Mark, RulesState
from federation.errors import StorageError
from federation.sharing.rulebook import rules_state
from federation.storage import KnownObjections, PersonKey, SharingStore
from gateway.sharing.polling import Polling

POLL_SECONDS = 1.0
MARKS_SECONDS = 60.0
"""Marks have no count of changes to follow them by: all are read, and seldom."""


class LastKnown:
    """Keeps objections and marks in step with the store. `steady` counts seconds, never set."""

    def __init__(self, store: SharingStore, steady: Callable[[], float]) -> None:
        self._store = store
        self._steady = steady
        self._objections = KnownObjections(store)
        self._marks: Mapping[PersonKey, tuple[Mark, ...]] = {}
        self._heard: float | None = None
        self._marked: float | None = None
        self._polling = Polling(self.refresh, POLL_SECONDS, "objections cannot be refreshed")

    async def start(self) -> None:
        """Read everything once, and follow; raises `StorageError`."""
        await self.refresh()
        self._polling.start()

    async def aclose(self) -> None:
        """Stop following."""
        await self._polling.aclose()

    async def refresh(self) -> None:
        """Take over what happened since; raises `StorageError`, and knows what it knew before."""
        now = self._steady()
        await self._objections.refresh()
        if self._marked is None or now - self._marked >= MARKS_SECONDS:
            self._marks = _by_person(await self._store.marks())
            self._marked = now
        self._heard = now

    def about(self, persons: Sequence[PersonKey]) -> Held:
        """What a person under any of these keys does not want, and their marks, as last known.

        Never `CURRENT`, however lately the store was heard of: it was just found silent. Raises
        `StorageError` where it never was heard of.
        """
        if self._heard is None:
            raise StorageError("what is held of people was never read")
        state = rules_state(timedelta(seconds=self._steady() - self._heard))
        return Held(
            objections=self._objections.of(persons),
            marks=tuple(mark for person in persons for mark in self._marks.get(person, ())),
            state=state.or_older(RulesState.LAST_KNOWN),
        )


def _by_person(
    marks: Sequence[tuple[PersonKey, Mark]],
) -> Mapping[PersonKey, tuple[Mark, ...]]:
    of: dict[PersonKey, tuple[Mark, ...]] = {}
    for person, mark in marks:
        of[person] = (*of.get(person, ()), mark)
    return of

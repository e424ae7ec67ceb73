"""What must not be deleted: a person's events, a view, a period. Whether an event is held.

A person is named by keyed hashes alone, as in the index (`clues.py`), under every audit key that
there was when the hold was placed. A hold is signed, so that nobody narrows it; one that is taken
out of the store is missed, as long as the event that placed it is in the log.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import ClassVar

from federation.audit.chain import open_row
from federation.audit.clues import ClueSort, clues, entries, person
from federation.audit.seal import Sealer
from federation.audit.signing import PublicKeys, Statement, read
from federation.errors import AuditBrokenError
from federation.model import SupersededNumber, ViewId
from federation.nhs_number import NhsNumber
from federation.storage.base import AuditRow
from federation.storage.keeping import HoldRow


class Hold(Statement, frozen=True, kw_only=True):
    """One of `person` (keyed hashes), `view`, or `since` and `until` (either may be open).

    `reference` says where the reason is written down; it names nobody.
    """

    typ: ClassVar[str] = "watling-hold+jws"
    id: str
    reference: str
    placed_at: datetime
    person: tuple[str, ...] = ()
    view: ViewId | None = None
    since: datetime | None = None
    until: datetime | None = None


class Lifted(Statement, frozen=True, kw_only=True):
    """A hold holds no more."""

    typ: ClassVar[str] = "watling-hold-lifted+jws"
    id: str
    at: datetime


def keyed(numbers: Iterable[NhsNumber], sealer: Sealer) -> tuple[str, ...]:
    """A person as a hold names them: under all of their numbers and all keys."""
    return tuple(one for number in numbers for one in entries(person(number), sealer))


def earlier_numbers(
    superseded: Iterable[SupersededNumber],
) -> dict[NhsNumber, tuple[NhsNumber, ...]]:
    """The numbers that people were known by before, by every later one."""
    following = {one.old: one.current for one in superseded}
    earlier: dict[NhsNumber, tuple[NhsNumber, ...]] = {}
    for old in following:
        later, seen = following.get(old), {old}
        while later is not None and later not in seen:
            earlier[later] = (*earlier.get(later, ()), old)
            seen.add(later)
            later = following.get(later)
    return earlier


def of_holds(
    rows: Iterable[HoldRow], keys: PublicKeys | None
) -> dict[str, tuple[Hold, Lifted | None]]:
    """Every hold by id; raises `AuditBrokenError` for one that is not as it was signed."""
    found = {}
    for row in rows:
        hold = read(Hold, row.signed, keys)
        lifted = read(Lifted, row.lifted, keys) if row.lifted is not None else None
        if hold.id != row.id or (lifted is not None and lifted.id != row.id):
            raise AuditBrokenError(f"the hold {row.id!r} is not what was signed")
        found[row.id] = (hold, lifted)
    return found


class Holding:
    """The holds in force, asked about one event after another.

    `earlier` are numbers that people were known by before, by the one in use.
    """

    def __init__(
        self,
        holds: Sequence[Hold],
        sealer: Sealer,
        earlier: Mapping[NhsNumber, Sequence[NhsNumber]],
    ) -> None:
        self._holds = holds
        self._sealer = sealer
        self._earlier = earlier
        self._persons = any(hold.person for hold in holds)
        self._known: dict[str, frozenset[str]] = {}

    def holds(self, row: AuditRow) -> Hold | None:
        """The first hold that this event is under; raises as `open_row` does."""
        named = self._named(row) if self._persons else frozenset()
        return next((hold for hold in self._holds if _is_under(row, named, hold)), None)

    def _named(self, row: AuditRow) -> frozenset[str]:
        event = open_row(row, self._sealer)
        numbers = (
            clue.value for clue in clues(event.plain, event.sealed) if clue.sort is ClueSort.PERSON
        )
        return frozenset().union(*map(self._entries, numbers))

    def _entries(self, value: str) -> frozenset[str]:
        if value not in self._known:
            number = NhsNumber(value)
            numbers = (number, *self._earlier.get(number, ()))
            self._known[value] = frozenset(keyed(numbers, self._sealer))
        return self._known[value]


def _is_under(row: AuditRow, named: frozenset[str], hold: Hold) -> bool:
    if hold.person:
        return not named.isdisjoint(hold.person)
    if hold.view is not None:
        return row.view_id == hold.view
    after = hold.since is None or hold.since <= row.at
    return after and (hold.until is None or row.at <= hold.until)

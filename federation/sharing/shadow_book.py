"""The bundles in the shadow, in memory: put there, overtaken or taken away, and made ready.

At most one of each owner. It is ready beside what decides at one moment, and made anew when that
changes. Nothing here decides anything, and nothing that is wrong with it is heard by what does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from federation.errors import PolicyInvalidError
from federation.sharing.in_shadow import InShadow
from federation.sharing.rulebook import (
    Refused,
    RuleBook,
    RulesNow,
    SignersOf,
    checked_sheet,
    instead,
)
from federation.sharing.sheet import Sheet
from federation.sharing.signatures import Signer, check_signatures, has_stranger
from federation.storage.base import ShadowRow

NEEDED = 1
"""Signatures: the owner's own. It opens nothing and closes nothing (docs/decisions/0021)."""


class _Put(Struct, frozen=True):
    """A bundle that was put in the shadow, and has not left it."""

    row: ShadowRow
    sheet: Sheet


def check_shadow(row: ShadowRow, signers: Mapping[str, Signer]) -> Sheet:
    """A bundle as it may be in the shadow; raises `PolicyInvalidError` with every reason."""
    if row.body is None:
        raise PolicyInvalidError(f"{row.owner}: there is nothing to put in the shadow")
    sheet, _ = checked_sheet(row.owner, row.version, row.digest, row.body)
    try:
        check_signatures(row.body, row.owner, row.signatures, signers, row.at, NEEDED)
    except PolicyInvalidError as fault:
        raise PolicyInvalidError(f"{sheet.file}: {fault}") from None
    return sheet


def put_last(rows: Iterable[ShadowRow]) -> Mapping[str, ShadowRow]:
    """Of each owner what was put in the shadow last, if it was not taken away since."""
    of_owner: dict[str, ShadowRow] = {}
    for row in rows:
        if row.body is None:
            of_owner.pop(row.owner, None)
        else:
            of_owner[row.owner] = row
    return of_owner


class ShadowBook:
    """Follows what is in the shadow. Changed by whoever follows the store alone."""

    def __init__(self, signers: SignersOf) -> None:
        self._signers = signers
        self._put: dict[str, _Put] = {}
        self._sequence = 0
        self._now: tuple[InShadow, ...] = ()

    @property
    def sequence(self) -> int:
        """The last row that need not be told again."""
        return self._sequence

    @property
    def now(self) -> tuple[InShadow, ...]:
        """What is in the shadow now; a value that does not change under its reader."""
        return self._now

    def hear(
        self, rows: Iterable[ShadowRow], book: RuleBook, at: datetime, tick: float
    ) -> tuple[Refused, ...]:
        """Take in what was put there and taken away since, and make ready what is left.

        What does not hold is given back, and what its owner had there before stays.
        """
        refused = [one for row in rows if (one := self._hear(row)) is not None]
        if not book.whole:
            return tuple(refused)
        self._put = {
            owner: put
            for owner, put in self._put.items()
            if not book.has_begun(owner, put.row.version, at)
        }
        now = book.now(tick)
        ready = {(one.sheet.digest, one.beside): one for one in self._now}
        made = []
        for owner in sorted(self._put):
            put = self._put[owner]
            try:
                made.append(ready.get((put.row.digest, now.version)) or make_ready(put.sheet, now))
            except PolicyInvalidError as fault:
                del self._put[owner]
                refused.append(_refused(put.row, fault, self._signers(owner)))
        self._now = tuple(made)
        return tuple(refused)

    def _hear(self, row: ShadowRow) -> Refused | None:
        self._sequence = max(self._sequence, row.sequence)
        if row.body is None:
            self._put.pop(row.owner, None)
            return None
        try:
            self._put[row.owner] = _Put(row, check_shadow(row, self._signers(row.owner)))
        except PolicyInvalidError as fault:
            return _refused(row, fault, self._signers(row.owner))
        return None


def make_ready(sheet: Sheet, now: RulesNow) -> InShadow:
    """A bundle beside what decides now; raises `PolicyInvalidError` where its rules do not hold.

    Of the others' it takes those that can stand on one ground with it: of all nodes' an
    organisation's, and the other way about. Compiling costs time, and the rest is never asked.
    """
    others = tuple(one for one in now.bundles if one.sheet.layer is not sheet.layer)
    there = instead(replace(now, bundles=others), sheet)
    return InShadow(sheet=sheet, rules=there.rules, agreements=there.agreements, beside=now.version)


def _refused(row: ShadowRow, fault: PolicyInvalidError, signers: Mapping[str, Signer]) -> Refused:
    return Refused(
        sequence=row.sequence,
        owner=row.owner,
        why=str(fault),
        by_stranger=has_stranger(row.signatures, signers),
    )

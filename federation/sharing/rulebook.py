"""The rules in memory: every owner's bundle that decides now, followed from where they are kept.

A publication is read, checked and compiled before it decides anything; one that does not hold is
refused, and what its owner had before stays, so that nobody's broken bundle changes anything of
another's. A view takes one snapshot and keeps it. Nothing here asks a store or a clock: whoever
follows the store says what it heard, and when.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from functools import cache
from hashlib import sha256

import cedarpy
from msgspec import Struct
from msgspec.structs import replace

from federation.authority import RulesState
from federation.errors import PolicyInvalidError
from federation.model import Agreement
from federation.sharing.bundle import (
    Bundle,
    check_unrepeated,
    rules_of,
    shipped_bundles,
    shipped_schema,
)
from federation.sharing.engine import CedarRules
from federation.sharing.rules import Rules
from federation.sharing.sheet import Sheet, read_sheet
from federation.sharing.signatures import Signer, check_signatures, has_stranger
from federation.storage.base import BundleRow

LATE = timedelta(seconds=30)
"""How long the store may be silent before the rules count as the last known."""
EMERGENCY_SET_AFTER = timedelta(minutes=15)
NOTHING_AFTER = timedelta(hours=4, minutes=15)
SignersOf = Callable[[str], Mapping[str, Signer]]
"""By id, whoever may sign for this owner."""


class Published(Struct, frozen=True, kw_only=True):
    """One publication that was read and checked."""

    row: BundleRow
    sheet: Sheet
    bundle: Bundle


class Refused(Struct, frozen=True, kw_only=True):
    """One publication that does not hold, and why; what its owner had before stays.

    `by_stranger`: somebody signed it who is not enrolled, or is no longer.
    """

    sequence: int
    owner: str
    why: str
    by_stranger: bool


class RulesNow(Struct, frozen=True, kw_only=True):
    """What decides at one moment: rule texts, agreements, and how fresh both are.

    `version` names texts and agreements together.
    """

    rules: Rules
    agreements: tuple[Agreement, ...]
    version: str
    state: RulesState = RulesState.CURRENT
    bundles: tuple[Published, ...] = ()


def rules_state(silent_for: timedelta) -> RulesState:
    """How fresh the rules are, by how long their store has been silent."""
    if silent_for <= LATE:
        return RulesState.CURRENT
    if silent_for < EMERGENCY_SET_AFTER:
        return RulesState.LAST_KNOWN
    return RulesState.EMERGENCY_SET if silent_for < NOTHING_AFTER else RulesState.NONE


def number_of(version: str) -> tuple[int, ...]:
    """A version as it is compared.

    >>> number_of("3.10") > number_of("3.2")
    True
    """
    return tuple(map(int, version.split(".")))


def check_publication(row: BundleRow, signers: Mapping[str, Signer]) -> Published:
    """A publication as it may decide; raises `PolicyInvalidError` with every reason why not."""
    sheet, bundle = checked_sheet(row.owner, row.version, row.digest, row.body)
    try:
        check_signatures(row.body, row.owner, row.signatures, signers, row.published_at)
    except PolicyInvalidError as fault:
        raise PolicyInvalidError(f"{sheet.file}: {fault}") from None
    return Published(row=row, sheet=sheet, bundle=bundle)


def checked_sheet(owner: str, version: str, digest: str, body: bytes) -> tuple[Sheet, Bundle]:
    """A kept body, whole in itself, whoever signed it; raises `PolicyInvalidError`."""
    sheet = read_sheet(body, f"{owner} {version}")
    if (sheet.head.owner, sheet.head.version) != (owner, version):
        raise PolicyInvalidError(
            f"{sheet.file}: the body is `{sheet.head.owner}`'s, or another version"
        )
    if sheet.digest != digest:
        raise PolicyInvalidError(f"{sheet.file}: the body is not what was published")
    bundle = sheet.bundle()
    # Found out here: together with the others' it would keep all of them from being taken in.
    check_unrepeated(rules_of(bundle, _schema()))
    return sheet, bundle


class RuleBook:
    """Follows publications. Changed by whoever follows the store alone; read by every view."""

    def __init__(self, signers: SignersOf, tick: float) -> None:
        self._signers = signers
        self._published: tuple[Published, ...] = ()
        self._heard = tick
        self._sequence = 0
        self._numbers: dict[tuple[str, tuple[int, ...]], datetime] = {}
        self._whole = True
        self._now = _compiled(())

    @property
    def whole(self) -> bool:
        """Whether it has everything that decides: not while all is asked for anew."""
        return self._whole

    def has_begun(self, owner: str, version: str, at: datetime) -> bool:
        """Whether this version of the owner's, or a higher one, was ever published and has begun.

        Also where it was taken back since.
        """
        number = number_of(version)
        return any(
            whose == owner and other >= number and begins <= at
            for (whose, other), begins in self._numbers.items()
        )

    @property
    def sequence(self) -> int:
        """The last publication that need not be told again: it was taken in or refused."""
        return self._sequence

    def now(self, tick: float) -> RulesNow:
        """What decides now; a value that does not change under its reader.

        `tick` is a steady clock's, in seconds, the one that `hear` is told: it says for how long
        the store has been silent.
        """
        state = rules_state(timedelta(seconds=tick - self._heard))
        return self._now if state is RulesState.CURRENT else replace(self._now, state=state)

    def hear(self, rows: Iterable[BundleRow], at: datetime, tick: float) -> tuple[Refused, ...]:
        """Take in what was published since, and let begin what begins by `at`.

        What does not hold is given back, and changes nothing. Of what was overtaken nothing is
        kept; where a clock that is set back brings it into force again, all is asked for anew.
        """
        if any(_is_to_come(one, at) for one in self._now.bundles):
            # What decided goes on deciding until then: two polls, and nothing is opened meanwhile.
            self._published, self._sequence, self._now = (), 0, replace(self._now, bundles=())
            self._whole, self._numbers = False, {}
            return ()
        refused = []
        for row in rows:
            self._sequence = max(self._sequence, row.sequence)
            signers = self._signers(row.owner)
            try:
                self._published += (check_publication(row, signers),)
                key = (row.owner, number_of(row.version))
                begins = self._numbers.get(key, row.effective_from)
                self._numbers[key] = min(begins, row.effective_from)
            except PolicyInvalidError as fault:
                refused.append(
                    Refused(
                        sequence=row.sequence,
                        owner=row.owner,
                        why=str(fault),
                        by_stranger=has_stranger(row.signatures, signers),
                    )
                )
        chosen = in_force(self._published, at)
        self._published = (*chosen, *(one for one in self._published if _is_to_come(one, at)))
        if chosen != self._now.bundles:
            # Invariant: one assignment, so that no view ever sees half of a change.
            self._now = _compiled(chosen)
        self._heard, self._whole = tick, True
        return tuple(refused)


@cache
def _schema() -> cedarpy.Schema:
    return cedarpy.Schema.from_str(shipped_schema())


def in_force(published: Iterable[Published], at: datetime) -> tuple[Published, ...]:
    """Of each owner the last publication that has begun, in order of owner."""
    of_owner: dict[str, Published] = {}
    for one in published:
        if not _is_to_come(one, at):
            before = of_owner.get(one.row.owner)
            if before is None or before.row.sequence < one.row.sequence:
                of_owner[one.row.owner] = one
    return tuple(of_owner[owner] for owner in sorted(of_owner))


def _is_to_come(published: Published, at: datetime) -> bool:
    return published.row.effective_from > at


def instead(now: RulesNow, sheet: Sheet) -> RulesNow:
    """What would decide with this sheet in the place of its owner's bundle, signed off or not.

    Raises `PolicyInvalidError` where its rules do not hold.
    """
    others = [one for one in now.bundles if one.sheet.head.owner != sheet.head.owner]
    rules = CedarRules(
        (*shipped_bundles(), *(one.bundle for one in others), sheet.bundle()), shipped_schema()
    )
    agreements = (agreement for one in others for agreement in one.sheet.given())
    return RulesNow(rules=rules, agreements=(*agreements, *sheet.given()), version=rules.version)


def _compiled(chosen: tuple[Published, ...]) -> RulesNow:
    rules = CedarRules((*shipped_bundles(), *(one.bundle for one in chosen)), shipped_schema())
    digests = "".join(one.row.digest for one in chosen)
    return RulesNow(
        rules=rules,
        agreements=tuple(agreement for one in chosen for agreement in one.sheet.given()),
        version=sha256(f"{rules.version}{digests}".encode()).hexdigest()[:16],
        bundles=chosen,
    )

"""Replay: what other rules would have said of decisions that were made, case by case.

Each recorded case is decided twice: by the rules as they are published now, and by the same with a
candidate in the place of its owner's bundle. What the candidate changes is told apart from what has
changed since by itself. Pure: whoever reads the audit gives the looks, and nothing is fetched.
Nobody is named, for a case names nobody.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime

import cedarpy
from msgspec import Struct
from msgspec.structs import replace

from federation.case import Case, Errand, Footing, ItemClass, agreements_with
from federation.errors import ErrorCode
from federation.flow import Decision
from federation.model import Agreement, Category, NodeId, OdsCode, RequesterKind, ViewId
from federation.sharing.alike import Alike
from federation.sharing.bundle import rules_of, shipped_bundles, shipped_schema
from federation.sharing.difference import Direction, because, direction, noticed
from federation.sharing.layers import Layer
from federation.sharing.rulebook import Published, RulesNow
from federation.sharing.sheet import Sheet
from federation.sharing.unsaid import unsaid


class Look(Struct, frozen=True, kw_only=True):
    """One view as the audit has it: what its decisions were made on, and what they were.

    `screened` were made on `screened_on`. `looked_at` names the details of a node's items that its
    rules asked for; others stand in no class, whatever an item had.
    """

    view: ViewId
    at: datetime
    footing: Footing
    granted: bool = False
    decisions: tuple[Decision, ...] = ()
    screened: tuple[Decision, ...] = ()
    screened_on: Footing
    looked_at: Mapping[NodeId, frozenset[str]] = {}


class Change(Struct, frozen=True, kw_only=True):
    """Things of one category that would come out otherwise in one view, and by which rules.

    `recorded` is what came out then, `now` what today's rules make of it. `kinds` are the classes
    of things, also such as were only tried: the audit does not say here whether any were there.
    """

    look: Look
    node: NodeId
    category: Category
    kinds: tuple[ItemClass, ...]
    direction: Direction
    recorded: Decision
    now: Decision
    candidate: Decision
    because: tuple[str, ...]

    @property
    def moved_already(self) -> bool:
        """Whether today's rules say something else than was recorded as well."""
        return noticed(self.now) != noticed(self.recorded)


class Turned(Struct, frozen=True, kw_only=True):
    """A whole view that would be refused (`candidate` has the code), or no longer would be."""

    look: Look
    now: ErrorCode | None
    candidate: ErrorCode | None

    @property
    def direction(self) -> Direction:
        """A refusal closes everything."""
        return Direction.CLOSES if self.candidate else Direction.OPENS


class Moved(Struct, frozen=True, kw_only=True):
    """A decision that today's rules make otherwise than then, and the candidate no differently."""

    recorded: Decision
    now: Decision


class Replayed(Struct, frozen=True, kw_only=True):
    """What came of one look. `turned_since`: today's rules refuse it whole, candidate or not.

    `unsettled` are decisions that hang on details which were not recorded, for nobody asked.
    """

    decisions: int = 0
    turned: Turned | None = None
    turned_since: ErrorCode | None = None
    changes: tuple[Change, ...] = ()
    moved: tuple[Moved, ...] = ()
    unsettled: tuple[Decision, ...] = ()


class _Settled(Struct, frozen=True):
    """What both sets of rules say of one case."""

    now: Decision
    candidate: Decision


_Key = tuple[Footing, NodeId, Category, ItemClass, bool, bool, bool]


class Replay:
    """Puts looks to the rules of now and to a candidate; each case once, however often it was.

    `now` is what decides today, `candidate` the same with `sheet` in its owner's place
    (`rulebook.instead`). `on`: as if every look had been on that day; None: on its own.
    """

    def __init__(
        self,
        now: RulesNow,
        candidate: RulesNow,
        sheet: Sheet,
        *,
        node: NodeId | None = None,
        on: date | None = None,
    ) -> None:
        self._now = _Side(now)
        self._candidate = _Side(candidate)
        self._sheet = sheet
        self._node = node
        self._on = on
        self._settled: dict[_Key, _Settled] = {}
        self._open: dict[tuple[_Key, frozenset[str]], bool] = {}
        self._refused: dict[Errand, tuple[ErrorCode | None, ErrorCode | None]] = {}
        self._alike = _alike((*now.bundles, *candidate.bundles), sheet)
        self._footings: dict[Footing, Footing] = {}

    def of(self, look: Look) -> Replayed:
        """What would have come of it."""
        footing, before = self._footing(look.footing), self._footing(look.screened_on)
        now, candidate = self._refusals(Errand(footing=footing, granted=look.granted))
        made = [(footing, one) for one in self._wanted(look.decisions)]
        made += [(before, one) for one in self._wanted(look.screened)]
        if now or candidate:
            told = Turned(look=look, now=now, candidate=candidate)
            return Replayed(
                decisions=len(made),
                turned=told if now != candidate else None,
                turned_since=now if now == candidate else None,
            )
        return self._compared(look, made)

    def _wanted(self, decisions: Iterable[Decision]) -> Iterator[Decision]:
        return (one for one in decisions if self._node in {None, one.node})

    def _compared(self, look: Look, made: Sequence[tuple[Footing, Decision]]) -> Replayed:
        changes: list[Change] = []
        moved: list[Moved] = []
        unsettled: list[Decision] = []
        for footing, recorded in made:
            key = _key(footing, recorded)
            settled = self._settle(key)
            if noticed(settled.candidate) != noticed(settled.now):
                changes.append(_change(look, recorded, settled))
                continue
            if noticed(settled.now) != noticed(recorded):
                moved.append(Moved(recorded=recorded, now=settled.now))
            if self._hangs_on_more(look, key):
                unsettled.append(recorded)
        return Replayed(
            decisions=len(made),
            changes=tuple(_gathered(changes)),
            moved=tuple(moved),
            unsettled=tuple(unsettled),
        )

    def _settle(self, key: _Key) -> _Settled:
        settled = self._settled.get(key)
        if settled is None:
            now = self._now.decide(key)
            reached = self._reaches(key[0], key[1])
            candidate = self._candidate.decide(key) if reached else now
            settled = self._settled[key] = _Settled(now, candidate)
        return settled

    def _reaches(self, footing: Footing, node: NodeId) -> bool:
        return self._sheet.reaches(node, footing.asking.organisation)

    def _hangs_on_more(self, look: Look, key: _Key) -> bool:
        """Whether some thing of this class would come out otherwise by what was not recorded."""
        footing, node = key[0], key[1]
        if not self._reaches(footing, node):
            return False
        known = look.looked_at.get(node, frozenset())
        sought = (key, known)
        found = self._open.get(sought)
        if found is None:
            missing = self._candidate.looks_at(footing, node) - known
            said = noticed(self._settled[key].candidate)
            found = self._open[sought] = any(
                noticed(self._candidate.decide((*key[:3], kind, *key[4:]))) != said
                for kind in unsaid(self._sheet, key[3], missing, footing.asking.organisation)
            )
        return found

    def _refusals(self, errand: Errand) -> tuple[ErrorCode | None, ErrorCode | None]:
        refused = self._refused.get(errand)
        if refused is None:
            refused = self._refused[errand] = (
                self._now.refusal(errand),
                self._candidate.refusal(errand),
            )
        return refused

    def _footing(self, footing: Footing) -> Footing:
        """The one that was first met of all that no rule can tell apart."""
        there = replace(footing, day=self._on) if self._on else footing
        return self._footings.setdefault(self._alike.of(there), there)


class _Side:
    """One set of rules with its agreements."""

    def __init__(self, rules: RulesNow) -> None:
        self._rules = rules.rules
        self._agreements = rules.agreements
        self._beside: dict[tuple[NodeId, RequesterKind, str, date], tuple[Agreement, ...]] = {}

    def refusal(self, errand: Errand) -> ErrorCode | None:
        return self._rules.refusal(errand.footing.asking) or self._rules.refusal_about(errand)

    def decide(self, key: _Key) -> Decision:
        footing, node, category, kind, granted, objected, objected_in_emergency = key
        return self._rules.decide(
            Case(
                footing=footing,
                node=node,
                category=category,
                kind=kind,
                granted=granted,
                objected=objected,
                objected_in_emergency=objected_in_emergency,
                agreements=self._agreements_beside(footing, node),
            )
        )

    def looks_at(self, footing: Footing, node: NodeId) -> frozenset[str]:
        watched = self._rules.looks_at(node, OdsCode(footing.asking.organisation) or None)
        limited = any(one.custodians is not None for one in self._agreements_beside(footing, node))
        return watched | {"custodian"} if limited else watched

    def _agreements_beside(self, footing: Footing, node: NodeId) -> tuple[Agreement, ...]:
        asking, day = footing.asking, footing.day
        key = (node, asking.kind, asking.region, day)
        found = self._beside.get(key)
        if found is None:
            begun = (
                one for one in self._agreements if one.source == node and one.valid_from <= day
            )
            found = self._beside[key] = agreements_with(asking.kind, asking.region, begun)
        return found


def _alike(published: Iterable[Published], sheet: Sheet) -> Alike:
    bundles = (*shipped_bundles(), *(one.bundle for one in published), sheet.bundle())
    schema = cedarpy.Schema.from_str(shipped_schema())
    looks = (rule.looks for bundle in bundles for rule in rules_of(bundle, schema))
    return Alike(looks, (one.owner for one in bundles if one.layer is Layer.ORGANISATION))


def _key(footing: Footing, decision: Decision) -> _Key:
    return (
        footing,
        decision.node,
        decision.category,
        decision.kind,
        decision.granted,
        decision.objected,
        decision.objected_in_emergency,
    )


def _change(look: Look, recorded: Decision, settled: _Settled) -> Change:
    return Change(
        look=look,
        node=recorded.node,
        category=recorded.category,
        kinds=(recorded.kind,),
        direction=direction(settled.now, settled.candidate),
        recorded=recorded,
        now=settled.now,
        candidate=settled.candidate,
        because=because(settled.now, settled.candidate),
    )


def _gathered(changes: Iterable[Change]) -> Iterator[Change]:
    """Classes of one category that go the same way for the same reason are one change."""
    together: dict[tuple[object, ...], Change] = {}
    for one in changes:
        ways = (noticed(one.recorded), noticed(one.now), noticed(one.candidate))
        key = (one.node, one.category, *ways, one.because)
        first = together.get(key)
        kinds = (*first.kinds, *one.kinds) if first else one.kinds
        together[key] = replace(first or one, kinds=tuple(dict.fromkeys(kinds)))
    yield from together.values()

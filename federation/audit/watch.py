"""Which looks are to be looked into, by risk: who is flagged for what, and who is told.

A look is flagged by what its reader was told or could know, never by what was hidden from them, so
that the queue tells their officers of nothing that they could not see. Counts of people and of
refusals are kept in memory, for one process, and name nobody; when it starts they are made anew
from the log (`recall.py`).
"""

from __future__ import annotations

import json
from collections import OrderedDict, deque
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

from msgspec.structs import replace

from federation.audit.alerts import alerts_for
from federation.audit.event import AuditEvent, Flag
from federation.audit.seal import Sealer
from federation.audit.wanted import local_day
from federation.authority import EvidenceSource, MarkKind
from federation.case import CITIZENS
from federation.flow import Facts, Obligation, Question
from federation.model import NodeId, Requester
from federation.nhs_number import NhsNumber

HOUR = timedelta(hours=1)
TOLD_TO_NODES = frozenset((Flag.EMERGENCY_ACCESS, Flag.WATCHED, Flag.RESTRICTED, Flag.RULE))
"""What the nodes that were asked hear of too: what they would have to answer for. The rest is
between an organisation and its staff."""
_MARKED = {
    MarkKind.OWN_RECORD: Flag.OWN_RECORD,
    MarkKind.FAMILY: Flag.FAMILY,
    MarkKind.WATCHED: Flag.WATCHED,
}
_REVIEW = "AUDIT_REVIEW"
T = TypeVar("T")
_MOST_TIMES = 10
"""How many times the usual is still counted, of one person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchLimits:
    """From where on a look is flagged.

    `self_declared`: the part of looks on somebody's own word, 0 to 1. `people_an_hour`: how many
    people one person looks at within an hour before it is far above the usual, by role where one is
    named. `refusals` in a row within `refused_within`. `actors`: of how many people is counted.

    >>> WatchLimits().people_of("R8000")
    60
    """

    self_declared: float = 0.2
    people_an_hour: int = 60
    people_an_hour_by_role: Mapping[str, int] = field(default_factory=dict)
    refusals: int = 5
    refused_within: timedelta = timedelta(minutes=10)
    actors: int = 20_000

    def people_of(self, role: str | None) -> int:
        """How many people somebody in this role may look at within an hour, unflagged."""
        return self.people_an_hour_by_role.get(role or "", self.people_an_hour)


class Watch:
    """Says what of looks and refusals is flagged; counts by keyed hashes, which name nobody."""

    def __init__(self, sealer: Sealer, limits: WatchLimits | None = None) -> None:
        self._sealer = sealer
        self._limits = limits or WatchLimits()
        self._seen: OrderedDict[bytes, OrderedDict[bytes, datetime]] = OrderedDict()
        self._refused: OrderedDict[bytes, deque[datetime]] = OrderedDict()
        self._alerted: OrderedDict[bytes, None] = OrderedDict()

    def of_view(
        self,
        question: Question,
        number: NhsNumber,
        facts: Facts,
        obligations: Collection[Obligation],
        *,
        restricted: bool,
    ) -> tuple[Flag, ...]:
        """Why a look is flagged; `obligations` and `restricted` as its reader is told of them."""
        requester = question.requester
        if requester.kind in CITIZENS:
            return ()
        flags = set(_marked(facts.marks))
        if facts.grants:
            flags.add(Flag.EMERGENCY_ACCESS)
        if restricted:
            flags.add(Flag.RESTRICTED)
        if not flags and any(one.code == _REVIEW for one in obligations):
            flags.add(Flag.RULE)
        if _on_their_own_word(facts) and self._sampled(question, number):
            flags.add(Flag.SELF_DECLARED)
        if self.saw(requester.principal, requester.role, number, question.asked_at):
            flags.add(Flag.MANY_PEOPLE)
        return _in_order(flags)

    def of_refusal(
        self, requester: Requester, at: datetime, marks: Collection[MarkKind]
    ) -> tuple[Flag, ...]:
        """Why a refused request is flagged; `marks` are those of whom it was about."""
        if requester.kind in CITIZENS:
            return ()
        flags = set(_marked(marks))
        if self.was_refused(requester.principal, at):
            flags.add(Flag.MANY_REFUSALS)
        return _in_order(flags)

    def is_news(
        self, question: Question, number: NhsNumber, flags: Sequence[Flag], nodes: Sequence[NodeId]
    ) -> bool:
        """Whether somebody is to be told of a flagged look.

        Whoever reads on in a timeline is told of once a day, as long as nothing else is flagged and
        no other node asked.
        """
        if not flags:
            return False
        day = local_day(question.asked_at).isoformat()
        who, whom = question.requester.authority, number
        name = self._name("alerted", who, whom, day, *sorted(flags), "", *sorted(nodes))
        known = name in self._alerted
        self._alerted[name] = None
        self._alerted.move_to_end(name)
        if len(self._alerted) > self._limits.actors:
            self._alerted.popitem(last=False)
        return not (known and _reads_on(question))

    def _sampled(self, question: Question, number: NhsNumber) -> bool:
        # Keyed, so that nobody can tell beforehand; by the day, so that asking again changes
        # nothing.
        day = local_day(question.asked_at).isoformat()
        drawn = self._name("sample", question.requester.principal, number, day)
        return int.from_bytes(drawn[:8]) < self._limits.self_declared * 2**64

    def saw(self, principal: str, role: str | None, number: NhsNumber, at: datetime) -> bool:
        """Count a look. Whether it is the one that is too many: the next is as many people on."""
        actor = self._name("actor", principal)
        self._refused.pop(actor, None)
        usual = self._limits.people_of(role)
        seen = self._kept(self._seen, actor, OrderedDict)
        while seen and next(iter(seen.values())) <= at - HOUR:
            seen.popitem(last=False)
        person = self._name("person", number)
        new = person not in seen
        if new and len(seen) >= usual * _MOST_TIMES:
            return False
        seen[person] = at
        seen.move_to_end(person)
        return new and len(seen) > usual and (len(seen) - 1) % usual == 0

    def was_refused(self, principal: str, at: datetime) -> bool:
        """Count a refusal. Whether it is the last of too many in a row."""
        times = self._kept(self._refused, self._name("actor", principal), deque)
        times.append(at)
        while times[0] <= at - self._limits.refused_within:
            times.popleft()
        if len(times) < self._limits.refusals:
            return False
        times.clear()
        return True

    def _kept(self, among: OrderedDict[bytes, T], name: bytes, new: Callable[[], T]) -> T:
        one = among.setdefault(name, new())
        among.move_to_end(name)
        if len(among) > self._limits.actors:
            among.popitem(last=False)
        return one

    def _name(self, *parts: str) -> bytes:
        return self._sealer.index_name(json.dumps(("watch", *parts)).encode())


def flagged(
    event: AuditEvent,
    flags: Sequence[Flag],
    requester: Requester,
    nodes: Collection[NodeId] = (),
    *,
    news: bool = True,
) -> AuditEvent:
    """The event with its flags, and with alerts to those who are to look into them.

    `nodes` are those that were asked. Without `news` they were told before.
    """
    if not flags:
        return event
    told = nodes if not TOLD_TO_NODES.isdisjoint(flags) else ()
    alerts = alerts_for(requester, event.plain.at, told) if news else ()
    return AuditEvent(
        plain=replace(event.plain, alerts=alerts),
        sealed=replace(event.sealed, flags=tuple(flags)),
    )


def _reads_on(question: Question) -> bool:
    """Whether nothing but later pages of timelines is asked for."""
    windows = [one for several in question.windows.values() for one in several]
    return (
        bool(windows)
        and question.categories <= question.windows.keys()
        and all(one.after is not None for one in windows)
    )


def _marked(marks: Collection[MarkKind]) -> list[Flag]:
    return [flag for mark, flag in _MARKED.items() if mark in marks]


def _on_their_own_word(facts: Facts) -> bool:
    sources = {one.source for one in facts.relationships}
    return sources == {EvidenceSource.SELF}


def _in_order(flags: Collection[Flag]) -> tuple[Flag, ...]:
    return tuple(flag for flag in Flag if flag in flags)

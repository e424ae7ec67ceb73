"""How every node is doing, as this gateway sees it: by probes, and by what it is asked for people.

Two histories are kept apart. Probes ask for a person who does not exist, as often by night as by
day; what they find may be told to anybody. What nodes answer about people is for those who run and
answer for the network: in a quiet hour one look moves such a number, and whether a node was asked
at all can tell what a rule hides.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta

from msgspec import Struct

from federation.flow import Failure, Part, Reply
from federation.maintenance import maintenance_until
from federation.model import Category, Node, NodeId, RegionId
from federation.status import SourceCode, SourceState, is_down
from federation.watching.tally import Counted, Ended, History, Slot, Window

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
IN_TIME = timedelta(minutes=6)
"""For how long a probe tells how a node is now, where they come once a minute."""
_WHOLE = frozenset((SourceState.FRESH, SourceState.FRESH_EMPTY))


class Probed(Struct, frozen=True, kw_only=True):
    """What the newest probe found of one category."""

    category: Category
    state: SourceState
    code: SourceCode | None
    at: datetime
    data_current_to: datetime | None = None


class AgreementEnding(Struct, frozen=True, kw_only=True):
    """An agreement of a node that ends within `days`; on `ends` it opens nothing any more."""

    agreement: str
    region: RegionId
    ends: date
    days: int


class NodeHealth(Struct, frozen=True, kw_only=True):
    """One node as probes find it: for anybody.

    `since` is when this gateway began to watch it. `answers` is whether it answered the newest
    probe, None where there is none of now: what nobody looks at any more is unknown, and so are its
    categories. `failing_since` is when the first probe failed of those that did ever since; None:
    it answers, or is down at a time for which it said so (`is_planned`). `maintenance_until` is
    until when it may be down now, `agreements_ending` are those by which it soon shares no more.
    `certificate_expires_at` is of the certificate that it had shown by the newest probe. `traffic`,
    what its calls about people came to in the last hour, is for those who may be told
    (`traffic_of`).
    """

    node: NodeId
    since: datetime
    answers: bool | None = None
    last_probe_at: datetime | None = None
    last_answer_at: datetime | None = None
    failing_since: datetime | None = None
    is_planned: bool = False
    maintenance_until: datetime | None = None
    agreements_ending: tuple[AgreementEnding, ...] = ()
    hour: Window
    day: Window
    slots: tuple[Slot, ...] = ()
    categories: tuple[Probed, ...] = ()
    certificate_expires_at: datetime | None = None
    traffic: Window | None = None


class NodeNow(Node, frozen=True, kw_only=True):
    """A node with how it is doing."""

    health: NodeHealth  # type: ignore[assignment]  # a source of a record has none


class _Seen:
    """What is known of one node."""

    def __init__(self) -> None:
        self.probes = History()
        self.traffic = History()
        self.answers: bool | None = None
        self.is_planned = False
        self.last_probe_at: datetime | None = None
        self.last_answer_at: datetime | None = None
        self.failing_since: datetime | None = None
        self.probed: dict[Category, Probed] = {}
        self.held_back = {False: 0, True: 0}
        self.certificate_expires_at: datetime | None = None


class Health:
    """Everything that is counted, by node.

    `since` is when the gateway began, `in_time` for how long a probe tells how a node is now.
    """

    def __init__(self, since: datetime, in_time: timedelta = IN_TIME) -> None:
        self._since = since
        self._in_time = in_time
        self._nodes: dict[NodeId, _Seen] = {}
        # Apart from what is counted: a look must not set when the watching of a node began.
        self._watched: dict[NodeId, datetime] | None = None

    def answered(
        self, node: NodeId, outcome: Reply | Failure, seconds: float, at: datetime
    ) -> None:
        """Count what a node did when it was asked for somebody."""
        self._of(node).traffic.add(counted(outcome, seconds, at), at)

    def mismatched(self, node: NodeId, at: datetime) -> None:
        """Count an answer that was for somebody else."""
        self._of(node).traffic.mismatch(at)

    def held_back(self, node: NodeId, gives_way: bool) -> None:
        """Count a call that was not made: the node would have been asked too often."""
        self._of(node).held_back[gives_way] += 1

    def probed(
        self,
        node: NodeId,
        asked: Collection[Category],
        outcome: Reply | Failure,
        seconds: float,
        at: datetime,
        certificate_expires_at: datetime | None = None,
    ) -> None:
        """Count a probe, and keep what it found of each category."""
        seen, one = self._of(node), counted(outcome, seconds, at)
        seen.probes.add(one, at)
        seen.last_probe_at = at
        seen.certificate_expires_at = certificate_expires_at
        seen.answers = one.ended in {Ended.ANSWERED, Ended.REFUSED}
        seen.is_planned = one.ended is Ended.PLANNED
        if seen.answers:
            seen.last_answer_at, seen.failing_since = at, None
        elif seen.failing_since is None and not seen.is_planned:
            seen.failing_since = at
        seen.probed = {each.category: each for each in _found(outcome, asked, at)}

    def watch(self, nodes: Collection[NodeId], at: datetime) -> None:
        """Watch these from now on, the first of all since the start; let go of all others."""
        before, since = self._watched or {}, self._since if self._watched is None else at
        self._watched = {node: before.get(node, since) for node in nodes}
        for node in self._nodes.keys() - self._watched.keys():
            del self._nodes[node]

    def of(self, node: NodeId, now: datetime) -> NodeHealth:
        """A node as probes find it."""
        seen = self._nodes.get(node) or _Seen()
        probed = seen.last_probe_at
        is_now = probed is not None and now - probed <= self._in_time
        return NodeHealth(
            node=node,
            since=(self._watched or {}).get(node, self._since),
            answers=seen.answers if is_now else None,
            is_planned=seen.is_planned and is_now,
            last_probe_at=probed,
            last_answer_at=seen.last_answer_at,
            failing_since=seen.failing_since if is_now else None,
            hour=seen.probes.over(HOUR, now),
            day=seen.probes.over(DAY, now),
            slots=tuple(seen.probes.slots(now)),
            categories=tuple(seen.probed[each] for each in sorted(seen.probed)) if is_now else (),
            certificate_expires_at=seen.certificate_expires_at,
        )

    def traffic_of(self, node: NodeId, now: datetime, span: timedelta = HOUR) -> Window:
        """What its calls about people came to: for those who run or answer for the network."""
        seen = self._nodes.get(node)
        return seen.traffic.over(span, now) if seen else Window(calls=0)

    def totals(self) -> Mapping[NodeId, tuple[History, History]]:
        """The histories of probes and of traffic, by node."""
        return {node: (seen.probes, seen.traffic) for node, seen in self._nodes.items()}

    def all_held_back(self) -> Mapping[NodeId, Mapping[bool, int]]:
        """How many calls were not made, by node and by whether they were to give way."""
        return {node: seen.held_back for node, seen in self._nodes.items()}

    def _of(self, node: NodeId) -> _Seen:
        return self._nodes.setdefault(node, _Seen())


def counted(outcome: Reply | Failure, seconds: float, at: datetime) -> Counted:
    """An outcome of this moment as it is counted."""
    if isinstance(outcome, Failure):
        return Counted(ended=_ended(outcome, at), seconds=seconds)
    parts = [part for record in outcome.records for part in record.parts.values()]
    if parts and all(part.state is SourceState.WITHHELD for part in parts):
        return Counted(ended=Ended.REFUSED, seconds=seconds)
    whole = sum(
        part.state in _WHOLE and part.code is None and not _lags(outcome.node, part, at)
        for part in parts
    )
    return Counted(ended=Ended.ANSWERED, seconds=seconds, parts=len(parts), whole=whole)


def _ended(failure: Failure, at: datetime) -> Ended:
    if failure.state is SourceState.WITHHELD:
        return Ended.REFUSED
    down = is_down(failure.state, failure.code, failure.origin)
    if down and maintenance_until(failure.node.maintenance, at) is not None:
        return Ended.PLANNED
    return Ended.LATE if failure.state is SourceState.TIMED_OUT else Ended.FAILED


def _found(outcome: Reply | Failure, asked: Collection[Category], at: datetime) -> list[Probed]:
    if isinstance(outcome, Failure):
        return [
            Probed(category=category, state=outcome.state, code=outcome.code, at=at)
            for category in asked
        ]
    if not outcome.records:
        return [
            Probed(category=category, state=SourceState.NO_RECORD_HELD, code=None, at=at)
            for category in asked
        ]
    return [_probed(outcome.node, part, at) for part in outcome.records[0].parts.values()]


def _probed(node: Node, part: Part, at: datetime) -> Probed:
    late = part.state in _WHOLE and _lags(node, part, at)
    return Probed(
        category=part.category,
        state=SourceState.PARTIAL if late else part.state,
        code=SourceCode.AWAITING_FILING if late else part.code,
        at=at,
        data_current_to=part.data_current_to,
    )


def _lags(node: Node, part: Part, at: datetime) -> bool:
    return node.lags(part.category, part.data_current_to, at)

"""Counts of what the log holds, and the alerts that wait: who, whom and why in words are not in it.

Of people it has no more than how many looks a role made. Alerts count for whom they are for. A
review may stand anywhere in the log, before what it is of as well, so alerts are told at the end.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import datetime

from msgspec import Struct, field

from federation.audit.alerts import to_node, to_organisation
from federation.audit.chain import Opened
from federation.audit.done import Alert
from federation.audit.event import EventKind
from federation.audit.reviewed import EventPlace
from federation.audit.reviews import flags_for, is_overdue, place_in_chain, state_of
from federation.audit.wanted import Wanted
from federation.deeds import ReviewOutcome, ReviewState
from federation.model import NodeId

_NO_ROLE = "-"


class Waiting(Struct, frozen=True, kw_only=True):
    """An alert of an event: for whom, why, by when, and what was found of it last.

    `id` is its view's, by which it is opened.
    """

    id: str
    place: EventPlace
    to: str
    kind: EventKind
    why: tuple[str, ...]
    due: datetime
    overdue: bool
    state: ReviewState
    outcome: ReviewOutcome | None


class Queued:
    """Collects alerts and their reviews; where one organisation or node is wanted, those for it."""

    def __init__(self, wanted: Wanted) -> None:
        self._wanted = wanted
        self._alerts: list[tuple[Opened, Alert]] = []
        self._reviews: defaultdict[tuple[EventPlace, str], list[Opened]] = defaultdict(list)

    def add(self, event: Opened) -> None:
        """Take an event in. Reviews count whenever they were made and by whomever."""
        reviewed = event.plain.review
        if reviewed is not None:
            self._reviews[reviewed.of, reviewed.to].append(event)
        if event.plain.alerts and self._wanted.means(event):
            mine = (one for one in event.plain.alerts if _is_for(one, self._wanted))
            self._alerts.extend((event, one) for one in mine)

    def told(self, now: datetime) -> tuple[Waiting, ...]:
        """Every alert with what was found of it, first due first."""
        told = (self._told(event, alert, now) for event, alert in self._alerts)
        return tuple(sorted(told, key=lambda one: (one.due, one.to, one.id)))

    def _told(self, event: Opened, alert: Alert, now: datetime) -> Waiting:
        plain = event.plain
        flags = flags_for(event, alert.to)
        outcomes = self._outcomes(event, alert)
        state = state_of(outcomes)
        return Waiting(
            id=plain.view_id,
            place=place_in_chain(event),
            to=alert.to,
            kind=plain.kind,
            why=tuple(flag.value for flag in flags) or ((plain.deed or plain.kind).value,),
            due=alert.due,
            overdue=is_overdue(alert.due, state, now),
            state=state,
            outcome=outcomes[0] if outcomes else None,
        )

    def _outcomes(self, event: Opened, alert: Alert) -> list[ReviewOutcome]:
        reviews = self._reviews.get((place_in_chain(event), alert.to), ())
        newest = sorted(reviews, key=lambda one: (one.written_at, one.writer, one.sequence))
        return [one.plain.review.outcome for one in reversed(newest) if one.plain.review]


class Report(Struct, kw_only=True):
    """Counts of events by kind, of alerts by reason and by whom they are for, of looks by role.

    An event that is flagged for two reasons counts under both. `found` are alerts by what was found
    of them last, or that nobody has looked; `overdue` are those past their day.
    """

    events: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    alerts: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)
    overdue: int = 0
    looks: Counter[str] = field(default_factory=Counter)

    def add(self, event: Opened) -> None:
        """Count an event that is among those wanted."""
        plain = event.plain
        self.events[plain.kind.value] += 1
        if plain.kind is EventKind.VIEW:
            self.looks[(plain.asker and plain.asker.role) or _NO_ROLE] += 1

    def add_alerts(self, told: tuple[Waiting, ...]) -> None:
        """Count alerts. A reason counts once for an event, whomever it is told to."""
        self.reasons.update(why for _, why in {(one.place, why) for one in told for why in one.why})
        self.alerts.update(one.to for one in told)
        self.found.update((one.outcome or one.state).value for one in told)
        self.overdue += sum(one.overdue for one in told)


def _is_for(alert: Alert, wanted: Wanted) -> bool:
    return (wanted.organisation is None or alert.to == to_organisation(wanted.organisation)) and (
        wanted.node is None or alert.to == to_node(NodeId(wanted.node))
    )

"""Counts of what the log holds, and the alerts that wait: who, whom and why in words are not in it.

Of people it has no more than how many looks a role made. Alerts count for whom they are for.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from msgspec import Struct, field

from federation.audit.alerts import to_node, to_organisation
from federation.audit.chain import Opened
from federation.audit.event import Alert, EventKind
from federation.audit.wanted import Wanted
from federation.model import NodeId

_NO_ROLE = "-"


class Waiting(Struct, frozen=True, kw_only=True):
    """An alert of an event: for whom, why, by when. `id` is its view's, by which it is opened."""

    id: str
    to: str
    kind: EventKind
    why: tuple[str, ...]
    due: datetime
    overdue: bool


class Report(Struct, kw_only=True):
    """Counts of events by kind, of alerts by reason and by whom they are for, of looks by role.

    An event that is flagged for two reasons counts under both. `overdue` are alerts past their day.
    """

    events: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    alerts: Counter[str] = field(default_factory=Counter)
    overdue: int = 0
    looks: Counter[str] = field(default_factory=Counter)

    def add(self, event: Opened, wanted: Wanted, now: datetime) -> None:
        """Count an event that is among those wanted."""
        plain = event.plain
        self.events[plain.kind.value] += 1
        if plain.kind is EventKind.VIEW:
            self.looks[(plain.asker and plain.asker.role) or _NO_ROLE] += 1
        waiting = waits(event, wanted, now)
        if waiting:
            self.reasons.update(waiting[0].why)
        self.alerts.update(one.to for one in waiting)
        self.overdue += sum(one.overdue for one in waiting)


def waits(event: Opened, wanted: Wanted, now: datetime) -> tuple[Waiting, ...]:
    """The event's alerts; where one organisation or node is wanted, those for it alone."""
    plain = event.plain
    why = tuple(flag.value for flag in event.sealed.flags) or ((plain.deed or plain.kind).value,)
    return tuple(
        Waiting(
            id=plain.view_id,
            to=one.to,
            kind=plain.kind,
            why=why,
            due=one.due,
            overdue=one.due < now,
        )
        for one in plain.alerts
        if _is_for(one, wanted)
    )


def _is_for(alert: Alert, wanted: Wanted) -> bool:
    return (wanted.organisation is None or alert.to == to_organisation(wanted.organisation)) and (
        wanted.node is None or alert.to == to_node(NodeId(wanted.node))
    )

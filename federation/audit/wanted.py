"""Which events somebody asks the log for: by day, organisation, node, kind and person.

What of an event can be told from its row alone is asked before its seal is opened.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from msgspec import Struct

from federation.audit.chain import Opened
from federation.audit.event import EventKind, Plain
from federation.nhs_number import NhsNumber
from federation.records.partial_date import LOCAL
from federation.storage.base import AuditRow

_WRITTEN_WITHIN = timedelta(days=1)
"""How long after something was asked for its event can have been written, at the very most."""


class Wanted(Struct, frozen=True, kw_only=True):
    """Which events; None: whatever it is.

    `since` and `until` are local days on which it was asked for, both included; `organisation` is
    the asker's. `node` was asked, or what was done is about it. `persons` are all the numbers that
    one person is known by: an event is theirs by the number in use or by the one that was typed.
    """

    since: date | None = None
    until: date | None = None
    organisation: str | None = None
    node: str | None = None
    kinds: frozenset[EventKind] | None = None
    persons: frozenset[NhsNumber] | None = None

    def may_hold(self, row: AuditRow) -> bool:
        """Whether it is worth opening: an event is written down after it was asked for."""
        if self.kinds is not None and row.kind not in self.kinds:
            return False
        # A row that somebody wrote to is opened, and told by that.
        if not isinstance(row.at, datetime):
            return True
        return not (
            (self.since and local_day(row.at) < self.since)
            or (self.until and local_day(row.at - _WRITTEN_WITHIN) > self.until)
        )

    def means(self, event: Opened) -> bool:
        """Whether it is one of those."""
        plain, sealed = event.plain, event.sealed
        day = local_day(plain.at)
        return (
            (self.kinds is None or plain.kind in self.kinds)
            and (self.since is None or self.since <= day)
            and (self.until is None or day <= self.until)
            and self.organisation in {None, plain.asker and plain.asker.organisation}
            and (self.node is None or _is_about(plain, self.node))
            and (
                self.persons is None
                or not self.persons.isdisjoint({sealed.number, sealed.asked_number})
            )
        )


def local_day(at: datetime) -> date:
    """The day in the United Kingdom."""
    return at.astimezone(LOCAL).date()


def _is_about(plain: Plain, node: str) -> bool:
    return (
        node in plain.nodes
        or (plain.objection is not None and plain.objection.node == node)
        or (plain.rules is not None and plain.rules.owner == f"node:{node}")
    )

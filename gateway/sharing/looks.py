"""Looks as the audit log has them, for a replay: the views of some days, with their seals opened.

What cannot be replayed is counted and never passed over in silence. Only what decisions were made
on is handed on: no number, no name, nothing that stood on the screen.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from datetime import datetime

from federation.audit import AuditKeys, Opened, Sealer
from federation.audit.chain import open_row
from federation.audit.event import EventKind
from federation.audit.wanted import Wanted
from federation.errors import ErrorCode
from federation.sharing.replay import Look
from federation.storage.base import AuditStore

BY_RULES = frozenset(
    (
        ErrorCode.FORBIDDEN,
        ErrorCode.PURPOSE_NOT_SUPPORTED,
        ErrorCode.EMERGENCY_NOT_EARNED,
        ErrorCode.POLICY_UNAVAILABLE,
    )
)
"""Codes of requests that rules may have refused whole; what they were made on is not kept."""
_KINDS = frozenset((EventKind.VIEW, EventKind.REFUSAL))


class Looks:
    """The looks that are wanted, and what was met on the way that cannot be replayed."""

    def __init__(self, store: AuditStore, keys: AuditKeys, wanted: Wanted) -> None:
        self._store = store
        self._sealer = Sealer(keys)
        self._wanted = wanted
        self.first: datetime | None = None
        self.last: datetime | None = None
        self.before_footings = 0
        """Views of an earlier release, which did not keep what their decisions were made on."""
        self.without_decisions = 0
        """Views of which no node was there to decide about."""
        self.refused: Counter[ErrorCode] = Counter()
        """Requests that were refused whole, by code, where rules may have done so."""

    async def read(self) -> AsyncIterator[Look]:
        """Each in the log's order; raises `AuditBrokenError` for one that is not as written."""
        async for row in self._store.read():
            if row.kind in _KINDS and self._wanted.may_hold(row):
                event = open_row(row, self._sealer)
                if self._wanted.means(event) and (look := self._look(event)):
                    yield look

    def _look(self, event: Opened) -> Look | None:
        plain, sealed = event.plain, event.sealed
        if plain.kind is not EventKind.VIEW:
            if plain.deed is None and plain.error in BY_RULES:
                self.refused[plain.error] += 1
            return None
        if sealed.footing is None:
            if plain.rows:
                self.before_footings += 1
            else:
                self.without_decisions += 1
            return None
        self.first = min(self.first or plain.at, plain.at)
        self.last = max(self.last or plain.at, plain.at)
        footing = sealed.footing.footing()
        return Look(
            view=plain.view_id,
            at=plain.at,
            footing=footing,
            granted=sealed.granted,
            decisions=tuple(one.decision() for one in sealed.decisions),
            screened=tuple(one.decision() for one in sealed.screened),
            screened_on=sealed.screened_on.footing() if sealed.screened_on else footing,
            looked_at={one.node: frozenset(one.details) for one in sealed.looked_at},
        )

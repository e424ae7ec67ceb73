"""One officer's way through one review queue, and what an alert says to them.

The audit log is the queue. An alert is found under whom it is for, newest first, and every review
of it under the id of the look that it is of, wherever that stands: clocks differ, and are set back.
The alert of a look of one's own, or of one at one's own record or the family's, is not there: it
waits for another officer.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from datetime import date, datetime

from msgspec import Struct
from msgspec.structs import replace

from federation.access.access_log import AuditLog
from federation.access.log_cursors import LogCursors
from federation.access.log_days import find_on_days, in_batches
from federation.access.log_entries import purpose_of, role_words
from federation.access.standing import Parts
from federation.audit import Opened, place_of
from federation.audit.chain import open_row
from federation.audit.clues import alert as alert_clue
from federation.audit.done import Alert
from federation.audit.event import EventKind, Flag
from federation.audit.reviewed import EventPlace
from federation.audit.reviews import (
    AlertedKind,
    Review,
    alert_to,
    alerted_kind,
    flags_for,
    is_overdue,
    place_in_chain,
    review_of,
    state_of,
)
from federation.audit.seen import EvidenceInForce
from federation.audit.wanted import local_day
from federation.authority import EmergencyReason, MarkKind
from federation.deeds import ReviewOutcome, ReviewState
from federation.errors import (
    AuditBrokenError,
    LogUnreadableError,
    PolicyUnavailableError,
    StorageError,
)
from federation.model import (
    Category,
    NodeId,
    Organisation,
    Purpose,
    Requester,
    ViewId,
    principal_of,
)
from federation.nhs_number import NhsNumber
from federation.sharing import marks_on
from federation.storage.base import AuditPlace, AuditRow

_CLOSE = frozenset((MarkKind.OWN_RECORD, MarkKind.FAMILY))
_BATCH = 100
"""How many events are opened before the reviews of their alerts are read, in one question."""


class Queue(Struct, frozen=True):
    """Whose alerts: as they name the addressee, and the node where it is one."""

    to: str
    node: NodeId | None = None


class AccessReview(Struct, frozen=True, kw_only=True):
    """An alert as an officer of its addressee may know it, with all reviews, newest first.

    `name`, `nhs_number`, `reason` and `emergency_reason` are for the organisation whose staff it
    was; None: not for this officer.
    """

    id: str
    kind: AlertedKind
    at: datetime
    due: datetime
    overdue: bool
    state: ReviewState
    flags: tuple[Flag, ...]
    node: NodeId | None
    name: str | None
    role: str
    organisation: Organisation | None
    purpose: Purpose
    categories: tuple[Category, ...]
    evidence: tuple[EvidenceInForce, ...]
    nhs_number: NhsNumber | None
    reason: str | None
    emergency_reason: EmergencyReason | None
    reviews: tuple[Review, ...]


class InQueue(Struct, frozen=True):
    """An alert as the officer may know it, and the event that it is of."""

    review: AccessReview
    event: Opened


class QueueReading:
    """One officer's way through one queue."""

    def __init__(
        self, requester: Requester, queue: Queue, parts: Parts, log: AuditLog, now: datetime
    ) -> None:
        self._requester = requester
        self._queue = queue
        self._parts = parts
        self._log = log
        self._now = now
        self._ids = review_ids(requester, queue, log)
        self._close: dict[NhsNumber, bool] = {}

    async def alerts(
        self,
        wanted: Callable[[AccessReview], bool],
        since: date | None = None,
        until: date | None = None,
        before: AuditPlace | None = None,
    ) -> AsyncGenerator[InQueue]:
        """Every wanted alert of what was asked for on these days, newest first, with its reviews.

        Behind the place `before`. Raises `LogUnreadableError` where the log cannot be read, and
        `PolicyUnavailableError` where it is not known who is close to whom.
        """
        sought = alert_clue(self._queue.to)
        try:
            async with aclosing(find_on_days(self._log, sought, since, until, before)) as events:
                async for some in in_batches(events, _BATCH):
                    for one in await self._in_queue(some):
                        # What is close to the officer is asked of the store, and so comes last.
                        if wanted(one.review) and not await self._is_their_own(one.event):
                            yield one
        except (StorageError, AuditBrokenError) as lost:
            raise LogUnreadableError from lost

    async def alert(self, view_id: ViewId, place: AuditPlace) -> InQueue | None:
        """The alert of the event at this place, found by its look's id. Raises as `alerts`."""
        try:
            rows = await self._log.store.of_view(view_id)
            events = [open_row(row, self._log.sealer) for row in rows if _is_at(row, place)]
            for one in await self._in_queue(events):
                if not await self._is_their_own(one.event):
                    return one
        except (StorageError, AuditBrokenError) as lost:
            raise LogUnreadableError from lost
        return None

    async def _in_queue(self, events: Sequence[Opened]) -> list[InQueue]:
        alerted = [
            (event, alert)
            for event in events
            if (alert := alert_to(event, self._queue.to)) is not None
        ]
        reviews = await self._reviews({event.plain.view_id for event, _ in alerted})
        return [
            InQueue(self._told(event, alert, reviews[place_in_chain(event)]), event)
            for event, alert in alerted
        ]

    async def _reviews(self, view_ids: set[ViewId]) -> Mapping[EventPlace, Sequence[Review]]:
        """All reviews for this queue of what these looks' alerts are of, newest first."""
        rows = await self._log.store.of_views(view_ids, EventKind.REVIEWED) if view_ids else ()
        found: defaultdict[EventPlace, list[Review]] = defaultdict(list)
        events = (open_row(row, self._log.sealer) for row in rows)
        sent: set[tuple[EventPlace, str, str, ReviewOutcome, str]] = set()
        for event in sorted(events, key=place_of):
            reviewed = event.plain.review
            if reviewed is None or reviewed.to != self._queue.to:
                continue
            review = review_of(event, reviewed)
            key = review.idempotency_key
            if key is not None:
                request = (reviewed.of, review.principal, key, review.outcome, review.note)
                # Sent twice at once: the second had not read of the first, and is none.
                if request in sent:
                    continue
                sent.add(request)
            found[reviewed.of].insert(0, review)
        return found

    async def _is_their_own(self, event: Opened) -> bool:
        """Whether the look was the officer's, under any role, or at somebody close to them."""
        sealed = event.sealed
        if principal_of(sealed.issuer, sealed.subject) == self._requester.principal:
            return True
        for number in (sealed.number, sealed.asked_number):
            if number is not None and await self._is_close(number):
                return True
        return False

    async def _is_close(self, number: NhsNumber) -> bool:
        if number not in self._close:
            numbers = self._parts.numbers.all_of(self._parts.numbers.in_use(number)) | {number}
            try:
                held = await self._parts.store.about(self._parts.persons.sought(sorted(numbers)))
            except StorageError as lost:
                raise PolicyUnavailableError from lost
            marks = marks_on(held, self._requester)
            self._close[number] = not _CLOSE.isdisjoint(marks)
        return self._close[number]

    def _told(self, event: Opened, alert: Alert, reviews: Sequence[Review]) -> AccessReview:
        plain, sealed = event.plain, event.sealed
        asker = plain.asker
        state = state_of([one.outcome for one in reviews])
        review = AccessReview(
            id=f"{plain.view_id}.{self._ids.close(place_of(event))}",
            kind=alerted_kind(event),
            at=plain.at,
            due=alert.due,
            overdue=is_overdue(alert.due, state, self._now),
            state=state,
            flags=flags_for(event, alert.to),
            node=self._queue.node,
            name=None,
            role=role_words(asker),
            organisation=self._listed(event),
            purpose=purpose_of(event),
            categories=plain.categories,
            evidence=plain.evidence,
            nhs_number=None,
            reason=None,
            emergency_reason=None,
            reviews=tuple(reviews),
        )
        if self._queue.node is not None:
            return review
        return replace(
            review,
            name=sealed.name,
            nhs_number=sealed.number,
            reason=sealed.reason,
            emergency_reason=plain.grant.reason_code if plain.grant else None,
        )

    def _listed(self, event: Opened) -> Organisation | None:
        asker = event.plain.asker
        if asker is None or asker.organisation is None:
            return None
        return self._log.organisation(asker.organisation, local_day(event.plain.at))


def _is_at(row: AuditRow, place: AuditPlace) -> bool:
    return AuditPlace(row.at, row.writer, row.sequence) == place


def review_ids(requester: Requester, queue: Queue, log: AuditLog) -> LogCursors:
    """Makes and opens what stands behind the dot of an alert's id, for one officer and queue."""
    return LogCursors(log.cursor_key, "review", queue.to, requester.authority)

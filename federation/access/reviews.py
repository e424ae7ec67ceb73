"""Read the review queue, and say what was found of an alert.

An organisation's officers read the alerts of looks of its own staff, a region's those of looks at
its nodes, and neither reads another's. `review_queue.py` is what an alert says to them. Reading and
reviewing are on the record before they are answered.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import aclosing
from functools import partial

from msgspec import Struct
from msgspec.structs import replace

from federation.access.access_log import AuditLog
from federation.access.log_cursors import LogCursors
from federation.access.officers import answers_for, need_officer
from federation.access.review_queue import AccessReview, InQueue, Queue, QueueReading, review_ids
from federation.access.standing import Parts
from federation.audit import place_of
from federation.audit.alerts import to_node, to_organisation
from federation.audit.deeds import Reviewable, access_reviewed, reviews_read
from federation.audit.reviewed import Reviewed
from federation.audit.reviews import Review, place_in_chain, state_of
from federation.deeds import ReadReviews, ReviewAccess
from federation.errors import ConflictError, ForbiddenError, InvalidCursorError, NotFoundError
from federation.model import Organisation, ViewId


class ReviewPage(Struct, frozen=True, kw_only=True):
    """Alerts newest first, each with its cursor."""

    reviews: tuple[AccessReview, ...]
    cursors: tuple[str, ...]
    has_next: bool
    has_previous: bool


async def read_reviews(deed: ReadReviews, parts: Parts, log: AuditLog) -> ReviewPage:
    """One page of a queue, once it is on the record which alerts are shown.

    Raises the `ForbiddenError` of whoever is no officer of it, `InvalidCursorError` for a cursor
    that was not theirs, and `LogUnreadableError` where the log cannot be read.
    """
    queue = _queue(deed, parts)
    cursors = _cursors(deed, queue, log)
    before = cursors.open(deed.after) if deed.after is not None else None
    reading = QueueReading(deed.requester, queue, parts, log, deed.asked_at)
    found: list[InQueue] = []
    wanted = partial(_is_wanted, deed)
    async with aclosing(reading.alerts(wanted, deed.since, deed.until, before)) as alerts:
        async for one in alerts:
            found.append(one)
            if len(found) > deed.first:
                break
    page = found[: deed.first]
    await parts.trail.record((reviews_read(deed, [place_in_chain(one.event) for one in page]),))
    return ReviewPage(
        reviews=tuple(one.review for one in page),
        cursors=tuple(cursors.close(place_of(one.event)) for one in page),
        has_next=len(found) > deed.first,
        has_previous=deed.after is not None,
    )


async def review_access(deed: ReviewAccess, parts: Parts, log: AuditLog) -> AccessReview:
    """The alert with what was found of it. The same of the same officer again changes nothing.

    Raises the `ForbiddenError` of whoever is no officer, `NotFoundError` for an id that this one
    was not given, and `ConflictError` for an idempotency key that stood for something else.
    """
    queue, one = await _find(deed, parts, log)
    of = Reviewable(
        place=place_in_chain(one.event),
        view_id=one.event.plain.view_id,
        number=one.event.sealed.number,
        node=queue.node,
    )
    if _is_said_again(deed, one.review.reviews):
        await parts.trail.record((access_reviewed(deed, of, None),))
        return one.review
    reviewed = Reviewed(of=of.place, to=queue.to, outcome=deed.outcome)
    await parts.trail.record((access_reviewed(deed, of, reviewed),))
    new = Review(
        at=deed.asked_at,
        outcome=deed.outcome,
        name=deed.requester.name,
        note=deed.note,
        principal=deed.requester.principal,
        idempotency_key=deed.idempotency_key,
    )
    return replace(
        one.review,
        reviews=(new, *one.review.reviews),
        state=state_of((deed.outcome,)),
        overdue=False,
    )


def _queue(deed: ReadReviews, parts: Parts) -> Queue:
    """The queue that they may read, or the `RefusedError` that answers them."""
    organisation = need_officer(deed.requester)
    wanted = next((one for one in _queues(organisation, parts) if one.node == deed.node), None)
    if wanted is None:
        raise ForbiddenError
    return wanted


def _queues(organisation: Organisation, parts: Parts) -> Iterator[Queue]:
    """Every queue of an organisation's officers: its own, and those of its region's nodes."""
    assert organisation.ods_code  # noqa: S101 - an officer's organisation has one
    yield Queue(to_organisation(organisation.ods_code))
    network = parts.registry.now()
    for node in (*network.nodes, *network.left):
        if answers_for(organisation, node):
            yield Queue(to_node(node.id), node.id)


async def _find(deed: ReviewAccess, parts: Parts, log: AuditLog) -> tuple[Queue, InQueue]:
    organisation = need_officer(deed.requester)
    view_id, _, sealed = deed.review.partition(".")
    for queue in _queues(organisation, parts):
        try:
            place = review_ids(deed.requester, queue, log).open(sealed)
        except InvalidCursorError:
            continue
        reading = QueueReading(deed.requester, queue, parts, log, deed.asked_at)
        if (one := await reading.alert(ViewId(view_id), place)) is not None:
            return queue, one
    raise NotFoundError


def _is_said_again(deed: ReviewAccess, reviews: Sequence[Review]) -> bool:
    """Whether it is the newest word already, or the request was sent before."""
    mine = [one for one in reviews if one.principal == deed.requester.principal]
    key = deed.idempotency_key
    sent = next((one for one in mine if key is not None and one.idempotency_key == key), None)
    if sent is not None:
        if not _is_same(deed, sent):
            raise ConflictError
        return True
    return bool(mine) and mine[0] is reviews[0] and _is_same(deed, mine[0])


def _is_same(deed: ReviewAccess, review: Review) -> bool:
    return (deed.outcome, deed.note) == (review.outcome, review.note)


def _is_wanted(deed: ReadReviews, review: AccessReview) -> bool:
    newest = review.reviews[0].outcome if review.reviews else None
    return (
        deed.state in {None, review.state}
        and deed.outcome in {None, newest}
        and deed.overdue in {None, review.overdue}
    )


def _cursors(deed: ReadReviews, queue: Queue, log: AuditLog) -> LogCursors:
    filters = (deed.since, deed.until, deed.state, deed.outcome, deed.overdue)
    said = ("" if one is None else str(one) for one in filters)
    return LogCursors(log.cursor_key, "reviews", queue.to, *said, deed.requester.authority)

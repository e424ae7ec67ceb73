"""Reviewing an alert: who may, what is kept of it, and what the same again does."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from federation.audit import AuditTrail
from federation.audit.reviewed import EventPlace, Reviewed
from federation.deeds import ReviewOutcome, ReviewState
from federation.errors import (
    AuditUnavailableError,
    ConflictError,
    ErrorCode,
    NotFoundError,
    StorageError,
)
from federation.storage.memory import MemoryAudit
from tests.builders import (
    HERTS,
    LONDON,
    NOW,
    NUMBER,
)
from tests.federation.access.alerted import (
    COLLEAGUE,
    ELSEWHERE,
    NEIGHBOUR,
    OFFICER,
    a_look,
    an_office,
    the_alert,
    the_queue,
    views,
)
from tests.federation.access.standing import (
    KEYS,
    reading,
    reading_node_log,
    reading_reviews,
    reviewing,
)
from tests.federation.access.test_statements import CITIZEN


async def test_a_review_is_on_the_record_before_it_is_answered():
    """Which alert, for whom, what was found; what was written of it is sealed."""
    office = await an_office()
    alert = await the_alert(office, requester=OFFICER)
    said = await office.do(reviewing(alert.id, requester=OFFICER, note="was on call"))
    event = (await office.events())[-1]
    assert (event.plain.kind, event.plain.view_id) == ("REVIEWED", "look")
    assert event.plain.review == Reviewed(
        of=EventPlace("test", 1), to="organisation:RRV", outcome=ReviewOutcome.JUSTIFIED
    )
    assert (event.sealed.reason, event.sealed.number) == ("was on call", NUMBER)
    assert b"was on call" not in msgspec.json.encode(event.plain)
    assert (said.state, said.reviews[0].outcome) == (ReviewState.CLOSED, ReviewOutcome.JUSTIFIED)
    assert await the_alert(office, requester=OFFICER) == said
    assert office.happened[-2].kind == "REVIEWED"


async def test_without_audit_nothing_is_said():
    """A review that cannot be written down is not answered, and is none."""

    class Full(MemoryAudit):
        full = False

        async def append(self, rows, index=()) -> None:
            if self.full:
                raise StorageError("the audit log could not be written")
            await super().append(rows, index)

    audit = Full()
    office = await an_office(audit=audit)
    alert = await the_alert(office, requester=OFFICER)
    audit.full = True
    with pytest.raises(AuditUnavailableError):
        await office.do(reviewing(alert.id, requester=OFFICER))
    audit.full = False
    assert (await the_alert(office, requester=OFFICER)).state is ReviewState.WAITING


async def test_a_later_review_holds_and_both_are_kept():
    """Newest first, with who and when."""
    office = await an_office()
    alert = await the_alert(office, requester=OFFICER)
    await office.do(
        reviewing(alert.id, requester=OFFICER, outcome=ReviewOutcome.NEEDS_INQUIRY, note="asked")
    )
    again = await the_alert(office, requester=COLLEAGUE)
    said = await office.do(
        reviewing(again.id, requester=COLLEAGUE, outcome=ReviewOutcome.NOT_JUSTIFIED, note="no tie")
    )
    assert [(one.outcome, one.name, one.note) for one in said.reviews] == [
        (ReviewOutcome.NOT_JUSTIFIED, "Second Officer", "no tie"),
        (ReviewOutcome.NEEDS_INQUIRY, "Oriel Banks", "asked"),
    ]
    assert said.state is ReviewState.CLOSED
    assert await the_alert(office, requester=COLLEAGUE) == said


async def test_the_same_twice_changes_nothing():
    """It is on the record that it was asked for, and shown, and is no second review."""
    office = await an_office()
    alert = await the_alert(office, requester=OFFICER)
    first = await office.do(reviewing(alert.id, requester=OFFICER))
    second = await office.do(reviewing(alert.id, requester=OFFICER))
    assert second == first
    assert len(second.reviews) == 1
    event = (await office.events())[-1]
    assert (event.plain.kind, event.plain.review) == ("REVIEWED", None)
    assert event.sealed.listed == (EventPlace("test", 1),)
    assert len((await the_alert(office, requester=OFFICER)).reviews) == 1


async def test_another_note_is_another_review():
    """What somebody wrote is never dropped without a word."""
    office = await an_office()
    alert = await the_alert(office, requester=OFFICER)
    await office.do(reviewing(alert.id, requester=OFFICER, note="one"))
    said = await office.do(reviewing(alert.id, requester=OFFICER, note="two"))
    assert [one.note for one in said.reviews] == ["two", "one"]


async def test_what_was_said_before_another_spoke_is_said_anew():
    """The same outcome after a colleague's is the newest word."""
    office = await an_office()
    alert = await the_alert(office, requester=OFFICER)
    other = await the_alert(office, requester=COLLEAGUE)
    await office.do(reviewing(alert.id, requester=OFFICER))
    await office.do(reviewing(other.id, requester=COLLEAGUE, outcome=ReviewOutcome.NOT_JUSTIFIED))
    said = await office.do(reviewing(alert.id, requester=OFFICER))
    assert said.reviews[0].outcome is ReviewOutcome.JUSTIFIED
    assert len(said.reviews) == 3


async def test_a_request_sent_again_by_its_key():
    """It counts once, also after a colleague's; for something else the key is taken."""
    office = await an_office()
    alert = await the_alert(office, requester=OFFICER)
    other = await the_alert(office, requester=COLLEAGUE)
    keyed = {"requester": OFFICER, "idempotency_key": "k"}
    await office.do(reviewing(alert.id, **keyed))
    await office.do(reviewing(other.id, requester=COLLEAGUE, outcome=ReviewOutcome.NOT_JUSTIFIED))
    said = await office.do(reviewing(alert.id, **keyed))
    assert [one.outcome for one in said.reviews] == [
        ReviewOutcome.NOT_JUSTIFIED,
        ReviewOutcome.JUSTIFIED,
    ]
    for given in ({"note": "other"}, {"outcome": ReviewOutcome.NEEDS_INQUIRY}):
        with pytest.raises(ConflictError):
            await office.do(reviewing(alert.id, **keyed | given))
    await office.do(reviewing(other.id, requester=COLLEAGUE, idempotency_key="k"))


async def test_an_id_is_for_whom_it_was_given():
    """Another officer's, another organisation's, a forged and an unknown one are all the same."""
    office = await an_office(a_look("one"), a_look("two"))
    two, one = await the_queue(office, requester=OFFICER)
    at_node = (await the_queue(office, requester=OFFICER, node=LONDON.id))[0]
    sealed = two.id.partition(".")[2]
    wrong = [
        (COLLEAGUE, two.id),
        (NEIGHBOUR, two.id),
        (NEIGHBOUR, at_node.id),
        (ELSEWHERE, two.id),
        (OFFICER, f"one.{sealed}"),
        (OFFICER, sealed),
        (OFFICER, "two"),
        (OFFICER, "two."),
        (OFFICER, ""),
        (OFFICER, "two.\N{SNOWMAN}"),
        (OFFICER, f"{one.id}A"),
    ]
    for requester, id_ in wrong:
        with pytest.raises(NotFoundError) as refused:
            await office.do(reviewing(id_, requester=requester))
        assert refused.value.text == NotFoundError.public
        assert (await office.events())[-1].plain.error is ErrorCode.NOT_FOUND
    assert "REVIEWED" not in await office.kinds()
    cursor = (await office.do(reading_reviews(requester=OFFICER))).cursors[0]
    with pytest.raises(NotFoundError):
        await office.do(reviewing(f"two.{cursor}", requester=OFFICER))


async def test_each_addressee_reviews_for_itself():
    """What the organisation found closes nothing for the node, and the node reads none of it."""
    office = await an_office()
    mine = await the_alert(office, requester=OFFICER)
    await office.do(reviewing(mine.id, requester=OFFICER, note="unmistakable"))
    theirs = await the_alert(office, requester=ELSEWHERE, node=HERTS.id)
    assert (theirs.state, theirs.reviews) == (ReviewState.WAITING, ())
    said = await office.do(
        reviewing(theirs.id, requester=ELSEWHERE, outcome=ReviewOutcome.NEEDS_INQUIRY)
    )
    assert (said.state, said.node, said.nhs_number) == (ReviewState.INQUIRY, HERTS.id, None)
    assert (await the_alert(office, requester=OFFICER)).state is ReviewState.CLOSED
    event = (await office.events())[-2]
    assert (event.plain.review.to, event.plain.nodes) == (f"node:{HERTS.id}", (HERTS.id,))


@pytest.mark.parametrize("node", [None, LONDON.id])
async def test_of_two_queues_the_one_is_reviewed_that_the_id_is_of(node: Any):
    """An officer whose hospital lies in the node's region has an alert twice, as two things."""
    office = await an_office()
    alert = await the_alert(office, requester=OFFICER, node=node)
    said = await office.do(reviewing(alert.id, requester=OFFICER))
    assert said.id == alert.id
    states = [
        (await the_alert(office, requester=OFFICER, node=one)).state for one in (None, LONDON.id)
    ]
    closed, waiting = ReviewState.CLOSED, ReviewState.WAITING
    assert states == ([waiting, closed] if node else [closed, waiting])


async def test_a_review_is_no_look():
    """Neither the person's log, nor an officer's of it, nor the node's has it."""
    office = await an_office()
    for given in ({"requester": OFFICER}, {"requester": NEIGHBOUR, "node": LONDON.id}):
        alert = await the_alert(office, **given)
        await office.do(reviewing(alert.id, requester=given["requester"]))
    assert views((await office.do(reading(requester=CITIZEN))).looks) == ["look"]
    assert views((await office.do(reading(requester=OFFICER))).looks) == ["look"]
    assert views((await office.do(reading_node_log(requester=OFFICER))).looks) == ["look"]


async def test_written_by_another_gateway():
    """Alerts and reviews of every writer are of one queue, told apart by their places."""
    office = await an_office(a_look("one"))
    trail = await AuditTrail.open(office.audit, "another", KEYS, lambda: NOW)
    await trail.record((a_look("two"),))
    await trail.aclose()
    alerts = {one.id.partition(".")[0]: one for one in await the_queue(office, requester=OFFICER)}
    assert alerts.keys() == {"one", "two"}
    await office.do(reviewing(alerts["two"].id, requester=OFFICER))
    waiting = await the_queue(office, requester=OFFICER, state=ReviewState.WAITING)
    assert views(waiting) == ["one"]

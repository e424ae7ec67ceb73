"""How the review queue finds alerts and reviews: by their places, and no further than it must."""

from __future__ import annotations

from datetime import timedelta

from msgspec.structs import replace

from federation.audit import AuditEvent, AuditTrail
from federation.audit.deeds import Reviewable, access_reviewed
from federation.audit.reviewed import EventPlace, Reviewed
from federation.deeds import ReviewOutcome, ReviewState
from federation.model import ViewId
from federation.storage.memory import MemoryAudit, MemorySharing
from tests.builders import NOW, NUMBER
from tests.federation.access.alerted import (
    COLLEAGUE,
    OFFICER,
    a_look,
    an_office,
    the_alert,
    views,
)
from tests.federation.access.standing import KEYS, Office, reading_reviews, reviewing

LOOKS = 250


class Counting(MemoryAudit):
    """A log that counts how many rows are looked for by the index."""

    found = 0

    async def find(self, entries, **narrower):
        rows = await super().find(entries, **narrower)
        self.found += len(rows)
        return rows


class Asked(MemorySharing):
    """A store that counts how often it is asked about somebody."""

    times = 0

    async def about(self, person):
        self.times += 1
        return await super().about(person)


def a_review(alert: int, key: str | None = None, note: str = "looked into") -> AuditEvent:
    """A review of the alert of one of the test's events."""
    deed = reviewing("id", requester=COLLEAGUE, note=note, idempotency_key=key)
    of = Reviewable(
        place=EventPlace("test", alert), view_id=ViewId("look"), number=NUMBER, node=None
    )
    return access_reviewed(deed, of, Reviewed(of.place, "organisation:RRV", deed.outcome))


async def written(office: Office, event: AuditEvent, *, minutes: int) -> None:
    at = NOW + timedelta(minutes=minutes)
    trail = await AuditTrail.open(office.audit, "test", KEYS, lambda: at)
    await trail.record((event,))
    await trail.aclose()


async def test_a_review_counts_where_the_clock_was_set_back_before_it():
    """It stands in time before what it is of, and closes it all the same."""
    office = Office()
    await written(office, a_look(), minutes=60)
    await written(office, a_review(1), minutes=0)
    alert = await the_alert(office, requester=OFFICER)
    assert (alert.state, len(alert.reviews)) == (ReviewState.CLOSED, 1)
    said = await office.do(reviewing(alert.id, requester=OFFICER, outcome=ReviewOutcome.JUSTIFIED))
    assert len(said.reviews) == 2


async def test_a_request_that_came_twice_at_once_counts_once():
    """Both were written down before either had read of the other."""
    office = await an_office(a_look(), a_review(1, "k"), a_review(1, "k"), a_review(1, "l"))
    alert = await the_alert(office, requester=OFFICER)
    assert len(alert.reviews) == 2


async def test_a_later_page_begins_where_the_earlier_ended():
    """What stands before it is not read again, and what was reviewed there meanwhile stands."""
    audit = Counting()
    office = await an_office(*(a_look(f"look-{n}") for n in range(LOOKS)), audit=audit)
    first = await office.do(reading_reviews(requester=OFFICER, first=LOOKS - 10))
    last = first.reviews[-1]
    assert views([last]) == ["look-10"]
    audit.found = 0
    rest = await office.do(
        reading_reviews(requester=OFFICER, first=LOOKS - 10, after=first.cursors[-1])
    )
    assert (len(rest.reviews), audit.found) == (10, 10)
    await office.do(reviewing(rest.reviews[3].id, requester=OFFICER))
    again = await office.do(
        reading_reviews(requester=OFFICER, first=LOOKS - 10, after=first.cursors[-1])
    )
    assert [one.state for one in again.reviews].count(ReviewState.CLOSED) == 1


async def test_a_review_looks_at_its_own_alert_alone():
    """However many wait before it."""
    audit = Counting()
    office = await an_office(*(a_look(f"look-{n}") for n in range(LOOKS)), audit=audit)
    page = await office.do(reading_reviews(requester=OFFICER, first=LOOKS))
    audit.found = 0
    said = await office.do(reviewing(page.reviews[-1].id, requester=OFFICER))
    assert said == replace(
        page.reviews[-1], state=said.state, reviews=said.reviews, overdue=said.overdue
    )
    assert audit.found == 0


async def test_nobody_is_asked_about_for_an_alert_that_is_not_wanted():
    """Whether somebody is of the officer's family costs a question of the store."""
    store = Asked()
    office = await an_office(a_look(), store=store)
    await office.do(reading_reviews(requester=OFFICER, state=ReviewState.CLOSED))
    assert store.times == 0
    await office.do(reading_reviews(requester=OFFICER, state=ReviewState.WAITING))
    assert store.times == 1

"""The review queue: who reads which alerts, and what each may know of them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from federation.audit.deeds import deed_refused
from federation.audit.event import Flag
from federation.audit.reviewed import EventPlace
from federation.authority import (
    EmergencyReason,
    Mark,
    MarkKind,
)
from federation.deeds import ReviewOutcome, ReviewState
from federation.errors import (
    AuditUnavailableError,
    ErrorCode,
    ForbiddenError,
    InvalidCursorError,
    LogUnreadableError,
    NotFoundError,
    PolicyUnavailableError,
    RoleNotSelectedError,
    StandingLapsedError,
    StorageError,
)
from federation.model import AvailableRole, Requester, RequesterKind, Standing, ViewId
from federation.storage.memory import MemoryAudit
from tests.builders import (
    HERTS,
    LONDON,
    NOW,
    NUMBER,
    OTHER_NUMBER,
    an_organisation,
)
from tests.federation.access.alerted import (
    COLLEAGUE,
    CONSULTANT,
    ELSEWHERE,
    NEIGHBOUR,
    NODES,
    OFFICER,
    a_grant,
    a_look,
    a_statement,
    an_office,
    the_alert,
    the_queue,
    views,
)
from tests.federation.access.standing import (
    BrokenAudit,
    Lost,
    Office,
    an_officer,
    declaring,
    reading_reviews,
    reviewing,
)
from tests.federation.access.test_statements import CITIZEN, PROXY
from tests.federation.audit.values import the_question, the_view


async def test_what_the_officers_of_who_asked_read():
    """Who, in which role, at whom, why, by when; everything that they need to look into it."""
    office = await an_office(a_look(flags=(Flag.FAMILY, Flag.WATCHED)), a_statement(), a_grant())
    grant, statement, look = await the_queue(office, requester=OFFICER)
    assert views((grant, statement, look)) == ["grant", "statement", "look"]
    assert (grant.kind, grant.reason, grant.emergency_reason) == (
        "BREAK_GLASS",
        "found unconscious",
        EmergencyReason.SAFEGUARDING,
    )
    assert (statement.kind, statement.flags) == ("DECLARE_RELATIONSHIP", ())
    assert (look.kind, look.flags) == ("VIEW", (Flag.FAMILY, Flag.WATCHED))
    assert (look.name, look.nhs_number, look.role) == (
        CONSULTANT.name,
        NUMBER,
        "Consultant",
    )
    assert (look.organisation.ods_code, look.purpose) == ("RRV", "DIRECT_CARE")
    assert (look.due, look.overdue, look.state, look.reviews) == (
        NOW + timedelta(days=1),
        False,
        ReviewState.WAITING,
        (),
    )


async def test_what_the_officers_of_the_node_read():
    """Who asked in which role, and never about whom, by whom or in which words."""
    office = await an_office(a_look(flags=(Flag.FAMILY, Flag.WATCHED)), a_grant())
    alerts = await the_queue(office, requester=NEIGHBOUR, node=LONDON.id)
    assert views(alerts) == ["grant", "look"]
    assert {one.node for one in alerts} == {LONDON.id}
    assert {one.organisation.ods_code for one in alerts} == {"RRV"}
    text = msgspec.json.encode(alerts).decode()
    secrets = (NUMBER, CONSULTANT.name, CONSULTANT.subject, "unconscious", "SAFEGUARDING", HERTS.id)
    assert [secret for secret in secrets if secret in text] == []


async def test_what_is_between_an_organisation_and_its_staff_is_not_told_to_nodes():
    """Family is an employer's knowledge: the node reads of the other reasons alone."""
    office = await an_office(a_look(flags=(Flag.FAMILY, Flag.WATCHED, Flag.MANY_PEOPLE)))
    alert = await the_alert(office, requester=ELSEWHERE, node=HERTS.id)
    assert alert.flags == (Flag.WATCHED,)


async def test_a_queue_is_one_addressees():
    """Another organisation reads nothing, nor does the region of a node that was not asked."""
    office = await an_office(a_look(nodes=(LONDON.id,)))
    assert await the_queue(office, requester=NEIGHBOUR) == ()
    assert await the_queue(office, requester=ELSEWHERE) == ()
    assert await the_queue(office, requester=ELSEWHERE, node=HERTS.id) == ()
    assert len(await the_queue(office, requester=NEIGHBOUR, node=LONDON.id)) == 1


async def test_what_waits_of_a_node_that_has_left():
    """Its region's officers read and review it as before."""
    office = await an_office(a_look(nodes=(LONDON.id,)))
    office.registry.take_over(replace(office.registry.now(), nodes=(HERTS,), left=(LONDON,)))
    alert = await the_alert(office, requester=NEIGHBOUR, node=LONDON.id)
    await office.do(reviewing(alert.id, requester=NEIGHBOUR))
    assert (await office.kinds())[-1] == "REVIEWED"
    assert await the_queue(office, requester=ELSEWHERE, node=HERTS.id) == ()


async def test_what_was_refused_waits_too():
    """An attempt, of a look or of a statement."""
    refused = deed_refused(
        declaring(deed_id=ViewId("attempt")), NUMBER, ErrorCode.FORBIDDEN, alert=True
    )
    alert = await the_alert(await an_office(refused), requester=OFFICER)
    assert (alert.kind, alert.reason) == ("REFUSED_RELATIONSHIP", "on my ward since this morning")


async def test_what_has_no_alert_is_not_in_it():
    """An ordinary look is nobody's to review."""
    office = await an_office(the_view(the_question())[0])
    assert await the_queue(office, requester=OFFICER) == ()


SEVERAL = (AvailableRole(id="1", role="PRIVACY_OFFICER"),)
REFUSED = {
    "a consultant": (CONSULTANT, ForbiddenError),
    "a consultant there, surely": (an_officer(role="R0050"), ForbiddenError),
    "an approver": (an_officer(role="APPROVER"), ForbiddenError),
    "an operator's role": (an_officer(role="OPERATOR"), ForbiddenError),
    "an operator": (an_officer(kind=RequesterKind.OPERATOR), ForbiddenError),
    "a citizen": (CITIZEN, ForbiddenError),
    "a proxy": (PROXY, ForbiddenError),
    "a citizen with an officer's role": (an_officer(kind=RequesterKind.CITIZEN), ForbiddenError),
    "no organisation": (an_officer(organisation=None), ForbiddenError),
    "an organisation without a code": (
        an_officer(organisation=an_organisation(None, region=LONDON.region_id)),
        ForbiddenError,
    ),
    "a lapsed organisation": (an_officer(standing=Standing.LAPSED), StandingLapsedError),
    "an unknown organisation": (an_officer(standing=Standing.UNKNOWN), ForbiddenError),
    "a password alone": (an_officer(assurance=1), ForbiddenError),
    "no role selected": (an_officer(role=None, available_roles=SEVERAL), RoleNotSelectedError),
}


@pytest.mark.parametrize("node", [None, LONDON.id])
@pytest.mark.parametrize(("requester", "error"), REFUSED.values(), ids=REFUSED)
async def test_nobody_else(requester: Requester, error: type[Exception], node: Any):
    """Neither reads nor reviews; each attempt is on the record, and nothing else is."""
    office = await an_office()
    alert = await the_alert(office, requester=OFFICER)
    for deed in (
        reading_reviews(requester=requester, node=node),
        reviewing(alert.id, requester=requester),
    ):
        with pytest.raises(error) as refused:
            await office.do(deed)
        assert type(refused.value) is error
        event = (await office.events())[-1]
        assert (event.plain.kind, event.plain.deed) == ("REFUSAL", deed.kind)
        assert event.sealed.subject == requester.subject
        assert event.plain.nodes == ((node,) if node and deed.kind == "READ_REVIEWS" else ())
    assert "REVIEWED" not in await office.kinds()


@pytest.mark.parametrize("node", [HERTS.id, "no-such-node"])
async def test_not_of_another_regions_node(node: Any):
    """FORBIDDEN, whatever is in it, and on the record as one about this node."""
    office = await an_office()
    with pytest.raises(ForbiddenError):
        await office.do(reading_reviews(requester=OFFICER, node=node))
    assert (await office.events())[-1].plain.nodes == (node,)


async def test_reading_is_on_the_record_before_it_is_told():
    """Whose alerts were shown, by where they stand; and where that cannot be written, nothing."""
    office = await an_office(a_look("one"), a_look("two"))
    await office.do(reading_reviews(requester=OFFICER, first=1, since=NOW.date()))
    event = (await office.events())[-1]
    assert event.plain.kind == "READ_REVIEWS"
    assert (event.plain.log_read.first, event.plain.log_read.entries) == (1, 1)
    assert event.plain.log_read.since == NOW.date()
    assert event.sealed.listed == (EventPlace("test", 2),)
    assert event.sealed.subject == OFFICER.subject
    with pytest.raises(AuditUnavailableError):
        await Office(nodes=NODES, audit=BrokenAudit()).do(reading_reviews(requester=OFFICER))


# ── one's own ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("node", [None, LONDON.id])
async def test_nobody_reviews_their_own_look(node: Any):
    """Whatever the role they looked in: it waits for another officer, who is told of it."""
    looked = replace(CONSULTANT, subject=OFFICER.subject, issuer=OFFICER.issuer)
    office = await an_office(a_look(requester=looked))
    assert await the_queue(office, requester=OFFICER, node=node) == ()
    assert len(await the_queue(office, requester=COLLEAGUE, node=node)) == 1


async def test_the_same_subject_of_another_provider_is_somebody_else():
    """A name is one of its provider alone."""
    looked = replace(CONSULTANT, subject=OFFICER.subject, issuer="another")
    assert await the_alert(await an_office(a_look(requester=looked)), requester=OFFICER)


@pytest.mark.parametrize("kind", [MarkKind.OWN_RECORD, MarkKind.FAMILY])
@pytest.mark.parametrize("node", [None, LONDON.id])
async def test_nor_a_look_at_themselves_or_their_family(kind: MarkKind, node: Any):
    """By every number of the person; a mark of somebody else's changes nothing."""
    office = await an_office(a_look(nhs_number=OTHER_NUMBER))
    await office.numbers.load(((OTHER_NUMBER, NUMBER),))
    await office.store.mark(office.person(), Mark(id="m", kind=kind, subject=OFFICER.principal))
    assert await the_queue(office, requester=OFFICER, node=node) == ()
    alert = await the_alert(office, requester=COLLEAGUE, node=node)
    with pytest.raises(NotFoundError):
        await office.do(reviewing(alert.id, requester=OFFICER))


async def test_the_number_that_was_typed_counts_too():
    """A look at a number of the family's that was not known as the person's."""
    look = a_look()
    typed = replace(look, sealed=replace(look.sealed, asked_number=OTHER_NUMBER))
    office = await an_office(typed)
    mark = Mark(id="m", kind=MarkKind.FAMILY, subject=OFFICER.principal)
    await office.store.mark(office.person(OTHER_NUMBER), mark)
    assert await the_queue(office, requester=OFFICER) == ()


async def test_an_alert_that_became_ones_own_is_no_longer_there():
    """An id that was given out before the mark was there reviews nothing."""
    office = await an_office()
    alert = await the_alert(office, requester=OFFICER)
    mark = Mark(id="m", kind=MarkKind.FAMILY, subject=OFFICER.principal)
    await office.store.mark(office.person(), mark)
    with pytest.raises(NotFoundError):
        await office.do(reviewing(alert.id, requester=OFFICER))
    assert "REVIEWED" not in await office.kinds()


async def test_not_while_it_is_not_known_who_is_close_to_whom():
    """Where the marks cannot be read, nothing is told."""
    with pytest.raises(PolicyUnavailableError):
        await the_queue(await an_office(store=Lost()), requester=OFFICER)


# ── pages and filters ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("size", [1, 2, 5, 6])
async def test_pages_follow_each_other(size: int):
    """Newest first, each once, whatever is reviewed or comes in between."""
    office = await an_office(*(a_look(f"look-{number}") for number in range(5)))
    seen, after = [], None
    while True:
        page = await office.do(reading_reviews(requester=OFFICER, first=size, after=after))
        assert page.has_previous == (after is not None)
        seen += views(page.reviews)
        await office.do(reviewing(page.reviews[0].id, requester=OFFICER))
        await office.happened_before(a_look("since"))
        assert len(seen) <= 5
        if not page.has_next:
            break
        after = page.cursors[-1]
    assert seen == ["look-4", "look-3", "look-2", "look-1", "look-0"]


@pytest.mark.parametrize(
    "given",
    [
        {"requester": COLLEAGUE},
        {"node": LONDON.id},
        {"since": NOW.date()},
        {"until": NOW.date()},
        {"state": ReviewState.WAITING},
        {"outcome": ReviewOutcome.JUSTIFIED},
        {"overdue": False},
        {"after": "00"},
        {"after": ""},
    ],
)
async def test_a_cursor_is_whose_it_is(given: dict[str, Any]):
    """Of the same officer, queue and filter, and not forged."""
    office = await an_office(a_look("one"), a_look("two"))
    page = await office.do(reading_reviews(requester=OFFICER, first=1))
    with pytest.raises(InvalidCursorError):
        await office.do(reading_reviews(**{"requester": OFFICER, "after": page.cursors[0]} | given))


@pytest.mark.parametrize(
    ("found", "state"),
    [
        (ReviewOutcome.JUSTIFIED, ReviewState.CLOSED),
        (ReviewOutcome.NOT_JUSTIFIED, ReviewState.CLOSED),
        (ReviewOutcome.NEEDS_INQUIRY, ReviewState.INQUIRY),
    ],
)
async def test_what_is_asked_for(found: ReviewOutcome, state: ReviewState):
    """By state and by outcome: an inquiry stays open, the rest is closed."""
    office = await an_office(a_look("one"), a_look("two"))
    two, _ = await the_queue(office, requester=OFFICER)
    await office.do(reviewing(two.id, requester=OFFICER, outcome=found))
    for given, expected in (
        ({"state": ReviewState.WAITING}, ["one"]),
        ({"state": state}, ["two"]),
        ({"outcome": found}, ["two"]),
        ({"outcome": found, "state": ReviewState.WAITING}, []),
        ({"until": NOW.date() - timedelta(days=1)}, []),
        ({"since": NOW.date() + timedelta(days=1)}, []),
        ({"since": NOW.date(), "until": NOW.date()}, ["two", "one"]),
    ):
        assert views(await the_queue(office, requester=OFFICER, **given)) == expected, given


async def test_what_is_overdue():
    """Past its day and looked into by nobody: an inquiry is not, however late it was opened."""
    office = await an_office(a_look("one"), a_look("two"))
    late = NOW + timedelta(days=1, seconds=1)
    asked: dict[str, Any] = {"requester": OFFICER, "asked_at": late}
    two, _ = await the_queue(office, **asked)
    assert two.overdue
    on_time = await the_queue(office, requester=OFFICER, asked_at=NOW + timedelta(days=1))
    assert [one.overdue for one in on_time] == [False, False]
    said = await office.do(reviewing(two.id, **asked | {"outcome": ReviewOutcome.NEEDS_INQUIRY}))
    assert not said.overdue
    assert views(await the_queue(office, overdue=True, **asked)) == ["one"]
    assert views(await the_queue(office, overdue=False, **asked)) == ["two"]


# ── a log that is not as it was ───────────────────────────────────────────────────────────────────


class Unread(MemoryAudit):
    """A log that cannot be read."""

    async def find(self, entries, **given):
        raise StorageError("the audit log could not be read")


async def test_a_log_that_cannot_be_read():
    """AUDIT_UNAVAILABLE, and no queue that looks like an empty one."""
    with pytest.raises(LogUnreadableError):
        await the_queue(await an_office(audit=Unread()), requester=OFFICER)


async def test_a_log_that_somebody_changed():
    """An error, and no page without what was taken out of it."""
    office = await an_office(a_look("one"), a_look("two"))
    row = office.audit._rows["test", 1]
    office.audit._rows["test", 1] = replace(row, body=row.body.replace(b"RRV", b"RAL"))
    with pytest.raises(LogUnreadableError):
        await the_queue(office, requester=OFFICER)

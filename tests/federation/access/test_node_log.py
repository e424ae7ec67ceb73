"""A node's log: who may read it, what it holds, and that each reading is on the record."""

from __future__ import annotations

from base64 import urlsafe_b64decode
from datetime import date, timedelta

import msgspec
import pytest

from federation.access.node_log import NodeLogPage
from federation.audit import AuditTrail
from federation.audit.asked import NodeLook
from federation.audit.done import NodeLogRead
from federation.audit.event import EventKind
from federation.errors import (
    AuditUnavailableError,
    ErrorCode,
    ForbiddenError,
    InvalidCursorError,
    LogUnreadableError,
    RoleNotSelectedError,
    StandingLapsedError,
    StorageError,
)
from federation.model import AvailableRole, RequesterKind, Standing, ViewId
from federation.storage.memory import MemoryAudit
from tests.builders import (
    CARE_PLAN_NODE,
    HERTS,
    LONDON,
    MILTON_KEYNES,
    NOW,
    NUMBER,
    an_organisation,
)
from tests.federation.access.standing import KEYS, BrokenAudit, Office, an_officer, reading_node_log
from tests.federation.audit.values import a_plan, an_event, the_question, the_view

NODES = (LONDON, HERTS, MILTON_KEYNES, CARE_PLAN_NODE)
HERTS_OFFICER = an_officer(organisation=an_organisation("RWG", region=HERTS.region_id))


async def an_office(looks: int = 5, nodes=NODES, **given) -> Office:
    """Whose log has a minute's look after the other, newest last; the last asked London alone."""
    office = Office(nodes=nodes, **given)
    trail = await AuditTrail.open(office.audit, "gateway-1", KEYS, lambda: NOW)
    for number in range(1, looks + 1):
        asked = NOW + timedelta(minutes=number)
        question = the_question(view_id=ViewId(f"view-{number}"), asked_at=asked)
        only_london = {"plan": a_plan(LONDON, question=question)} if number == looks else {}
        await trail.record(the_view(question, **only_london))
    await trail.record((an_event("refused"),))
    await trail.aclose()
    return office


def ids(page: NodeLogPage) -> list[str]:
    return [look.id.split(".")[0] for look in page.looks]


async def test_a_node_that_has_left_has_its_log_still() -> None:
    """The officers of its region read it as before, and nobody else does."""
    office = await an_office(nodes=(HERTS,), left=(LONDON,))
    assert len(ids(await office.do(reading_node_log(requester=an_officer())))) == 5
    with pytest.raises(ForbiddenError):
        await office.do(reading_node_log(requester=HERTS_OFFICER))


@pytest.mark.parametrize("role", ["PRIVACY_OFFICER", "OPERATOR"])
async def test_an_officer_of_the_region_reads_it_newest_first(role: str) -> None:
    """One entry a look; what refused the whole request asked nothing of the node."""
    page = await (await an_office()).do(reading_node_log(requester=an_officer(role=role)))
    assert ids(page) == ["view-5", "view-4", "view-3", "view-2", "view-1"]
    assert not page.has_next
    assert not page.has_previous
    look = page.looks[0]
    assert isinstance(look, NodeLook)
    assert (look.asker.organisation, look.asker.role, look.purpose) == (
        "RRV",
        "R0050",
        "DIRECT_CARE",
    )
    assert (look.released, look.withheld) == (4, 0)


NO_REGION = an_organisation("Z99900", region="none")
SEVERAL = (AvailableRole(id="1", role="PRIVACY_OFFICER"),)
REFUSED = {
    "another region's officer": (HERTS_OFFICER, ForbiddenError),
    "an operator of no region": (
        an_officer(role="OPERATOR", organisation=NO_REGION),
        ForbiddenError,
    ),
    "an officer of no region": (an_officer(organisation=an_organisation("RRV")), ForbiddenError),
    "an officer of no organisation": (an_officer(organisation=None), ForbiddenError),
    "a consultant there": (an_officer(role="R0050"), ForbiddenError),
    "an approver there": (an_officer(role="APPROVER"), ForbiddenError),
    "somebody without a role": (an_officer(role=None, available_roles=()), ForbiddenError),
    "a citizen": (an_officer(kind=RequesterKind.CITIZEN), ForbiddenError),
    "a proxy": (an_officer(kind=RequesterKind.PROXY), ForbiddenError),
    "of an organisation that lapsed": (an_officer(standing=Standing.LAPSED), StandingLapsedError),
    "of one of unknown standing": (an_officer(standing=Standing.UNKNOWN), ForbiddenError),
    "signed in with a password alone": (an_officer(assurance=1), ForbiddenError),
    "no role selected": (an_officer(role=None, available_roles=SEVERAL), RoleNotSelectedError),
}


@pytest.mark.parametrize(("requester", "error"), REFUSED.values(), ids=REFUSED)
async def test_nobody_else_reads_it(requester, error) -> None:
    """And the attempt is on the record, as one about this node, with nothing shown."""
    office = await an_office(1)
    with pytest.raises(error) as refused:
        await office.do(reading_node_log(requester=requester))
    assert type(refused.value) is error
    *_, event = await office.events()
    assert event.plain.kind is EventKind.REFUSAL
    assert (event.plain.deed, event.plain.nodes) == ("READ_NODE_LOG", (LONDON.id,))
    assert event.plain.error is error.code
    assert event.sealed.subject == requester.subject
    assert office.happened[-1].refused is error.code


async def test_grace_is_not_lapsed() -> None:
    """The organisation has a while to renew."""
    page = await (await an_office(1)).do(
        reading_node_log(requester=an_officer(standing=Standing.GRACE))
    )
    assert len(page.looks) == 1


async def test_of_other_nodes_there_is_nothing() -> None:
    """An officer of Hertfordshire reads its own: no look that did not ask it, and no other name."""
    office = await an_office()
    page = await office.do(reading_node_log(node=HERTS.id, requester=HERTS_OFFICER))
    assert ids(page) == ["view-4", "view-3", "view-2", "view-1"]
    text = msgspec.json.encode(page.looks).decode()
    for secret in (LONDON.id, MILTON_KEYNES.id, NUMBER, "consultant-london", "allergy"):
        assert secret not in text, secret
    assert {(look.withheld, look.mismatches, look.rules) for look in page.looks} == {
        (3, 1, ("herts-0007",))
    }


async def test_reading_is_on_the_record_before_it_is_shown() -> None:
    """Who, which node, which page, and how much; and where that cannot be written, nothing."""
    office = await an_office()
    await office.do(reading_node_log(first=2, since=NOW.date(), until=NOW.date()))
    *_, event = await office.events()
    assert event.plain.kind is EventKind.READ_NODE_LOG
    assert event.plain.nodes == (LONDON.id,)
    assert event.plain.log_read == NodeLogRead(
        first=2, entries=2, since=NOW.date(), until=NOW.date()
    )
    assert event.sealed.subject == "privacy-officer"
    with pytest.raises(AuditUnavailableError):
        await Office(nodes=NODES, audit=BrokenAudit()).do(reading_node_log())


async def test_reading_is_not_itself_a_look() -> None:
    """Nobody's log fills up with those who read it."""
    office = await an_office(1)
    for _ in range(3):
        assert ids(await office.do(reading_node_log())) == ["view-1"]


@pytest.mark.parametrize("size", [1, 2, 3, 5, 6])
async def test_pages_follow_each_other(size: int) -> None:
    """Whatever their size, each look once; what was written since is on no later page."""
    office = await an_office()
    seen, after = [], None
    while True:
        page = await office.do(reading_node_log(first=size, after=after))
        assert page.has_previous == (after is not None)
        seen += ids(page)
        if not page.has_next:
            break
        after = page.cursors[-1]
    assert seen == ["view-5", "view-4", "view-3", "view-2", "view-1"]


@pytest.mark.parametrize(
    "given",
    [
        {"requester": an_officer(subject="another")},
        {"node": CARE_PLAN_NODE.id},
        {"since": NOW.date()},
        {"until": NOW.date()},
        {"after": "00"},
        {"after": "no hex"},
        {"after": ""},
    ],
)
async def test_a_cursor_is_whose_it_is(given: dict) -> None:
    """Of the same officer, node and days, and not forged."""
    office = await an_office()
    first = await office.do(reading_node_log(first=1))
    with pytest.raises(InvalidCursorError):
        await office.do(reading_node_log(**{"after": first.cursors[0]} | given))


async def test_a_cursor_does_not_tell_where_it_stands() -> None:
    """How much was asked of others is not to be counted from it."""
    page = await (await an_office()).do(reading_node_log(first=1))
    (cursor,) = page.cursors
    text = urlsafe_b64decode(cursor)
    assert b"gateway-1" not in text
    assert b"2026" not in text


@pytest.mark.parametrize(
    ("days", "found"), [({"since": 0}, 5), ({"since": 1}, 0), ({"until": 0}, 5), ({"until": -1}, 0)]
)
async def test_days_are_by_when_it_was_asked(days: dict, found: int) -> None:
    """Local, both included."""
    given = {name: NOW.date() + timedelta(days=off) for name, off in days.items()}
    assert len((await (await an_office()).do(reading_node_log(**given))).looks) == found


async def test_the_first_and_the_last_day_there_are() -> None:
    """A day that no calendar goes beyond is a day as any other."""
    office = await an_office()
    assert len((await office.do(reading_node_log(since=date.min, until=date.max))).looks) == 5


async def test_a_log_that_was_changed_shows_nothing() -> None:
    """Whoever wrote to it: an error, and no page."""
    office = await an_office(1)
    key = ("gateway-1", 1)
    row = office.audit._rows[key]
    office.audit._rows[key] = msgspec.structs.replace(row, body=row.body.replace(b"RRV", b"RAL"))
    with pytest.raises(LogUnreadableError):
        await office.do(reading_node_log())


class Unread(MemoryAudit):
    """A log that cannot be read."""

    async def find(self, entries, **given):
        raise StorageError("the audit log could not be read")


async def test_a_log_that_cannot_be_read() -> None:
    """AUDIT_UNAVAILABLE, and no page that looks like an empty one."""
    with pytest.raises(LogUnreadableError) as refused:
        await Office(nodes=NODES, audit=Unread()).do(reading_node_log())
    assert refused.value.code is ErrorCode.AUDIT_UNAVAILABLE


async def test_a_look_has_another_id_for_each_node_and_reader() -> None:
    """What two nodes' logs say of it differs, and a client may keep both by their ids."""
    office = Office(nodes=NODES)
    question = the_question()
    plan = a_plan(LONDON, CARE_PLAN_NODE, question=question)
    await office.happened_before(*the_view(question, plan=plan))
    read = [
        await office.do(reading_node_log(node=node.id, requester=requester))
        for node in (LONDON, CARE_PLAN_NODE)
        for requester in (an_officer(), an_officer(subject="another"))
    ]
    assert len({page.looks[0].id for page in read}) == 4
    assert {*ids(read[0])} == {question.view_id}

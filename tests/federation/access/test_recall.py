"""Recalls: who may, which looks are found, what is told, and that nobody is told twice."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from federation.access import recall as recall_module
from federation.access.recall import Recaller, Run
from federation.access.recall_desk import recall_item
from federation.audit import AuditEvent, AuditTrail, EventKind, Sealer, second_look_events
from federation.audit.event import Flag
from federation.audit.made_on import FootingKept
from federation.audit.recalls import RecallOf, viewer_of
from federation.deeds import (
    Acknowledge,
    ReadFollowUps,
    ReadRecalls,
    Recall,
    RecallItem,
    RecallReason,
)
from federation.errors import (
    AuditUnavailableError,
    ConflictError,
    ForbiddenError,
    InvalidCursorError,
    LogUnreadableError,
    RoleNotSelectedError,
    StandingLapsedError,
    StorageError,
)
from federation.flow import News, Plan
from federation.model import AvailableRole, Category, RequesterKind, Standing, ViewId
from federation.storage import AuditRow
from federation.storage.memory import MemoryAudit
from tests.builders import (
    HERTS,
    LONDON,
    NOW,
    NUMBER,
    a_question,
    a_reference,
    a_requester,
    an_organisation,
)
from tests.federation.access.standing import KEYS, Office, an_officer
from tests.federation.audit.values import the_question, the_view
from tests.federation.sharing.given import a_case

ITEM = "allergy-london-1"
DOCTOR = a_requester(subject="a-doctor", organisation=an_organisation("RRV"))
ANOTHER = a_requester(subject="another", organisation=an_organisation("F83004"))
LATER = NOW + timedelta(days=12)


def a_footing(*, restricted: bool = False) -> FootingKept:
    made = FootingKept.of(a_case().footing)
    return replace(made, about=replace(made.about, restricted=restricted))


def a_look(id_: str, requester=DOCTOR, *, at=NOW, **sealed: Any) -> AuditEvent:
    """A view that showed London's allergy, of a person who needs no protection."""
    question = the_question(view_id=ViewId(id_), requester=requester, asked_at=at)
    view = the_view(question)[0]
    return replace(view, sealed=replace(view.sealed, **{"footing": a_footing()} | sealed))


def recalling(**given: Any) -> RecallItem:
    defaults = {
        "deed_id": ViewId("recalling"),
        "request_id": "request-1",
        "requester": an_officer(),
        "asked_at": LATER,
        "node": LONDON.id,
        "source_id": ITEM,
        "reason": RecallReason.WITHDRAWN,
    }
    return RecallItem(**defaults | given)


def asked(requester, at=LATER) -> dict[str, Any]:
    return {
        "deed_id": ViewId("reading"),
        "request_id": "request-1",
        "requester": requester,
        "asked_at": at,
    }


async def told(office: Office, requester=DOCTOR) -> Any:
    return (await office.do(ReadFollowUps(**asked(requester), first=50))).follow_ups


async def an_office(*looks: AuditEvent, **given: Any) -> Office:
    office = Office(**given)
    await office.happened_before(*looks)
    return office


async def notices(office: Office) -> list[Any]:
    return [one for one in await office.events() if one.plain.kind is EventKind.RECALL_NOTICE]


async def test_whoever_saw_it_is_told() -> None:
    """Each look by itself, with the days since; another's look at another item is none of it."""
    office = await an_office(a_look("1"), a_look("2", ANOTHER), a_look("3"))
    done = await office.do(recalling())
    assert (done.views, done.viewers, done.notified, done.others) == (3, 2, 3, 0)
    assert (done.acknowledged, done.unread, done.next) == (0, 0, None)
    assert {one.view_id for one in await told(office)} == {"1", "3"}
    (one,) = await told(office, ANOTHER)
    assert one.sentence == (
        f"12 days after your view: {LONDON.name} has withdrawn an entry under allergies that you"
        " were shown: do not rely on it, and look again"
    )
    assert one.source == LONDON


@pytest.mark.parametrize("reason", RecallReason)
async def test_what_is_told(reason: RecallReason) -> None:
    """No word of the item or of anybody; what the officer wrote is in the log alone."""
    office = await an_office(a_look("1"))
    await office.do(recalling(reason=reason, note="belongs to John Smith"))
    (one,) = await told(office)
    assert one.message.startswith(LONDON.name)
    assert "look again" in one.message
    assert "Smith" not in one.sentence
    assert ITEM not in one.sentence
    (event,) = [one for one in await office.events() if one.plain.kind is EventKind.RECALLED]
    assert event.sealed.reason == "belongs to John Smith"
    assert "Smith" not in repr(event.plain)
    assert ITEM not in repr(event.plain)
    assert ITEM not in repr((await notices(office))[0].plain)


@pytest.mark.parametrize(
    ("given", "views"),
    [
        ({}, 1),
        ({"version": "7"}, 1),
        ({"version": "6"}, 0),
        ({"source_id": "allergy-london"}, 0),
        ({"source_id": "person"}, 0),
        ({"since": NOW.date()}, 1),
        ({"since": (NOW + timedelta(days=2)).date()}, 0),
    ],
)
async def test_which_looks_are_found(given: dict, views: int) -> None:
    """By the item's whole id, in the version that is named or in any, on the days that are."""
    office = await an_office(a_look("1"))
    assert (await office.do(recalling(**given))).views == views


async def test_of_another_node_it_is_another_item() -> None:
    """Two sources may use one id."""
    officer = an_officer(organisation=an_organisation("RWG", region=HERTS.region_id))
    office = await an_office(a_look("1"))
    assert (await office.do(recalling(node=HERTS.id, requester=officer))).views == 0


async def test_what_a_second_look_told_is_found() -> None:
    """The view did not show it: its viewer was told of it, and is told once that it was wrong."""
    question = a_question(
        view_id=ViewId("missed"), requester=DOCTOR, asked_at=NOW + timedelta(hours=1)
    )
    item = News(node=LONDON.id, source_id="late", category=Category.ALLERGIES, message="Penicillin")
    events = second_look_events(question, a_reference(), Plan(calls=()), (), (), (item, item), NOW)
    office = await an_office(*events)
    done = await office.do(recalling(source_id="late"))
    assert (done.views, done.notified) == (1, 1)
    (one,) = [one for one in await told(office) if one.kind == "RECALL"]
    assert (one.view_id, one.viewed_at, one.source) == ("missed", NOW, LONDON)


@pytest.mark.parametrize(
    "sealed",
    [
        {"flags": (Flag.RESTRICTED,)},
        {"footing": None},
        {"footing": a_footing(restricted=True)},
        {"screened_on": a_footing(restricted=True)},
    ],
)
async def test_a_source_that_was_not_named_is_not_named_now(sealed: dict) -> None:
    """Of a protected person's look, and where that cannot be told: in no field."""
    office = await an_office(a_look("1", **sealed))
    await office.do(recalling())
    (one,) = await told(office)
    assert one.source.name == "A source of this network"
    assert one.message.startswith("A source of this network has withdrawn")
    for word in (LONDON.id, LONDON.name, LONDON.region, LONDON.contact_route):
        assert word not in repr(one)


async def test_people_and_proxies_are_counted() -> None:
    """They are told by their region; two of them are two viewers."""
    citizen = a_requester(
        kind=RequesterKind.CITIZEN, role=None, organisation=None, person=NUMBER, subject="herself"
    )
    proxy = replace(citizen, kind=RequesterKind.PROXY, subject="her-son")
    office = await an_office(a_look("1", citizen), a_look("2", proxy), a_look("3"))
    done = await office.do(recalling())
    assert (done.views, done.viewers, done.notified, done.others) == (3, 3, 1, 2)


async def test_a_viewer_is_found_by_the_authority_they_looked_under() -> None:
    """So that it is they who are told, in the role they looked in, and nobody else."""
    office = await an_office(a_look("1"))
    (event,) = await office.events()
    assert viewer_of(event) == DOCTOR.authority
    await office.do(recalling())
    assert await told(office, replace(DOCTOR, role="R0260")) == ()


async def test_again_it_tells_nobody_twice() -> None:
    """It is the same recall, whoever of the region's officers asks, and says how it stands."""
    office = await an_office(a_look("1"), a_look("2", ANOTHER))
    first = await office.do(recalling())
    (one,) = await told(office)
    await office.do(Acknowledge(**asked(DOCTOR), follow_up=one.id))
    await office.do(Acknowledge(**asked(DOCTOR), follow_up=one.id))
    again = await office.do(recalling(requester=an_officer(subject="deputy")))
    assert again == replace(first, acknowledged=1)
    assert len(await notices(office)) == 2


async def test_looks_after_it_are_none_of_it() -> None:
    """Whoever looked again saw what is right by now; another key takes up what came since."""
    office = await an_office(a_look("1"))
    await office.do(recalling())
    await office.happened_before(a_look("2", at=LATER + timedelta(hours=1)))
    latest = LATER + timedelta(hours=2)
    assert (await office.do(recalling(asked_at=latest))).views == 1
    other = await office.do(recalling(asked_at=latest, key="still shown"))
    assert other.views == 1
    assert sorted(one.plain.view_id for one in await notices(office)) == ["1", "2"]


async def test_a_key_stands_for_one_recall() -> None:
    """Given for another item it is refused, and nothing is told."""
    office = await an_office(a_look("1"))
    await office.do(recalling(key="k", source_id="other"))
    with pytest.raises(ConflictError):
        await office.do(recalling(key="k"))
    assert await notices(office) == []


async def test_two_at_once_are_read_as_one() -> None:
    """Two runs that found the same look told its viewer once."""
    office = await an_office(a_look("1"))
    await office.do(recalling())
    (notice,) = await notices(office)
    await office.happened_before(AuditEvent(plain=notice.plain, sealed=notice.sealed))
    assert len(await told(office)) == 1
    assert (await office.do(recalling())).views == 1


class Filling(MemoryAudit):
    """A log that takes so many more notices, and then no more."""

    room = 1

    async def append(self, rows: Any, index: Any = ()) -> None:
        if any(row.kind == "RECALL_NOTICE" for row in rows):
            self.room -= 1
            if self.room < 0:
                raise StorageError("the audit log could not be written")
        await super().append(rows, index)


async def test_broken_off_it_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever was told before the log was full is not told again, and nobody is left out."""
    monkeypatch.setattr(recall_module, "BATCH", 2)
    log = Filling()
    office = await an_office(*(a_look(str(number)) for number in range(5)), audit=log)
    with pytest.raises(AuditUnavailableError):
        await office.do(recalling())
    assert len(await notices(office)) == 2
    log.room = 9
    assert (await office.do(recalling())).views == 5
    views = sorted(one.plain.view_id for one in await notices(office))
    assert views == ["0", "1", "2", "3", "4"]


async def test_a_long_log_is_looked_into_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each answer says where the next goes on, until one comes to the end."""
    monkeypatch.setattr(recall_item, "__defaults__", (2,))
    office = await an_office(*(a_look(str(number)) for number in range(5)))
    done: Recall = await office.do(recalling())
    seen = [done.views]
    while done.next:
        done = await office.do(recalling(after=done.next))
        seen.append(done.views)
    # The log of the node begins with this recall itself.
    assert seen == [1, 3, 5, 5]
    with pytest.raises(InvalidCursorError):
        await office.do(recalling(after="x" * 132))


NO_REGION = an_organisation("Z99900", region="none")
REFUSED = {
    "no officer": ({"role": "R0260"}, ForbiddenError),
    "of another region": ({"organisation": NO_REGION}, ForbiddenError),
    "of no organisation": ({"organisation": None}, ForbiddenError),
    "a citizen": ({"kind": RequesterKind.CITIZEN}, ForbiddenError),
    "a single factor": ({"assurance": 1}, ForbiddenError),
    "lapsed": ({"standing": Standing.LAPSED}, StandingLapsedError),
    "not known": ({"standing": Standing.UNKNOWN}, ForbiddenError),
    "no role": (
        {"role": None, "available_roles": (AvailableRole(id="1", role="PRIVACY_OFFICER"),) * 2},
        RoleNotSelectedError,
    ),
}


@pytest.mark.parametrize(("given", "error"), REFUSED.values(), ids=list(REFUSED))
async def test_only_officers_of_the_region(given: dict, error: type[Exception]) -> None:
    """Anybody else is refused, on the record; nobody is told, nor may they see how it stands."""
    office = await an_office(a_look("1"))
    with pytest.raises(error):
        await office.do(recalling(requester=an_officer(**given)))
    with pytest.raises(error):
        await office.do(ReadRecalls(**asked(an_officer(**given)), node=LONDON.id, first=5))
    assert await notices(office) == []
    assert (await office.kinds())[1:] == ["REFUSAL", "REFUSAL"]


async def test_how_recalls_stand_is_read_in_pages() -> None:
    """The last one run first, each once, and that it was read is on the record."""
    office = await an_office(a_look("1"))
    for reason in (*RecallReason, RecallReason.CORRECTED):
        await office.do(recalling(reason=reason))
    first = await office.do(ReadRecalls(**asked(an_officer()), node=LONDON.id, first=2))
    assert [one.reason for one in first.recalls] == ["CORRECTED", "WRONG_PERSON"]
    assert first.has_next
    after = first.recalls[-1].id
    rest = await office.do(ReadRecalls(**asked(an_officer()), node=LONDON.id, first=2, after=after))
    assert [(one.reason, one.views) for one in rest.recalls] == [("WITHDRAWN", 1)]
    assert (rest.has_next, rest.has_previous) == (False, True)
    assert (await office.kinds())[-1] == "READ_RECALLS"
    with pytest.raises(InvalidCursorError):
        await office.do(
            ReadRecalls(**asked(an_officer()), node=LONDON.id, first=2, after="nothing")
        )


async def test_a_log_that_cannot_be_read_is_told_so() -> None:
    """An event that is not as it was written ends it: a recall never passes over a look."""
    office = await an_office(a_look("1"))
    rows: dict[Any, AuditRow] = office.audit._rows
    ((place, row),) = rows.items()
    rows[place] = replace(row, body=row.body[:-1])
    with pytest.raises(LogUnreadableError):
        await office.do(recalling())


async def test_two_who_begin_it_at_once_begin_one_recall() -> None:
    """Both find the look before either has told of it; its viewer is told once, under one id."""
    office = await an_office(a_look("1"))
    trail = await AuditTrail.open(office.audit, "two", KEYS, lambda: LATER)
    recaller = Recaller(store=office.audit, sealer=Sealer(KEYS), trail=trail)
    what = RecallOf(node=LONDON.id, source_id=ITEM, reason=RecallReason.WITHDRAWN)

    async def run() -> str:
        begun = await recaller.begin(recalling(), what, LONDON, LATER)
        await begun.through()
        return begun.named.id

    first, second = await asyncio.gather(run(), run())
    await trail.aclose()
    assert first == second
    assert len(await notices(office)) == 2
    (one,) = await told(office)
    await office.do(Acknowledge(**asked(DOCTOR), follow_up=one.id))
    again = await office.do(recalling())
    assert (again.views, again.notified, again.acknowledged) == (1, 1, 1)


async def test_twenty_at_once_keep_apart_what_they_call_back() -> None:
    """Each viewer is told once of each item that they saw, whoever asked how often."""
    looks = [a_look(str(number), (DOCTOR, ANOTHER)[number % 2]) for number in range(10)]
    office = await an_office(*looks)
    trail = await AuditTrail.open(office.audit, "twenty", KEYS, lambda: LATER)
    recaller = Recaller(store=office.audit, sealer=Sealer(KEYS), trail=trail)

    async def run(reason: RecallReason, source_id: str) -> tuple[RecallOf, Run]:
        what = RecallOf(node=LONDON.id, source_id=source_id, reason=reason)
        begun = await recaller.begin(recalling(), what, LONDON, LATER)
        await begun.through()
        return what, begun

    asked_for = [(reason, item) for reason in RecallReason for item in (ITEM, "of nobody")]
    done = await asyncio.gather(*(run(*asked_for[number % 6]) for number in range(20)))
    await trail.aclose()
    assert len({begun.named.id for _, begun in done}) == 6
    for what, begun in done:
        stands = await recaller.stands(what, begun.named)
        seen = what.source_id == ITEM
        assert (stands.views, stands.viewers) == ((10, 2) if seen else (0, 0))
    for viewer in (DOCTOR, ANOTHER):
        assert len(await told(office, viewer)) == 5 * len(RecallReason)


async def test_a_look_that_was_under_way_is_found_by_the_next_run() -> None:
    """Asked for before the recall and written down after it had looked: then it is not missed."""
    office = await an_office()
    await office.do(recalling())
    await office.happened_before(a_look("1", at=LATER - timedelta(seconds=1)))
    assert await told(office) == ()
    await office.do(recalling())
    assert len(await told(office)) == 1

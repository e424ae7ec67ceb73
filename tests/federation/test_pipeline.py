"""The pipeline: every stage in its place, and no way out that is not on the record."""

from __future__ import annotations

import asyncio
from contextlib import nullcontext
from datetime import date, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from federation.audit import AuditKeys, AuditTrail, EventKind, Sealer
from federation.audit.chain import open_row
from federation.audit.watch import Watch
from federation.authority import (
    EvidenceSource,
    Held,
    Mark,
    MarkKind,
    Objection,
    Relationship,
    RelationshipKind,
    RulesState,
)
from federation.errors import (
    AuditUnavailableError,
    ForbiddenError,
    IdentityNotConfirmedError,
    InvalidCursorError,
    PolicyUnavailableError,
    StorageError,
)
from federation.flow import Confirmation, CoverageState, HeldRecord, Part, Reply, Window
from federation.identify import KnownNumbers
from federation.launches import Launches
from federation.model import Category, Purpose, RequesterKind
from federation.pipeline import Pipeline
from federation.registry import Network, Registry
from federation.second_look.missed import Missed
from federation.sharing import CedarRules, RulesNow
from federation.status import SourceCode, SourceState
from federation.storage import PersonKeys
from federation.storage.memory import (
    MemoryAudit,
    MemoryLaunches,
    MemoryNumbers,
    MemorySharing,
)
from tests.builders import (
    HERTS,
    KEY,
    LONDON,
    NOW,
    NUMBER,
    OTHER_NUMBER,
    a_launch,
    a_person,
    a_question,
    a_requester,
)
from tests.federation.sharing.given import OPEN
from tests.items import an_allergy

RULES = RulesNow(rules=CedarRules.shipped(), agreements=OPEN, version="rules-1")


REFERRED = Relationship(
    id="referred",
    kind=RelationshipKind.REFERRAL,
    source=EvidenceSource.FEED,
    organisation=a_requester().organisation.ods_code,
    begins_at=NOW - timedelta(days=1),
)


class Answering:
    """A node that holds one allergy of whomever it was told to hold."""

    def __init__(self, person=None) -> None:
        self.person = person or a_person()
        self.calls = []

    async def fetch(self, call):
        self.calls.append(call)
        parts = {category: Part(category=category) for category in call.categories}
        allergy = an_allergy(f"{call.node.id}-1", call.node)
        parts[Category.ALLERGIES] = Part(category=Category.ALLERGIES, items=(allergy,))
        held = HeldRecord(person=self.person, parts=parts)
        return Reply(node=call.node, records=(held,), retrieved_at=NOW)


class SettingAside(Answering):
    """A node of whose allergies two cannot be read."""

    async def fetch(self, call):
        reply = await super().fetch(call)
        (held,) = reply.records
        reasons = {"a date that is none": 2}
        held.parts[Category.ALLERGIES] = Part(
            category=Category.ALLERGIES, quarantined=2, reasons=reasons
        )
        return reply


class Hanging(Answering):
    """A node that never answers."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = asyncio.Event()

    async def fetch(self, call):
        self.calls.append(call)
        self.asked.set()
        await asyncio.Event().wait()


class BrokenAudit(MemoryAudit):
    """A store whose disk is full."""

    async def append(self, rows, index=()) -> None:
        raise StorageError("the audit log could not be written")


class Whole:
    """A pipeline over two nodes, with its store in reach."""

    def __init__(self, london=None, herts=None, store=None, *, tied=(REFERRED,)) -> None:
        self._tied = tied
        self.london, self.herts = london or Answering(), herts or Answering()
        self.store = store or MemoryAudit()
        self.incidents, self.defects = [], []
        self.launches = Launches(MemoryLaunches(), (KEY,))
        self.sharing, self._persons = MemorySharing(), PersonKeys(KEY)

    async def about(self, numbers):
        known = await self.sharing.about(self._persons.sought(numbers))
        return replace(known, relationships=(*known.relationships, *self._tied))

    async def remember(self, number, evidence):
        await self.sharing.relate(self._persons.of(number), evidence)

    async def launched(self, **given) -> str:
        """The handle of a launch of the person of the builders."""
        return (await self.launches.keep(a_launch(**given), NOW)).text

    async def ask(self, *categories, seconds=5.0, **given):
        loop = asyncio.get_running_loop()
        question = a_question(
            *(categories or (Category.ALLERGIES,)), deadline=loop.time() + seconds, **given
        )
        pipeline = await self._opened()
        try:
            return await pipeline.ask(question)
        finally:
            await self.trail.aclose()

    async def look_again(self, missed) -> bool:
        """The second look at what one node kept from the first."""
        deadline = asyncio.get_running_loop().time() + 5.0
        pipeline = await self._opened()
        try:
            return await pipeline.look_again(missed, NOW, deadline)
        finally:
            await self.trail.aclose()

    async def _opened(self) -> Pipeline:
        self.trail = await AuditTrail.open(
            self.store, "test", AuditKeys("1", {"1": KEY}), lambda: NOW
        )
        return Pipeline(
            registry=Registry(Network(nodes=(LONDON, HERTS), version="1")),
            tracer=None,
            numbers=KnownNumbers(MemoryNumbers(), lambda: NOW),
            clients=lambda: nullcontext({LONDON.id: self.london, HERTS.id: self.herts}),
            rules=lambda: RULES,
            about=self.about,
            remember=self.remember,
            launches=self.launches,
            trail=self.trail,
            watch=Watch(Sealer(AuditKeys("1", {"1": KEY}))),
            cursor_key=KEY,
            loop_time=asyncio.get_running_loop().time,
            report_incident=self.incidents.append,
            report_defect=lambda node, error: self.defects.append((node, type(error))),
        )

    async def kinds(self) -> list[str]:
        return [row.kind async for row in self.store.read()]

    async def recorded(self) -> str:
        return "".join([row.body.decode("latin-1") async for row in self.store.read()])


async def test_an_answer_is_on_the_record_before_it_is_handed_out() -> None:
    """Both nodes are asked and merged; view and calls are in the log when the answer is there."""
    whole = Whole()
    answer = await whole.ask()
    section = answer.record.sections[Category.ALLERGIES]
    assert [len(entry.items) for entry in section.entries] == [2]
    assert answer.record.coverage.state is CoverageState.ALL_SOURCES_ANSWERED
    assert sorted(await whole.kinds()) == [EventKind.NODE_CALL, EventKind.NODE_CALL, EventKind.VIEW]


async def test_without_audit_there_is_no_answer() -> None:
    """A look that cannot be written down is refused, whatever the nodes said."""
    with pytest.raises(AuditUnavailableError):
        await Whole(store=BrokenAudit()).ask()


async def test_a_refusal_asks_nobody_and_is_on_the_record() -> None:
    """Who may not ask gets an error, no node hears of it, and the log does."""
    whole = Whole()
    with pytest.raises(ForbiddenError):
        await whole.ask(requester=a_requester(role="R8015"))
    assert (whole.london.calls, await whole.kinds()) == ([], [EventKind.REFUSAL])


@pytest.mark.parametrize("ends", [asyncio.CancelledError, RuntimeError])
async def test_a_refusal_is_on_the_record_though_nobody_could_say_whom_it_was_about(ends) -> None:
    """A caller who goes away while that is looked up, or a fault in it, leaves the refusal."""
    whole = Whole()

    async def lost(_numbers):
        raise ends

    whole.about = lost
    with pytest.raises(ends):
        await whole.ask(requester=a_requester(role="R8015"))
    assert await whole.kinds() == [EventKind.REFUSAL]


async def test_a_refusal_with_the_store_lost_is_still_that_refusal() -> None:
    """Whom it was about is not known then, and it is on the record all the same."""
    whole = Whole()

    async def lost(_numbers):
        raise StorageError("lost")

    whole.about = lost
    with pytest.raises(ForbiddenError):
        await whole.ask(requester=a_requester(role="R8015"))
    assert await whole.kinds() == [EventKind.REFUSAL]


async def test_a_refusal_that_cannot_be_written_down_is_an_audit_failure() -> None:
    """The log comes first, for refusals too."""
    with pytest.raises(AuditUnavailableError):
        await Whole(store=BrokenAudit()).ask(requester=a_requester(role="R8015"))


async def test_an_unconfirmed_person_is_asked_about_nowhere() -> None:
    """Without a confirmation no node is asked, and the refusal is on the record."""
    whole = Whole()
    with pytest.raises(IdentityNotConfirmedError):
        await whole.ask(confirm=None)
    assert (whole.herts.calls, await whole.kinds()) == ([], [EventKind.REFUSAL])


async def test_a_forged_cursor_is_refused_before_anybody_is_asked() -> None:
    """Cursors are opened before the fan-out."""
    whole = Whole()
    forged = {Category.OBSERVATIONS: (Window(after="forged"),)}
    with pytest.raises(InvalidCursorError):
        await whole.ask(Category.OBSERVATIONS, windows=forged)
    assert whole.london.calls == []


async def test_a_caller_who_goes_away_leaves_a_trace() -> None:
    """A cancelled request cancels its calls, and says in the log that nodes were asked."""
    whole = Whole(london=Hanging(), herts=Hanging())
    task = asyncio.create_task(whole.ask())
    await whole.herts.asked.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await whole.kinds() == [EventKind.ABANDONED]


async def test_a_caller_who_goes_away_goes_even_without_audit() -> None:
    """A cancelled request stays cancelled where its trace cannot be written."""
    whole = Whole(london=Hanging(), herts=Hanging(), store=BrokenAudit())
    task = asyncio.create_task(whole.ask())
    await whole.herts.asked.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_late_node_takes_nobody_with_it() -> None:
    """At the deadline the others' data is there, and the late node is a row."""
    whole = Whole(herts=Hanging())
    answer = await whole.ask(seconds=0.05)
    section = answer.record.sections[Category.ALLERGIES]
    assert [item.source.id for entry in section.entries for item in entry.items] == [LONDON.id]
    states = {row.source.id: (row.state, row.code) for row in section.coverage.rows}
    assert states[HERTS.id] == (SourceState.TIMED_OUT, SourceCode.DEADLINE_EXCEEDED)


async def test_somebody_else_is_quarantined_and_reported() -> None:
    """A node that answers for somebody else is a row and an incident, and none of it is shown."""
    whole = Whole(herts=Answering(a_person(OTHER_NUMBER)))
    answer = await whole.ask()
    section = answer.record.sections[Category.ALLERGIES]
    assert [item.source.id for entry in section.entries for item in entry.items] == [LONDON.id]
    assert [(incident.node, incident.detail) for incident in whole.incidents] == [
        (HERTS.id, "another number")
    ]
    assert EventKind.INCIDENT in await whole.kinds()


async def test_what_operators_can_mend_is_reported_and_is_no_incident() -> None:
    """Why items were set aside reaches the operators; the audit is for whose record it was."""
    whole = Whole(herts=SettingAside())
    await whole.ask()
    assert [(fault.node, fault.detail, fault.count) for fault in whole.incidents] == [
        (HERTS.id, "a date that is none", 2)
    ]
    assert EventKind.INCIDENT not in await whole.kinds()


async def test_a_defect_after_the_nodes_were_asked_leaves_a_trace() -> None:
    """Whatever fails once nodes were asked, the look is on the record."""
    whole = Whole(herts=Answering(a_person(OTHER_NUMBER)))

    class Full(list):
        def append(self, _incident) -> None:
            raise RuntimeError

    whole.incidents = Full()
    with pytest.raises(RuntimeError):
        await whole.ask()
    assert await whole.kinds() == [EventKind.ABANDONED]


async def test_a_launch_stands_for_the_callers_own_word() -> None:
    """With a handle alone the record comes; its evidence is on the record and is remembered."""
    whole = Whole(tied=())
    answer = await whole.ask(confirm=None, launch=await whole.launched())
    assert answer.record.sections[Category.ALLERGIES].entries
    assert '"vouchedBy":"https://epr.example"' in await whole.recorded()
    assert '"evidence":[["ADMISSION","LAUNCH"]]' in await whole.recorded()
    (remembered,) = (await whole.about((NUMBER,))).relationships
    assert (remembered.evidence, remembered.subject) == ("admission-1", a_requester().principal)


async def test_what_a_launch_vouched_for_carries_the_next_page() -> None:
    """The handle is spent; the relationship is there for the next question, with `confirm`."""
    whole = Whole(tied=())
    await whole.ask(confirm=None, launch=await whole.launched())
    await whole.ask()
    assert (await whole.recorded()).count('"evidence":[["ADMISSION","LAUNCH"]]') == 2


@pytest.mark.parametrize(
    ("launched", "asked"),
    [
        ({"number": OTHER_NUMBER}, {}),
        ({"organisation": "RWG"}, {}),
        ({"subject": "somebody"}, {}),
        ({}, {"confirm": Confirmation(birth_date=date(1952, 5, 18))}),
    ],
    ids=["of a namesake", "of another organisation", "of a colleague", "against the caller"],
)
async def test_a_launch_that_does_not_fit_asks_nobody_and_is_spent(launched, asked) -> None:
    """Nothing is shown, asked or remembered, and that it was tried is on the record."""
    whole = Whole(tied=())
    handle = await whole.launched(**launched)
    for _ in range(2):
        with pytest.raises(IdentityNotConfirmedError):
            await whole.ask(**({"confirm": None, "launch": handle} | asked))
    assert whole.london.calls == []
    assert await whole.kinds() == [EventKind.REFUSAL] * 2
    assert (await whole.recorded()).count('"launched":true') == 2
    assert (await whole.about((NUMBER, OTHER_NUMBER))).relationships == ()


async def test_a_role_that_may_not_ask_spends_no_launch() -> None:
    """Whoever is turned away at the door has not used the handle."""
    whole = Whole(tied=())
    handle = await whole.launched()
    with pytest.raises(ForbiddenError):
        await whole.ask(confirm=None, launch=handle, requester=a_requester(role="R8015"))
    assert await whole.ask(confirm=None, launch=handle)


async def test_a_caller_who_goes_away_has_spent_the_launch() -> None:
    """The record says who vouched, and what was vouched for stays known."""
    whole = Whole(london=Hanging(), herts=Hanging())
    handle = await whole.launched()
    task = asyncio.create_task(whole.ask(confirm=None, launch=handle))
    await whole.herts.asked.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert '"vouchedBy":"https://epr.example"' in await whole.recorded()
    with pytest.raises(IdentityNotConfirmedError):
        await whole.ask(confirm=None, launch=handle)
    assert (await whole.about((NUMBER,))).relationships


async def test_while_what_ties_people_cannot_be_read_nothing_is_shown() -> None:
    """An objection might be passed over: nobody is asked, and the caller reads why."""
    whole = Whole()

    async def lost(_numbers):
        raise StorageError("the sharing store could not be read")

    whole.about = lost
    with pytest.raises(PolicyUnavailableError):
        await whole.ask()
    assert whole.london.calls == []
    assert await whole.kinds() == [EventKind.REFUSAL]


def from_memory(whole: Whole, state: RulesState, **held: Any) -> None:
    """The store is lost, and this is what was last known."""

    async def about(_numbers):
        return Held(state=state, **held)

    whole.about = about


async def test_from_memory_an_objection_holds_and_the_answer_says_so() -> None:
    """An admission that the launch vouches for lets the doctor in; the objection still forbids."""
    whole = Whole()
    objection = Objection(id="", node=LONDON.id, recorded_at=NOW)
    from_memory(whole, RulesState.LAST_KNOWN, objections=(objection,))
    answer = await whole.ask(confirm=None, launch=await whole.launched())
    told = {row.source.id: row for row in answer.record.coverage.rows}
    assert told[LONDON.id].code is SourceCode.OBJECTION
    assert told[HERTS.id].state is SourceState.FRESH
    assert "RULES_NOT_CURRENT" in {one.code for one in answer.record.obligations}
    assert whole.london.calls == []


async def test_from_memory_ones_own_record_stays_shut() -> None:
    """A mark forbids as it did."""
    whole = Whole()
    handle = await whole.launched()
    own = Mark(id="own", kind=MarkKind.OWN_RECORD, subject=a_requester().principal)
    from_memory(whole, RulesState.LAST_KNOWN, marks=(own,))
    with pytest.raises(ForbiddenError):
        await whole.ask(confirm=None, launch=handle)
    assert whole.london.calls == []


async def test_what_is_held_makes_the_rules_as_old_as_itself() -> None:
    """The rules are current; whatever is not an emergency is refused all the same."""
    whole = Whole()
    handle = await whole.launched()
    from_memory(whole, RulesState.EMERGENCY_SET)
    with pytest.raises(PolicyUnavailableError):
        await whole.ask(confirm=None, launch=handle)
    assert whole.london.calls == []


@pytest.mark.parametrize("kind", [RequesterKind.CITIZEN, RequesterKind.PROXY])
async def test_from_memory_nobody_is_shown_their_own_record(kind: RequesterKind) -> None:
    """Somebody may read over their shoulder, and nobody could say so."""
    whole = Whole()
    from_memory(whole, RulesState.LAST_KNOWN)
    citizen = a_requester(kind=kind, role=None, available_roles=(), person=NUMBER, assurance=3)
    with pytest.raises(PolicyUnavailableError):
        await whole.ask(requester=citizen, purpose=Purpose.PATIENT_REQUEST)
    assert whole.london.calls == []


@pytest.mark.parametrize(("restricted", "told"), [(False, True), (True, False)])
async def test_a_second_look_at_somebody_protected_since_tells_nothing(restricted, told) -> None:
    """The node that is back says that their whereabouts are protected: no source may be named."""
    asked = a_question(Category.ALLERGIES)
    missed = Missed(
        view_id=asked.view_id,
        request_id=asked.request_id,
        requester=asked.requester,
        purpose=asked.purpose,
        nhs_number=asked.nhs_number,
        birth_date=asked.confirm.birth_date,
        family_name=None,
        node=HERTS.id,
        categories=frozenset((Category.ALLERGIES,)),
        seen=frozenset(),
        looked_at=NOW,
    )
    whole = Whole(herts=Answering(a_person(restricted=restricted)))
    assert await whole.look_again(missed)
    assert (whole.london.calls, len(whole.herts.calls)) == ([], 1)
    assert whole.herts.calls[0].gives_way, "nobody stands before it"
    opened = [open_row(row, Sealer(AuditKeys("1", {"1": KEY}))) async for row in whole.store.read()]
    assert any(one.sealed.told for one in opened) is told

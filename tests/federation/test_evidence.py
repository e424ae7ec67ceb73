"""Evidence from nodes: what lets somebody in, what does not, and calls that tell nothing."""

from __future__ import annotations

import asyncio
from contextlib import nullcontext
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from federation.audit import AuditKeys, AuditTrail, Sealer
from federation.audit.watch import Watch
from federation.authority import (
    EmergencyReason,
    EvidenceSource,
    Grant,
    Held,
    Mark,
    MarkKind,
    Objection,
    RelationshipKind,
)
from federation.evidence import is_sought, of_anybody, time_for_evidence
from federation.flow import HeldRecord, NodeCall, Part, Reply
from federation.identify import KnownNumbers
from federation.launches import Launches
from federation.model import Category, Purpose, RequesterKind
from federation.pipeline import Pipeline
from federation.registry import Network, Registry
from federation.sharing import RulesNow
from federation.status import SourceState
from federation.storage.memory import MemoryAudit, MemoryLaunches, MemoryNumbers
from tests.builders import (
    HERTS,
    KEY,
    LONDON,
    NOW,
    OTHER_NUMBER,
    a_person,
    a_question,
    a_reference,
    an_organisation,
)
from tests.federation.sharing.given import (
    CARED_FOR,
    OPEN,
    a_professional,
    rules_with,
    some_facts,
)
from tests.items import an_item
from tests.virtual_time import run

OURS, THEIRS = an_organisation("X1"), an_organisation("X2")


def days_ago(days: float) -> str:
    return (NOW - timedelta(days=days)).isoformat()


def an_encounter(**given: Any) -> Any:
    stay = {"kind": "inpatient", "status": "in-progress", "start": days_ago(2), "place": OURS}
    return an_item(Category.ENCOUNTERS, "e1", HERTS, **(stay | {"end": None} | given))


def an_appointment(**given: Any) -> Any:
    booked = {"status": "booked", "start": days_ago(-3), "place": OURS}
    return an_item(Category.APPOINTMENTS, "p1", HERTS, **(booked | given))


class Node:
    """Holds what it is given, answers after a fifth of a second, and notes each call."""

    def __init__(self, *items: Any, person: Any = None, schedule: list[Any]) -> None:
        self._items, self._person, self._schedule = items, person, schedule

    async def fetch(self, call: NodeCall) -> Reply:
        loop = asyncio.get_running_loop()
        begun = loop.time()
        await asyncio.sleep(0.2)
        called = (str(call.node.id), begun, loop.time(), call.answer_by)
        self._schedule.append((*called, call.categories, call.relationships))
        kinds = {type(item).__name__.upper() + "S": item for item in self._items}
        parts = {
            one: Part(
                category=one,
                items=(kinds[one],) if one in kinds else (),
                state=SourceState.FRESH if one in kinds else SourceState.FRESH_EMPTY,
            )
            for one in call.categories
        }
        held = (HeldRecord(person=self._person, parts=parts),) if self._person else ()
        return Reply(node=call.node, records=held, retrieved_at=NOW)


class World:
    """Hertfordshire may hold something; London holds what it is asked for."""

    def __init__(self, *items: Any, person: Any = a_person(), held: Held = Held()) -> None:  # noqa: B008 - frozen
        self.schedule: list[Any] = []
        self.incidents: list[Any] = []
        self.trail: AuditTrail
        self._held, self._broken = held, False
        self._store = MemoryAudit()
        london = Node(
            an_item(Category.PROBLEMS), person=person and a_person(), schedule=self.schedule
        )
        self._clients = {
            LONDON.id: london,
            HERTS.id: Node(*items, person=person, schedule=self.schedule),
        }

    async def _ask(self, *texts: str, **asked: Any) -> Any:
        async def about(_numbers: Any) -> Held:
            return self._held

        async def remember(_number: Any, _evidence: Any) -> None:
            pass

        loop = asyncio.get_running_loop()
        now = RulesNow(rules=rules_with(*texts), agreements=OPEN, version="1")
        self.events: list[Any] = []
        trail = await AuditTrail.open(self._store, "test", AuditKeys("1", {"1": KEY}), lambda: NOW)
        record = trail.record

        class Noting:
            async def record(_self, events: Any) -> None:  # noqa: N805 - `self` is the world
                if self._broken and len(events) > 1:
                    raise RuntimeError
                self.events += events
                await record(events)

        pipeline = Pipeline(
            registry=Registry(Network(nodes=(LONDON, HERTS), version="1")),
            tracer=None,
            numbers=KnownNumbers(MemoryNumbers(), lambda: NOW),
            clients=lambda: nullcontext(self._clients),  # type: ignore[arg-type,return-value]  # it has the one method
            rules=lambda: now,
            about=about,
            remember=remember,
            launches=Launches(MemoryLaunches(), (KEY,)),
            trail=Noting(),  # type: ignore[arg-type]  # it has the one method that is used
            watch=Watch(Sealer(AuditKeys("1", {"1": KEY}))),
            cursor_key=KEY,
            loop_time=loop.time,
            report_incident=self.incidents.append,
            report_defect=lambda _node, error: pytest.fail(repr(error)),
        )
        given = {"requester": a_professional(), "deadline": loop.time() + 3.0} | asked
        try:
            return await pipeline.ask(a_question(Category.PROBLEMS, **given))
        finally:
            await trail.aclose()

    async def breaks(self) -> None:
        """A look that ends when it is about to be written down."""
        self._broken = True
        await self._ask()

    def lets_in(self, *texts: str, **asked: Any) -> bool:
        answer = run(self._ask(*texts, **asked))
        rows = answer.record.sections[Category.PROBLEMS].coverage.rows
        states = {row.source.id: row.state for row in rows}
        assert Category.ENCOUNTERS not in answer.record.sections
        return states[LONDON.id] == SourceState.FRESH

    @property
    def for_evidence(self) -> list[Any]:
        """The calls before the record's own, as they could be told apart from outside."""
        return sorted(one[:4] for one in self.schedule if one[1] == 0.0)


def _numbered(case: Any) -> str:
    return type(case).__name__


PROVING = [
    an_encounter(),
    an_encounter(status="finished", start=days_ago(9), end=days_ago(5)),
    an_encounter(kind="ambulatory", status="finished", start=days_ago(3)),
    an_encounter(place=None, custodian=OURS),
    an_appointment(),
    an_appointment(status="fulfilled", start=days_ago(5)),
]
PROVING_NOTHING = [
    an_encounter(place=THEIRS),
    an_encounter(place=THEIRS, custodian=OURS),
    an_encounter(status="planned"),
    an_encounter(status=None),
    an_encounter(start=days_ago(-1)),
    an_encounter(start=days_ago(100)),
    an_encounter(status="finished", start=days_ago(30), end=days_ago(9)),
    an_encounter(start="2026-10"),
    an_encounter(start=days_ago(100), end=days_ago(-400)),
    an_encounter(status="finished", start=days_ago(2), end=days_ago(4)),
    an_appointment(place=THEIRS),
    an_appointment(status="cancelled"),
    an_appointment(status="noshow"),
    an_appointment(start=days_ago(-8)),
    an_appointment(start=days_ago(9)),
]


@pytest.mark.parametrize("item", PROVING, ids=_numbered)
def test_what_lets_in(item: Any) -> None:
    """What another node holds opens this one's record too."""
    assert World(item).lets_in()


@pytest.mark.parametrize("item", PROVING_NOTHING, ids=_numbered)
def test_what_does_not(item: Any) -> None:
    """Elsewhere, long ago, not yet, not at all, or on no known day."""
    assert not World(item).lets_in()


def test_somebody_elses_stay_proves_nothing() -> None:
    """An answer for another person is an incident, as it is of any call."""
    world = World(an_encounter(), person=a_person(OTHER_NUMBER))
    assert not world.lets_in()
    assert len(world.incidents) == 1
    assert [one.plain.incident for one in world.events if one.plain.incident] == ["WRONG_PERSON"]


def test_what_may_not_be_seen_proves_nothing() -> None:
    """Being let in would tell that it is there."""
    hiding = (
        '@id("t") @reason("r") forbid (principal, action == Action::"see", resource is Holding)'
        ' when { resource has custodian && resource.custodian == "X9" };'
    )
    world = World(an_encounter(custodian=an_organisation("X9")))
    assert world.lets_in()
    assert not World(an_encounter(custodian=an_organisation("X9"))).lets_in(hiding)


@pytest.mark.parametrize(
    "asked",
    [
        {"requester": a_professional(organisation=None)},
        {"requester": a_professional(region="nowhere")},
    ],
    ids=["no-organisation", "no-agreement"],
)
def test_who_could_not_be_let_in_is_not_sought_for(asked: Any) -> None:
    """No call where a tie would open nothing."""
    world = World(an_encounter())
    assert not world.lets_in(**asked)
    assert world.schedule == []


def test_whoever_is_tied_already_needs_no_evidence() -> None:
    """One round of calls, for the record."""
    world = World(an_encounter(), held=Held(relationships=(CARED_FOR,)))
    assert world.lets_in()
    assert {one[4] for one in world.schedule} == {(Category.PROBLEMS,)}


OBJECTS = Held(objections=(Objection(id="o", recorded_at=NOW),))
MARKED = Held(marks=(Mark(id="m", kind=MarkKind.WATCHED), Mark(id="n", kind=MarkKind.FAMILY)))


@pytest.mark.parametrize(
    "world",
    [
        World(),
        World(an_encounter()),
        World(an_encounter(place=THEIRS)),
        World(person=a_person(OTHER_NUMBER)),
        World(person=replace(a_person(), restricted=True)),
        World(an_encounter(), held=OBJECTS),
        World(an_encounter(), held=MARKED),
    ],
    ids=["none", "here", "elsewhere", "stranger", "protected", "objects", "marked"],
)
def test_the_calls_are_the_same_whoever_the_person_is(world: World) -> None:
    """As for somebody whom nobody holds: which node, when, until when, by what right."""
    unheld = World(person=None)
    unheld.lets_in()
    world.lets_in()
    assert world.for_evidence == unheld.for_evidence
    assert [one[0] for one in unheld.for_evidence] == sorted((LONDON.id, HERTS.id))
    assert {one[5] for one in world.schedule if one[1] == 0.0} == {()}
    assert [one[3] for one in unheld.for_evidence] == pytest.approx([0.9, 0.9])


def test_what_the_person_objects_to_is_not_fetched() -> None:
    """The call is made for the echo alone, and proves nothing."""
    world = World(an_encounter(), held=OBJECTS)
    assert not world.lets_in()
    assert {one[4] for one in world.schedule} == {()}


def test_the_audit_tells_the_calls_apart() -> None:
    """Each call for evidence is written down as one, and the tie with who says so."""
    world = World(an_encounter())
    assert world.lets_in()
    calls = [one.plain for one in world.events if one.plain.kind == "NODE_CALL"]
    told = {(call.nodes, call.evidence_only): set(call.categories) for call in calls}
    assert told[(HERTS.id,), True] == {Category.ENCOUNTERS, Category.APPOINTMENTS}
    assert told[(HERTS.id,), False] == {Category.PROBLEMS}
    (view,) = [one for one in world.events if one.plain.kind == "VIEW"]
    assert [(one.kind, one.source) for one in view.plain.evidence] == [
        (RelationshipKind.ADMISSION, EvidenceSource.NODE)
    ]
    assert view.sealed.evidence[0].evidence == "e1"


GRANT = Grant(
    id="g",
    authority="a",
    reason_code=EmergencyReason.LACKS_CAPACITY,
    begins_at=NOW,
    expires_at=NOW + timedelta(hours=1),
)


@pytest.mark.parametrize(
    ("asked", "known", "sought"),
    [
        ({}, {}, True),
        ({"purpose": Purpose.EMERGENCY}, {}, False),
        ({"requester": a_professional(organisation=None)}, {}, False),
        ({"requester": a_professional(kind=RequesterKind.CITIZEN)}, {}, False),
        ({}, {"relationships": (CARED_FOR,)}, False),
        ({}, {"grants": (GRANT,)}, False),
    ],
    ids=["professional", "emergency", "no-organisation", "citizen", "tied", "granted"],
)
def test_when_evidence_is_sought(asked: Any, known: Any, sought: bool) -> None:
    """For direct care by an organisation that nothing else lets in."""
    question = a_question(**({"requester": a_professional()} | asked))
    facts = replace(some_facts(*OPEN, relationships=()), **known)
    assert is_sought(question, facts) is sought


@pytest.mark.parametrize(("left", "seconds"), [(3.0, 0.9), (30.0, 1.0), (-1.0, 0.0)])
def test_evidence_takes_the_least_of_the_time(left: float, seconds: float) -> None:
    """Three tenths of what is left, and no more than a second."""
    assert time_for_evidence(7.0 + left, 7.0) == pytest.approx(7.0 + seconds)


def test_nothing_of_the_person_is_left_of_anybody() -> None:
    """Neither protection, nor age, nor death, nor wishes, nor marks."""
    known = replace(a_reference(), restricted=True, person=a_person())
    facts = some_facts(*OPEN, objections=OBJECTS.objections, marks=MARKED.marks)
    reference, neutral = of_anybody(known, facts)
    assert (reference.restricted, reference.person, reference.birth_date) == (False, None, None)
    assert (neutral.objections, neutral.marks, neutral.consents) == ((), frozenset(), ())


def test_a_visit_is_no_admission() -> None:
    """Rules may tell the two apart."""
    world = World(an_encounter(kind="ambulatory", status="finished", start=days_ago(3)))
    assert world.lets_in()
    (view,) = [one for one in world.events if one.plain.kind == "VIEW"]
    assert [one.kind for one in view.plain.evidence] == [RelationshipKind.APPOINTMENT]


def test_a_look_that_is_abandoned_names_who_was_asked_for_evidence() -> None:
    """Also where the record itself was asked of nobody."""
    world = World()
    with pytest.raises(RuntimeError):
        run(world.breaks())
    assert [one.plain.nodes for one in world.events] == [(LONDON.id, HERTS.id)]

"""What is hidden cannot be told from what is not held: whole answers and calls, on a virtual clock.

Two worlds are compared. In one the nodes hold everything and a rule hides some of it; in the other
there is no such rule and the nodes do not hold it. Whatever a caller can see must be equal: the
record to its last word, lengths of cursors, and which node was called when and for how long.
"""

from __future__ import annotations

import asyncio
from contextlib import nullcontext
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Struct
from msgspec.json import encode
from msgspec.structs import replace

from federation.audit import AuditKeys, AuditTrail, Sealer
from federation.audit.watch import Watch
from federation.authority import Held
from federation.errors import ForbiddenError
from federation.flow import (
    Failure,
    HeldRecord,
    NodeCall,
    Part,
    Plan,
    Reply,
    Screened,
    Window,
)
from federation.identify import KnownNumbers
from federation.launches import Launches
from federation.model import Assertion, Category, Purpose
from federation.pipeline import Pipeline
from federation.registry import Network, Registry
from federation.sharing import CedarRules, RulesNow, as_unheld
from federation.sharing.rows import row_of_parts
from federation.status import FaultOrigin, SourceCode, SourceState
from federation.storage.memory import MemoryAudit, MemoryLaunches, MemoryNumbers
from tests.builders import (
    CARE_PLAN_NODE,
    HERTS,
    KEY,
    LONDON,
    NOW,
    OTHER_NUMBER,
    a_person,
    a_question,
    an_organisation,
)
from tests.federation.sharing.given import CARED_FOR, a_professional, an_agreement, rules_with
from tests.items import an_item
from tests.virtual_time import run

CATEGORIES = (
    Category.DEMOGRAPHICS,
    Category.PROBLEMS,
    Category.RESULTS,
    Category.OBSERVATIONS,
    Category.DOCUMENTS,
)
READER = a_professional("R1330")
SECRET = an_organisation("X9")
"""Whose data a rule about single things hides."""
AGREEMENTS = (
    an_agreement(),
    an_agreement("herts-to-london", HERTS, categories=frozenset(CATEGORIES)),
)
PLAIN = CedarRules.shipped()


class Hidden(Struct, frozen=True):
    """What a rule hides: these categories of these nodes, or things of one custodian."""

    nodes: tuple[str, ...]
    categories: tuple[Category, ...] = tuple(Category)
    of_single_things: bool = False

    def text(self) -> str:
        named = " || ".join(f'resource.node == "{node}"' for node in self.nodes)
        kinds = ", ".join(f'"{category}"' for category in self.categories)
        label = (
            ' && resource has custodian && resource.custodian == "X9"'
            if self.of_single_things
            else ""
        )
        return (
            '@id("hide") @reason("r") @disclosure("HIDE")'
            ' forbid (principal, action == Action::"see", resource is Holding)'
            f" when {{ ({named}) && [{kinds}].contains(resource.category){label} }}"
            " unless { principal.treating };"
        )

    def covers(self, node: str, category: Category) -> bool:
        return node in self.nodes and category in self.categories

    def without(self, node: str, record: HeldRecord) -> HeldRecord | None:
        """The record as a node that does not hold what is hidden would have it."""
        if (
            not self.of_single_things
            and node in self.nodes
            and set(self.categories) == set(Category)
        ):
            return None
        return replace(
            record,
            parts={
                category: self._less(part) if self.covers(node, category) else part
                for category, part in record.parts.items()
            },
        )

    def _less(self, part: Part) -> Part:
        kept = tuple(
            item for item in part.items if self.of_single_things and item.custodian != SECRET
        )
        return replace(
            part, items=kept, state=SourceState.FRESH if kept else SourceState.FRESH_EMPTY
        )


BOTH = (LONDON.id, HERTS.id)
HIDING = [
    Hidden((LONDON.id,)),
    Hidden(BOTH),
    Hidden((HERTS.id,), (Category.RESULTS,)),
    Hidden(BOTH, (Category.RESULTS, Category.PROBLEMS)),
    Hidden((LONDON.id,), tuple(one for one in Category if one is not Category.DEMOGRAPHICS)),
    Hidden(BOTH, tuple(Category), of_single_things=True),
    Hidden((LONDON.id,), (Category.OBSERVATIONS, Category.DOCUMENTS), of_single_things=True),
]
RULES = {hidden: rules_with(hidden.text()) for hidden in HIDING}


class Script(Struct, frozen=True, kw_only=True):
    """How one node behaves, and what it holds."""

    records: tuple[HeldRecord, ...] = ()
    seconds: float = 0.2
    fails: bool = False


class Node:
    """A node that follows its script, and notes when it was called."""

    def __init__(self, name: str, script: Script, schedule: list[Any]) -> None:
        self._name, self._script, self._schedule = name, script, schedule
        self.asked: list[tuple[Category, ...]] = []

    async def fetch(self, call: NodeCall) -> Reply | Failure:
        loop = asyncio.get_running_loop()
        begun = loop.time()
        self.asked.append(call.categories)
        try:
            await asyncio.sleep(self._script.seconds)
        finally:
            self._schedule.append((self._name, begun, loop.time(), call.answer_by, call.numbers))
        if self._script.fails:
            return Failure(
                node=call.node,
                state=SourceState.UNAVAILABLE,
                code=SourceCode.NODE_ERROR,
                origin=FaultOrigin.NODE,
            )
        records = tuple(
            replace(record, parts={one: record.parts[one] for one in call.categories})
            for record in self._script.records
        )
        return Reply(
            node=call.node, records=records, retrieved_at=NOW + timedelta(seconds=loop.time())
        )


class World:
    """The network under one set of rules, with these scripts."""

    def __init__(self, rules: CedarRules, scripts: dict[str, Script]) -> None:
        self.schedule: list[Any] = []
        self.incidents: list[Any] = []
        self.nodes = {
            node.id: Node(node.id, scripts[node.id], self.schedule) for node in (LONDON, HERTS)
        }
        self._rules = rules

    async def ask(self, *categories: Category, **asked: Any) -> Any:
        async def cared_for(_numbers: Any) -> Held:
            return Held(relationships=(CARED_FOR,))

        async def forgotten(_number: Any, _evidence: Any) -> None:
            pass

        loop = asyncio.get_running_loop()
        trail = await AuditTrail.open(
            MemoryAudit(), "test", AuditKeys("1", {"1": KEY}), lambda: NOW
        )
        pipeline = Pipeline(
            registry=Registry(Network(nodes=(LONDON, HERTS, CARE_PLAN_NODE), version="1")),
            tracer=None,
            numbers=KnownNumbers(MemoryNumbers(), lambda: NOW),
            clients=lambda: nullcontext(self.nodes),
            rules=lambda: RulesNow(rules=self._rules, agreements=AGREEMENTS, version="1"),
            about=cared_for,
            remember=forgotten,
            launches=Launches(MemoryLaunches(), (KEY,)),
            trail=trail,
            watch=Watch(Sealer(AuditKeys("1", {"1": KEY}))),
            cursor_key=KEY,
            loop_time=loop.time,
            report_incident=self.incidents.append,
            report_defect=lambda _node, error: pytest.fail(repr(error)),
        )
        question = a_question(*categories, requester=READER, deadline=loop.time() + 3.5, **asked)
        try:
            return await pipeline.ask(question)
        finally:
            await trail.aclose()

    def seen(self, *categories: Category, **asked: Any) -> Any:
        """Everything that a caller can tell: the record, the cursors' lengths, the calls."""
        answer = run(self.ask(*categories, **asked))
        record = replace(
            answer.record,
            sections={
                category: _with_lengths(section)
                for category, section in answer.record.sections.items()
            },
        )
        return encode(record), sorted(self.schedule)


def _with_lengths(section: Any) -> Any:
    # Two cursors for one place differ, for each is sealed anew.
    pages = {
        str(window): (page.entries, [len(cursor) for cursor in page.cursors], page.has_next,
                      page.has_previous, page.warnings)
        for window, page in section.pages.items()
    }  # fmt: skip
    return (section.category, section.coverage, section.entries, pages, section.assertion,
            section.warnings, section.as_of)  # fmt: skip


def alike(hidden: Hidden, scripts: dict[str, Script], *categories: Category, **asked: Any) -> None:
    """Fail unless hidden and not held look the same."""
    less = {
        node: replace(
            script,
            records=tuple(
                one
                for record in script.records
                if (one := hidden.without(node, record)) is not None
            ),
        )
        for node, script in scripts.items()
    }
    hiding, lacking = World(RULES[hidden], scripts), World(PLAIN, less)
    assert hiding.seen(*categories, **asked) == lacking.seen(*categories, **asked)
    for node, client in hiding.nodes.items():
        for named in client.asked:
            if not hidden.of_single_things:
                assert not [one for one in named if hidden.covers(node, one)], "it was fetched"


# ── random records ────────────────────────────────────────────────────────────────────────────────

_CURRENT_TO = NOW - timedelta(hours=3)


def dated(script: Script) -> Script:
    """The node says how recent its data is, the same for all of it."""
    return replace(
        script,
        records=tuple(
            replace(
                record,
                parts={
                    category: replace(part, data_current_to=_CURRENT_TO)
                    for category, part in record.parts.items()
                },
            )
            for record in script.records
        ),
    )


def a_record(node: Any, number: int, counts: dict[Category, list[bool]], person: Any) -> HeldRecord:
    parts = {Category.DEMOGRAPHICS: Part(category=Category.DEMOGRAPHICS)}
    for category, secrets in counts.items():
        items = tuple(
            an_item(
                category,
                f"{category}-{number}-{place}",
                node,
                custodian=SECRET if secret else None,
            )
            for place, secret in enumerate(secrets)
        )
        parts[category] = Part(
            category=category,
            items=items,
            state=SourceState.FRESH if items else SourceState.FRESH_EMPTY,
        )
    return HeldRecord(person=person, parts=parts)


@st.composite
def scripts(draw, node):
    persons = draw(st.lists(st.sampled_from((None, OTHER_NUMBER)), max_size=2))
    held = st.lists(st.booleans(), max_size=3)
    records = tuple(
        a_record(
            node,
            number,
            {one: draw(held) for one in CATEGORIES if one is not Category.DEMOGRAPHICS},
            a_person(other) if other else a_person(),
        )
        for number, other in enumerate(persons)
    )
    return Script(
        records=records,
        seconds=draw(st.sampled_from((0.0, 0.1, 1.5, 3.4, 5.0, 20.0))),
        fails=draw(st.integers(0, 5)) == 0,
    )


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(HIDING),
    scripts(LONDON),
    scripts(HERTS),
    st.sets(st.sampled_from(CATEGORIES), min_size=1),
    st.integers(1, 3),
)
def test_hidden_is_not_held(hidden, london, herts, asked, first):
    """Law: for any records, delays and failures, hidden and not held are one answer."""
    windows = {
        category: (Window(first=first),)
        for category in asked & {Category.RESULTS, Category.OBSERVATIONS, Category.DOCUMENTS}
    }
    alike(hidden, {LONDON.id: london, HERTS.id: herts}, *sorted(asked), windows=windows)
    if Category.DEMOGRAPHICS in asked:
        scripts = {LONDON.id: dated(london), HERTS.id: dated(herts)}
        alike(hidden, scripts, *sorted(asked), windows=windows)


# ── by hand ───────────────────────────────────────────────────────────────────────────────────────


def holding(node: Any, **given: Any) -> Script:
    counts = {one: [False, True] for one in CATEGORIES if one is not Category.DEMOGRAPHICS}
    return Script(records=(a_record(node, 0, counts, a_person()),), **given)


FULL = {LONDON.id: holding(LONDON), HERTS.id: holding(HERTS)}


def rows(world: World, category: Category, *asked: Category) -> dict[str, str]:
    answer = run(world.ask(*(asked or (category,))))
    section = answer.record.sections[category]
    return {row.source.id: row.state for row in section.coverage.rows}


@pytest.mark.parametrize("asked", [(Category.RESULTS,), (Category.RESULTS, Category.PROBLEMS)])
def test_a_node_of_which_nothing_may_be_seen_does_not_know_the_person(asked) -> None:
    """Whatever is asked for, and although its echo came."""
    world = World(RULES[Hidden((LONDON.id,))], FULL)
    assert rows(world, Category.RESULTS, *asked)[LONDON.id] == SourceState.NO_RECORD_HELD


@pytest.mark.parametrize("asked", [(Category.RESULTS,), (Category.RESULTS, Category.PROBLEMS)])
def test_a_node_that_shows_something_knows_the_person_always(asked) -> None:
    """A hidden category is empty whether or not the visible ones are asked for beside it."""
    world = World(RULES[Hidden((HERTS.id,), (Category.RESULTS,))], FULL)
    assert rows(world, Category.RESULTS, *asked)[HERTS.id] == SourceState.FRESH_EMPTY


def test_what_is_hidden_is_not_fetched() -> None:
    """The call is made for the echo alone."""
    world = World(RULES[Hidden((HERTS.id,), (Category.RESULTS,))], FULL)
    run(world.ask(Category.RESULTS))
    assert world.nodes[HERTS.id].asked == [()]
    assert world.nodes[LONDON.id].asked == [(Category.RESULTS,)]


@pytest.mark.parametrize(
    ("script", "state"),
    [
        (Script(fails=True), SourceState.UNAVAILABLE),
        (Script(seconds=60.0), SourceState.TIMED_OUT),
        (Script(), SourceState.NO_RECORD_HELD),
    ],
)
@pytest.mark.parametrize("hidden", HIDING[:3])
def test_a_failure_tells_of_itself(hidden, script, state) -> None:
    """A hidden category of a node that failed has the failure's own row."""
    world = World(RULES[hidden], {LONDON.id: script, HERTS.id: script})
    assert rows(world, Category.RESULTS)[hidden.nodes[0]] == state


def test_a_stranger_at_a_node_that_is_not_there_is_no_incident() -> None:
    """The reader of a hidden node is not told that it answered for somebody else."""
    strange = holding(LONDON)
    (record,) = strange.records
    strange = replace(strange, records=(replace(record, person=a_person(OTHER_NUMBER)),))
    world = World(RULES[Hidden((LONDON.id,))], FULL | {LONDON.id: strange})
    assert rows(world, Category.RESULTS)[LONDON.id] == SourceState.NO_RECORD_HELD


def test_a_node_says_no_more_of_a_hidden_list_than_of_an_empty_one() -> None:
    """Not even what an empty list means: the node was not asked."""
    world = World(RULES[Hidden((HERTS.id,), (Category.RESULTS,))], FULL)
    answer = run(world.ask(Category.RESULTS))
    by_node = {row.source.id: row for row in answer.record.sections[Category.RESULTS].coverage.rows}
    assert by_node[HERTS.id].assertion is Assertion.NO_CONTENT_RECORDED


def test_who_may_not_ask_calls_nobody() -> None:
    """A refusal comes before any of this."""
    world = World(PLAIN, FULL)
    with pytest.raises(ForbiddenError):
        run(world.ask(Category.RESULTS, purpose=Purpose.PATIENT_REQUEST))
    assert world.schedule == []


def test_a_hidden_list_is_as_old_as_what_is_shown_beside_it() -> None:
    """A node that says how recent its data is says so of an empty list as well."""
    scripts = {LONDON.id: dated(FULL[LONDON.id]), HERTS.id: dated(FULL[HERTS.id])}
    world = World(RULES[Hidden((HERTS.id,), (Category.RESULTS,))], scripts)
    answer = run(world.ask(Category.RESULTS, Category.PROBLEMS))
    by_node = {row.source.id: row for row in answer.record.sections[Category.RESULTS].coverage.rows}
    assert by_node[HERTS.id].data_current_to == _CURRENT_TO


@pytest.mark.parametrize("within", [5, 60])
def test_what_another_feed_may_lag_makes_no_hidden_list_look_late(within) -> None:
    """A hidden list whose own feed must be quicker reads as if it were in time."""
    herts = replace(HERTS, current_within=((Category.RESULTS, within), (Category.PROBLEMS, 60)))
    ages = {Category.PROBLEMS: timedelta(minutes=45), Category.ALLERGIES: timedelta(minutes=1)}
    parts = {each: Part(category=each, data_current_to=NOW - age) for each, age in ages.items()}
    held = HeldRecord(person=a_person(), parts=parts)
    screened = Screened(node=herts, categories=frozenset(), hidden=frozenset({Category.RESULTS}))
    reply = Reply(node=herts, records=(held,), retrieved_at=NOW)
    _, (given,) = as_unheld([screened], Plan(calls=()), [reply])
    part = given.records[0].parts[Category.RESULTS]
    told = row_of_parts(herts, [part], held=False, retrieved_at=NOW)
    assert told.state is SourceState.FRESH_EMPTY


@pytest.mark.parametrize(
    ("lasting", "state"), [(60, SourceState.FRESH_EMPTY), (30, SourceState.PARTIAL)]
)
def test_a_hidden_list_looks_late_where_all_that_is_shown_is_late(lasting, state) -> None:
    """Beside one slower feed that is in time it does not: another feed's age is none of its own."""
    herts = replace(HERTS, current_within=((Category.RESULTS, 5), (Category.PROBLEMS, lasting)))
    aged = Part(category=Category.PROBLEMS, data_current_to=NOW - timedelta(minutes=45))
    held = HeldRecord(person=a_person(), parts={Category.PROBLEMS: aged})
    screened = Screened(node=herts, categories=frozenset(), hidden=frozenset({Category.RESULTS}))
    reply = Reply(node=herts, records=(held,), retrieved_at=NOW)
    _, (given,) = as_unheld([screened], Plan(calls=()), [reply])
    part = given.records[0].parts[Category.RESULTS]
    assert row_of_parts(herts, [part], held=False, retrieved_at=NOW).state is state

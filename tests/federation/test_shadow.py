"""A node in the shadow is asked beside a view; nothing of it is shown, all is on the record."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from dataclasses import replace as changed
from datetime import timedelta

import pytest
from msgspec.structs import replace

from federation.audit import AuditKeys, EventKind, Sealer
from federation.audit.chain import open_row
from federation.audit.shadow_page import ShadowDay
from federation.audit.wanted import local_day
from federation.errors import ForbiddenError
from federation.flow import Failure, Reply
from federation.model import Category, NodeState, ViewId
from federation.registry import Network, Registry
from federation.status import FaultOrigin, SourceCode, SourceState
from tests.builders import HERTS, KEY, LONDON, NOW, OTHER_NUMBER, a_person, a_requester
from tests.federation.test_pipeline import Answering, Hanging, Whole

SHADOW = replace(LONDON, state=NodeState.SHADOW, name="London, as it will be")
"""A new version of a node that is live."""
SEALER = Sealer(AuditKeys("1", {"1": KEY}))


class Refusing(Answering):
    """A node that says no."""

    async def fetch(self, call):
        self.calls.append(call)
        return Failure(
            node=call.node,
            state=SourceState.UNAVAILABLE,
            code=SourceCode.NODE_ERROR,
            origin=FaultOrigin.NODE,
        )


class Shadowed(Whole):
    """A pipeline beside which a node stands; what is done beside it waits for `catch_up`."""

    def __init__(self, shadow=None, also=0, **given) -> None:
        super().__init__(**given)
        self.also = tuple(replace(SHADOW, id=f"board-{place}") for place in range(also))
        self.shadow = shadow or Answering()
        self.begun = []
        self.leased = 0

    async def _opened(self):
        pipeline = await super()._opened()

        @contextmanager
        def lent():
            self.leased += 1
            yield {SHADOW.id: self.shadow}
            self.leased -= 1

        network = Network(nodes=(LONDON, HERTS), shadow=(SHADOW, *self.also), version="1")
        self.pipeline = changed(
            pipeline,
            registry=Registry(network),
            beside=self.begun.append,
            shadow_clients=lent,
        )
        return self.pipeline

    async def catch_up(self) -> None:
        """Do what was begun, with the trail open again."""
        pipeline = await super()._opened()
        begun, self.begun = self.begun, []
        again = changed(self.pipeline, trail=pipeline.trail)
        for work in begun:
            await again._look_beside(*work.args)
        await self.trail.aclose()

    async def events(self, kind=EventKind.SHADOW_LOOK):
        rows = [row async for row in self.store.read()]
        return [one for one in (open_row(row, SEALER) for row in rows) if one.plain.kind is kind]

    async def day(self) -> ShadowDay:
        counted = ShadowDay(node=SHADOW.id, day=local_day(NOW))
        async for row in self.store.read():
            counted.add(open_row(row, SEALER))
        return counted


async def test_what_is_shown_is_the_same_with_and_without_a_node_in_the_shadow():
    """Neither an item of it nor a row nor a word."""
    plain, shadowed = await Whole().ask(), Shadowed()
    assert (await shadowed.ask()).record == plain.record
    assert shadowed.shadow.calls == []
    await shadowed.catch_up()
    assert len(shadowed.shadow.calls) == 1


async def test_it_is_asked_as_the_others_were_and_that_is_on_the_record():
    """For the same person, by the same requester, in an event with how many would be shown."""
    whole = Shadowed()
    await whole.ask()
    await whole.catch_up()
    (call,) = whole.shadow.calls
    (live,) = whole.london.calls
    assert (call.numbers, call.requester, call.categories) == (
        live.numbers,
        live.requester,
        live.categories,
    )
    (event,) = await whole.events()
    (view,) = await whole.events(EventKind.VIEW)
    assert (call.gives_way, live.gives_way) == (True, False)
    assert event.plain.view_id == view.plain.view_id
    assert event.plain.nodes == (SHADOW.id,)
    assert event.plain.outcome is not None
    assert event.plain.milliseconds is not None
    (part,) = [one for one in event.sealed.shadow if one.category is Category.ALLERGIES]
    assert (part.state, part.shared, part.withheld) == (SourceState.FRESH, 1, 0)
    assert whole.leased == 0


async def test_of_many_in_the_shadow_none_is_always_left_out():
    """Where only the first can be asked beside a look, each is first beside one of many looks."""
    first = set()
    for number in range(60):
        whole = Shadowed(also=8)
        await whole.ask(view_id=ViewId(f"view-{number}"))
        nodes = [work.args[2].id for work in whole.begun]
        assert sorted(nodes) == sorted({SHADOW.id, *(f"board-{place}" for place in range(8))})
        first.add(nodes[0])
    assert len(first) == 9


async def test_what_rules_close_of_a_live_node_is_not_asked_of_one_in_the_shadow():
    """Where nothing ties the clinician to the person it is not asked, and that is counted."""
    whole = Shadowed(tied=())
    await whole.ask()
    asked_live = [call for call in whole.london.calls if Category.ALLERGIES in call.categories]
    await whole.catch_up()
    day = await whole.day()
    assert (asked_live, whole.shadow.calls) == ([], [])
    assert (day.looks, day.asked) == (1, 0)
    assert day.categories[Category.ALLERGIES].shared == 0


async def test_a_refused_look_has_nothing_beside_it():
    """Who may not ask makes no node in the shadow be asked."""
    whole = Shadowed()
    with pytest.raises(ForbiddenError):
        await whole.ask(requester=a_requester(role="R8015"))
    assert whole.begun == []


async def test_an_answer_for_somebody_else_is_counted_and_reported():
    """A mix-up is found before anybody could have been shown it."""
    whole = Shadowed(Answering(a_person(OTHER_NUMBER)))
    await whole.ask()
    await whole.catch_up()
    day = await whole.day()
    assert (day.answered, day.mismatched) == (1, 1)
    assert day.categories[Category.ALLERGIES].shared == 0
    assert [one.code for one in whole.incidents] == [SourceCode.WRONG_PERSON]


class Broken(Answering):
    """A node whose answer our own code stumbles over."""

    async def fetch(self, call):
        self.calls.append(call)
        return Reply(node=call.node, records=(None,), retrieved_at=NOW)


async def test_one_whose_answer_is_stumbled_over_is_on_the_record():
    """A defect of ours after the node was asked does not take away that it was."""
    whole = Shadowed(Broken())
    await whole.ask()
    with pytest.raises(AttributeError):
        await whole.catch_up()
    await whole.trail.aclose()
    (event,) = await whole.events()
    day = await whole.day()
    assert (day.looks, day.asked, day.answered, day.broken_off) == (1, 1, 0, 1)
    assert len(whole.shadow.calls) == 1
    assert event.plain.categories == (Category.ALLERGIES,)
    assert event.plain.outcome is None


async def test_the_day_counts_what_failed_and_how_quick_it_was():
    """By state and code; other days and other nodes are not in it."""
    whole = Shadowed(Refusing())
    for _ in range(3):
        await whole.ask()
        await whole.catch_up()
    day = await whole.day()
    assert (day.looks, day.asked, day.answered) == (3, 3, 0)
    assert day.failures == {(SourceState.UNAVAILABLE, SourceCode.NODE_ERROR): 3}
    assert len(day.milliseconds) == 3
    other = ShadowDay(node=SHADOW.id, day=local_day(NOW) - timedelta(days=1))
    elsewhere = ShadowDay(node=HERTS.id, day=local_day(NOW))
    for event in await whole.events():
        other.add(event)
        elsewhere.add(event)
    assert (other.looks, elsewhere.looks) == (0, 0)


async def test_one_that_was_asked_while_the_gateway_stops_is_on_the_record():
    """That it may have been asked for somebody is written down though no answer came."""
    whole = Shadowed(Hanging())
    await whole.ask()
    task = asyncio.create_task(whole.catch_up())
    await whole.shadow.asked.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    (event,) = await whole.events()
    assert event.plain.categories == (Category.ALLERGIES,)
    assert event.plain.outcome is None

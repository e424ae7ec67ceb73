"""How often a node is asked: never more than it declared, people first, and nobody in silence."""

from __future__ import annotations

import asyncio

import pytest
from msgspec.structs import replace

from federation.fanout import fan_out
from federation.flow import Failure, NodeCall, Plan, Reply
from federation.model import Category, NodeId, Purpose, RequestId
from federation.protocols.rate import Room, Rooms, is_held_back
from federation.status import FaultOrigin, SourceCode, SourceState
from tests.builders import NOW, NUMBER, a_node, a_requester
from tests.virtual_time import run


class Node:
    """A node that writes down when it is asked."""

    def __init__(self) -> None:
        self.asked: list[float] = []

    async def fetch(self, call: NodeCall) -> Reply:
        self.asked.append(asyncio.get_running_loop().time())
        return Reply(node=call.node, records=(), retrieved_at=NOW)

    async def aclose(self) -> None:
        self.asked.clear()


def a_call(rate: float | None = 4.0, *, gives_way: bool = False, by: float | None = 8.0):
    return NodeCall(
        node=a_node("busy", timeout_seconds=8.0, calls_per_second=rate),
        numbers=(NUMBER,),
        categories=(Category.ALLERGIES,),
        requester=a_requester(),
        purpose=Purpose.DIRECT_CARE,
        request_id=RequestId("r"),
        answer_by=by,
        gives_way=gives_way,
    )


class Gateway:
    """One of several gateways, and what it heard of calls held back."""

    def __init__(self, gateways: int = 1) -> None:
        self.held_back: list[NodeCall] = []
        loop = asyncio.get_running_loop()
        self._rooms = Rooms(gateways, loop.time, self.held_back.append)

    def client(self, node: Node, rate: float | None = 4.0):
        return self._rooms.paced(a_call(rate).node, node)


def _most_within(seconds: float, times: list[float]) -> int:
    """How many of these lay in the busiest stretch of so many seconds."""
    return max(sum(begins <= one <= begins + seconds for one in times) for begins in times)


@pytest.mark.parametrize("rate", [0.5, 1.0, 2.0, 4.0, 7.5])
@pytest.mark.parametrize("seconds", [0.0, 1.0, 10.0])
def test_a_node_is_never_asked_more_often_than_it_declared(rate, seconds):
    """In any stretch of time: what it bears in that time, and a second's calls or two at once."""

    async def storm():
        node, client = Node(), None
        client = Gateway().client(node, rate)
        for _ in range(12):
            calls = (client.fetch(a_call(rate, by=None)) for _ in range(9))
            await asyncio.gather(*calls)
            await asyncio.sleep(0.7)
        return node.asked

    asked = run(storm())
    assert len(asked) > 10
    assert _most_within(seconds, asked) <= seconds * rate + max(2.0, rate) + 1e-6


def test_looks_wait_for_a_place_in_the_order_in_which_they_came():
    """What is there at once is taken at once; then one goes for each place that comes free."""

    async def looks():
        node, ended = Node(), []

        async def look(name):
            await client.fetch(a_call())
            ended.append(name)

        client = Gateway().client(node)
        await asyncio.gather(*map(look, range(8)))
        return node.asked, ended

    asked, ended = run(looks())
    assert asked == [0.0, 0.0, 0.0, 0.0, 0.25, 0.5, 0.75, 1.0]
    assert ended == list(range(8))


def test_a_look_without_room_in_time_is_told_so_at_once():
    """It is a row with its code and when to come again, and the node was not asked for it."""

    async def looks():
        node, gateway = Node(), Gateway()
        client = gateway.client(node, 1.0)
        calls = [a_call(1.0, by=4.0) for _ in range(5)]
        outcomes = await asyncio.gather(*map(client.fetch, calls))
        return outcomes, node.asked, gateway.held_back, calls

    outcomes, asked, held_back, calls = run(looks())
    # Two at once, one after a second, one after two: half of what there is for an answer.
    assert asked == [0.0, 0.0, 1.0, 2.0]
    assert outcomes[4] == Failure(
        node=calls[4].node,
        state=SourceState.UNAVAILABLE,
        code=SourceCode.RATE_LIMITED,
        origin=FaultOrigin.GATEWAY,
        retry_after_seconds=3,
    )
    assert is_held_back(outcomes[4])
    assert held_back == [calls[4]]
    assert not any(map(is_held_back, outcomes[:4]))


def test_a_fan_out_gives_no_row_of_silence():
    """Each call of a plan has its outcome, also where its node bears no more."""

    async def looks():
        node, loop = Node(), asyncio.get_running_loop()
        client = Gateway().client(node, 1.0)
        plan = Plan(calls=(a_call(1.0, by=None),))
        looks = [
            fan_out(plan, {NodeId("busy"): client}, 3.0, loop.time, lambda *_: None)
            for _ in range(6)
        ]
        return [outcome for (outcome,) in await asyncio.gather(*looks)], node.asked

    outcomes, asked = run(looks())
    assert len(outcomes) == 6
    assert [is_held_back(one) for one in outcomes] == [False, False, False, True, True, True]
    assert asked == [0.0, 0.0, 1.0]


def test_what_gives_way_never_takes_the_last_place():
    """A look that comes after any number of them begins at once."""

    async def looks():
        node, gateway = Node(), Gateway()
        client = gateway.client(node)
        beside = [await client.fetch(a_call(gives_way=True)) for _ in range(9)]
        await client.fetch(a_call())
        return [is_held_back(one) for one in beside], node.asked, gateway.held_back

    held, asked, told = run(looks())
    assert held == [False, False, False, *[True] * 6]
    assert asked == [0.0] * 4
    assert all(call.gives_way for call in told)


def test_what_gives_way_does_not_stand_in_the_queue_of_people():
    """While looks wait for a place, nothing else is asked, and it is not waited for."""

    async def looks():
        loop = asyncio.get_running_loop()
        node = Node()
        client = Gateway().client(node, 1.0)
        waiting = [asyncio.create_task(client.fetch(a_call(1.0))) for _ in range(4)]
        await asyncio.sleep(0)
        outcome = await client.fetch(a_call(1.0, gives_way=True))
        at = loop.time()
        await asyncio.gather(*waiting)
        return outcome, at, node.asked

    outcome, at, asked = run(looks())
    assert is_held_back(outcome)
    assert at == 0.0
    assert asked == [0.0, 0.0, 1.0, 2.0]


def test_a_slow_node_is_probed_all_the_same():
    """Where a node bears little, what gives way has its turn once nobody has asked for a while."""

    async def probes():
        node = Node()
        client = Gateway().client(node, 0.1)
        outcomes = []
        for _ in range(3):
            outcomes.append(await client.fetch(a_call(0.1, gives_way=True)))
            await asyncio.sleep(10.0)
        return [is_held_back(one) for one in outcomes]

    assert run(probes()) == [False, False, False]


def test_who_goes_away_leaves_the_place_to_the_next():
    """A look that is given up while it waits is never asked, and the next has its place."""

    async def looks():
        node = Node()
        client = Gateway().client(node, 1.0)
        await client.fetch(a_call(1.0))
        await client.fetch(a_call(1.0))
        gone = asyncio.create_task(client.fetch(a_call(1.0)))
        await asyncio.sleep(0.5)
        gone.cancel()
        await asyncio.gather(gone, return_exceptions=True)
        await client.fetch(a_call(1.0))
        return node.asked

    assert run(looks()) == [0.0, 0.0, 1.0]


def test_who_goes_away_moves_nobody_up_beyond_the_rate():
    """Those who queue behind keep their turn: two at once would be more than was declared."""

    async def looks():
        node = Node()
        client = Gateway().client(node, 1.0)
        tasks = [asyncio.create_task(client.fetch(a_call(1.0))) for _ in range(4)]
        await asyncio.sleep(0.5)
        tasks[2].cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await client.fetch(a_call(1.0))
        return node.asked

    assert run(looks()) == [0.0, 0.0, 2.0, 3.0]


def test_several_gateways_share_what_a_node_bears():
    """Each has an equal part of it: two of them ask no more than one would."""

    async def storm():
        node = Node()
        clients = [Gateway(2).client(node, 8.0) for _ in range(2)]
        calls = [one.fetch(a_call(8.0, by=None)) for one in clients for _ in range(12)]
        await asyncio.gather(*calls)
        return node.asked

    assert _most_within(1.0, run(storm())) <= 8 + 8


def test_all_clients_of_a_node_share_its_room():
    """Its new version in the shadow, a probe, a client opened anew: one node bears them all."""

    async def looks():
        gateway, served, shadow = Gateway(), Node(), Node()
        first, second = gateway.client(served, 2.0), gateway.client(shadow, 2.0)
        await first.fetch(a_call(2.0))
        beside = await second.fetch(a_call(2.0, gives_way=True))
        return is_held_back(beside), shadow.asked

    assert run(looks()) == (True, [])


def test_a_node_that_declared_nothing_is_asked_as_before():
    """Its client is its own."""

    async def client():
        node = Node()
        return Gateway().client(node, None) is node

    assert run(client())


def test_an_evening_of_calls_leaves_no_debt():
    """However long a node was busy, it is free a while after."""
    room = Room()
    for step in range(1000):
        room.take(step * 0.1, 5.0)
    assert room.free(1000 * 0.1 + 120.0, 5.0) == 5.0


def test_a_node_that_limits_requests_itself_was_asked():
    """Its own word is not ours: who gave it shows in the origin."""
    own = Failure(
        node=a_call().node,
        state=SourceState.UNAVAILABLE,
        code=SourceCode.RATE_LIMITED,
        origin=FaultOrigin.NODE,
    )
    assert not is_held_back(own)
    assert is_held_back(replace(own, origin=FaultOrigin.GATEWAY))

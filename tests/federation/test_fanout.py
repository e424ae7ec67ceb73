"""Fan-out: one outcome a call, whatever a node does."""

from __future__ import annotations

import asyncio

import pytest

from federation.fanout import fan_out
from federation.flow import Failure, NodeCall, Plan, Reply
from federation.model import Category, NodeId, Purpose, RequestId
from federation.nhs_number import NhsNumber
from federation.status import FaultOrigin, SourceCode, SourceState
from tests.builders import NOW, a_node, a_requester


class Answering:
    """A node that answers at once."""

    async def fetch(self, call: NodeCall) -> Reply:
        return Reply(node=call.node, records=(), retrieved_at=NOW)


class Hanging:
    """A node that never answers, and is slow to let go."""

    def __init__(self) -> None:
        self.cancelled = asyncio.Event()
        self.never = asyncio.Event()

    async def fetch(self, call: NodeCall) -> Reply:
        try:
            await self.never.wait()
        finally:
            self.cancelled.set()
        raise AssertionError


class Clinging(Hanging):
    """A node whose call does not end when it is cancelled."""

    def __init__(self) -> None:
        super().__init__()
        self.released = asyncio.Event()

    async def fetch(self, call: NodeCall) -> Reply:
        try:
            await self.never.wait()
        except asyncio.CancelledError:
            self.cancelled.set()
            await self.released.wait()
        return Reply(node=call.node, records=(), retrieved_at=NOW)


class Defective:
    """A client with a defect."""

    async def fetch(self, call: NodeCall) -> Reply:
        raise KeyError("9990000018")


def _call(name: str, seconds: float = 8.0) -> NodeCall:
    return NodeCall(
        node=a_node(name, timeout_seconds=seconds),
        numbers=(NhsNumber("9990000018"),),
        categories=(Category.ALLERGIES,),
        requester=a_requester(),
        purpose=Purpose.DIRECT_CARE,
        request_id=RequestId("r"),
    )


async def _fan_out(clients, seconds=0.02, node_seconds=8.0):
    loop = asyncio.get_running_loop()
    reports = []
    outcomes = await fan_out(
        Plan(calls=tuple(_call(name, node_seconds) for name in clients)),
        {NodeId(name): client for name, client in clients.items()},
        loop.time() + seconds,
        loop.time,
        lambda node, error: reports.append((node, type(error))),
    )
    return outcomes, reports


async def test_every_call_has_an_outcome_in_the_order_of_the_plan() -> None:
    """Replies and failures stand in the plan's order, one a call."""
    outcomes, reports = await _fan_out({"b": Answering(), "a": Hanging(), "c": Answering()})
    assert [(type(outcome), outcome.node.id) for outcome in outcomes] == [
        (Reply, "b"),
        (Failure, "a"),
        (Reply, "c"),
    ]
    assert reports == []


async def test_a_node_that_is_late_is_timed_out_and_its_call_cancelled() -> None:
    """At the deadline a call still under way is cancelled and said to be late."""
    hanging = Hanging()
    (outcome,), _ = await _fan_out({"slow": hanging})
    assert outcome == Failure(
        node=a_node("slow"),
        state=SourceState.TIMED_OUT,
        code=SourceCode.DEADLINE_EXCEEDED,
        origin=FaultOrigin.NODE,
    )
    await asyncio.wait_for(hanging.cancelled.wait(), 1)


async def test_a_node_that_will_not_let_go_delays_nobody() -> None:
    """A call that outlives its cancellation is not waited for."""
    clinging = Clinging()
    outcomes, _ = await asyncio.wait_for(_fan_out({"fine": Answering(), "stuck": clinging}), 1)
    assert [type(outcome) for outcome in outcomes] == [Reply, Failure]
    await asyncio.wait_for(clinging.cancelled.wait(), 1)
    clinging.released.set()


async def test_a_deadline_that_has_passed_asks_and_waits_for_nobody() -> None:
    """With no time left every node is late, and nothing hangs."""
    outcomes, _ = await _fan_out({"slow": Hanging()}, seconds=-1.0)
    assert [outcome.state for outcome in outcomes] == [SourceState.TIMED_OUT]


async def test_a_node_has_its_own_limit_too() -> None:
    """A node's own timeout ends its call before the request's deadline."""
    outcomes, _ = await asyncio.wait_for(
        _fan_out({"slow": Hanging()}, seconds=30.0, node_seconds=0.01), 5
    )
    assert [outcome.state for outcome in outcomes] == [SourceState.TIMED_OUT]


@pytest.mark.parametrize(("seconds", "node_seconds"), [(3.0, 8.0), (30.0, 8.0)])
async def test_a_call_is_told_by_when_it_must_be_answered(seconds, node_seconds) -> None:
    """It is the request's deadline or the node's own limit, whichever comes first."""
    told = []

    class Listening(Answering):
        async def fetch(self, call: NodeCall) -> Reply:
            told.append(call.answer_by - asyncio.get_running_loop().time())
            return await super().fetch(call)

    await _fan_out({"node": Listening()}, seconds, node_seconds)
    assert told == [pytest.approx(min(seconds, node_seconds), abs=1)]


async def test_a_defect_in_one_client_takes_nobody_with_it() -> None:
    """A client that raises is unavailable by our fault, reported by type, and the others answer."""
    outcomes, reports = await _fan_out({"broken": Defective(), "fine": Answering()})
    assert outcomes[0] == Failure(
        node=a_node("broken"),
        state=SourceState.UNAVAILABLE,
        code=SourceCode.OTHER,
        origin=FaultOrigin.GATEWAY,
    )
    assert isinstance(outcomes[1], Reply)
    assert reports == [("broken", KeyError)]


async def test_when_the_caller_goes_away_every_call_is_cancelled() -> None:
    """Cancelling the fan-out cancels what it started."""
    one, other = Hanging(), Hanging()
    task = asyncio.create_task(_fan_out({"one": one, "other": other}, seconds=30.0))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.wait_for(one.cancelled.wait(), 1)
    await asyncio.wait_for(other.cancelled.wait(), 1)


async def test_nothing_to_ask_is_answered_at_once() -> None:
    """An empty plan has no outcomes."""
    assert await _fan_out({}) == ((), [])

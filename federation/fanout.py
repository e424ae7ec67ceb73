"""Fan-out: every planned call at once, under one deadline.

A node that fails, refuses or is late is a value, never an exception.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

from msgspec.structs import replace

from federation.flow import Failure, NodeCall, Plan, Reply
from federation.model import NodeId
from federation.protocols.base import NodeClient
from federation.status import FaultOrigin, SourceCode, SourceState


async def fan_out(
    plan: Plan,
    clients: Mapping[NodeId, NodeClient],
    deadline: float,
    loop_time: Callable[[], float],
    report: Callable[[NodeId, BaseException], None],
) -> tuple[Reply | Failure, ...]:
    """One outcome for each call, in the plan's order.

    `deadline` is on the clock `loop_time`, in seconds. Each call is told by when it must be
    answered, so that a client can return what it has before then. Calls still under way then are
    cancelled and not waited for, so that a node whose connection will not close delays nobody. When
    the caller goes away, every call is cancelled. `report` hears of a client that raised, which is
    a defect of ours, not of the node.
    """
    if not plan.calls:
        return ()
    now = loop_time()
    calls = [
        replace(call, answer_by=min(deadline, now + call.node.timeout_seconds))
        for call in plan.calls
    ]
    tasks = [asyncio.create_task(_ask(call, clients, report)) for call in calls]
    try:
        await asyncio.wait(tasks, timeout=max(0.0, deadline - now))
    finally:
        for task in tasks:
            task.cancel()
    return tuple(
        task.result() if task.done() and not task.cancelled() else _late(call)
        for call, task in zip(plan.calls, tasks, strict=True)
    )


async def _ask(
    call: NodeCall,
    clients: Mapping[NodeId, NodeClient],
    report: Callable[[NodeId, BaseException], None],
) -> Reply | Failure:
    try:
        async with asyncio.timeout(call.node.timeout_seconds):
            return await clients[call.node.id].fetch(call)
    except TimeoutError:
        return _late(call)
    except Exception as error:  # noqa: BLE001 - one client's defect must not take another region's data with it
        report(call.node.id, error)
        return Failure(
            node=call.node,
            state=SourceState.UNAVAILABLE,
            code=SourceCode.OTHER,
            origin=FaultOrigin.GATEWAY,
        )


def _late(call: NodeCall) -> Failure:
    return Failure(
        node=call.node,
        state=SourceState.TIMED_OUT,
        code=SourceCode.DEADLINE_EXCEEDED,
        origin=FaultOrigin.NODE,
    )

"""The steps that were taken: each is read once, however many more are taken."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from msgspec.structs import replace

from federation.access.joining import Steps, take_step
from federation.access.kept_steps import row_of
from federation.errors import ConflictError
from federation.joining.submitting import MOST_SUBMITTED
from federation.model import NodeState
from federation.storage.memory import MemoryJoining
from tests.federation.joining.given import (
    APPROVED,
    ENROLLED,
    LIVE,
    NODE,
    NOW,
    PASSED,
    SAFETY_ONLY,
    SERVED,
    SUBMITTED,
    after,
    signable,
    submission,
)


class _Store(MemoryJoining):
    """One that says from where it was asked, and lets others come between."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[int] = []

    async def after(self, sequence):
        self.asked.append(sequence)
        await asyncio.sleep(0)
        return await super().after(sequence)


async def _record(_told) -> None:
    pass


async def test_a_step_is_read_once() -> None:
    """Whoever takes the next goes on from there, and what others took since is among it."""
    store = _Store()
    steps, others = Steps(store, ()), Steps(store, ())
    for one in (ENROLLED, SUBMITTED, PASSED):
        await take_step(one, steps, _record)
    await take_step(APPROVED[0], others, _record)
    after = await take_step(APPROVED[1], steps, _record)
    assert after.nodes[NODE].state is NodeState.SHADOW
    # One's own step is read back with the next, and those of others with it.
    assert store.asked == [0, 0, 1, 0, 2]
    assert steps.known().nodes[NODE].state is NodeState.AWAITING_APPROVAL
    joining, last = await steps.read()
    assert (joining.nodes[NODE].state, last) == (NodeState.SHADOW, 5)
    assert steps.known() is joining


async def test_who_was_overtaken_looks_again() -> None:
    """Two take one step at once: it is in the store once, and neither is told otherwise."""
    store = _Store()
    for number, one in enumerate((*SERVED[:-2],), start=1):
        await store.append(row_of(one, number))
    both = (Steps(store, ()), Steps(store, ()))
    told = await asyncio.gather(*(take_step(SAFETY_ONLY, one, _record) for one in both))
    assert {one.nodes[NODE].state for one in told} == {NodeState.SAFETY_ONLY}
    assert len(await store.after(0)) == len(SERVED) - 1
    with pytest.raises(ConflictError):
        await take_step(SAFETY_ONLY, await _after_live(both[0]), _record)


async def _after_live(steps: Steps) -> Steps:
    await take_step(LIVE, steps, _record)
    return steps


def _version(number: int, minutes: float = 0):
    """One more version, submitted so many minutes later; the rules beside it are no affair here."""
    body = signable(('version = "1"', f'version = "{number}"'))
    one = submission(body)
    return replace(one, id=f"submitted-{number}", at=NOW + timedelta(minutes=minutes))


async def _submitted(*before) -> tuple[Steps, list[object]]:
    """A region that has submitted as much as it may, and what goes on the record from then on."""
    store, told = _Store(), []
    for number, one in enumerate((ENROLLED, *before), start=1):
        await store.append(row_of(one, number))
    return Steps(store, ()), told


_MANY = tuple(_version(number) for number in range(1, MOST_SUBMITTED + 1))


async def test_a_region_does_not_submit_without_end() -> None:
    """What is beyond the day's number is refused, and neither on the record nor kept."""
    steps, told = await _submitted(*_MANY)

    async def record(one) -> None:
        told.append(one)

    with pytest.raises(ConflictError, match="too many"):
        await take_step(_version(MOST_SUBMITTED + 1, 1439), steps, record)
    _, last = await steps.read()
    assert (told, last) == ([], 1 + MOST_SUBMITTED)
    # One that was submitted already is no further one, and a day later there is room again.
    await take_step(_MANY[-1], steps, record)
    await take_step(_version(MOST_SUBMITTED + 1, 1440), steps, record)
    assert len(told) == 1


async def test_one_below_the_limit_is_taken() -> None:
    """The last that fits."""
    steps, _ = await _submitted(*_MANY[:-1])
    await take_step(_MANY[-1], steps, _record)


async def test_what_was_approved_is_not_counted() -> None:
    """A region that comes on submits as it needs to."""
    steps, _ = await _submitted(SUBMITTED, PASSED, *APPROVED)
    joining, _ = await steps.read()
    assert joining.nodes[NODE].unapproved == ()


def test_what_was_kept_beyond_the_limit_is_read_back() -> None:
    """Steps of before hold, whatever the limit is now."""
    kept = after(ENROLLED, *_MANY, _version(MOST_SUBMITTED + 1))
    assert kept.nodes[NODE].highest == (MOST_SUBMITTED + 1,)

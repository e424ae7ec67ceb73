"""What follows an answer delays nobody, piles up nowhere, and its defects are heard of."""

from __future__ import annotations

import asyncio

from gateway.beside import Afterwards, Beside


def a_place(most: int = 2) -> tuple[Beside, list[tuple[str, BaseException | None]]]:
    heard: list[tuple[str, BaseException | None]] = []
    return Beside(lambda what, error: heard.append((what, error)), most=most), heard


async def turns() -> None:
    """Everybody has had theirs."""
    for _ in range(5):
        await asyncio.sleep(0)


async def test_what_is_begun_is_done_without_being_waited_for():
    """`begin` comes back before the work does anything."""
    beside, heard = a_place()
    done = asyncio.Event()
    began = []

    async def work() -> None:
        began.append(True)
        done.set()

    beside.begin(work)
    assert not began
    await done.wait()
    assert heard == []


async def test_too_much_at_once_is_left_out_and_told():
    """Nothing waits for its turn."""
    beside, heard = a_place(most=2)
    going, ended = asyncio.Event(), []

    async def work() -> None:
        await going.wait()
        ended.append(True)

    for _ in range(3):
        beside.begin(work)
    assert heard == [("too much at once", None)]
    going.set()
    await turns()
    assert len(ended) == 2
    beside.begin(work)
    await turns()
    assert len(ended) == 3
    assert len(heard) == 1


async def test_a_defect_is_heard_of_and_stops_nothing_else():
    """Whoever runs the gateway is told."""
    beside, heard = a_place()

    async def fails() -> None:
        raise RuntimeError

    beside.begin(fails)
    await turns()
    ((what, error),) = heard
    assert (what, type(error)) == ("failed", RuntimeError)


async def test_at_the_end_what_is_under_way_is_given_up():
    """A gateway that stops waits for none of it."""
    beside, heard = a_place()

    async def hangs() -> None:
        await asyncio.Event().wait()

    beside.begin(hangs)
    await asyncio.sleep(0)
    await asyncio.wait_for(beside.aclose(), 5.0)
    assert heard == []


async def test_what_is_left_out_is_counted_by_what_it_was_for():
    """Told once: whoever asks next hears of what was left out since."""
    beside, heard = a_place(most=1)
    going = asyncio.Event()

    async def work() -> None:
        await going.wait()

    for of in ("one", "one", "other", "one"):
        beside.begin(work, of)
    assert [beside.left_out(of) for of in ("one", "other", "third")] == [2, 1, 0]
    assert beside.left_out("one") == 0
    assert len(heard) == 3
    going.set()
    await turns()


async def test_what_is_kept_for_afterwards_begins_when_it_is_said_and_once():
    """Not before the answer is out, and not again for the next."""
    beside, _ = a_place()
    afterwards, done = Afterwards(beside), []

    async def work() -> None:
        done.append(True)

    afterwards.add("one", work)
    await turns()
    assert done == []
    await afterwards.begin()
    await afterwards.begin()
    await turns()
    assert done == [True]

"""What every storage does with the steps by which regions and nodes join."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from federation.storage import JoiningRow, Storage
from tests.builders import NOW


def a_row(sequence: int, **given) -> JoiningRow:
    values: dict[str, Any] = {
        "id": f"{sequence:032x}",
        "kind": "APPROVE",
        "region": "chiltern",
        "node": "chiltern-care-record",
        "digest": "ab" * 32,
        "side": "operator",
        "person": "cd" * 32,
        "at": NOW + timedelta(microseconds=1),
        "body": b"{}",
    }
    return JoiningRow(sequence=sequence, **(values | given))


async def test_no_step_was_taken_at_first(storage: Storage):
    """An empty store has none."""
    assert tuple(await storage.joining.after(0)) == ()


async def test_steps_come_back_whole_and_in_order(storage: Storage):
    """Each as it was written, from any number on."""
    one, two = a_row(1, node=None, digest=None, kind="ENROL"), a_row(2)
    assert await storage.joining.append(one)
    assert await storage.joining.append(two)
    assert tuple(await storage.joining.after(0)) == (one, two)
    assert tuple(await storage.joining.after(1)) == (two,)
    assert tuple(await storage.joining.after(2)) == ()


async def test_a_step_that_saw_another_end_is_not_kept(storage: Storage):
    """Whoever decided before somebody else's step has to decide again: nothing is overwritten."""
    assert await storage.joining.append(a_row(1))
    assert not await storage.joining.append(a_row(1, id="other"))
    assert not await storage.joining.append(a_row(3))
    assert [row.id for row in await storage.joining.after(0)] == [a_row(1).id]


async def test_a_step_is_known_by_its_number(storage: Storage):
    """So that whoever followed it sees whether it is still the one."""
    await storage.joining.append(a_row(1))
    await storage.joining.append(a_row(2, id="second"))
    assert [await storage.joining.id_at(number) for number in (1, 2, 3)] == [
        a_row(1).id,
        "second",
        None,
    ]

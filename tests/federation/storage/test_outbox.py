"""What every storage does with events that wait to be shipped."""

from __future__ import annotations

import pytest

from federation.errors import StorageError
from federation.storage import IndexEntry, Storage
from tests.federation.storage.test_contract import a_row, indexed


async def test_what_was_put_waits_in_order_with_its_entries(storage: Storage):
    """The oldest first, no more than were asked for, and of one writer."""
    outbox, rows = storage.outbox, [a_row(n) for n in range(1, 6)]
    entries = [one for row in rows for one in (*indexed("node:a", row), *indexed("kind:B", row))]
    await outbox.put(rows[:3], entries[:6])
    await outbox.put([*rows[3:], a_row(1, "gateway-2")], entries[6:])

    assert await outbox.last("gateway-1") == rows[4]
    found, index = await outbox.waiting("gateway-1", 2)

    assert tuple(found) == tuple(rows[:2])
    assert sorted(index, key=_order) == sorted(entries[:4], key=_order)
    everything, _ = await outbox.waiting("gateway-1", 100)
    assert tuple(everything) == tuple(rows)


async def test_what_was_shipped_is_let_go(storage: Storage):
    """All but the newest row, after which the chain goes on; another writer's stays."""
    outbox, rows = storage.outbox, [a_row(n) for n in range(1, 6)]
    await outbox.put([*rows, a_row(1, "gateway-2")], indexed("node:a", *rows))

    await outbox.shipped("gateway-1", 3)
    assert tuple((await outbox.waiting("gateway-1", 9))[0]) == tuple(rows[3:])
    await outbox.shipped("gateway-1", 5)

    assert await outbox.waiting("gateway-1", 9) in (([], []), ((), ()))
    assert await outbox.last("gateway-1") == rows[4]
    assert tuple((await outbox.waiting("gateway-2", 9))[0]) == (a_row(1, "gateway-2"),)
    with pytest.raises(StorageError):
        await outbox.put([a_row(5)], ())
    await outbox.put([a_row(6)], ())
    assert tuple((await outbox.waiting("gateway-1", 9))[0]) == (a_row(6),)


async def test_a_place_is_taken_once(storage: Storage):
    """Else nothing of it is written."""
    outbox = storage.outbox
    await outbox.put((), ())
    assert await outbox.last("gateway-1") is None
    await outbox.put([a_row(1)], ())

    with pytest.raises(StorageError):
        await outbox.put([a_row(2), a_row(1)], ())

    assert tuple((await outbox.waiting("gateway-1", 9))[0]) == (a_row(1),)


def _order(one: IndexEntry) -> tuple[int, str]:
    return one.sequence, one.entry

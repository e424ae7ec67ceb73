"""What every storage does with looks that wait for a node."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

from federation.storage import KeptLook, Storage
from tests.builders import NOW

HOUR = timedelta(hours=1)
MANY = 10


def a_look(n: int, **given) -> KeptLook:
    values: dict[str, Any] = {
        "id": f"look-{n}",
        "node": "london-care-record",
        "expires_at": NOW + n * HOUR,
        "sealed": b"\x00\xffsealed",
    }
    return KeptLook(**(values | given))


async def test_looks_wait_in_order_until_they_are_done_with(storage: Storage):
    """As they were kept, the first to expire first, of one node or of all."""
    elsewhere = a_look(2, node="milton-keynes")
    for look in (a_look(3), elsewhere, a_look(1)):
        assert await storage.second_looks.put(look, NOW, MANY)
    assert tuple(await storage.second_looks.waiting(NOW)) == (a_look(1), elsewhere, a_look(3))
    await storage.second_looks.done("look-1")
    await storage.second_looks.done("nobody's")
    assert tuple(await storage.second_looks.waiting(NOW, "london-care-record")) == (a_look(3),)


async def test_a_look_expires(storage: Storage):
    """At its moment it is gone."""
    await storage.second_looks.put(a_look(1), NOW, MANY)
    assert await storage.second_looks.waiting(NOW + HOUR - HOUR / 60)
    assert not await storage.second_looks.waiting(NOW + HOUR)


async def test_so_many_wait_for_one_node(storage: Storage):
    """One more is not kept; what expired makes room, and another node has its own."""
    assert await storage.second_looks.put(a_look(1), NOW, 2)
    assert await storage.second_looks.put(a_look(2), NOW, 2)
    assert not await storage.second_looks.put(a_look(3), NOW, 2)
    assert await storage.second_looks.put(a_look(2), NOW, 2)
    assert await storage.second_looks.put(a_look(4, node="milton-keynes"), NOW, 2)
    assert await storage.second_looks.put(a_look(3), NOW + HOUR, 2)


async def test_a_look_is_claimed_by_one(storage: Storage):
    """Until its moment, until it is given back, or until it is put anew; and only what is there."""
    looks, later = storage.second_looks, NOW + HOUR / 60
    await looks.put(a_look(1), NOW, MANY)
    claims = await asyncio.gather(*(looks.claim("look-1", NOW, later) for _ in range(5)))
    assert sorted(claims) == [False, False, False, False, True]
    assert tuple(await looks.waiting(NOW)) == (a_look(1),)

    assert not await looks.claim("look-1", later - HOUR / 3600, later)
    assert await looks.claim("look-1", later, later + HOUR)
    await looks.give_back("look-1")
    assert await looks.claim("look-1", later, later + HOUR)
    await looks.put(a_look(1), NOW, MANY)
    assert await looks.claim("look-1", later, later + HOUR)
    await looks.done("look-1")
    assert not await looks.claim("look-1", later + 2 * HOUR, later + 3 * HOUR)
    assert not await looks.claim("nobody's", NOW, later)

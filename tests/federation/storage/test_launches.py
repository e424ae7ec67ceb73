"""What every storage does with launches on their way."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from federation.errors import StorageError
from federation.storage import KeptLaunch, Storage
from tests.builders import NOW

MINUTE = timedelta(minutes=1)


def a_launch(n: int, **given) -> KeptLaunch:
    values: dict[str, Any] = {
        "handle_digest": bytes([n]) * 32,
        "message_digest": bytes([n, 1]) * 16,
        "sealed": b"\x00\xffsealed",
        "expires_at": NOW + MINUTE,
    }
    return KeptLaunch(**(values | given))


async def test_a_launch_is_given_out_once(storage: Storage):
    """As it was kept, to the first who takes it; another stays for whoever takes that."""
    assert await storage.launches.put(a_launch(1), NOW)
    assert await storage.launches.put(a_launch(2), NOW)

    assert await storage.launches.take(a_launch(1).handle_digest, NOW) == a_launch(1)
    assert await storage.launches.take(a_launch(1).handle_digest, NOW) is None
    assert await storage.launches.take(a_launch(2).handle_digest, NOW) == a_launch(2)


async def test_an_unknown_launch_is_none(storage: Storage):
    """A handle that nobody made gets nothing, and does not spoil one that is made later."""
    assert await storage.launches.take(a_launch(1).handle_digest, NOW) is None

    await storage.launches.put(a_launch(1), NOW)

    assert await storage.launches.take(a_launch(1).handle_digest, NOW) == a_launch(1)


async def test_a_launch_expires(storage: Storage):
    """At its moment it is gone, and not a moment before."""
    await storage.launches.put(a_launch(1), NOW)
    await storage.launches.put(a_launch(2), NOW)
    end = NOW + MINUTE

    assert await storage.launches.take(a_launch(1).handle_digest, end - MINUTE / 60) is not None
    assert await storage.launches.take(a_launch(2).handle_digest, end) is None


@pytest.mark.parametrize("taken", [False, True])
async def test_a_message_makes_one_handle(storage: Storage, taken: bool):
    """The same signed message again keeps nothing, whether or not its launch has been taken."""
    await storage.launches.put(a_launch(1), NOW)
    if taken:
        await storage.launches.take(a_launch(1).handle_digest, NOW)
    again = a_launch(2, message_digest=a_launch(1).message_digest)

    assert not await storage.launches.put(again, NOW)
    assert await storage.launches.take(again.handle_digest, NOW) is None


async def test_a_message_is_forgotten_when_it_has_expired(storage: Storage):
    """After that the store holds nothing of it; whoever signs says how long a message is good."""
    await storage.launches.put(a_launch(1), NOW)
    later = a_launch(1, expires_at=NOW + 2 * MINUTE)

    assert await storage.launches.put(later, NOW + MINUTE)
    assert await storage.launches.take(later.handle_digest, NOW + MINUTE) == later


async def test_a_handle_is_made_once(storage: Storage):
    """Two launches with one handle are an error, and the first stays."""
    await storage.launches.put(a_launch(1), NOW)

    with pytest.raises(StorageError):
        await storage.launches.put(a_launch(1, message_digest=bytes(32)), NOW)

    assert await storage.launches.take(a_launch(1).handle_digest, NOW) == a_launch(1)


async def test_of_many_who_take_one_gets_it(storage: Storage):
    """At the same time, exactly one; likewise of many who bring one message."""
    put = await asyncio.gather(
        *(storage.launches.put(a_launch(n, message_digest=bytes(32)), NOW) for n in range(1, 9))
    )
    first = put.index(True) + 1

    taken = await asyncio.gather(
        *(storage.launches.take(a_launch(first).handle_digest, NOW) for _ in range(8))
    )

    assert sorted(put) == [False] * 7 + [True]
    assert [one for one in taken if one] == [a_launch(first, message_digest=bytes(32))]

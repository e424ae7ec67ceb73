"""What every storage does with published rule bundles."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

from msgspec.structs import replace

from federation.storage import BundleRow, ShadowRow, Storage
from tests.builders import NOW


def a_bundle(version: str, **given) -> BundleRow:
    values: dict[str, Any] = {
        "sequence": 0,
        "owner": "node:london-care-record",
        "digest": "ab" * 32,
        "body": b"\x00\xff[bundle]",
        "signatures": ("one.two.three", "four.five.six"),
        "effective_from": NOW + timedelta(hours=1),
        "published_at": NOW + timedelta(microseconds=1),
        "published_by": "issuer\x1fsomebody",
    }
    return BundleRow(version=version, **(values | given))


async def test_nothing_is_published_at_first(storage: Storage):
    """An empty store has no bundles."""
    assert tuple(await storage.bundles.after(0)) == ()


async def test_publications_are_numbered_and_come_back_whole(storage: Storage):
    """Over all owners from 1, whatever number they came with; each as it was."""
    one = await storage.bundles.publish(a_bundle("3", sequence=99))
    two = await storage.bundles.publish(a_bundle("1", owner="organisation:RRV", signatures=()))

    assert one == a_bundle("3", sequence=1)
    assert two == replace(a_bundle("1", owner="organisation:RRV", signatures=()), sequence=2)
    assert tuple(await storage.bundles.after(0)) == (one, two)
    assert tuple(await storage.bundles.after(1)) == (two,)
    assert tuple(await storage.bundles.after(2)) == ()


async def test_an_earlier_body_may_be_published_again(storage: Storage):
    """A rollback is a publication of its own, after the one that it takes back."""
    for version in ("1", "2", "1"):
        await storage.bundles.publish(a_bundle(version))

    assert [row.version for row in await storage.bundles.after(0)] == ["1", "2", "1"]


async def test_publications_at_the_same_time_have_numbers_of_their_own(storage: Storage):
    """None is lost, and none shares a number."""
    await asyncio.gather(*(storage.bundles.publish(a_bundle(str(n))) for n in range(8)))

    assert [row.sequence for row in await storage.bundles.after(0)] == list(range(1, 9))


async def test_an_owner_begins_once(storage: Storage):
    """Of several who begin at once one has, each owner by itself; after a publication nobody."""
    began = await asyncio.gather(*(storage.bundles.begin(a_bundle(str(n))) for n in range(8)))
    assert sorted(began) == [False] * 7 + [True]
    assert await storage.bundles.begin(a_bundle("1", owner="organisation:RRV"))
    assert not await storage.bundles.begin(a_bundle("1", owner="organisation:RRV"))

    assert [row.sequence for row in await storage.bundles.after(0)] == [1, 2]


def in_the_shadow(version: str, **given) -> ShadowRow:
    values: dict[str, Any] = {
        "sequence": 0,
        "owner": "node:london-care-record",
        "digest": "ab" * 32,
        "body": b"\x00\xff[bundle]",
        "signatures": ("one.two.three",),
        "at": NOW + timedelta(microseconds=1),
        "by": "1 signature, gateway",
    }
    return ShadowRow(version=version, **(values | given))


async def test_what_is_in_the_shadow_is_numbered_by_itself(storage: Storage):
    """A putting and a taking away come back whole, and are no publications."""
    assert tuple(await storage.bundles.shadowed_after(0)) == ()
    await storage.bundles.publish(a_bundle("1"))

    put = await storage.bundles.shadow(in_the_shadow("2", sequence=99))
    taken = await storage.bundles.shadow(in_the_shadow("2", body=None, signatures=()))

    assert put == in_the_shadow("2", sequence=1)
    assert taken == in_the_shadow("2", sequence=2, body=None, signatures=())
    assert tuple(await storage.bundles.shadowed_after(0)) == (put, taken)
    assert tuple(await storage.bundles.shadowed_after(1)) == (taken,)
    assert [row.version for row in await storage.bundles.after(0)] == ["1"]


async def test_what_is_put_in_the_shadow_at_the_same_time_has_numbers_of_its_own(storage: Storage):
    """None is lost, and none shares a number."""
    rows = (in_the_shadow(str(n)) for n in range(8))
    await asyncio.gather(*map(storage.bundles.shadow, rows))

    assert [row.sequence for row in await storage.bundles.shadowed_after(0)] == list(range(1, 9))

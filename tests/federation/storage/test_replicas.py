"""Several processes over one database: what one did, all know; what is done once, is done once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest
import pytest_asyncio

from federation.errors import StorageError
from federation.storage import KnownObjections, PersonKey, Storage, open_storage
from tests.builders import NOW
from tests.federation.storage.conftest import KEY
from tests.federation.storage.test_bundles import a_bundle
from tests.federation.storage.test_contract import A, B, C, a_row, superseded
from tests.federation.storage.test_launches import a_launch
from tests.federation.storage.test_second_looks import a_look
from tests.federation.storage.test_sharing import granted, objected, related

PERSON = PersonKey(bytes(range(32)))
MANY = 10


@pytest_asyncio.fixture
async def replicas(storage_url: str) -> AsyncIterator[Sequence[Storage]]:
    opened = [await open_storage(storage_url, sharing_keys=(KEY,)) for _ in range(3)]
    yield opened
    for one in opened:
        await one.close()


async def test_replicas_make_one_grant(replicas: Sequence[Storage]):
    """A request that reaches all of them at once makes one grant, and all are told the same."""
    grants = await asyncio.gather(
        *(one.sharing.grant(PERSON, granted(f"g{n}"), "key") for n, one in enumerate(replicas))
    )

    assert len({grant.id for grant in grants}) == 1


async def test_replicas_withdraw_once(replicas: Sequence[Storage]):
    """Of several who take one objection back, one did."""
    await replicas[0].sharing.object(PERSON, objected("o1"))

    found = await asyncio.gather(
        *(one.sharing.withdraw((PERSON,), objected("w"), NOW) for one in replicas)
    )

    assert sorted(found) == [False, False, True]


async def test_one_replica_takes_a_launch(replicas: Sequence[Storage]):
    """It is kept once, wherever its message arrives, and given out once."""
    kept = await asyncio.gather(*(one.launches.put(a_launch(1), NOW) for one in replicas))
    taken = await asyncio.gather(
        *(one.launches.take(a_launch(1).handle_digest, NOW) for one in replicas)
    )

    assert sorted(kept) == [False, False, True]
    assert [launch for launch in taken if launch] == [a_launch(1)]


async def test_replicas_count_publications_together(replicas: Sequence[Storage]):
    """Every publication has a number of its own, and none is missing."""
    bundles = await asyncio.gather(
        *(one.bundles.publish(a_bundle("1")) for one in replicas for _ in range(5))
    )

    assert sorted(bundle.sequence for bundle in bundles) == list(range(1, 16))


async def test_replicas_count_changes_together(replicas: Sequence[Storage]):
    """Objections of several have numbers of their own, and who follows misses none of them."""
    follower = KnownObjections(replicas[0].sharing)
    persons = [PersonKey(bytes([n]) * 32) for n in range(24)]
    saying = [
        asyncio.create_task(replicas[n % 3].sharing.object(person, objected(f"o{n}")))
        for n, person in enumerate(persons)
    ]
    while not all(task.done() for task in saying):
        await follower.refresh()
    await asyncio.gather(*saying)
    await follower.refresh()

    assert all(len(follower.of((person,))) == 1 for person in persons)


async def test_an_objection_that_is_written_again_is_another_change(replicas: Sequence[Storage]):
    """Who followed so far hears of it, also where it was the newest."""
    await replicas[0].sharing.object(PERSON, objected("o1"))
    seen = [one.change async for one in replicas[1].sharing.objections()]

    await replicas[0].sharing.object(PERSON, objected("o1"))

    assert [one.change async for one in replicas[1].sharing.objections(seen[-1])] == [2]


async def test_replicas_load_one_feed(replicas: Sequence[Storage]):
    """All of them load it when they start together, and it is there once."""
    rows = [(PERSON, related(f"r{n}")) for n in range(1500)]

    await asyncio.gather(*(one.sharing.load_feed("homes", rows) for one in replicas))

    assert len((await replicas[0].sharing.about((PERSON,))).relationships) == len(rows)


async def test_replicas_tell_the_same_at_once(replicas: Sequence[Storage]):
    """One id that several write at the same time is written once, and nobody fails."""
    await asyncio.gather(*(one.sharing.relate(PERSON, (related("r1"),)) for one in replicas))
    await asyncio.gather(
        *(one.numbers.learn_all((superseded(A, C), superseded(B, C))) for one in replicas)
    )

    assert (await replicas[0].sharing.about((PERSON,))).relationships == (related("r1"),)
    assert await replicas[1].numbers.superseded_by(C) == (A, B)


async def test_a_place_in_a_chain_is_taken_once(replicas: Sequence[Storage]):
    """Two that write under one name cannot both write; under names of their own they can."""
    done = await asyncio.gather(
        *(one.audit.append((a_row(1),)) for one in replicas), return_exceptions=True
    )
    await asyncio.gather(
        *(one.audit.append((a_row(1, f"gateway-{n}x"),)) for n, one in enumerate(replicas))
    )

    assert [type(one) for one in done if one] == [StorageError, StorageError]
    assert len([row async for row in replicas[0].audit.read()]) == 4


async def test_so_many_looks_wait_at_all_replicas_together(replicas: Sequence[Storage]):
    """The limit of a node holds for all of them."""
    kept = await asyncio.gather(
        *(replicas[n % 3].second_looks.put(a_look(n), NOW, MANY) for n in range(1, 21))
    )

    assert sum(kept) == MANY


async def test_a_look_is_claimed_at_one_replica(replicas: Sequence[Storage]):
    """All of them hear that the node is back; one asks."""
    await replicas[0].second_looks.put(a_look(1), NOW, MANY)

    claims = await asyncio.gather(
        *(one.second_looks.claim("look-1", NOW, a_look(1).expires_at) for one in replicas)
    )

    assert sorted(claims) == [False, False, True]


@pytest.mark.parametrize("count", [4])
async def test_replicas_that_start_together_migrate_once(storage_url: str, count: int):
    """Several processes may start on one new database."""
    opened = await asyncio.gather(*(open_storage(storage_url) for _ in range(count)))
    for storage in opened:
        await storage.audit.last("gateway-1")
        await storage.close()

"""What is in the shadow follows the store, and nothing that is wrong with it is heard elsewhere."""

from __future__ import annotations

import pytest
from structlog.testing import capture_logs

from federation.authority import RulesState
from federation.errors import StorageError
from federation.storage.memory import MemoryBundles
from gateway.sharing import Follower
from tests.federation.sharing.test_rulebook import CLOSED, LONDON, NOW, SIGNERS, a_row, enrolled
from tests.federation.sharing.test_shadow_book import published_as, put, taken


class Lost(MemoryBundles):
    """A store of which what is in the shadow cannot be read."""

    lost = True

    async def shadowed_after(self, sequence):
        if self.lost:
            raise StorageError("lost")
        return await super().shadowed_after(sequence)


def a_follower(store) -> Follower:
    return Follower(store, enrolled, lambda: NOW, lambda: 0.0)


def there(follower: Follower) -> list[tuple[str, str]]:
    return [(one.sheet.head.owner, one.sheet.head.version) for one in follower.shadow()]


async def test_every_gateway_takes_in_what_is_put_there_and_taken_away():
    """With the next look at the store, and what decides stays as it is."""
    store = MemoryBundles()
    one, other = a_follower(store), a_follower(store)
    await store.publish(a_row(0))
    await one.look()
    decides = one.now().version
    await store.shadow(put(0, CLOSED))
    for follower in (one, other):
        await follower.look()
        assert there(follower) == [(LONDON, "4")]
        assert follower.now().version == decides
    await store.shadow(taken(0))
    for follower in (one, other):
        await follower.look()
        assert there(follower) == []


async def test_it_leaves_with_the_look_that_finds_it_published():
    """It decides now, and is tried no more."""
    store = MemoryBundles()
    follower = a_follower(store)
    await store.publish(a_row(0))
    await store.shadow(put(0, CLOSED))
    await follower.look()
    before = follower.now().version
    await store.publish(published_as(0, "4"))
    await follower.look()
    assert there(follower) == []
    assert follower.now().version != before


async def test_what_cannot_be_read_there_takes_nothing_from_what_decides():
    """Rules stay as fresh as they are; it is said once, and again when it was well in between."""
    store = Lost()
    follower = a_follower(store)
    await store.publish(a_row(0))
    with capture_logs() as heard:
        await follower.look()
        await follower.look()
        assert follower.now().state is RulesState.CURRENT
        assert follower.now().bundles
        store.lost = False
        await follower.look()
        store.lost = True
        await follower.look()
    said = [one["event"] for one in heard if one["log_level"] == "error"]
    assert said == ["rules in the shadow cannot be refreshed"] * 2


@pytest.mark.parametrize("by", [("joan",), ()])
async def test_what_nobody_of_the_owner_signed_is_not_tried(by):
    """Whoever can write to the store still needs a key of theirs."""
    store = MemoryBundles()
    follower = a_follower(store)
    await store.publish(a_row(0))
    await store.shadow(put(0, CLOSED, by=by))
    with capture_logs() as heard:
        await follower.look()
    assert there(follower) == []
    assert [one["owner"] for one in heard if one["log_level"] == "error"] == [LONDON]


async def test_a_region_is_heard_of_before_what_it_signed_is_looked_at():
    """What is refused once is not looked at again, so whoever signed must be known first."""
    store, known, asked = MemoryBundles(), {}, []
    await store.shadow(put(0, CLOSED))

    async def hear_of_regions() -> None:
        asked.append(True)
        if len(asked) == 1:
            raise StorageError("lost")
        known.update(SIGNERS)

    follower = Follower(
        store, lambda _: known, lambda: NOW, lambda: 0.0, hear_of_regions=hear_of_regions
    )
    await follower.look()
    assert there(follower) == []
    await follower.look()
    assert there(follower) == [(LONDON, "4")]

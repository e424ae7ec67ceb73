"""What holds of people while their store is lost: what forbids, for as long as it is fresh."""

from __future__ import annotations

from datetime import timedelta

import pytest

from federation.authority import Mark, MarkKind, RulesState
from federation.errors import StorageError
from federation.storage import open_storage
from federation.storage.memory import MemorySharing
from gateway.sharing import LastKnown
from gateway.sharing.last_known import MARKS_SECONDS
from tests.builders import NOW
from tests.federation.storage.test_sharing import A, B, granted, objected, related

MINUTES = 60.0
OWN = Mark(id="own", kind=MarkKind.OWN_RECORD, subject="issuer\x1fnurse")


class Store(MemorySharing):
    """Can be lost; counts how often all marks were read."""

    def __init__(self) -> None:
        super().__init__()
        self.lost = False
        self.read = 0

    async def objections(self, after=0):
        if self.lost:
            raise StorageError
        async for change in super().objections(after):
            yield change

    async def marks(self):
        self.read += 1
        if self.lost:
            raise StorageError
        return await super().marks()


class Watch:
    """A store that is followed, and the clock."""

    def __init__(self) -> None:
        self.seconds = 1000.0
        self.store = Store()
        self.last = LastKnown(self.store, lambda: self.seconds)

    def state_after(self, seconds: float) -> RulesState:
        self.seconds = 1000.0 + seconds
        return self.last.about((A,)).state


@pytest.fixture
async def watch() -> Watch:
    watch = Watch()
    await watch.store.object(A, objected("a"))
    await watch.store.mark(A, OWN)
    await watch.last.refresh()
    return watch


async def test_what_forbids_holds_and_what_opens_is_missing(watch: Watch):
    """Objections and marks of whoever is asked about; no tie, no grant."""
    await watch.store.relate(A, [related("r")])
    await watch.store.grant(A, granted("g"), None)
    await watch.last.refresh()
    held = watch.last.about((B, A))
    assert len(held.objections) == 1
    assert held.marks == (OWN,)
    assert (held.relationships, held.grants, held.consents, held.proxies) == ((), (), (), ())
    nobody = watch.last.about((B,))
    assert (nobody.objections, nobody.marks) == ((), ())


async def test_it_is_never_current_and_grows_older(watch: Watch):
    """As rules do, from the last time that the store answered."""
    watch.store.lost = True
    assert watch.state_after(0) is RulesState.LAST_KNOWN
    assert watch.state_after(15 * MINUTES - 1) is RulesState.LAST_KNOWN
    with pytest.raises(StorageError):
        await watch.last.refresh()
    assert watch.state_after(15 * MINUTES) is RulesState.EMERGENCY_SET
    assert watch.state_after(255 * MINUTES) is RulesState.NONE
    watch.store.lost = False
    await watch.last.refresh()
    assert watch.state_after(256 * MINUTES) is RulesState.LAST_KNOWN


async def test_it_is_as_old_as_before_the_store_was_asked():
    """A store that answers slowly has said what was so when it was asked."""
    watch = Watch()

    async def slowly():
        watch.seconds += 15 * MINUTES
        return ()

    watch.store.marks = slowly  # type: ignore[method-assign]
    await watch.last.refresh()
    assert watch.last.about((A,)).state is RulesState.EMERGENCY_SET


async def test_what_was_never_read_says_nothing():
    """No objection would read as none."""
    with pytest.raises(StorageError):
        Watch().last.about((A,))


async def test_marks_are_read_seldom_and_objections_always(watch: Watch):
    """One query a look: nobody counts what changes among marks."""
    await watch.store.object(A, objected("b", in_emergency=True))
    await watch.last.refresh()
    assert len(watch.last.about((A,)).objections) == 2
    assert watch.store.read == 1
    watch.seconds += MARKS_SECONDS
    await watch.store.load_feed("marks", [(B, OWN)])
    await watch.last.refresh()
    assert watch.store.read == 2
    assert watch.last.about((B,)).marks == (OWN,)


async def test_it_follows_until_it_is_closed(watch: Watch):
    """Started once, read at once; a withdrawal is followed."""
    await watch.last.start()
    await watch.store.withdraw((A,), objected("w"), NOW + timedelta(minutes=1))
    await watch.last.refresh()
    assert watch.last.about((A,)).objections == ()
    await watch.last.aclose()


@pytest.mark.parametrize("kept", ["an objection", "a mark"])
async def test_a_key_under_which_something_forbids_may_not_be_dropped(tmp_path, kept: str):
    """Without it the person could not be found, and what they object to would be shown.

    The gateway starts only once everything that forbids was read (`Gateway.opened`).
    """
    url, old, new = f"sqlite:///{tmp_path}/watling.db", bytes(range(32)), bytes(32)
    before = await open_storage(url, sharing_keys=(old,))
    if kept == "an objection":
        await before.sharing.object(A, objected("a"))
    else:
        await before.sharing.mark(A, OWN)
    await before.close()
    for keys, starts in (((new, old), True), ((new,), False)):
        storage = await open_storage(url, sharing_keys=keys)
        last = LastKnown(storage.sharing, lambda: 0.0)
        if starts:
            await last.start()
        else:
            with pytest.raises(StorageError, match="under a key that is not in the key file"):
                await last.start()
        await last.aclose()
        await storage.close()

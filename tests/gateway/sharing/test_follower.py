"""Following the store: what is new decides, what fails is survived, and silence makes rules old."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest

from federation.authority import RulesState
from federation.errors import SettingsError, StorageError
from federation.sharing import RulesNow
from federation.sharing.signatures import Signer, sign
from federation.storage import BundleRow
from gateway.sharing import Follower
from tests.federation.sharing.test_rulebook import CLOSED, NOW, SIGNERS, a_row, enrolled


class Store:
    """Publications in memory; `lost` while the store cannot be reached."""

    def __init__(self, *rows: BundleRow) -> None:
        self.rows = list(rows)
        self.asked: list[int] = []
        self.lost = False

    async def after(self, sequence: int) -> Sequence[BundleRow]:
        self.asked.append(sequence)
        if self.lost:
            raise StorageError
        return [row for row in self.rows if row.sequence > sequence]

    async def publish(self, row: BundleRow) -> BundleRow:
        self.rows.append(row)
        return row

    async def begin(self, row: BundleRow) -> bool:
        await self.publish(row)
        return True


class Regions:
    """Whoever enrols regions; `lost` while that cannot be asked."""

    def __init__(self) -> None:
        self.heard = 0
        self.lost = False
        self.enrols: Callable[[], None] = lambda: None

    async def hear(self) -> None:
        if self.lost:
            raise StorageError
        self.heard += 1
        self.enrols()


class Watch:
    """A gateway's clocks, and what it was told of; `regions` is what it asks of regions."""

    def __init__(self, store: Store) -> None:
        self.seconds = 0.0
        self.regions = Regions()
        self.told: list[RulesNow] = []
        self.follower = Follower(
            store, enrolled, lambda: NOW + timedelta(seconds=self.seconds), self._steady,
            self.told.append, self.regions.hear,
        )  # fmt: skip

    def _steady(self) -> float:
        return self.seconds


async def test_only_what_is_new_is_asked_for_and_told_of():
    """Each look asks from where the last one ended; who follows is told of changes alone."""
    store = Store(a_row(1))
    watch = Watch(store)
    await watch.follower.look()
    await watch.follower.look()
    store.rows.append(a_row(2, CLOSED))
    await watch.follower.look()
    assert store.asked == [0, 1, 1]
    assert [one.version for one in watch.told[-1:]] == [watch.follower.now().version]
    assert len({one.version for one in watch.told}) == len(watch.told) == 2


async def test_what_is_refused_is_not_asked_for_again():
    """A broken publication changes nothing, and what comes after it is followed."""
    store = Store(a_row(1), a_row(2, CLOSED, signatures=()))
    watch = Watch(store)
    await watch.follower.look()
    before = watch.follower.now()
    assert [one.row.sequence for one in before.bundles] == [1]
    store.rows.append(a_row(3, CLOSED))
    await watch.follower.look()
    assert store.asked == [0, 2]
    assert [one.row.sequence for one in watch.follower.now().bundles] == [3]


async def test_a_lost_store_leaves_the_rules_and_makes_them_old():
    """What was known decides on, says of itself that it is old, and is new again with the store."""
    store = Store(a_row(1))
    watch = Watch(store)
    await watch.follower.look()
    before = watch.follower.now()
    store.lost = True
    watch.seconds = 31.0
    with pytest.raises(StorageError):
        await watch.follower.look()
    assert watch.follower.now().bundles == before.bundles
    assert watch.follower.now().state is RulesState.LAST_KNOWN
    store.lost = False
    await watch.follower.look()
    assert watch.follower.now() == before


async def test_what_begins_later_begins_without_a_publication():
    """A look at an unchanged store is enough."""
    store = Store(a_row(1), a_row(2, CLOSED, start=NOW + timedelta(hours=1)))
    watch = Watch(store)
    await watch.follower.look()
    watch.seconds = 3600.0
    await watch.follower.look()
    assert [one.row.sequence for one in watch.follower.now().bundles] == [2]


async def test_whoever_publishes_may_have_been_enrolled_just_before(
    monkeypatch: pytest.MonkeyPatch,
):
    """What is new is looked at once every region is known, and not at all until then."""
    june = SIGNERS["june"]
    monkeypatch.delitem(SIGNERS, "june")
    watch = Watch(Store(a_row(1), a_row(2, CLOSED, signatures=signed(a_row(2, CLOSED), june))))
    watch.regions.lost = True
    with pytest.raises(StorageError):
        await watch.follower.look()
    assert watch.follower.now().bundles == ()
    watch.regions.lost = False
    watch.regions.enrols = lambda: monkeypatch.setitem(SIGNERS, "june", june)
    await watch.follower.look()
    assert [one.row.sequence for one in watch.follower.now().bundles] == [2]
    await watch.follower.look()
    assert watch.regions.heard == 1


def signed(row: BundleRow, june: Signer) -> tuple[str, ...]:
    """The row's own signature, and this one's."""
    return (row.signatures[0], sign(row.body, june.id, june.key))


async def unrecorded(_row: BundleRow) -> None:
    """These tests keep no record."""


async def test_a_signer_who_is_gone_stops_the_start(monkeypatch: pytest.MonkeyPatch):
    """Or the wider bundle from before would decide again, which others signed."""
    store = Store(a_row(1), a_row(2, CLOSED, by=("ines", "june")))
    monkeypatch.delitem(SIGNERS, "june")

    with pytest.raises(SettingsError, match=r"no\. 2, the last word of `node:london-care-record`"):
        await Watch(store).follower.start(None, unrecorded)


async def test_what_begins_later_does_not_stand_in_for_what_lost_its_signer(
    monkeypatch: pytest.MonkeyPatch,
):
    """Until it begins the bundle from before would decide."""
    later = a_row(3, CLOSED, start=NOW + timedelta(days=1))
    store = Store(a_row(1), a_row(2, CLOSED, by=("ines", "june")), later)
    monkeypatch.delitem(SIGNERS, "june")

    with pytest.raises(SettingsError):
        await Watch(store).follower.start(None, unrecorded)


async def test_a_signer_is_taken_out_once_all_is_published_anew(monkeypatch: pytest.MonkeyPatch):
    """What stood on their word has been overtaken by what stands on others'."""
    store = Store(a_row(1), a_row(2, by=("ines", "june")), a_row(3, CLOSED))
    monkeypatch.delitem(SIGNERS, "june")
    watch = Watch(store)

    await watch.follower.start(None, unrecorded)
    await watch.follower.aclose()

    assert [one.row.sequence for one in watch.follower.now().bundles] == [3]

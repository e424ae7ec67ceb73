"""Gateways that start at once over one empty store: each owner's first rules are published once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
import pytest_asyncio

from federation.storage import Storage, open_storage
from federation.storage.base import BundleRow
from gateway.sharing import Follower
from gateway.sharing.bundles import signature_file
from tests.federation.sharing.sheet.given import a_body
from tests.federation.sharing.test_rulebook import CLOSED, HERTS, LONDON, NOW, enrolled, signed
from tests.federation.storage.conftest import emptied, shared_database, storage_url

__all__ = ["emptied", "shared_database", "storage_url"]


@pytest_asyncio.fixture
async def stores(storage_url: str) -> AsyncIterator[Sequence[Storage]]:
    """Both open it at once, and find nothing: not even tables."""
    opened = await asyncio.gather(open_storage(storage_url), open_storage(storage_url))
    yield opened
    for one in opened:
        await one.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """What a gateway starts with."""
    sheets = tmp_path / "sheets"
    sheets.mkdir()
    for name, owner, own in (("london", LONDON, "ines"), ("herts", HERTS, "bram")):
        file = sheets / f"{name}.toml"
        file.write_bytes(a_body(owner=owner, agreements=({},)))
        for signer in (own, "joan"):
            (mark,) = signed(file.read_bytes(), signer)
            signature_file(file, signer).write_text(mark)
    return sheets


def follower(store: Storage) -> Follower:
    async def hears_of_nobody() -> None:
        pass

    return Follower(
        store.bundles, enrolled, lambda: NOW, lambda: 0.0, lambda _: None, hears_of_nobody
    )


async def test_two_gateways_start_at_once(stores: Sequence[Storage], folder: Path):
    """Both have seen that nothing is there before either publishes: one does, and both decide."""
    together = asyncio.Barrier(2)

    async def record(_row: BundleRow) -> None:
        await together.wait()

    followers = [follower(one) for one in stores]
    await asyncio.gather(*(one.start(folder, record) for one in followers))
    for one in followers:
        await one.aclose()

    rows = await stores[0].bundles.after(0)
    assert sorted(row.owner for row in rows) == sorted((LONDON, HERTS))
    assert [row.sequence for row in rows] == [1, 2]
    assert len({one.now().version for one in followers}) == 1
    assert [len(one.now().bundles) for one in followers] == [2, 2]


async def test_who_published_meanwhile_is_not_overtaken(stores: Sequence[Storage], folder: Path):
    """A gateway that is slow to start puts no first rules over what somebody has narrowed since."""
    narrow = a_body(CLOSED, owner=LONDON, agreements=({},))

    async def record(row: BundleRow) -> None:
        if row.owner == LONDON:
            meant = {"body": narrow, "signatures": signed(narrow, "ines", "joan")}
            values = {name: getattr(row, name) for name in row.__struct_fields__}
            await stores[1].bundles.publish(BundleRow(**(values | meant)))

    late = follower(stores[0])
    await late.start(folder, record)
    await late.aclose()
    rows = [row for row in await stores[1].bundles.after(0) if row.owner == LONDON]
    assert [row.body for row in rows] == [narrow]

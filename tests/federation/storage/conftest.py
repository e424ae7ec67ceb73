"""Every kind of storage, for the contract suites; a new one adds its name to the parameters."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from federation.storage import Storage, open_storage
from federation.storage.memory import MemoryStorage

KEY = bytes(range(32))


@pytest_asyncio.fixture(params=["memory", "sqlite"])
async def storage(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Storage]:
    opened: Storage = (
        MemoryStorage()
        if request.param == "memory"
        else await open_storage(f"sqlite:///{tmp_path}/watling.db", sharing_keys=(KEY,))
    )
    yield opened
    await opened.close()

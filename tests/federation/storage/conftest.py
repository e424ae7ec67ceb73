"""Every kind of storage, for the contract suites; a new one adds its name to the parameters."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from federation.storage import Storage, open_storage
from federation.storage.memory import MemoryStorage
from federation.storage.sql import METADATA
from tests.postgres import PostgreSQL

KEY = bytes(range(32))


@pytest.fixture(scope="session")
def shared_database(postgresql: PostgreSQL) -> str:
    """The URL of one database for all contract tests of a process: making one takes long."""
    return postgresql.new_database()


@pytest.fixture
def emptied(shared_database: str, postgresql: PostgreSQL) -> str:
    """The URL of that database, with nothing in it."""
    there = postgresql.execute("SELECT to_regclass('alembic_version')", shared_database)
    if there:
        tables = ", ".join(METADATA.tables)
        postgresql.execute(f"TRUNCATE {tables}", shared_database)
    return shared_database


@pytest.fixture(params=["sqlite", "postgresql"])
def storage_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where each of the databases keeps it, with nothing in it."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/watling.db"
    return str(request.getfixturevalue("emptied"))


@pytest_asyncio.fixture(params=["memory", "sqlite", "postgresql"])
async def storage(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Storage]:
    opened: Storage
    if request.param == "memory":
        opened = MemoryStorage()
    else:
        url = (
            f"sqlite:///{tmp_path}/watling.db"
            if request.param == "sqlite"
            else request.getfixturevalue("emptied")
        )
        opened = await open_storage(url, sharing_keys=(KEY,))
    yield opened
    await opened.close()

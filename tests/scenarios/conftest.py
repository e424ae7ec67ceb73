"""Plays scenarios against the running system, which is one for all of them."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.scenarios.network import System
from tests.scenarios.runner import Runner


@pytest_asyncio.fixture(scope="session")
async def runner(system: System) -> AsyncIterator[Runner]:
    yield Runner(system)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "after_all_scenarios: looks at what the whole run left behind"
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What searches the traces of the whole run comes last."""
    items.sort(key=lambda item: item.get_closest_marker("after_all_scenarios") is not None)

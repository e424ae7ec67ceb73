"""The running system, once for all scenarios."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.scenarios.network import System
from tests.scenarios.runner import Runner


@pytest.fixture(scope="session")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    running = System(tmp_path_factory.mktemp("system"))
    try:
        yield running
    finally:
        running.end()


@pytest_asyncio.fixture(scope="session")
async def runner(system: System) -> AsyncIterator[Runner]:
    yield Runner(system)
    await system.client.aclose()


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "after_all_scenarios: looks at what the whole run left behind"
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All of it shares one system, and what searches the traces of the whole run comes last."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.xdist_group("scenarios"))
    items.sort(key=lambda item: item.get_closest_marker("after_all_scenarios") is not None)

"""One small population for all tests of the demo: the curated people and a few strangers."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from demo.model import NODES
from demo.population import build
from demo.population.build import node_store, tracing_store
from demo.store import NodeStore, TracingStore
from federation.model import NodeId

PEOPLE = 120


@pytest.fixture(scope="session")
def population(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("population")
    build(directory, PEOPLE)
    return directory


@pytest.fixture(scope="session")
def stores(population: Path) -> dict[NodeId, NodeStore]:
    return {node: NodeStore(node_store(population, node)) for node in NODES}


@pytest.fixture(scope="session")
def tracing(population: Path) -> TracingStore:
    return TracingStore(tracing_store(population))


@pytest.fixture(scope="session")
def told(population: Path) -> dict[str, dict[str, str]]:
    """The curated people as `people.json` lists them, by slug."""
    people = msgspec.json.decode((population / "people.json").read_bytes())
    return {person["slug"]: person for person in people}

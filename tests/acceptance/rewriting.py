"""A node of the demo whose store says something else of one person: for what no story tells."""

from __future__ import annotations

import shutil
import sqlite3
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from demo.population.build import node_store
from demo.store import NodeStore
from federation.model import Category, NodeId
from federation.records.base import Item
from tests.scenarios.network import RunningGateway, System


def with_another(
    system: System,
    folder: Path,
    node: NodeId,
    about: str,
    category: Category,
    change: Callable[[Item], Item],
) -> RunningGateway:
    """A network in which this node has changed every item of one category of one person."""
    store = folder / "store.sqlite3"
    shutil.copy(node_store(system.place.population, node), store)
    _rewrite(store, system.people.stories[about].nhs_number, category, change)
    address = system.another_node(node, store)

    def edit(network: dict[str, Any]) -> None:
        (row,) = [row for row in network["node"] if row["id"] == node]
        row["endpoint"] = address

    return system.gateway_of(f"{node} of {folder}", edit)


def _rewrite(store: Path, number: str, category: Category, change: Callable[[Item], Item]) -> None:
    reading = NodeStore(store)
    (person,) = reading.people([number])
    items = tuple(map(change, reading.part(person, category).items))
    reading.close()
    with sqlite3.connect(store) as connection:
        (sample,) = connection.execute(
            "SELECT items FROM samples WHERE category = ?", (category,)
        ).fetchone()
        packing = zlib.compressobj(1, zdict=sample)
        packed = packing.compress(msgspec.json.encode(items)) + packing.flush()
        part = "SELECT max(id) FROM parts WHERE category = ? AND id / 64 = ?"
        connection.execute(
            f"UPDATE parts SET items = ? WHERE id = ({part})",  # noqa: S608 - our own text
            (packed, category, person.id),
        )
    connection.close()

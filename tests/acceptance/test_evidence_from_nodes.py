"""Whoever has the person in front of them by a node's own word is let in, and nobody else."""

from __future__ import annotations

import shutil
import sqlite3
import zlib
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from demo.model import HERTS
from demo.population.build import node_store
from demo.population.world import WATFORD
from demo.store import NodeStore
from federation.model import Category
from federation.records.base import PartialDateTime
from gateway.app import utc_now
from tests.acceptance.asking import As
from tests.scenarios.network import RunningGateway, System

PERSON = "passing-through"
CALLER = "ed-doctor-watford"


@pytest.fixture(scope="module")
def admitted(system: System, tmp_path_factory: pytest.TempPathFactory) -> RunningGateway:
    """A network whose Hertfordshire says that the person came to Watford this morning."""
    store = tmp_path_factory.mktemp("admitted") / "store.sqlite3"
    shutil.copy(node_store(system.place.population, HERTS), store)
    _admit(store, system.people.stories[PERSON].nhs_number)
    address = system.another_node(HERTS, store)

    def change(network: dict[str, Any]) -> None:
        (row,) = [row for row in network["node"] if row["id"] == HERTS]
        row["endpoint"] = address

    return system.gateway_of("admitted", change)


def _admit(store: Path, number: str) -> None:
    """Turn the person's only attendance into one of today, at Watford."""
    reading = NodeStore(store)
    (person,) = reading.people([number])
    (visit,) = reading.part(person, Category.ENCOUNTERS).items
    reading.close()
    began = PartialDateTime((utc_now() - timedelta(hours=2)).isoformat(timespec="seconds"))
    place = WATFORD.organisation
    now = replace(visit, start=began, end=None, status="in-progress", place=place, custodian=place)
    with sqlite3.connect(store) as connection:
        (sample,) = connection.execute(
            "SELECT items FROM samples WHERE category = ?", (Category.ENCOUNTERS,)
        ).fetchone()
        packing = zlib.compressobj(1, zdict=sample)
        packed = packing.compress(msgspec.json.encode((now,))) + packing.flush()
        part = "SELECT max(id) FROM parts WHERE category = ? AND id / 64 = ?"
        connection.execute(
            f"UPDATE parts SET items = ? WHERE id = ({part})",  # noqa: S608 - our own text
            (packed, Category.ENCOUNTERS, person.id),
        )
    connection.close()


async def test_a_stay_that_a_node_knows_of_lets_in(as_: As, admitted: RunningGateway):
    """No feed, no launch: Hertfordshire's own encounter at the doctor's hospital opens the rest."""
    doctor = as_(CALLER, admitted)
    answer = await doctor.asks(about=PERSON, categories=("MEDICATIONS", "ENCOUNTERS"))
    assert answer.states("ENCOUNTERS")[HERTS] == "FRESH"
    calls = [call for call in await doctor.events("NODE_CALL") if call["nodes"] == [HERTS]]
    assert [call.get("evidenceOnly", False) for call in calls].count(True) == 1
    (view,) = await doctor.events("VIEW")
    assert view["evidence"] == [["ADMISSION", "NODE"]]


async def test_a_stay_elsewhere_lets_nobody_in(as_: As, admitted: RunningGateway):
    """Doctors of another hospital in the same network, and the same doctor where nobody stays."""
    for persona, at in (("consultant-london", admitted), (CALLER, None)):
        answer = await as_(persona, at).asks(about=PERSON, categories=("ENCOUNTERS",))
        assert answer.states("ENCOUNTERS")[HERTS] == "WITHHELD RELATIONSHIP_NEEDED"
        assert not answer.items("ENCOUNTERS")

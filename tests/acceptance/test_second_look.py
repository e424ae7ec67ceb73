"""A node that was missing when somebody looked comes back: the viewer is told what that changes.

Its process is killed, and started again at the same port. That it is back the gateway learns from
its next answer to anybody.
"""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec
import pytest
from msgspec.structs import replace

from demo.population.build import node_store
from demo.store import NodeStore
from federation.model import NodeId
from federation.records.base import PartialDateTime
from gateway.settings import load_settings
from tests.acceptance.answer import Answer
from tests.acceptance.asking import As, Caller
from tests.scenarios.network import System

HERTS, LONDON = NodeId("herts-west-essex"), NodeId("london-care-record")
MANY = 300
ABOUT = "allergy-contradiction"
"""Herts asserts that there is no allergy; London knows of an anaphylaxis."""
_FOLLOW_UPS = """query { followUps(first: 10) { edges { node {
    id kind viewId minutesAfter source { id name } category message sentence
    acknowledgedAt } } } }"""
_ACKNOWLEDGE = "mutation ($id: ID!) { acknowledgeFollowUp(id: $id) { id acknowledgedAt } }"


class Returning:
    """A gateway that knows one node at an address of its own."""

    def __init__(self, system: System, as_: As, node: NodeId) -> None:
        self._system, self._as, self.node = system, as_, node
        self._process, address = system.mortal_node(node)
        self._port = urlsplit(address).port or 0

        def edit(network: dict[str, Any]) -> None:
            (row,) = [row for row in network["node"] if row["id"] == node]
            row["endpoint"] = address

        self.gateway = system.own_gateway(edit)

    def goes(self) -> None:
        self._process.kill()

    def comes_back(self, store: Path | None = None) -> None:
        self._process, _ = self._system.mortal_node(self.node, store=store, port=self._port)

    def restart_gateway(self) -> None:
        self.gateway = self._system.restarted(self.gateway)

    def is_earlier(self, minutes: int) -> None:
        """For the gateway it is so many minutes earlier than it is, and some seconds."""
        self._system.set_clock(self.gateway, -(minutes * 60 + 2) if minutes else 0)

    def as_(self, persona: str) -> Caller:
        return self._as(persona, self.gateway)

    def waiting(self) -> int:
        """How many looks wait in the gateway's store."""
        url = load_settings(self.gateway.settings_file, {}).storage_url.reveal()
        with sqlite3.connect(url.removeprefix("sqlite:///"), timeout=10) as database:
            return int(database.execute("SELECT count(*) FROM second_look").fetchone()[0])

    async def settles(self) -> None:
        """Somebody asks about somebody else, and the node has answered; then nothing waits."""
        for _ in range(MANY):
            answer = await self.as_("gp-london").asks(about="two-doses", categories=("PROBLEMS",))
            if answer.states("PROBLEMS")[self.node].startswith(("FRESH", "NO_RECORD")):
                break
        for _ in range(MANY):
            if not self.waiting():
                return
            await self.as_("gp-herts").sends("{ me { kind } }", {})
        raise AssertionError("something still waits")


async def told(caller: Caller) -> list[Any]:
    answer = await caller.sends(_FOLLOW_UPS, {})
    assert answer.refused_with is None, answer
    return [edge["node"] for edge in answer.body["data"]["followUps"]["edges"]]


async def looks(caller: Caller, about: str = ABOUT, *categories: str) -> Answer:
    return await caller.asks(about=about, categories=categories or ("ALLERGIES", "ALERTS"))


@pytest.fixture
def london(system: System, as_: As) -> Returning:
    return Returning(system, as_, LONDON)


async def test_an_allergy_that_was_missing_is_told(london: Returning):
    """The viewer hears of it with the minutes since, can say that they read it; others do not."""
    doctor = london.as_("gp-herts")
    london.goes()
    missed = await looks(doctor)
    assert missed.states("ALLERGIES")[LONDON].startswith("UNAVAILABLE")
    assert (london.waiting(), await told(doctor)) == (1, [])
    london.comes_back()
    await london.settles()

    (one,) = await told(doctor)

    assert one["sentence"] == (
        "0 minutes after your view: Penicillin, Anaphylaxis, London Care Record"
    )
    assert (one["kind"], one["category"], one["source"]["id"]) == (
        "SECOND_LOOK",
        "ALLERGIES",
        LONDON,
    )
    assert await told(london.as_("gp-london")) == []
    (event,) = await doctor.events("SECOND_LOOK")
    (view,) = await doctor.events("VIEW")
    assert one["viewId"] == event["viewId"] == view["viewId"]
    assert [call["nodes"] for call in await doctor.events("NODE_CALL")][-1] == [LONDON]
    said = await doctor.sends(_ACKNOWLEDGE, {"id": one["id"]})
    assert said.body["data"]["acknowledgeFollowUp"]["acknowledgedAt"]
    (read,) = await told(doctor)
    assert read["acknowledgedAt"]
    (acknowledged,) = await doctor.events("ACKNOWLEDGED")
    assert acknowledged["followUp"] == one["id"]
    others = await london.as_("gp-london").sends(_ACKNOWLEDGE, {"id": one["id"]})
    assert others.refused_with == "NOT_FOUND"


async def test_the_minutes_since_the_view_are_told(london: Returning):
    """A source that is back after a quarter of an hour says so in its sentence.

    The look is made by a gateway whose clock is behind, which no node believes: nodes keep their
    own time. When the clock is right, all of them are back.
    """
    doctor = london.as_("gp-herts")
    london.goes()
    london.is_earlier(minutes=14)
    missed = await doctor.asks(about=ABOUT, categories=("ALLERGIES",), lasts=3600)
    assert missed.states("ALLERGIES")[LONDON].startswith("UNAVAILABLE")
    london.is_earlier(minutes=0)
    london.comes_back()
    await london.settles()

    said = {one["sentence"]: one["minutesAfter"] for one in await told(doctor)}

    assert said["14 minutes after your view: Penicillin, Anaphylaxis, London Care Record"] == 14


async def test_nothing_new_is_not_told(system: System, as_: As):
    """What other sources had said of the same allergy, in the same words, is no news."""
    herts = Returning(system, as_, HERTS)
    doctor = herts.as_("gp-herts")
    herts.goes()
    missed = await looks(doctor, "everywhere", "ALLERGIES")
    assert missed.items("ALLERGIES")
    herts.comes_back()
    await herts.settles()
    assert await told(doctor) == []
    assert [call["nodes"] for call in await doctor.events("NODE_CALL")][-1] == [HERTS]


async def test_the_rules_of_now_decide(london: Returning):
    """What the person has objected to meanwhile is not told."""
    doctor = london.as_("gp-herts")
    london.goes()
    await looks(doctor)
    said = await doctor.does(
        "recordObjection", "id", ABOUT, effect="OBJECT", source=LONDON, inEmergency=True
    )
    assert said.refused_with is None, said
    london.comes_back()
    await london.settles()
    assert await told(doctor) == []


async def test_another_persons_answer_is_not_told(
    london: Returning, system: System, tmp_path: Path
):
    """A node that comes back with somebody else under the number is quarantined as ever."""
    doctor = london.as_("gp-herts")
    london.goes()
    await looks(doctor)
    london.comes_back(_mistaken(system, tmp_path))
    await london.settles()
    assert await told(doctor) == []
    assert (await doctor.events("INCIDENT"))[-1]["incident"] == "WRONG_PERSON"


async def test_a_gateway_that_was_killed_still_tells(london: Returning):
    """What waits is durable, and nobody who holds the store can read of whom it is."""
    london.goes()
    await looks(london.as_("gp-herts"))
    london.restart_gateway()
    london.comes_back()
    await london.settles()
    (one,) = await told(london.as_("gp-herts"))
    assert one["message"] == "Penicillin, Anaphylaxis, London Care Record"


def _mistaken(system: System, folder: Path) -> Path:
    """London's store, in which this person was born on another day."""
    store = folder / "store.sqlite3"
    shutil.copy(node_store(system.place.population, LONDON), store)
    reading = NodeStore(store)
    (held,) = reading.people([system.people.stories[ABOUT].nhs_number])
    reading.close()
    other = replace(held.person, birth_date=PartialDateTime("1951-12-01"))
    with sqlite3.connect(store) as database:
        database.execute(
            "UPDATE people SET person = ? WHERE id = ?", (msgspec.json.encode(other), held.id)
        )
    database.close()
    return store

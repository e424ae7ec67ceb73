"""Whoever has the person in front of them by a node's own word is let in, and nobody else."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace

from demo.model import HERTS
from demo.population.world import WATFORD
from federation.model import Category
from federation.records.base import Item, PartialDateTime
from gateway.app import utc_now
from tests.acceptance.asking import As
from tests.acceptance.rewriting import with_another
from tests.scenarios.network import RunningGateway, System

PERSON = "passing-through"
CALLER = "ed-doctor-watford"


@pytest.fixture(scope="module")
def admitted(system: System, tmp_path_factory: pytest.TempPathFactory) -> RunningGateway:
    """A network whose Hertfordshire says that the person came to Watford this morning."""
    folder = tmp_path_factory.mktemp("admitted")
    return with_another(system, folder, HERTS, PERSON, Category.ENCOUNTERS, _today_at_watford)


def _today_at_watford(visit: Item) -> Item:
    began = PartialDateTime((utc_now() - timedelta(hours=2)).isoformat(timespec="seconds"))
    place = WATFORD.organisation
    return replace(visit, start=began, end=None, status="in-progress", place=place, custodian=place)


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

"""How the nodes are doing, of a real gateway with real nodes: one answers, one is gone."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from federation.model import NodeId
from tests.acceptance.asking import As
from tests.scenarios.network import RunningGateway, System

GONE, THERE = NodeId("milton-keynes"), NodeId("london-care-record")
MANY = 300
HEALTH = """{ recordNodes { id health {
    answers lastAnswerAt failingSince certificateExpiresAt
    hour { calls answered p95Seconds } day { calls }
    categories { category state code }
    agreementsEnding { agreement region ends days }
    traffic { calls } } } }"""


@pytest.fixture
def gateway(system: System) -> RunningGateway:
    """A gateway one of whose nodes is killed before it starts."""
    process, address = system.mortal_node(GONE)
    process.kill()

    def edit(network: dict[str, Any]) -> None:
        for row in network["node"]:
            row["probe_person"] = "9990000093"
            if row["id"] == GONE:
                row["endpoint"] = address

    return system.own_gateway(edit)


async def health_of(gateway: RunningGateway, as_: As, persona: str) -> dict[str, Any]:
    """By node, once every node was probed."""
    for _ in range(MANY):
        answer = await as_(persona, gateway).sends(HEALTH, {})
        by_node = {one["id"]: one["health"] for one in answer.body["data"]["recordNodes"]}
        if all(one["answers"] is not None for one in by_node.values()):
            return by_node
    raise AssertionError("not every node was probed")


async def test_a_node_that_is_gone_and_one_that_answers(gateway: RunningGateway, as_: As):
    """By the schema and on the page, without anybody having looked at anybody."""
    found = await health_of(gateway, as_, "gp-london")
    assert found[THERE]["answers"] is True
    assert found[THERE]["hour"]["answered"] == 1.0
    assert found[THERE]["hour"]["p95Seconds"] is not None
    assert {one["state"] for one in found[THERE]["categories"]} <= {
        "FRESH",
        "FRESH_EMPTY",
        "NO_RECORD_HELD",
    }
    ending = [each for one in found.values() for each in one["agreementsEnding"]]
    assert all(0 < each["days"] <= 90 for each in ending)
    assert found[GONE]["answers"] is False
    assert found[GONE]["failingSince"] is not None
    assert {(one["state"], one["code"]) for one in found[GONE]["categories"]} == {
        ("UNAVAILABLE", "CONNECTION_REFUSED")
    }
    async with httpx.AsyncClient() as client:
        page = await client.get(f"{gateway.url.removesuffix('/graphql')}/status")
    assert "1 of 4 sources does not answer." in page.text


async def test_what_nodes_answer_about_people_is_for_their_officers(
    gateway: RunningGateway, as_: As
):
    """In a quiet hour one look moves it: clinicians and operators are not told."""
    await as_("gp-london", gateway).asks(about="two-doses", categories=("PROBLEMS",))
    for persona in (
        "gp-london",
        "two-roles-london",
        "receptionist-london",
        "privacy-officer-herts",
    ):
        found = await health_of(gateway, as_, persona)
        assert found[THERE]["traffic"] is None
    found = await health_of(gateway, as_, "privacy-officer-london")
    told = {node: one["traffic"]["calls"] for node, one in found.items() if one["traffic"]}
    assert told.keys() == {THERE, "universal-care-plan"}
    assert told[THERE] >= 1

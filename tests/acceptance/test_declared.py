"""What a node declared of itself is kept by a real gateway in front of real nodes."""

from __future__ import annotations

from typing import Any

from federation.model import NodeId
from tests.acceptance.asking import As
from tests.scenarios.network import System

NODE = "milton-keynes"
ABOUT = "two-doses"


def _rows(answer: Any) -> dict[str, Any]:
    sources = answer.record["allergies"]["coverage"]["sources"]
    return {row["source"]["id"]: row for row in sources}


async def test_a_node_is_asked_no_oftener_than_it_bears(system: System, as_: As):
    """Two looks in a second's stead; the third has a row that says so, and all else as ever."""

    def edit(network: dict[str, Any]) -> None:
        for row in network["node"]:
            if row["id"] == NODE:
                row["calls_per_second"] = 0.001

    doctor = as_("gp-london", system.own_gateway(edit))
    answers = [await doctor.asks(about=ABOUT, categories=("ALLERGIES",)) for _ in range(3)]
    first, second, third = map(_rows, answers)
    assert first[NODE]["code"] is second[NODE]["code"] is None
    told = third.pop(NODE)
    assert (told["state"], told["code"], told["origin"]) == (
        "UNAVAILABLE",
        "RATE_LIMITED",
        "GATEWAY",
    )
    assert told["retryable"] is True
    assert 1 < told["retryAfterSeconds"] <= 1000
    assert {row["state"] for row in third.values()} == {
        row["state"] for node, row in first.items() if node != NODE
    }
    assert answers[2].record["allergies"]["coverage"]["state"] == "SOME_SOURCES_MISSING"


async def test_a_node_that_is_down_as_it_announced_says_so(system: System, as_: As):
    """In its row, in the headline, and in how it is doing, by the clock of the gateway."""
    process, address = system.mortal_node(NodeId(NODE))
    process.kill()

    def edit(network: dict[str, Any]) -> None:
        for row in network["node"]:
            if row["id"] == NODE:
                row["endpoint"] = address
                # Whatever the time is: two windows that never end.
                row["maintenance"] = [
                    {"from": "00:00:00", "until": "12:00:00"},
                    {"from": "12:00:00", "until": "00:00:00"},
                ]

    doctor = as_("gp-london", system.own_gateway(edit))
    answer = await doctor.asks(about=ABOUT, categories=("ALLERGIES",))
    told = _rows(answer)[NODE]
    assert (told["state"], told["code"]) == ("UNAVAILABLE", "CONNECTION_REFUSED")
    assert "did not answer: it is in planned maintenance until" in told["message"]
    assert told["retryAfterSeconds"] >= 7 * 24 * 3600
    assert told["message"] in answer.headline
    nodes = await doctor.sends(
        "{ recordNodes { id health { maintenanceUntil failingSince } } }", {}
    )
    by_node = {one["id"]: one["health"] for one in nodes.body["data"]["recordNodes"]}
    assert by_node[NODE]["maintenanceUntil"] is not None
    assert by_node[NODE]["failingSince"] is None
    assert {one["maintenanceUntil"] for node, one in by_node.items() if node != NODE} == {None}

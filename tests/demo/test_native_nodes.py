"""The native nodes over real HTTP answer what their stores hold, by the gateway's own documents."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest

from demo.model import LONDON, MILTON_KEYNES
from demo.nodes.network import SERVED_NODES, WHOLE
from demo.population.build import node_store
from federation.flow import Reply
from federation.model import Category, Node, NodeProtocol, NodeState, RegionId
from federation.protocols.graphql.decode import read_reply
from federation.protocols.graphql.documents import request_body
from federation.protocols.parts import Arrival
from federation.protocols.requester_token import REQUESTER_HEADER
from tests.builders import NOW
from tests.demo.serving import serving
from tests.vouching import KEYS, a_token

SERVED = {node.id: node for node in SERVED_NODES}
JSON = {"content-type": "application/json"}


@pytest.mark.parametrize("node_id", [LONDON, MILTON_KEYNES])
async def test_what_is_read_is_what_is_held(population, stores, node_id):
    """Every item of every category arrives as it lies in the store, and nothing is quarantined."""
    node = Node(
        id=node_id,
        name="x",
        region="x",
        region_id=RegionId("x"),
        state=NodeState.LIVE,
        protocol=NodeProtocol.GRAPHQL,
        endpoint="http://127.0.0.1:1/graphql",
        categories=tuple(sorted(WHOLE)),
    )
    rows = stores[node_id]._connection.execute("SELECT number FROM people LIMIT 30").fetchall()
    async with serving(
        SERVED[node_id].app(node_store(population, node_id), KEYS, lambda: NOW)
    ) as client:
        for (number,) in rows:
            body = request_body(WHOLE, (number,))
            headers = JSON | {REQUESTER_HEADER: a_token(node_id, body, number)}
            response = await client.post("/graphql", content=body, headers=headers)
            arrival = Arrival(node=node, at=datetime(2026, 7, 1, tzinfo=UTC))
            reply = read_reply(response.content, node.categories, arrival)
            assert isinstance(reply, Reply)
            (held,) = reply.records
            (stored,) = stores[node_id].people([number])
            assert held.person == stored.person
            for category, part in held.parts.items():
                kept = stores[node_id].part(stored, category).items
                assert part.code is None
                assert plain(part.items) == plain(kept)


def plain(items):
    """Items without what the gateway stamps on them."""
    left_out = ("source", "retrievedAt", "redactions")
    told = [msgspec.to_builtins(item) for item in items]
    for item in told:
        for name in left_out:
            item.pop(name, None)
        if item.get("cpr"):
            item["cpr"].pop("confirmedAt", None)
    return told


async def test_an_empty_category_is_said_to_be_empty(population, told):
    """Somebody known with nothing recorded: the part is whole and says NO_CONTENT_RECORDED."""
    number = told["two-doses"]["nhsNumber"]
    asked = frozenset((Category.ALLERGIES, Category.CARE_PLANS))
    body = request_body(asked, (number,))
    headers = JSON | {REQUESTER_HEADER: a_token(LONDON, body, number, categories=asked)}
    async with serving(
        SERVED[LONDON].app(node_store(population, LONDON), KEYS, lambda: NOW)
    ) as client:
        answer = (await client.post("/graphql", content=body, headers=headers)).json()
    (record,) = answer["data"]["records"]
    assert record["carePlans"] == {
        "state": "COMPLETE",
        "code": None,
        "assertion": "NO_CONTENT_RECORDED",
        "dataCurrentTo": "2026-10-05T09:30:00Z",
        "items": [],
    }
    assert record["allergies"]["assertion"] == "NONE_KNOWN"

"""No reply of a node is kept, and no two calls are joined, whatever its descriptor permits.

Once replies are kept, whom they may be shared with hangs on `varies_by`; then a row here changes.
"""

from __future__ import annotations

import asyncio

import httpx
import msgspec
import pytest
from joserfc import jws
from msgspec.structs import replace

from federation.flow import NodeCall, Reply
from federation.joining.descriptor import node_of, read_descriptor
from federation.joining.rows import VariesBy
from federation.model import Category, NodeState, Purpose, RequestId
from federation.protocols.requester_token import REQUESTER_HEADER, RequesterClaims
from gateway.node_clients import Credentials, NodeClients, opening
from tests.builders import NOW, NUMBER, a_requester, an_organisation
from tests.federation.joining.given import descriptor
from tests.vouching import PRIVATE, tokens_of

FIRST = a_requester()
OTHERS = {
    "the same again": FIRST,
    "another user": replace(FIRST, subject="somebody-else"),
    "another role": replace(FIRST, role="R8015", role_name="Systems Support"),
    "another organisation": replace(FIRST, organisation=an_organisation("RWG")),
}


class Waiting:
    """A node that answers once two have asked; it keeps what it was told of each."""

    def __init__(self) -> None:
        self.told: list[RequesterClaims] = []
        self._both = asyncio.Event()

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        token = request.headers[REQUESTER_HEADER].encode()
        payload = jws.deserialize_compact(token, PRIVATE, algorithms=["ES256"]).payload
        self.told.append(msgspec.json.decode(payload, type=RequesterClaims))
        if len(self.told) > 1:
            self._both.set()
        await self._both.wait()
        return httpx.Response(200, json={"data": {"records": []}})


def _call(node, requester):
    return NodeCall(
        node=node,
        numbers=(NUMBER,),
        categories=(Category.ALLERGIES,),
        requester=requester,
        purpose=Purpose.DIRECT_CARE,
        request_id=RequestId("r"),
    )


@pytest.mark.parametrize("varies_by", list(VariesBy))
@pytest.mark.parametrize("other", list(OTHERS))
async def test_every_look_asks_the_node_itself(varies_by, other):
    """At the same moment or after one another: each under its own requester's name."""
    said = descriptor(
        ('varies_by = "role"', f'varies_by = "{varies_by}"'),
        ("cache_seconds = 0", "cache_seconds = 3600"),
        ("echoes_request = true", "echoes_request = false"),
    )
    node, answers = node_of(read_descriptor(said), NodeState.LIVE), Waiting()
    transport = httpx.MockTransport(answers)
    clients = NodeClients(
        opening(lambda _node: transport, lambda: NOW, tokens_of(), Credentials({}, None))
    )
    clients.take_over([node])
    with clients.lease() as held:
        client = held[node.id]
        # Joined, the two would wait for ever.
        async with asyncio.timeout(10):
            outcomes = await asyncio.gather(
                client.fetch(_call(node, FIRST)), client.fetch(_call(node, OTHERS[other]))
            )
        outcomes.append(await client.fetch(_call(node, FIRST)))
    assert all(isinstance(one, Reply) for one in outcomes), outcomes
    assert len(answers.told) == 3
    assert len({one.jti for one in answers.told}) == 3
    names = {(one.sub, one.role, one.organisation.ods_code) for one in answers.told}
    assert len(names) == (1 if OTHERS[other] is FIRST else 2)
    await clients.aclose()

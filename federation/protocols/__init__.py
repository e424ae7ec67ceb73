"""Talking to nodes: one small interface (`base.py`) and a folder for each protocol that speaks it.

`PROTOCOLS` is the only registration. The transport that all clients share is opened by
`open_transport`.
"""

from typing import Protocol

import httpx

from federation.model import Clock, Node, NodeProtocol
from federation.protocols.authentication import Authenticator
from federation.protocols.base import NodeClient
from federation.protocols.fhir.client import FhirClient
from federation.protocols.graphql.client import GraphQLClient
from federation.protocols.requester_token import RequesterTokens
from federation.protocols.transport import open_transport

__all__ = ["PROTOCOLS", "open_transport"]


class MakeClient(Protocol):
    """Makes a client for one node; without `tokens` it tells the node of nobody."""

    def __call__(
        self,
        node: Node,
        transport: httpx.AsyncBaseTransport,
        clock: Clock,
        authenticator: Authenticator | None = None,
        tokens: RequesterTokens | None = None,
        /,
    ) -> NodeClient: ...


PROTOCOLS: dict[NodeProtocol, MakeClient] = {
    NodeProtocol.GRAPHQL: GraphQLClient,
    NodeProtocol.FHIR_R4: FhirClient,
}
"""How to make a client for a node of each protocol."""

"""Talking to nodes: one small interface (`base.py`) and a folder for each protocol that speaks it.

`PROTOCOLS` is the only registration. The transport that all clients share is opened by
`open_transport`.
"""

from collections.abc import Callable

import httpx

from federation.model import Clock, Node, NodeProtocol
from federation.protocols.authentication import Authenticator
from federation.protocols.base import NodeClient
from federation.protocols.fhir.client import FhirClient
from federation.protocols.graphql.client import GraphQLClient
from federation.protocols.transport import open_transport

__all__ = ["PROTOCOLS", "open_transport"]

MakeClient = Callable[[Node, httpx.AsyncBaseTransport, Clock, Authenticator | None], NodeClient]
PROTOCOLS: dict[NodeProtocol, MakeClient] = {
    NodeProtocol.GRAPHQL: GraphQLClient,
    NodeProtocol.FHIR_R4: FhirClient,
}
"""How to make a client for a node of each protocol."""

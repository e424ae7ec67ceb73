"""What a region uses to put a native node in front of its own store.

A region supplies a `NodeSource` and gets an application that serves `node.graphql`:

    from federation.node_kit import KeptPart, KeptRecord, KeysOfFile, RequesterVerifier
    from federation.node_kit import build_node_app

    class OurRecords:
        categories = frozenset((Category.ALLERGIES,))

        async def find(self, numbers, categories, requester):
            ...  # a `KeptRecord` for each record held under one of the numbers

    verifier = RequesterVerifier(
        gateway="https://gateway.example.nhs.uk",
        node="our-node",
        keys=KeysOfFile(Path("gateway-jwks.json"), utc_now),
        clock=utc_now,
    )
    app = build_node_app(OurRecords(), verifier)

`source.py` is what a region fills in, `app.py` what it gets, `requester.py` how the kit knows who
asks. How the gateway calls it is in `federation/protocols/graphql`.
"""

from federation.node_kit.app import build_node_app
from federation.node_kit.gateway_keys import (
    GatewayKeys,
    KeysOfAddress,
    KeysOfFile,
    KeysUnavailableError,
)
from federation.node_kit.requester import NotVouchedError, RequesterFault, RequesterVerifier
from federation.node_kit.source import (
    KeptPart,
    KeptRecord,
    NodeErrorCode,
    NodeRefusalError,
    NodeSource,
    PartState,
)
from federation.protocols.requester_token import RequesterClaims

__all__ = [
    "GatewayKeys",
    "KeptPart",
    "KeptRecord",
    "KeysOfAddress",
    "KeysOfFile",
    "KeysUnavailableError",
    "NodeErrorCode",
    "NodeRefusalError",
    "NodeSource",
    "NotVouchedError",
    "PartState",
    "RequesterClaims",
    "RequesterFault",
    "RequesterVerifier",
    "build_node_app",
]

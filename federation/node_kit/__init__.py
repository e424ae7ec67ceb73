"""What a region uses to put a native node in front of its own store.

A region supplies a `NodeSource` and gets an application that serves `node.graphql`:

    from federation.node_kit import KeptPart, KeptRecord, build_node_app

    class OurRecords:
        categories = frozenset((Category.ALLERGIES,))

        async def find(self, numbers, categories):
            ...  # a `KeptRecord` for each record held under one of the numbers

    app = build_node_app(OurRecords())

`source.py` is what a region fills in, `app.py` what it gets. How the gateway calls it is in
`federation/protocols/graphql`.
"""

from federation.node_kit.app import build_node_app
from federation.node_kit.source import (
    KeptPart,
    KeptRecord,
    NodeErrorCode,
    NodeRefusalError,
    NodeSource,
    PartState,
)

__all__ = [
    "KeptPart",
    "KeptRecord",
    "NodeErrorCode",
    "NodeRefusalError",
    "NodeSource",
    "PartState",
    "build_node_app",
]

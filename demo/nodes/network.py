"""Which nodes the demo network has, as far as serving them goes.

What the gateway is told of them is in `demo/network.toml`.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from msgspec import Struct
from starlette.applications import Starlette

from demo.fhir.app import BASE, build_fhir_app
from demo.model import CARE_PLAN_NODE, GATEWAY, HERTS, LONDON, MILTON_KEYNES
from demo.nodes.native import StoredRecords
from demo.store import NodeStore
from federation.model import Category, Clock, NodeId
from federation.node_kit import GatewayKeys, RequesterVerifier, build_node_app
from federation.node_kit.app import PATH

WHOLE = frozenset(Category) - {Category.DEMOGRAPHICS}
PLANS = frozenset((Category.ALERTS, Category.CARE_PLANS, Category.CONTACTS))


class ServedNode(Struct, frozen=True, kw_only=True):
    """One node: its name, what it offers beside demographics, where its protocol begins."""

    id: NodeId
    name: str
    categories: frozenset[Category]
    path: str
    build: Callable[[NodeStore, ServedNode, RequesterVerifier], Starlette]

    def app(self, store: Path, keys: GatewayKeys, clock: Clock) -> Starlette:
        """The node's application over its store, for whom the demo's gateway vouches."""
        verifier = RequesterVerifier(gateway=GATEWAY, node=self.id, keys=keys, clock=clock)
        return self.build(NodeStore(store), self, verifier)


def _native(store: NodeStore, node: ServedNode, verifier: RequesterVerifier) -> Starlette:
    return build_node_app(StoredRecords(store, node.categories), verifier)


def _fhir(store: NodeStore, node: ServedNode, verifier: RequesterVerifier) -> Starlette:
    return build_fhir_app(store, node.name, node.categories, verifier)


SERVED_NODES = (
    ServedNode(id=LONDON, name="London Care Record", categories=WHOLE, path=PATH, build=_native),
    ServedNode(
        id=HERTS,
        name="Hertfordshire and West Essex",
        categories=WHOLE,
        path=BASE,
        build=_fhir,
    ),
    ServedNode(id=MILTON_KEYNES, name="Milton Keynes", categories=WHOLE, path=PATH, build=_native),
    ServedNode(
        id=CARE_PLAN_NODE,
        name="Universal Care Plan",
        categories=PLANS,
        path=BASE,
        build=_fhir,
    ),
)
"""Every node, in the order in which they are told of."""

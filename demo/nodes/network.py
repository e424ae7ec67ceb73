"""Which nodes the demo network has, as far as serving them goes.

What the gateway is told of them is in `demo/network.toml`.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

from msgspec import Struct
from starlette.applications import Starlette

from demo.fhir.app import BASE, build_fhir_app
from demo.model import CARE_PLAN_NODE, GATEWAY, HERTS, LONDON, MILTON_KEYNES
from demo.nodes.native import StoredRecords
from demo.nodes.rehearsal import RehearsedRecords
from demo.store import NodeStore
from federation.conformance import read_people
from federation.model import Category, Clock, NodeId
from federation.nhs_number import NhsNumber
from federation.node_kit import GatewayKeys, Rehearsal, RequesterVerifier, build_node_app
from federation.node_kit.app import PATH

WHOLE = frozenset(Category) - {Category.DEMOGRAPHICS}
PLANS = frozenset((Category.ALERTS, Category.CARE_PLANS, Category.CONTACTS))


class ServedNode(Struct, frozen=True, kw_only=True):
    """One node: its name, what it offers beside demographics, where its protocol begins."""

    id: NodeId
    name: str
    categories: frozenset[Category]
    path: str
    build: Callable[[Serving], Starlette]

    def app(
        self, store: Path, keys: GatewayKeys, clock: Clock, *, rehearses: bool = False
    ) -> Starlette:
        """The node's application over its store, for whom the demo's gateway vouches.

        `rehearses`: a native node is in test mode.
        """
        verifier = RequesterVerifier(gateway=GATEWAY, node=self.id, keys=keys, clock=clock)
        return self.build(
            Serving(
                node=self,
                store=NodeStore(store),
                verifier=verifier,
                clock=clock,
                rehearses=rehearses,
            )
        )


class Serving(NamedTuple):
    """What one node is served with."""

    node: ServedNode
    store: NodeStore
    verifier: RequesterVerifier
    clock: Clock
    rehearses: bool


def _native(serving: Serving) -> Starlette:
    stored = StoredRecords(serving.store, serving.node.categories, serving.clock)
    if not serving.rehearses:
        return build_node_app(stored, serving.verifier)
    rehearsed = RehearsedRecords(stored, serving.clock)
    return build_node_app(
        rehearsed,
        serving.verifier,
        rehearsal=Rehearsal(rehearsed),
        test_people=_test_people(serving.node.id),
        clock=serving.clock,
    )


def _test_people(node: NodeId) -> frozenset[NhsNumber]:
    """Those of its expectations, about whom an answer comes with the entry of the look."""
    file = files("demo.conformance").joinpath(f"{node}.toml")
    if not file.is_file():
        return frozenset()
    people = read_people(file.read_bytes(), file.name).persons
    return frozenset(number for one in people for number in one.numbers)


def _fhir(serving: Serving) -> Starlette:
    node = serving.node
    return build_fhir_app(serving.store, node.name, node.categories, serving.verifier)


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

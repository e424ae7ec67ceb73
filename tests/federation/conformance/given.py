"""The demo's nodes in this process, in test mode, and what a run against one is given."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

import httpx
from joserfc.jwk import ECKey
from msgspec.structs import replace

from demo.fhir.app import BASE
from demo.model import GATEWAY, HERTS, LONDON
from demo.nodes.network import SERVED_NODES
from demo.population.build import node_store
from federation.conformance import People, Target, Tools, read_people
from federation.model import NodeId, NodeProtocol
from federation.node_kit.app import PATH
from federation.node_kit.rehearsal import PATH as REHEARSAL
from federation.protocols.requester_token import RequesterKey
from tests.builders import NOW
from tests.vouching import KEYS, SIGNING

ORIGIN = "http://127.0.0.1"
EXPECTATIONS = Path(__file__).parents[3] / "demo" / "conformance"
_STRANGER = RequesterKey(ECKey.generate_key("P-256"), SIGNING.kid)
_SERVED = {node.id: node for node in SERVED_NODES}


class Watch:
    """A clock that moves only when somebody sleeps, or when a node takes its time."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> float:
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        self.seconds += seconds
        await asyncio.sleep(0)


@cache
def people_of(node: NodeId) -> People:
    return read_people((EXPECTATIONS / f"{node}.toml").read_bytes())


def target(node: NodeId, **given: Any) -> Target:
    """What is checked; only the people named are asked about, where any are."""
    native = node == LONDON
    labels: Iterable[str] | None = given.pop("labels", None)
    people = people_of(node)
    if labels is not None:
        people = replace(people, persons=tuple(map(people.by_label, labels)))
    defaults: dict[str, Any] = {
        "name": _SERVED[node].name,
        "node": node,
        "gateway": GATEWAY,
        "protocol": NodeProtocol.GRAPHQL if native else NodeProtocol.FHIR_R4,
        "endpoint": ORIGIN + (PATH if native else BASE),
        "categories": tuple(sorted(_SERVED[node].categories)),
        "people": people,
        "hooks": ORIGIN + REHEARSAL if native else None,
        "load_seconds": 2.0,
    }
    return Target(**(defaults | given))


def node_transport(population: Path, node: NodeId) -> httpx.AsyncBaseTransport:
    app = _SERVED[node].app(node_store(population, node), KEYS, lambda: NOW, rehearses=True)
    return httpx.ASGITransport(app)


def tools(transport: httpx.AsyncBaseTransport, watch: Watch | None = None, **given: Any) -> Tools:
    ids = count()
    ticking = watch or Watch()
    make_id: Callable[[], str] = lambda: f"check-{next(ids):06d}x"  # noqa: E731 - counts
    return Tools(
        transport=transport,
        clock=lambda: NOW,
        key=SIGNING,
        stranger=_STRANGER,
        make_id=make_id,
        now=ticking.now,
        sleep=ticking.sleep,
        **given,
    )


__all__ = ["HERTS", "LONDON", "Watch", "node_transport", "people_of", "target", "tools"]

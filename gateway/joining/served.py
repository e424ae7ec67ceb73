"""The network that is served, and the clients of its nodes: changed together."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable

import structlog
from msgspec.structs import replace

from federation.joining.life import Joining
from federation.joining.serving import nodes_in_the_network, nodes_in_the_shadow, nodes_that_left
from federation.model import Node
from federation.registry import Registry
from gateway.node_clients import NodeClients

log = structlog.get_logger()


async def _keep_all(_nodes: Iterable[Node]) -> None:
    pass


class Served:
    """One registry and its clients. `keep` lets go of what is held for any other nodes."""

    def __init__(
        self,
        registry: Registry,
        clients: NodeClients,
        shadow: NodeClients,
        keep: Callable[[Iterable[Node]], Awaitable[None]] = _keep_all,
    ) -> None:
        self._registry = registry
        self._clients = clients
        self._shadow = shadow
        self._keep = keep

    async def take_over(self, joining: Joining) -> None:
        """Serve this from now on."""
        before = {node.id: node.state for node in self._registry.now().nodes}
        nodes, shadow = nodes_in_the_network(joining), nodes_in_the_shadow(joining)
        # Nothing is awaited between these: a view has all of before, or all of now.
        self._clients.take_over(nodes)
        self._shadow.take_over(shadow)
        left = nodes_that_left(joining)
        self._registry.take_over(
            replace(self._registry.now(), nodes=nodes, shadow=shadow, left=left)
        )
        for node in nodes:
            if before.get(node.id) is not node.state:
                log.info("node state", node=node.id, state=node.state)
        for gone in before.keys() - {node.id for node in nodes}:
            log.info("node gone", node=gone)
        await self._keep((*nodes, *shadow))

"""Opens the nodes that a gateway serves: those of its network file, and those that joined."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AsyncExitStack
from functools import partial
from typing import NamedTuple

from federation.access.takers import Takers
from federation.audit import AuditTrail
from federation.model import Clock, Node
from federation.protocols.base import NodeClient
from federation.protocols.rate import Rooms
from federation.protocols.requester_token import RequesterTokens
from federation.registry import Registry
from federation.storage import JoiningStore
from gateway.files import Files, open_transports
from gateway.joining.conformance import Conformance
from gateway.joining.examining import Examiner
from gateway.joining.follower import JoiningFollower
from gateway.joining.served import Served
from gateway.node_clients import Credentials, NodeClients, opening
from gateway.settings import Settings
from gateway.watching import Watching
from resolvers.context import random_view_id


class OpenNodes(NamedTuple):
    """Clients of the nodes that are served and of those in the shadow, and what follows both."""

    clients: NodeClients
    shadow: NodeClients
    joining: JoiningFollower


class NodesOpening:
    """What opens them, for one gateway."""

    def __init__(self, settings: Settings, files: Files, watching: Watching, clock: Clock) -> None:
        self._settings = settings
        self._files = files
        self._watching = watching
        self._clock = clock
        self._credentials = Credentials(files.credentials, settings.joined_nodes_key_file)

    async def open(
        self,
        stack: AsyncExitStack,
        registry: Registry,
        store: JoiningStore,
        trail: AuditTrail,
        loop_time: Callable[[], float],
    ) -> OpenNodes:
        """Serve them, follow their lives, and check what is submitted; `stack` closes it all.

        Raises `StorageError`.
        """
        counting = partial(self._watching.counting, loop_time=loop_time)
        rooms = Rooms(self._settings.gateways_sharing, loop_time, self._watching.held_back)
        open_client = self._open_client()
        clients = NodeClients(open_client, counting, rooms.paced)
        shadow = NodeClients(open_client, paced=rooms.paced)
        stack.push_async_callback(clients.aclose)
        stack.push_async_callback(shadow.aclose)
        joining = JoiningFollower(
            store,
            self._files.network.nodes,
            Served(registry, clients, shadow, self._files.transports.keep),
        )
        await joining.start()
        stack.push_async_callback(joining.aclose)
        # Else the settings leave the checks to others.
        if self._settings.examine_nodes:
            examiner = self._examiner(joining, trail)
            examiner.start()
            stack.push_async_callback(examiner.aclose)
        return OpenNodes(clients, shadow, joining)

    def _open_client(self) -> Callable[[Node], NodeClient]:
        tokens = RequesterTokens(
            self._settings.gateway_id,
            self._files.requester_keys.signing_key,
            self._files.id_key,
            self._clock,
        )
        return opening(self._files.transports.of, self._clock, tokens, self._credentials)

    def _examiner(self, joining: JoiningFollower, trail: AuditTrail) -> Examiner:
        checks = Conformance(
            self._settings.gateway_id,
            self._files.requester_keys.signing_key,
            self._clock,
            partial(open_transports, self._settings, self._clock),
            self._credentials,
        )
        return Examiner(
            joining.steps,
            trail,
            checks.examine,
            self._clock,
            random_view_id,
            self._settings.audit_writer,
            Takers(*self._files.sharing_keys),
        )

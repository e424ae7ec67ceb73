"""The clients of the nodes as they are now: opened and closed as nodes come, change and go.

A view takes a lease of all clients at once and keeps it to its end. A client that is not needed any
more is closed when the last view that may still call through it is over, so that no call is cut off
because the network changed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import httpx
import structlog
from msgspec.structs import replace

from federation.errors import SettingsError
from federation.joining.descriptor import GATEWAYS_OWN
from federation.model import BackendServices, Clock, Node, NodeId, NodeState
from federation.protocols import PROTOCOLS
from federation.protocols.base import NodeClient
from federation.protocols.credentials import Credential, read_credential
from federation.protocols.requester_token import RequesterTokens

log = structlog.get_logger()

SPOKEN_TO = frozenset((NodeState.SHADOW, NodeState.SAFETY_ONLY, NodeState.LIVE))
"""States in which a node is spoken to at all; for whom, `federation/locate.py` says."""


class Credentials:
    """What the gateway proves itself with at a node.

    `read` are those of the network file, read at the start; `joined` is the file of the key for
    nodes that joined since.
    """

    def __init__(self, read: Mapping[NodeId, Credential], joined: Path | None) -> None:
        self._read = read
        self._joined = joined

    def of(self, node: Node) -> Credential | None:
        """A node's; None where it asks for none. Raises `SettingsError` where it cannot be had."""
        asked = node.authentication
        if asked is None:
            return None  # whatever another descriptor of the node asks for
        if isinstance(asked, BackendServices) and asked.key_file == GATEWAYS_OWN:
            if self._joined is None:
                raise SettingsError("`joined_nodes_key_file` is not set, and the node needs it")
            asked = replace(asked, key_file=str(self._joined))
            return read_credential(replace(node, authentication=asked))
        return self._read.get(node.id)


def opening(
    transport_of: Callable[[Node], httpx.AsyncBaseTransport],
    clock: Clock,
    tokens: RequesterTokens,
    credentials: Credentials,
) -> Callable[[Node], NodeClient]:
    """What opens the client of a node; raises `SettingsError` where its credential is no good."""

    def open_client(node: Node) -> NodeClient:
        transport, credential = transport_of(node), credentials.of(node)
        return PROTOCOLS[node.protocol](
            node, transport, clock, credential(transport, clock) if credential else None, tokens
        )

    return open_client


class _Opened(NamedTuple):
    """A node's client, the same for what is no view, and the same as views see it."""

    node: Node
    client: NodeClient
    beside: NodeClient
    counted: NodeClient


class _Set:
    """All clients of one moment, and how many views hold them."""

    def __init__(self, opened: Iterable[_Opened]) -> None:
        self.opened = {one.node.id: one for one in opened}
        self.counted = {one.node.id: one.counted for one in self.opened.values()}
        self.leases = 0


class NodeClients:
    """Holds the clients as they are now, and those of before for as long as views need them.

    `counted` puts around a client what counts the calls of views, `paced` what keeps any call to
    the rate that its node declared: outside, so that what waits here is not counted as the node's.
    """

    def __init__(
        self,
        open_client: Callable[[Node], NodeClient],
        counted: Callable[[NodeClient], NodeClient] = lambda client: client,
        paced: Callable[[Node, NodeClient], NodeClient] = lambda _node, client: client,
    ) -> None:
        self._open = open_client
        self._counted = counted
        self._paced = paced
        self._now = _Set(())
        self._before: list[_Set] = []
        self._closing: set[asyncio.Task[None]] = set()

    def take_over(self, nodes: Iterable[Node]) -> None:
        """Call these nodes from now on, each as it is now said to be reached."""
        before = self._now
        found = [self._opened(node, before) for node in nodes if node.state in SPOKEN_TO]
        # Invariant: one assignment, so that no view ever sees half of a change.
        self._now = _Set(one for one in found if one is not None)
        self._before.append(before)
        self._close_unused()

    def uncounted(self) -> Mapping[NodeId, NodeClient]:
        """The clients as they are now, for what is no view; one that is closed fails its call."""
        return {node_id: one.beside for node_id, one in self._now.opened.items()}

    @contextmanager
    def lease(self) -> Iterator[Mapping[NodeId, NodeClient]]:
        """All clients as they are now; none of them is closed until the lease ends."""
        leased = self._now
        leased.leases += 1
        try:
            yield leased.counted
        finally:
            leased.leases -= 1
            self._close_unused()

    async def aclose(self) -> None:
        """Close them all."""
        self.take_over(())
        for one in self._before:
            one.leases = 0
        self._close_unused()
        await asyncio.gather(*self._closing)

    def _opened(self, node: Node, before: _Set) -> _Opened | None:
        known = before.opened.get(node.id)
        if known is not None and _reach(known.node) == _reach(node):
            return known
        try:
            client = self._open(node)
        except SettingsError as fault:
            # Its rows say that it could not be used; the others are served.
            _tell(node, str(fault))
            return None
        except Exception as fault:  # noqa: BLE001 - one node's address must not hold up all others
            _tell(node, f"its client could not be opened ({type(fault).__name__})")
            return None
        return _Opened(
            node, client, self._paced(node, client), self._paced(node, self._counted(client))
        )

    def _close_unused(self) -> None:
        over = [one for one in self._before if not one.leases]
        self._before = [one for one in self._before if one.leases]
        used = {_id(each) for one in (self._now, *self._before) for each in one.opened.values()}
        unused = {_id(each): each for one in over for each in one.opened.values()}
        for name, each in unused.items():
            if name not in used:
                task = asyncio.ensure_future(each.client.aclose())
                self._closing.add(task)
                task.add_done_callback(self._closing.discard)


def _id(opened: _Opened) -> int:
    return id(opened.client)


def _tell(node: Node, fault: str) -> None:
    log.error("node cannot be spoken to", node=node.id, reason=fault)


def _reach(node: Node) -> Node:
    """What its client hangs on. Suspensions are part of it: nothing of before may outlive one."""
    return replace(node, state=NodeState.LIVE, testers=frozenset())

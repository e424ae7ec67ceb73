"""Probes: every node is asked, again and again, for a person who does not exist.

A node names one (`Node.probe_person`), a number of the 999 range that its live endpoint knows as
nobody's. It is asked for every category that it offers and that is not suspended, in one call, as
it would be asked for anybody. What comes back is looked at for how whole it is, and thrown away.
It is nobody's record, so it is no event of the audit log.
"""

from __future__ import annotations

import asyncio
import random
import secrets
from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import datetime
from typing import Self

from msgspec.structs import replace

from federation.flow import Failure, NodeCall, Reply
from federation.model import (
    Clock,
    Node,
    NodeId,
    NodeState,
    Organisation,
    Purpose,
    Requester,
    RequesterKind,
    RequestId,
)
from federation.protocols.base import NodeClient
from federation.protocols.failures import LATE, failure
from federation.protocols.rate import is_held_back
from federation.status import FaultOrigin, SourceCode, SourceState
from federation.watching.health import Health

PROBE_SECONDS = 60.0
AT_ONCE = 8
"""How many nodes are probed at once."""
PROBED = frozenset((NodeState.SHADOW, NodeState.SAFETY_ONLY, NodeState.LIVE))
"""In which states a node is probed; one that is suspended is asked nothing at all."""
PROBE = Requester(
    subject="probe",
    kind=RequesterKind.OPERATOR,
    role="PROBE",
    role_name="Watling's probe",
    organisation=Organisation(name="Watling"),
)
"""Who asks."""


class Probing:
    """Probes all nodes once a minute, and says when one stops answering and answers again.

    `nodes` and `clients` are those of now. `report` hears of a change, with a word for it.
    `certificate_expires` tells when the certificate ends that a node showed last.
    """

    def __init__(
        self,
        nodes: Callable[[], Iterable[Node]],
        clients: Callable[[], Mapping[NodeId, NodeClient]],
        health: Health,
        clock: Clock,
        loop_time: Callable[[], float],
        report: Callable[[NodeId, str], None],
        *,
        certificate_expires: Callable[[NodeId], datetime | None] = lambda _node: None,
        every_seconds: float = PROBE_SECONDS,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._nodes = nodes
        self._clients = clients
        self._health = health
        self._clock = clock
        self._loop_time = loop_time
        self._report = report
        self._certificate_expires = certificate_expires
        self._every = every_seconds
        self._sleep = sleep
        self._chance = chance
        self._places = asyncio.Semaphore(AT_ONCE)
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Begin to probe."""
        self._task = asyncio.create_task(self._probing(), name="probe nodes")
        return self

    async def __aexit__(self, *_: object) -> None:
        """Probe no more."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _probing(self) -> None:
        while True:
            await self.probe_all()
            # Of several gateways that start together, no two should go on together.
            await self._sleep(self._every * (0.75 + self._chance() / 2))

    async def probe_all(self) -> None:
        """One round; whatever a client raises is a failed probe."""
        nodes = tuple(self._nodes())
        self._health.watch([node.id for node in nodes], self._clock())
        # Whatever becomes of one probe, the others are made, and the next round comes.
        await asyncio.gather(*(self._probe(node.id) for node in nodes), return_exceptions=True)

    async def _probe(self, node_id: NodeId) -> None:
        async with self._places:
            # As it is when its turn comes: it may have been suspended meanwhile.
            node = next((one for one in map(as_probed, self._nodes()) if one.id == node_id), None)
            client = self._clients().get(node_id)
            if node is None or client is None or not node.categories:
                return
            failed = self._is_failing(node)
            begun = self._loop_time()
            outcome = await self._asked(client, node, begun)
            if is_held_back(outcome):
                # It was not asked, so nothing was found: the next round asks it.
                return
            seconds = self._loop_time() - begun
            self._health.probed(
                *(node.id, node.categories, outcome, seconds, self._clock()),
                self._certificate_expires(node.id),
            )
        fails = self._is_failing(node)
        if fails is not failed:
            self._report(node.id, "does not answer" if fails else "answers again")

    def _is_failing(self, node: Node) -> bool:
        """Whether it is down, and did not say before that it may be."""
        return self._health.of(node.id, self._clock()).failing_since is not None

    async def _asked(self, client: NodeClient, node: Node, begun: float) -> Reply | Failure:
        assert node.probe_person is not None  # noqa: S101 - only such nodes are probed
        call = NodeCall(
            node=node,
            numbers=(node.probe_person,),
            categories=node.categories,
            requester=PROBE,
            purpose=Purpose.DIRECT_CARE,
            request_id=RequestId(f"probe-{secrets.token_hex(8)}"),
            answer_by=begun + node.timeout_seconds,
            gives_way=True,
        )
        try:
            async with asyncio.timeout(node.timeout_seconds):
                outcome = await client.fetch(call)
        except TimeoutError:
            return failure(node, LATE)
        except asyncio.CancelledError:
            # Where the gateway closes; a client's own is a defect like any other.
            if (task := asyncio.current_task()) is None or task.cancelling():
                raise
            return _no_answer(node, SourceState.UNAVAILABLE, SourceCode.OTHER, FaultOrigin.GATEWAY)
        except Exception:  # noqa: BLE001 - one client's defect must not end the probing of all
            return _no_answer(node, SourceState.UNAVAILABLE, SourceCode.OTHER, FaultOrigin.GATEWAY)
        if isinstance(outcome, Reply) and any(
            record.person.nhs_number != node.probe_person for record in outcome.records
        ):
            return _no_answer(
                node, SourceState.IDENTITY_MISMATCH, SourceCode.WRONG_PERSON, FaultOrigin.NODE
            )
        return outcome


def as_probed(node: Node) -> Node:
    """The node with the categories that a probe asks for; none, where it is not probed."""
    if node.probe_person is None or node.state not in PROBED:
        return replace(node, categories=())
    asked = (one for one in node.categories if one not in node.suspended_categories)
    return replace(node, categories=tuple(asked))


def _no_answer(node: Node, state: SourceState, code: SourceCode, origin: FaultOrigin) -> Failure:
    return Failure(node=node, state=state, code=code, origin=origin)

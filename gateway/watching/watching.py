"""What watches the nodes of one gateway: counts, probes, and the routes that tell of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta

import structlog
from msgspec.structs import asdict, replace
from starlette.routing import Route

from federation.access.officers import answers_for, need_officer
from federation.errors import RefusedError
from federation.flow import Incident, NodeCall
from federation.joining.life import Joining
from federation.maintenance import maintenance_until
from federation.model import Agreement, Clock, Node, NodeId, Requester
from federation.protocols.base import NodeClient
from federation.sharing.expiring import expiring
from federation.sharing.facts import local_day
from federation.status import SourceCode
from federation.watching import (
    AgreementEnding,
    CountingClient,
    Health,
    NodeHealth,
    NodeNow,
    Probing,
)
from federation.watching.health import IN_TIME
from gateway.keys import read_key
from gateway.limits.in_flight import InFlight
from gateway.settings import Settings
from gateway.watching.clocks import on_their_way
from gateway.watching.metrics import Metrics, NodeCollector
from gateway.watching.requests import Requests
from gateway.watching.status import StatusPage

log = structlog.get_logger()

PROBES_IN_TIME = 6
"""How many probes a node may go without before nothing is said of how it is now."""


class Watching:
    """One for a gateway. `nodes` are those of now; raises `SettingsError` for a bad token file."""

    def __init__(
        self,
        settings: Settings,
        nodes: Callable[[], tuple[Node, ...]],
        in_flight: InFlight,
        clock: Clock,
        certificate_expires: Callable[[NodeId], datetime | None] = lambda _node: None,
        joining: Callable[[], Joining] = Joining,
        agreements: Callable[[], Iterable[Agreement]] = tuple,
    ) -> None:
        self.requests = Requests(in_flight)
        missed = timedelta(seconds=PROBES_IN_TIME * settings.probe_seconds)
        self.health = Health(clock(), max(IN_TIME, missed))
        self._settings = settings
        self._nodes = nodes
        self._clock = clock
        self._certificate_expires = certificate_expires
        self._joining = joining
        self._agreements = agreements
        token = settings.metrics_token_file
        self._token = read_key(token).hex() if token is not None else None

    def counting(self, client: NodeClient, loop_time: Callable[[], float]) -> NodeClient:
        """The client, counted."""
        return CountingClient(client, self.health, self._clock, loop_time)

    def probing(
        self, clients: Callable[[], Mapping[NodeId, NodeClient]], loop_time: Callable[[], float]
    ) -> Probing:
        """What probes the nodes, yet to be started; `clients` are those that are not counted."""
        return Probing(
            self._nodes,
            clients,
            self.health,
            self._clock,
            loop_time,
            report_probe,
            certificate_expires=self._certificate_expires,
            every_seconds=self._settings.probe_seconds,
        )

    def heard(self, incident: Incident) -> None:
        """Count an answer for somebody else."""
        if incident.code is SourceCode.WRONG_PERSON:
            self.health.mismatched(incident.node, self._clock())

    def held_back(self, call: NodeCall) -> None:
        """Count a call that was not made, because its node bears no more."""
        self.health.held_back(call.node.id, call.gives_way)

    def health_of(self, node: Node) -> NodeHealth:
        """How a node is doing, for anybody."""
        now = self._clock()
        return replace(
            self.health.of(node.id, now),
            maintenance_until=maintenance_until(node.maintenance, now),
            agreements_ending=self._ending(node, now),
        )

    def _ending(self, node: Node, now: datetime) -> tuple[AgreementEnding, ...]:
        theirs = (one for one in self._agreements() if one.source == node.id)
        return tuple(
            AgreementEnding(
                agreement=one.agreement, region=one.region, ends=one.ends, days=one.days
            )
            for one in expiring(theirs, local_day(now))
        )

    def told_operators(self, node: Node) -> NodeHealth:
        """The same, with the certificate that it showed last, be it to a look at somebody."""
        newest = self._certificate_expires(node.id)
        return replace(self.health_of(node), certificate_expires_at=newest)

    def node_now(self, node: Node, requester: Requester) -> Node:
        """The node with how it is doing, as far as the requester may know."""
        health = self.health_of(node)
        if _may_know_of_traffic(requester, node):
            traffic = self.health.traffic_of(node.id, self._clock())
            health = replace(self.told_operators(node), traffic=traffic)
        return NodeNow(**asdict(node), health=health)

    def routes(self) -> list[Route]:
        """`/status`, and `/metrics` where there is a token for it."""
        found = []
        if self._settings.status_page:
            status = StatusPage(
                self._nodes,
                self.health_of,
                self._clock,
                lambda: on_their_way(self._joining(), self._clock()),
            )
            found.append(Route("/status", status.page))
        if self._token is not None:
            nodes = NodeCollector(self.health, self._nodes, self.told_operators)
            metrics = Metrics(nodes, self.requests, self._token)
            found.append(Route("/metrics", metrics.page))
        return found


def _may_know_of_traffic(requester: Requester, node: Node) -> bool:
    try:
        return answers_for(need_officer(requester, or_operator=True), node)
    except RefusedError:
        return False


def report_probe(node: NodeId, what: str) -> None:
    """Tell the operators that a node stopped answering, or answers again."""
    log.warning("node probed", node=node, result=what)

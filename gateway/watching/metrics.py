"""`/metrics`: what is counted, for Prometheus. Names of nodes and of categories, never a person.

Told only to who has the token of `metrics_token_file`: in a quiet hour a count moves with one look,
and whether a node was asked at all can tell what a rule hides.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import accumulate

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.metrics_core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import Response

from federation.model import Node
from federation.watching import STEPS_SECONDS, Health, History, NodeHealth
from federation.watching.probing import PROBED
from gateway.errors import NO_STORE
from gateway.watching.requests import Requests

_UNAUTHORIZED = 401


class NodeCollector(Collector):
    """Every node as it is when somebody asks; nothing is kept here."""

    def __init__(
        self,
        health: Health,
        nodes: Callable[[], tuple[Node, ...]],
        now: Callable[[Node], NodeHealth],
    ) -> None:
        self._health = health
        self._nodes = nodes
        self._now = now

    def collect(self) -> Iterator[Metric]:
        """The families of metrics, each with every node."""
        yield from self._calls()
        yield from self._states()

    def _calls(self) -> Iterator[Metric]:
        calls = CounterMetricFamily(
            "watling_node_calls",
            "Calls to a node, by how they ended",
            labels=("node", "of", "ended"),
        )
        seconds = HistogramMetricFamily(
            "watling_node_call_seconds", "How long calls took", labels=("node", "of")
        )
        parts = CounterMetricFamily(
            "watling_node_parts",
            "Categories of held records, by whether they lacked nothing",
            labels=("node", "of", "whole"),
        )
        mismatches = CounterMetricFamily(
            "watling_node_mismatches", "Answers for somebody else", labels=("node",)
        )
        held_back = CounterMetricFamily(
            "watling_node_calls_held_back",
            "Calls not made, because the node would have been asked more often than it declared",
            labels=("node", "of"),
        )
        for node, counts in sorted(self._health.all_held_back().items()):
            held_back.add_metric((node, "people"), counts[False])
            held_back.add_metric((node, "others"), counts[True])
        for node, (probes, traffic) in sorted(self._health.totals().items()):
            for of, history in (("probes", probes), ("people", traffic)):
                total = history.total
                for ended, count in total.ended.items():
                    calls.add_metric((node, of, ended.lower()), count)
                seconds.add_metric((node, of), _steps(history), total.seconds)
                parts.add_metric((node, of, "yes"), total.whole)
                parts.add_metric((node, of, "no"), total.parts - total.whole)
            mismatches.add_metric((node,), traffic.total.mismatches)
        yield from (calls, seconds, parts, mismatches, held_back)

    def _states(self) -> Iterator[Metric]:
        state = GaugeMetricFamily(
            "watling_node_state", "Where a node is in its life", labels=("node", "state")
        )
        up = GaugeMetricFamily(
            "watling_node_up", "Whether it answered the newest probe", labels=("node",)
        )
        maintenance = GaugeMetricFamily(
            "watling_node_in_maintenance",
            "Whether it may be down now, as it announced",
            labels=("node",),
        )
        answered = GaugeMetricFamily(
            "watling_node_last_answer_timestamp_seconds",
            "When it last answered a probe",
            labels=("node",),
        )
        current = GaugeMetricFamily(
            "watling_node_data_current_timestamp_seconds",
            "Up to when its data goes, as it says of the probe's person",
            labels=("node", "category"),
        )
        within = GaugeMetricFamily(
            "watling_node_data_current_within_seconds",
            "How old its data is at most, as its descriptor says",
            labels=("node", "category"),
        )
        expires = GaugeMetricFamily(
            "watling_node_certificate_expires_timestamp_seconds",
            "When the certificate ends that it last showed",
            labels=("node",),
        )
        for node in self._nodes():
            now = self._now(node)
            state.add_metric((node.id, node.state), 1)
            if node.maintenance:
                maintenance.add_metric((node.id,), int(now.maintenance_until is not None))
            # A node that is down as it said is no outage, and none is told.
            if now.answers is not None and node.state in PROBED and not now.is_planned:
                up.add_metric((node.id,), int(now.answers))
            for gauge, at in (
                (answered, now.last_answer_at),
                (expires, now.certificate_expires_at),
            ):
                if at is not None:
                    gauge.add_metric((node.id,), _seconds(at))
            for category, minutes in node.current_within:
                within.add_metric((node.id, category), minutes * 60)
            for one in now.categories:
                if one.data_current_to is not None:
                    current.add_metric((node.id, one.category), _seconds(one.data_current_to))
        yield from (state, up, maintenance, answered, current, within, expires)


class Metrics:
    """The route, for who has the token."""

    def __init__(self, nodes: NodeCollector, requests: Requests, token: str) -> None:
        self._token = f"Bearer {token}".encode()
        self._registry = CollectorRegistry()
        self._registry.register(nodes)
        self._registry.register(requests)

    async def page(self, request: Request) -> Response:
        """All metrics as text, or 401."""
        shown = request.headers.get("authorization", "").encode("utf-8", "surrogateescape")
        if not hmac.compare_digest(shown, self._token):
            return Response(
                status_code=_UNAUTHORIZED,
                headers=dict(NO_STORE) | {"WWW-Authenticate": 'Bearer realm="metrics"'},
            )
        return Response(
            generate_latest(self._registry), headers=dict(NO_STORE), media_type=CONTENT_TYPE_LATEST
        )


def _steps(history: History) -> list[tuple[str, float]]:
    bounds = (*(str(step) for step in STEPS_SECONDS), "+Inf")
    return list(zip(bounds, map(float, accumulate(history.total.steps)), strict=True))


def _seconds(at: datetime) -> float:
    return at.timestamp()

"""Requests as they are counted: by route, method and status, and how long they took."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator

from prometheus_client.metrics_core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from gateway.limits.in_flight import InFlight


class Requests(Collector):
    """Counts every request as it ends."""

    def __init__(self, in_flight: InFlight) -> None:
        self._in_flight = in_flight
        self._ended: Counter[tuple[str, str, str]] = Counter()
        self._seconds: defaultdict[str, float] = defaultdict(float)

    def ended(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one; `method` and `route` are out of closed lists."""
        self._ended[method, route, str(status)] += 1
        self._seconds[route] += seconds

    def collect(self) -> Iterator[Metric]:
        """The families of metrics."""
        ended = CounterMetricFamily(
            "watling_requests", "Requests, by how they ended", labels=("method", "route", "status")
        )
        for labels, count in sorted(self._ended.items()):
            ended.add_metric(labels, count)
        seconds = CounterMetricFamily(
            "watling_request_seconds", "How long requests took in all", labels=("route",)
        )
        for route, took in sorted(self._seconds.items()):
            seconds.add_metric((route,), took)
        running = GaugeMetricFamily("watling_operations_in_flight", "Operations being answered")
        running.add_metric((), self._in_flight.running)
        yield from (ended, seconds, running)

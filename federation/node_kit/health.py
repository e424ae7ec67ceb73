"""`GET /healthz`: whether the node can answer, and up to when each of its feeds goes.

For a region's own monitoring and the gateway's operators; nothing of a person is in it. 503 where a
feed never came, because nothing can be answered of it. What was found out is told for five seconds,
so that nobody can wear out the store by asking. `GET /livez` says that the process runs.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from importlib.metadata import version

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from federation.model import Category, Clock
from federation.node_kit.author.feeds import Currency, FeedState
from federation.protocols.single_flight import SingleFlight

CurrencyOf = Callable[[], Awaitable[Sequence[Currency]]]
_FRESH = timedelta(seconds=5)
_WORST_FIRST = (FeedState.UNKNOWN, FeedState.STALE)


class Health:
    """Answers `/healthz`."""

    def __init__(
        self, currency: CurrencyOf | None, categories: frozenset[Category], clock: Clock
    ) -> None:
        self._currency = currency
        self._categories = categories
        self._clock = clock
        self._known: Sequence[Currency] = ()
        self._known_at: datetime | None = None
        self._flight: SingleFlight[None] = SingleFlight()

    async def answer(self, _request: Request) -> Response:
        """The status, and 200 unless nothing can be answered."""
        if self._currency and not self._is_fresh():
            await self._flight.join(self._look)
        states = {one.state for one in self._known}
        worst = next((state for state in _WORST_FIRST if state in states), FeedState.CURRENT)
        told = {
            "status": {FeedState.CURRENT: "ok", FeedState.STALE: "stale"}.get(worst, "failing"),
            "version": version("watling"),
            "categories": sorted(self._categories),
            "feeds": self._known,
        }
        return Response(
            msgspec.json.encode(told),
            503 if worst is FeedState.UNKNOWN else 200,
            headers={"Cache-Control": "no-store"},
            media_type="application/json",
        )

    def _is_fresh(self) -> bool:
        return self._known_at is not None and self._clock() - self._known_at < _FRESH

    async def _look(self) -> None:
        assert self._currency  # noqa: S101 - asked for
        self._known = await self._currency()
        self._known_at = self._clock()

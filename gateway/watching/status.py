"""`/status`: how the network is doing, for people: a page without scripts, good on a phone.

Everything on it comes from probes and from the registry, so that nobody's record, and no look at
one, moves anything on it. What a node says of itself (its name, its region) is text here, never
markup.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from importlib.resources import files

from jinja2 import Environment, StrictUndefined
from msgspec import Struct
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from federation.locate import in_the_network
from federation.model import Category, Clock, Node, NodeState
from federation.records.partial_date import LOCAL, shifted
from federation.status import SourceCode, SourceState, local_time
from federation.watching import NodeHealth, Probed
from gateway.errors import NO_STORE
from gateway.watching import chart

_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'none'"
)
_EXPIRES_SOON = timedelta(days=30)
_GOOD = frozenset((SourceState.FRESH, SourceState.FRESH_EMPTY, SourceState.NO_RECORD_HELD))


class OnItsWay(Struct, frozen=True, kw_only=True):
    """A region on its way in: when it submitted, when its report was there, when it went live."""

    name: str
    region: str
    state: NodeState
    submitted_at: datetime
    reported_at: datetime | None = None
    live_at: datetime | None = None


KEPT = timedelta(seconds=10)


class StatusPage:
    """The route. A page is kept for ten seconds, and made beside the event loop.

    Making one of forty nodes takes most of a second, and anybody may ask for it as often as they
    like: looks must not wait for that.
    """

    def __init__(
        self,
        nodes: Callable[[], tuple[Node, ...]],
        now: Callable[[Node], NodeHealth],
        clock: Clock,
        joining: Callable[[], Iterable[OnItsWay]] = tuple,
    ) -> None:
        self._nodes = nodes
        self._now = now
        self._clock = clock
        self._joining = joining
        environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True)
        environment.filters |= {
            "percent": chart.percent,
            "seconds": chart.seconds,
            "at": local_time,
            "day": _day,
            "word": _word,
            "long": long,
        }
        text = files("gateway.watching").joinpath("status.html").read_text("utf-8")
        self._template = environment.from_string(text)
        self._kept: tuple[datetime, bytes] | None = None
        self._making = asyncio.Lock()

    async def page(self, _request: Request) -> Response:
        """The page as it is now."""
        page = await self._page()
        return HTMLResponse(page, headers=dict(NO_STORE) | {"Content-Security-Policy": _POLICY})

    async def _page(self) -> bytes:
        # Of several who ask at once one has it made, and the others wait for theirs.
        async with self._making:
            now = self._clock()
            # A clock that was set back keeps no page for longer.
            if self._kept is None or not timedelta() <= now - self._kept[0] < KEPT:
                page = await asyncio.to_thread(self._template.render, self.values())
                self._kept = now, page.encode()
            return self._kept[1]

    def values(self) -> dict[str, object]:
        """What the page shows."""
        now = self._clock()
        nodes = [
            _Shown.of(node, self._now(node), now) for node in self._nodes() if in_the_network(node)
        ]
        return {
            "now": now,
            "nodes": nodes,
            "failing": [one for one in nodes if one.failing],
            "regions": {one.node.region_id: one.node.region for one in nodes},
            "planned": [
                one
                for one in nodes
                if one.health.is_planned and one.node.state is not NodeState.SUSPENDED
            ],
            "joining": [_Clocks.of(one, now) for one in self._joining()],
            "width": chart.WIDTH,
            "height": chart.HEIGHT,
        }


class _Shown(Struct, frozen=True, kw_only=True):
    """One node as the page shows it."""

    node: Node
    health: NodeHealth
    bars: tuple[chart.Bar, ...]
    mark: str
    words: str
    wanting: tuple[tuple[Probed, tuple[Category, ...]], ...]
    """Categories that are not as they should be, those together that are so in one way."""
    oldest: tuple[Category, datetime] | None
    expires_soon: bool

    @property
    def failing(self) -> bool:
        return self.mark == "bad"

    @classmethod
    def of(cls, node: Node, health: NodeHealth, now: datetime) -> _Shown:
        mark, words = _state(node, health)
        dated = [
            (one.data_current_to, one.category) for one in health.categories if one.data_current_to
        ]
        oldest = min(dated, default=None)
        expires = health.certificate_expires_at
        return cls(
            node=node,
            health=health,
            bars=tuple(chart.bars(health.slots, now)),
            mark=mark,
            words=words,
            wanting=() if health.is_planned else _wanting(health.categories),
            oldest=(oldest[1], oldest[0]) if oldest else None,
            expires_soon=expires is not None and expires - now < _EXPIRES_SOON,
        )


class _Clocks(Struct, frozen=True, kw_only=True):
    """How long a region's way has taken: to its report, and to being live."""

    joining: OnItsWay
    to_report: timedelta
    reported: bool
    to_live: timedelta
    live: bool

    @classmethod
    def of(cls, one: OnItsWay, now: datetime) -> _Clocks:
        return cls(
            joining=one,
            to_report=(one.reported_at or now) - one.submitted_at,
            reported=one.reported_at is not None,
            to_live=(one.live_at or now) - one.submitted_at,
            live=one.live_at is not None,
        )


def _wanting(probed: Iterable[Probed]) -> tuple[tuple[Probed, tuple[Category, ...]], ...]:
    alike: dict[tuple[SourceState, SourceCode | None], list[Probed]] = {}
    for one in probed:
        if one.state not in _GOOD:
            alike.setdefault((one.state, one.code), []).append(one)
    return tuple((each[0], tuple(one.category for one in each)) for each in alike.values())


def _state(node: Node, health: NodeHealth) -> tuple[str, str]:
    """A word for the colour, and words for people."""
    if node.state is NodeState.SUSPENDED:
        return "off", "suspended"
    if health.answers is None:
        return "unknown", "not probed"
    if health.is_planned:
        until = health.maintenance_until
        told = f" until {shifted(until, LOCAL):%H:%M}" if until else ""
        return "off", f"planned maintenance{told}"
    if not health.answers:
        return "bad", "does not answer"
    if any(one.state not in _GOOD for one in health.categories):
        return "poor", "answers in part"
    return "good", "answers"


def _day(said: date) -> str:
    """A day as people in the United Kingdom read it."""
    return f"{said:%-d %b %Y}"


def _word(code: str) -> str:
    """A code of the closed lists as words."""
    return code.replace("_", " ").lower()


def long(took: timedelta) -> str:
    """How long something took, in its two largest units.

    >>> long(timedelta(days=3, hours=4, minutes=5)), long(timedelta(minutes=7))
    ('3 d 4 h', '7 min')
    """
    minutes = max(0, int(took.total_seconds() // 60))
    days, hours, minutes = minutes // 1440, minutes // 60 % 24, minutes % 60
    if days:
        return f"{days} d {hours} h"
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"

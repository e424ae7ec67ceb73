"""The chart of one node's day: a bar for each five minutes, tall as its p95, coloured by answers.

Times lie on a scale of powers, because 20 ms and 8 s stand on one chart. The day is 24 hours, also
where the clocks change.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from datetime import datetime

from msgspec import Struct

from federation.records.partial_date import LOCAL, shifted
from federation.watching import SLOT, Slot
from federation.watching.tally import KEPT, STEPS_SECONDS, Window, slot_of, window_of

WIDTH = int(KEPT / SLOT)
HEIGHT = 48
_LEAST = 4
_ALL = 1.0
_FEW = 0.5


class Bar(Struct, frozen=True, kw_only=True):
    """Five minutes: `x` and `height` in the chart's units, `how` is a word for its colour."""

    x: int
    height: int
    how: str
    words: str


def bars(slots: Sequence[Slot], now: datetime) -> Iterator[Bar]:
    """A bar for each slot with probes, the newest at the right."""
    newest = slot_of(now)
    for slot in slots:
        x = WIDTH - 1 - int((newest - slot.begins) / SLOT)
        if not 0 <= x < WIDTH:
            continue
        window = window_of(slot.tally)
        how, words = _told(window)
        yield Bar(
            x=x,
            height=_height(window.p95_seconds),
            how=how,
            words=f"{shifted(slot.begins, LOCAL):%H:%M}: {words}",
        )


def _told(window: Window) -> tuple[str, str]:
    """A word for the colour, and words for people."""
    if window.answered is None:
        return "off", "planned maintenance"
    how = "good" if window.answered >= _ALL else "poor" if window.answered >= _FEW else "bad"
    words = f"{percent(window.answered)} answered, 95 of 100 within {seconds(window.p95_seconds)}"
    return how, f"{words}; else planned maintenance" if window.planned else words


def percent(part: float | None) -> str:
    """A part in words; never 100 % where something is missing.

    >>> percent(1.0), percent(0.9999), percent(0.5), percent(None)
    ('100 %', '99.9 %', '50.0 %', 'not known')
    """
    if part is None:
        return "not known"
    return "100 %" if part >= 1 else f"{math.floor(part * 1000) / 10:.1f} %"


def seconds(said: float | None) -> str:
    """A time in words.

    >>> seconds(0.035), seconds(1.5), seconds(None)
    ('35 ms', '1.5 s', 'more than 8 s')
    """
    if said is None:
        return f"more than {STEPS_SECONDS[-1]:.0f} s"
    return f"{said * 1000:.0f} ms" if said < 1 else f"{said:g} s"


def _height(p95: float | None) -> int:
    if p95 is None:
        return HEIGHT
    whole = math.log(STEPS_SECONDS[-1] / STEPS_SECONDS[0])
    part = math.log(max(p95, STEPS_SECONDS[0]) / STEPS_SECONDS[0]) / whole
    return max(_LEAST, round(part * HEIGHT))

"""The chart of one node's day: a bar for each five minutes, tall as its p95, coloured by answers.

Bars beside each other that say the same are one: a page of forty nodes must be small for a phone.
Times lie on a scale of powers, because 20 ms and 8 s stand on one chart. The day is 24 hours, also
where the clocks change.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from federation.records.partial_date import LOCAL, shifted
from federation.watching import SLOT, Slot
from federation.watching.tally import KEPT, STEPS_SECONDS, Window, slot_of, window_of

WIDTH = int(KEPT / SLOT)
HEIGHT = 48
_LEAST = 4
_ALL = 1.0
_FEW = 0.5


class Bar(Struct, frozen=True, kw_only=True):
    """Five minutes, or more: `x`, `width` and `height` in the chart's units.

    `how` is a word for its colour; `words` say what `begins` and `ends` are the times of.
    """

    x: int
    width: int = 1
    height: int
    how: str
    begins: datetime
    ends: datetime
    told: str

    @property
    def words(self) -> str:
        begins, ends = (f"{shifted(at, LOCAL):%H:%M}" for at in (self.begins, self.ends))
        return f"{begins} to {ends}: {self.told}"

    def goes_on(self, other: Bar) -> bool:
        """Whether the other stands beside it and says the same."""
        same = (self.height, self.how, self.told) == (other.height, other.how, other.told)
        return same and self.x + self.width == other.x


def bars(slots: Sequence[Slot], now: datetime) -> Iterator[Bar]:
    """The bars of slots with probes, the newest at the right."""
    before: Bar | None = None
    for bar in _each(slots, now):
        if before is not None and before.goes_on(bar):
            before = replace(before, width=before.width + 1, ends=bar.ends)
            continue
        if before is not None:
            yield before
        before = bar
    if before is not None:
        yield before


def _each(slots: Sequence[Slot], now: datetime) -> Iterator[Bar]:
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
            begins=slot.begins,
            ends=slot.begins + SLOT,
            told=words,
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

"""What R4 says that no field of an item takes, told in words, so that nothing of it is lost.

Times that are no date (an age, a range, free words), lengths of time, notes. Nothing here
interprets: what cannot be told is left as it is written.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from federation.records.base import PartialDateTime
from federation.records.fhir.elements import Annotation, Period, Quantity
from federation.records.fhir.r4 import when
from federation.records.fhir.structs.resources import Range, Ratio
from federation.records.fhir.words import lines

UNITS_OF_TIME = {
    # UCUM's codes, as R4 binds them.
    "s": "second",
    "min": "minute",
    "h": "hour",
    "d": "day",
    "wk": "week",
    "mo": "month",
    "a": "year",
}


class Told(NamedTuple):
    """A time: as dates as far as it has some, and what else is said of it."""

    start: PartialDateTime | None = None
    end: PartialDateTime | None = None
    words: str | None = None


def told(
    date_time: str | None,
    period: Period | None,
    *others: Quantity | Range | str | None,
) -> Told:
    """One of R4's times, whichever kind it is. An age is one of `others`, and never a date."""
    if date_time is not None:
        return Told(start=when(date_time))
    if period is not None:
        return Told(start=when(period.start), end=when(period.end))
    return Told(words=next(filter(None, map(_time_in_words, others)), None))


def _time_in_words(time: Quantity | Range | str | None) -> str | None:
    match time:
        case Quantity():
            age = length(time)
            return f"at the age of {age}" if age else None
        case Range():
            return between(time)
    return time


def length(time: Quantity | None) -> str | None:
    """A length of time: `7 days`, `< 1 hour`."""
    if time is None or time.value is None or time.code not in UNITS_OF_TIME:
        return time.words() if time else None
    return " ".join(filter(None, (time.comparator, counted(time.value, time.code))))


def counted(number: float, unit: str | None) -> str:
    """A number of units of time: `1 day`, `1.5 hours`."""
    word = UNITS_OF_TIME.get(unit or "")
    if word is None:
        return f"{number:.15g} {unit or ''}".strip()
    return f"{number:.15g} {word if number == 1 else f'{word}s'}"


def between(span: Range | None) -> str | None:
    """A range: `1 tablet to 2 tablet`, `at least 5 mg`."""
    if span is None:
        return None
    low, high = length(span.low), length(span.high)
    if low and high:
        return f"{low} to {high}"
    return f"at least {low}" if low else f"at most {high}" if high else None


def span(period: Period) -> str | None:
    """A period: `2020 to 2021-03`, `from 2020`."""
    if period.start and period.end:
        return f"{period.start} to {period.end}"
    if period.start:
        return f"from {period.start}"
    return f"until {period.end}" if period.end else None


def per(ratio: Ratio | None) -> str | None:
    """A ratio: `4 g in 1 day`."""
    if ratio is None:
        return None
    return " in ".join(filter(None, (length(ratio.numerator), length(ratio.denominator)))) or None


def notes(written: Iterable[Annotation], *others: str | None) -> str | None:
    """Notes as they were written, then what has no field of its own, each on a line."""
    return lines(*(note.words() for note in written), *others)

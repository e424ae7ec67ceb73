"""Blood results as laboratories report them: values drawn for a panel, each under its report.

What is measured and what is usual stands in `panels.py`. The filtration rate follows from
creatinine, age and sex by the CKD-EPI formula of 2009, and is reported as above 90 where it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Protocol

from msgspec import Struct
from msgspec.structs import replace

from demo.population.panels import (
    BLOOD_COUNT,
    DIABETES_CONTROL,
    FILTRATION,
    INFLAMMATION_MARKER,
    KIDNEYS,
    LIPID_PROFILE,
    THYROID_FUNCTION,
    WATCHED,
    Analyte,
    Panel,
)
from demo.population.pen import Pen, relay
from federation.model import NodeId, Practitioner
from federation.records.base import Identifier, PartialDateTime, SourceItemId
from federation.records.clinical import Quantity, ReferenceRange
from federation.records.person import Gender
from federation.records.results import Result, ResultStatus

MOST_REPORTED = 90
"""A filtration rate above this is reported as above it."""


class Writer(Protocol):
    """Writes one result of a report."""

    def __call__(self, analyte: Analyte, value: float, comparator: str | None = None) -> Result: ...


class Sampled(Struct, frozen=True, kw_only=True):
    """One sample: when it was taken, when reported, who asked, and how far the report has come."""

    taken: datetime
    issued: datetime
    requester: Practitioner | None = None
    status: ResultStatus = ResultStatus.FINAL


def sampled(pen: Pen, day: date, clock: time | None = None) -> Sampled:
    """A sample of a morning, or of a given minute, reported the same day."""
    draw = pen.draw
    at = clock or time(draw.randint(8, 11), 5 * draw.randint(0, 11))
    taken = datetime.combine(day, at, UTC)
    last = datetime.combine(day, time(23, 50), UTC)
    issued = min(taken + timedelta(minutes=draw.randint(70, 420)), last)
    return Sampled(taken=taken, issued=issued, requester=pen.desk.staff[0])


def watch(pen: Pen, conditions: frozenset[str], age: int, gender: Gender) -> list[Result]:
    """What a practice has asked the laboratory for in the last two years: two reports at most."""
    draw = pen.draw
    wanted = dict.fromkeys(
        panel.report.display for name in sorted(conditions) for panel in WATCHED.get(name, ())
    )
    panels = [_PANELS[name] for name in wanted]
    if not panels and age >= 16 and draw.random() < 0.3:
        panels = [BLOOD_COUNT]
    found: list[Result] = []
    for panel in panels[:2]:
        found += panel_of(pen, panel, sampled(pen, pen.earlier(3, 700)), age, gender)
    return found


def on_admission(pen: Pen, taken: datetime, age: int, gender: Gender) -> list[Result]:
    """What a hospital takes at the door."""
    at = sampled(pen, taken.date(), taken.time())
    return panel_of(pen, pen.draw.choice((BLOOD_COUNT, INFLAMMATION_MARKER)), at, age, gender)


def panel_of(
    pen: Pen,
    panel: Panel,
    at: Sampled,
    age: int,
    gender: Gender,
    values: Sequence[float] | None = None,
) -> list[Result]:
    """One report: its analytes with drawn values, or with these, in their order."""
    report = pen.source_id()
    one = _writer(pen, panel, at, report)
    chosen = [_of(analyte, gender) for analyte in panel.analytes]
    drawn = values or [_drawn(pen.draw, analyte) for analyte in chosen]
    found = [one(analyte, value) for analyte, value in zip(chosen, drawn, strict=True)]
    if panel is KIDNEYS and age >= 18:
        rate = filtration(drawn[-1], age, gender)
        found.append(
            one(FILTRATION, min(rate, MOST_REPORTED), ">" if rate > MOST_REPORTED else None)
        )
    return found


def passed_on(draw: Random, results: Sequence[Result], node: NodeId) -> list[Result]:
    """Results of one report as another node holds them: under its own ids, the report's too."""
    report = SourceItemId(f"{node[:2]}{draw.getrandbits(56):014x}")
    return [replace(relay(draw, one, node), report_id=report) for one in results]


def filtration(creatinine: float, age: int, gender: Gender) -> float:
    """The estimated filtration rate in mL/min/1.73 m2, by CKD-EPI 2009 from umol/L."""
    woman = gender is Gender.FEMALE
    ratio = creatinine / 88.4 / (0.7 if woman else 0.9)
    power = (-0.329 if woman else -0.411) if ratio <= 1 else -1.209
    rate: float = 141 * ratio**power * 0.993**age * (1.018 if woman else 1)
    return round(rate)


def judged(analyte: Analyte, value: float) -> str:
    """High, low or normal, by the usual range."""
    low, high = analyte.usual
    if low is not None and value < low:
        return "Low"
    return "High" if high is not None and value > high else "Normal"


_PANELS = {
    panel.report.display: panel
    for panel in (BLOOD_COUNT, KIDNEYS, DIABETES_CONTROL, LIPID_PROFILE, THYROID_FUNCTION)
}


def _writer(pen: Pen, panel: Panel, at: Sampled, report: str) -> Writer:
    system = f"https://{pen.desk.node}.demo.watling.example/id/report"
    identifier = Identifier(system=system, value=report)
    day, clock = at.taken.date(), at.taken.time()
    issued = PartialDateTime(at.issued.isoformat())

    def write(analyte: Analyte, value: float, comparator: str | None = None) -> Result:
        envelope = pen.envelope(day, clock=clock)
        envelope["identifiers"] = (*envelope["identifiers"], identifier)
        low, high = analyte.usual
        return Result(
            **envelope,
            report=panel.report,
            code=analyte.code,
            status=at.status,
            value=Quantity(
                value=value, comparator=comparator, unit=analyte.unit, ucum=analyte.ucum
            ),
            reference_range=ReferenceRange(low=low, high=high),
            interpretation=judged(analyte, value),
            specimen=panel.specimen,
            issued_at=issued,
            report_id=SourceItemId(report),
            requester=at.requester,
        )

    return write


def _of(analyte: Analyte, gender: Gender) -> Analyte:
    return analyte.of_women if gender is Gender.FEMALE and analyte.of_women else analyte


def _drawn(draw: Random, analyte: Analyte) -> float:
    return round(draw.uniform(*analyte.found), analyte.digits)

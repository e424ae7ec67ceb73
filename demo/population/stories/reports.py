"""Stories of results: a thousand of them over three nodes, and one that was put right."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from random import Random

from msgspec.structs import replace

from demo.model import HERTS, LONDON, MILTON_KEYNES, Desk, Story
from demo.population.conditions import HYPERTENSION, KIDNEY_DISEASE, problem
from demo.population.laboratory import Sampled, panel_of, passed_on
from demo.population.panels import BLOOD_COUNT, KIDNEYS, POTASSIUM, Panel
from demo.population.stories.medicines import TACROLIMUS, taken
from demo.population.stories.telling import at, held, pen, rewritten, someone, tell
from demo.population.terms import spoken
from demo.population.world import LISTER, PRACTICES, UCLH, WATFORD
from federation.records.base import PartialDateTime
from federation.records.person import Gender
from federation.records.results import Result, ResultStatus

SLUG = "thousand-results"
LAST = date(2026, 6, 26)
TRANSPLANT = spoken("Kidney transplant")
WEEKS, MONTHS, COPIED = 150, 60, 25
"""Blood counts weekly in London, kidneys monthly in Hertfordshire, and so many reports copied."""


def thousand_results() -> Story:
    """Six hundred at the transplant unit, three hundred nearer home, a hundred copies of them."""
    gp = PRACTICES[HERTS][0]
    person = someone(
        "9990000271",
        "Mr Farhan Siddique",
        "1971-07-15",
        Gender.MALE,
        gp,
        ("26 Marlpit Close", "Watford", "WD17 9BE"),
    )
    unit, practice = pen(SLUG, UCLH), pen(SLUG, gp)
    medicine = taken(unit, TACROLIMUS, date(2023, 8, 21))
    weekly = list(_reports(UCLH, BLOOD_COUNT, WEEKS, 7))
    draw = Random(SLUG)  # noqa: S311 - fixed ids
    copies = [one for report in weekly[:COPIED] for one in passed_on(draw, report, MILTON_KEYNES)]
    return tell(
        SLUG,
        person,
        "Farhan had a kidney transplant in 2023 and has his blood taken every week: a thousand "
        "results in three regions, four in a report, the newest hundred of London's held in Milton"
        " Keynes too, as copies.",
        held(
            LONDON,
            person,
            (
                medicine,
                problem(unit, TRANSPLANT, date(2023, 8, 14)),
                *(one for report in weekly for one in report),
            ),
        ),
        held(
            HERTS,
            person,
            (
                rewritten(medicine, practice),
                problem(practice, KIDNEY_DISEASE, date(2014, 5, 1)),
                *(one for report in _reports(LISTER, KIDNEYS, MONTHS, 30) for one in report),
            ),
            no_allergies=True,
        ),
        held(MILTON_KEYNES, person, copies),
    )


def _reports(desk: Desk, panel: Panel, count: int, every_days: int) -> Iterator[list[Result]]:
    """So many reports, going back from the last day, each with plausible values of its own."""
    by = pen(f"{SLUG}:{panel.report.display}", desk)
    for index in range(count):
        taken_at = datetime.combine(LAST - timedelta(days=index * every_days), time(8, 40), UTC)
        sample = Sampled(
            taken=taken_at, issued=taken_at + timedelta(hours=5), requester=desk.staff[0]
        )
        values = _VALUES[panel.report.display](index)
        yield panel_of(by, panel, sample, 52, Gender.MALE, values)


_VALUES = {
    BLOOD_COUNT.report.display: lambda index: (
        118.0 + index % 17,
        round(4.1 + index % 23 / 10, 1),
        180.0 + index % 61,
        88.0 + index % 5,
    ),
    KIDNEYS.report.display: lambda index: (
        136.0 + index % 7,
        round(4.2 + index % 11 / 10, 1),
        round(8.1 + index % 19 / 10, 1),
        128.0 + index % 29,
    ),
}


def amended_result() -> Story:
    """A potassium of 6.4 that would send anybody to hospital, and was never true."""
    slug, gp = "amended-result", PRACTICES[MILTON_KEYNES][1]
    person = someone(
        "9990000395",
        "Mrs Teresa Lombardi",
        "1956-10-28",
        Gender.FEMALE,
        gp,
        ("17 Gantry Way", "Milton Keynes", "MK6 3SN"),
    )
    hospital, practice = pen(slug, WATFORD), pen(slug, gp)
    taken_at = at(date(2026, 6, 24), 8, 15)
    panel = Panel(report=KIDNEYS.report, analytes=(POTASSIUM,))
    sample = Sampled(
        taken=taken_at,
        issued=taken_at + timedelta(hours=3),
        requester=practice.desk.staff[0],
        status=ResultStatus.PRELIMINARY,
    )
    (first,) = panel_of(hospital, panel, sample, 69, Gender.FEMALE, (6.4,))
    (right,) = panel_of(hospital, panel, sample, 69, Gender.FEMALE, (4.5,))
    amended = replace(
        right,
        version="2",
        identifiers=first.identifiers,
        status=ResultStatus.AMENDED,
        report_id=first.report_id,
        issued_at=PartialDateTime("2026-06-24T16:50:00+00:00"),
        last_updated_at=at(date(2026, 6, 24), 16, 50),
        note="First sample haemolysed; repeated from a fresh one.",
    )
    draw = Random(slug)  # noqa: S311 - fixed ids
    return tell(
        slug,
        person,
        "Teresa's potassium was first reported as 6.4, from a sample that had gone off, and put "
        "right to 4.5 the same day. Milton Keynes holds the first report alone; the amended one "
        "must lead, and the first stays visible with the difference.",
        held(
            MILTON_KEYNES,
            person,
            (
                *passed_on(draw, (first,), MILTON_KEYNES),
                problem(practice, HYPERTENSION, date(2015, 3, 1)),
            ),
        ),
        held(HERTS, person, (amended,)),
        held(LONDON, person, passed_on(draw, (amended,), LONDON)),
    )

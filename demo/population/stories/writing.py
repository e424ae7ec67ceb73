"""Stories about how facts are written: dates of every precision, one event twice, near misses."""

from __future__ import annotations

from datetime import date, time
from typing import Any

from msgspec.structs import replace

from demo.model import HERTS, LONDON, MILTON_KEYNES, Story
from demo.population.allergens import AMOXICILLIN, CODEINE, NAUSEA, PENICILLIN, RASH
from demo.population.conditions import (
    ASTHMA,
    ATRIAL_FIBRILLATION,
    HEART_ATTACK,
    HEART_FAILURE,
    MIGRAINE,
    OSTEOARTHRITIS,
    problem,
)
from demo.population.formulary import APIXABAN, FUROSEMIDE
from demo.population.laboratory import Sampled, panel_of
from demo.population.letters import CLINIC_LETTER, document
from demo.population.panels import DIABETES_CONTROL
from demo.population.pen import Pen
from demo.population.stories.medicines import taken
from demo.population.stories.telling import at, held, pen, rewritten, someone, tell
from demo.population.vaccines import INFLUENZA, SHINGLES, vaccination
from demo.population.visits import CHEST_X_RAY, attendance, consultation, procedure
from demo.population.vitals import WEIGHT, amount, observation
from demo.population.world import MILTON_KEYNES_HOSPITAL, PRACTICES, UCLH, WATFORD
from federation.records.allergies import Allergy, AllergyType, Criticality
from federation.records.base import Identifier, Item, PartialDateTime
from federation.records.clinical import ClinicalStatus, VerificationStatus
from federation.records.person import Gender


def partial_dates() -> Story:
    """A year, a month, a day, minutes with odd offsets, and nothing at all."""
    slug, gp = "partial-dates", PRACTICES[LONDON][0]
    person = someone(
        "9990000298",
        "Mrs Ludmila Vesely",
        "1946-01-01",
        Gender.FEMALE,
        gp,
        ("4 Wainwright Gardens", "London", "W12 6HK"),
    )
    practice, hospital = pen(slug, gp), pen(slug, MILTON_KEYNES_HOSPITAL)
    return tell(
        slug,
        person,
        "Ludmila's record has dates to the year, the month and the day, "
        " minutes written in Kathmandu, in Newfoundland and on the night when the"
        " clocks change, and entries with no date at all. None is made more precise than it is.",
        held(LONDON, person, _remembered(practice)),
        held(MILTON_KEYNES, person, _measured_at(hospital)),
        held(
            HERTS, person, (_undated(vaccination(pen(slug, WATFORD), SHINGLES, date(2024, 3, 5))),)
        ),
    )


def _remembered(by: Pen) -> tuple[Item, ...]:
    return (
        replace(problem(by, ASTHMA, date(1987, 1, 1)), onset=PartialDateTime("1987")),
        replace(problem(by, MIGRAINE, date(2004, 11, 1)), onset=PartialDateTime("2004-11")),
        replace(problem(by, HEART_ATTACK, date(2019, 4, 2)), onset=PartialDateTime("2019-04-02")),
        _undated(problem(by, OSTEOARTHRITIS, date(2015, 1, 1)), onset=None),
        _undated(taken(by, FUROSEMIDE, date(2015, 1, 1)), start=None, last_issued=None),
        _undated(problem(by, HEART_FAILURE, date(2015, 1, 1)), onset=None),
    )


INSTANTS = (
    "2026-03-12T14:45:00+05:45",
    "2026-03-12T05:30:00-03:30",
    "2026-03-29T00:59:59.500+00:00",
    "2026-03-29T02:00:00+01:00",
    "2025-10-26T01:30:00+01:00",
    "2025-10-26T01:30:00+00:00",
    "2026-02-28T23:30:00Z",
)
"""Minutes as systems write them; the two nights are those on which the clocks change."""


def _measured_at(by: Pen) -> tuple[Item, ...]:
    weighed = [
        replace(
            observation(
                by, date(2026, 3, 12), time(9), WEIGHT, amount(70.0 + place / 10, "kg", "kg")
            ),
            effective_at=PartialDateTime(written),
            recorded_at=PartialDateTime(written),
        )
        for place, written in enumerate(INSTANTS)
    ]
    days = [
        replace(
            observation(by, date(2026, 1, 1), time(9), WEIGHT, amount(value, "kg", "kg")),
            effective_at=PartialDateTime(written),
            recorded_at=None,
        )
        for written, value in (("2012", 66.0), ("2018-06", 68.5), ("2021-02-28", 69.0))
    ]
    nothing = _undated(observation(by, date(2026, 1, 1), time(9), WEIGHT, amount(61.0, "kg", "kg")))
    return (*weighed, *days, nothing)


def _undated(item: Any, **more: Any) -> Any:
    return replace(item, recorded_at=None, effective_at=None, **more)


def same_event() -> Story:
    """What happened once and was written down twice, each time a little differently."""
    slug, gp = "same-event-written-twice", PRACTICES[LONDON][2]
    person = someone(
        "9990000336",
        "Mr Ignatius Fernando",
        "1963-01-05",
        Gender.MALE,
        gp,
        ("51 Cordwainer Road", "London", "N7 9TG"),
    )
    practice, clinic = pen(slug, gp), pen(slug, UCLH)
    other = pen(slug, MILTON_KEYNES_HOSPITAL)
    first = _once(practice, clinic)
    return tell(
        slug,
        person,
        "Ignatius was weighed once, vaccinated once, seen once and given one report. Two nodes "
        "wrote it down, in summer time and in universal time, in capitals and in small letters, "
        "under identifiers of different systems. Each event stands on one line.",
        held(
            LONDON,
            person,
            (*first, problem(practice, ATRIAL_FIBRILLATION, date(2024, 1, 30))),
        ),
        held(MILTON_KEYNES, person, _again(other, first)),
    )


def _once(practice: Pen, clinic: Pen) -> tuple[Any, ...]:
    day = date(2026, 5, 20)
    sample = Sampled(taken=at(day, 8, 5), issued=at(day, 13), requester=practice.desk.staff[0])
    return (
        observation(clinic, day, time(8, 30), WEIGHT, amount(84.5, "kg", "kg")),
        taken(practice, APIXABAN, date(2024, 2, 6)),
        vaccination(practice, INFLUENZA, date(2025, 10, 9)),
        attendance(clinic, at(date(2026, 1, 17), 14, 5), "Chest pain"),
        *panel_of(practice, DIABETES_CONTROL, sample, 63, Gender.MALE, (54.0,)),
    )


def _again(by: Pen, first: tuple[Any, ...]) -> tuple[Item, ...]:
    weight, medicine, vaccine, visit, result = first
    report = Identifier(system=result.identifiers[-1].system, value=result.identifiers[-1].value)
    return (
        _in_summer_time(rewritten(weight, by), "2026-05-20T09:30:00+01:00"),
        rewritten(medicine, by, dosage="ONE TABLET  TWICE A DAY."),
        _in_summer_time(
            rewritten(vaccine, by, lot_number=vaccine.lot_number.lower()),
            "2025-10-09T11:20:00+01:00",
        ),
        rewritten(
            visit,
            by,
            kind="EMERGENCY",
            start=PartialDateTime("2026-01-17T14:12:00Z"),
            effective_at=PartialDateTime("2026-01-17T14:12:00Z"),
        ),
        _in_summer_time(_with_report(rewritten(result, by), report), "2026-05-20T09:05:00+01:00"),
    )


def _with_report(result: Any, report: Identifier) -> Any:
    return replace(result, identifiers=(*result.identifiers, report))


def _in_summer_time(item: Any, written: str) -> Any:
    return replace(
        item, effective_at=PartialDateTime(written), recorded_at=PartialDateTime(written)
    )


def near_misses() -> Story:
    """Pairs that look alike and are two."""
    slug, gp = "near-misses", PRACTICES[LONDON][3]
    person = someone(
        "9990000344",
        "Mrs Constance Blackwood",
        "1947-05-08",
        Gender.FEMALE,
        gp,
        ("88 Fulling Close", "Barnet", "EN5 2RD"),
    )
    practice, other = pen(slug, gp), pen(slug, MILTON_KEYNES_HOSPITAL)
    return tell(
        slug,
        person,
        "Nothing in Constance's record is the same fact twice, though much looks so: the left knee"
        " and the right, amoxicillin and penicillin, a first dose and a second, two visits of one "
        "day, two reports with one value, two letters with one title. All of it stands apart.",
        held(LONDON, person, _one_of_each(practice)),
        held(MILTON_KEYNES, person, _its_double(other, practice)),
    )


def _one_of_each(by: Pen) -> tuple[Item, ...]:
    return (
        problem(by, OSTEOARTHRITIS, date(2020, 3, 9), body_site="Left knee"),
        _reaction(by, PENICILLIN, RASH, AllergyType.ALLERGY),
        _reaction(by, CODEINE, NAUSEA, AllergyType.INTOLERANCE),
        taken(by, FUROSEMIDE, date(2025, 1, 7)),
        taken(by, APIXABAN, date(2025, 1, 7)),
        problem(by, ATRIAL_FIBRILLATION, date(2024, 12, 17)),
        problem(by, HEART_FAILURE, date(2024, 12, 17)),
        vaccination(by, SHINGLES, date(2024, 9, 3), "1"),
        consultation(by, at(date(2026, 4, 14), 9, 0), "Painful knee"),
        procedure(by, CHEST_X_RAY, date(2026, 4, 14), outcome="Clear"),
        document(by, CLINIC_LETTER, "Knee clinic letter", date(2026, 5, 4)),
        *_sugar(by, 8),
        _weight(by, time(9, 5), "Standing scale"),
    )


def _its_double(by: Pen, practice: Pen) -> tuple[Item, ...]:
    return (
        problem(by, OSTEOARTHRITIS, date(2020, 3, 9), body_site="Right knee"),
        _reaction(by, AMOXICILLIN, RASH, AllergyType.ALLERGY),
        _reaction(by, CODEINE, RASH, AllergyType.ALLERGY),
        taken(by, FUROSEMIDE, date(2025, 1, 7), dosage="Two tablets in the morning"),
        taken(by, APIXABAN, date(2025, 1, 7), route="By feeding tube"),
        vaccination(by, SHINGLES, date(2024, 9, 3), "2"),
        rewritten(
            consultation(practice, at(date(2026, 4, 14), 9, 20), "Painful knee"),
            by,
        ),
        procedure(by, CHEST_X_RAY, date(2026, 4, 14), outcome="Clear"),
        document(by, CLINIC_LETTER, "Knee clinic letter", date(2026, 5, 4)),
        *_sugar(by, 8),
        replace(_weight(by, time(9, 5), "Bed scale"), custodian=practice.desk.organisation),
    )


def _sugar(by: Pen, hour: int) -> list[Any]:
    day = date(2026, 4, 14)
    sample = Sampled(taken=at(day, hour), issued=at(day, hour + 4), requester=by.desk.staff[0])
    return panel_of(by, DIABETES_CONTROL, sample, 78, Gender.FEMALE, (47.0,))


def _weight(by: Pen, clock: time, method: str) -> Any:
    taken_then = observation(by, date(2026, 4, 14), clock, WEIGHT, amount(58.0, "kg", "kg"))
    return replace(taken_then, method=method)


def _reaction(by: Pen, substance: Any, reaction: Any, kind: AllergyType) -> Allergy:
    return Allergy(
        **by.envelope(date(2011, 8, 2)),
        substance=substance,
        type=kind,
        clinical_status=ClinicalStatus.ACTIVE,
        verification_status=VerificationStatus.CONFIRMED,
        criticality=Criticality.LOW,
        reactions=(reaction,),
        severity="mild",
    )

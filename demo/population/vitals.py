"""What is measured: vital signs, weight, body mass index, early warning score, smoking.

Codes are those of the UK Core vital signs examples: SNOMED CT first, LOINC beside it where UK Core
gives one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, time
from math import inf
from random import Random

from demo.population.pen import Pen
from demo.population.terms import LOINC, SNOMED, snomed
from federation.records.base import Coding, Concept
from federation.records.clinical import (
    CodedValue,
    ObservationComponent,
    ObservedValue,
    Quantity,
    ReferenceRange,
    TextValue,
)
from federation.records.observations import Observation


def _vital(code: str, display: str, loinc: str) -> Concept:
    return Concept(
        display=display,
        codings=(
            Coding(system=SNOMED, code=code, display=display),
            Coding(system=LOINC, code=loinc, display=display),
        ),
    )


BLOOD_PRESSURE = _vital("75367002", "Blood pressure", "85354-9")
SYSTOLIC = _vital("72313002", "Systolic arterial pressure", "8480-6")
DIASTOLIC = _vital("1091811000000102", "Diastolic arterial pressure", "8462-4")
PULSE = _vital("78564009", "Pulse rate", "8867-4")
BREATHING = _vital("86290005", "Respiratory rate", "9279-1")
TEMPERATURE = _vital("276885007", "Core body temperature", "8310-5")
OXYGEN = _vital("431314004", "Peripheral oxygen saturation", "2708-6")
WEIGHT = _vital("27113001", "Body weight", "29463-7")
BODY_MASS_INDEX = _vital("60621009", "Body mass index", "39156-5")
NEWS2 = snomed(
    "1104051000000101",
    "Royal College of Physicians NEWS2 (National Early Warning Score 2) total score",
)
CONSCIOUSNESS = snomed("1104441000000107", "Alert Confusion Voice Pain Unresponsive scale score")
ALERT = snomed("248234008", "Mentally alert")
SMOKING_STATUSES = ("Never smoked", "Ex-smoker", "Smokes about ten a day")
SMOKING = Concept(display="Tobacco smoking status", original_text="Tobacco smoking status")


def amount(value: float, unit: str, ucum: str) -> Quantity:
    """A measured amount."""
    return Quantity(value=value, unit=unit, ucum=ucum)


def observation(
    pen: Pen, day: date, clock: time, code: Concept, value: ObservedValue | None
) -> Observation:
    """One observation at one minute."""
    return Observation(**pen.envelope(day, clock=clock), code=code, value=value)


def blood_pressure(pen: Pen, day: date, clock: time, systolic: int, diastolic: int) -> Observation:
    """One blood pressure with its two parts."""
    parts = ((SYSTOLIC, systolic), (DIASTOLIC, diastolic))
    return Observation(
        **pen.envelope(day, clock=clock),
        code=BLOOD_PRESSURE,
        components=tuple(
            ObservationComponent(code=code, value=amount(value, "mmHg", "mm[Hg]"))
            for code, value in parts
        ),
        interpretation="High" if systolic >= 140 else None,
        body_site="Upper arm",
        method="Automatic cuff",
    )


def pulse(pen: Pen, day: date, clock: time, rate: int) -> Observation:
    """One pulse rate with what is usual."""
    return Observation(
        **pen.envelope(day, clock=clock),
        code=PULSE,
        value=amount(rate, "beats/min", "/min"),
        reference_range=ReferenceRange(low=60, high=100),
    )


_MEASURES: tuple[Callable[[Pen, date, time, Random], Observation], ...] = (
    lambda pen, day, clock, draw: blood_pressure(
        pen, day, clock, draw.randint(104, 168), draw.randint(58, 98)
    ),
    lambda pen, day, clock, draw: pulse(pen, day, clock, draw.randint(52, 112)),
    lambda pen, day, clock, draw: observation(
        pen, day, clock, BREATHING, amount(draw.randint(12, 24), "breaths/min", "/min")
    ),
    lambda pen, day, clock, draw: observation(
        pen, day, clock, TEMPERATURE, amount(draw.randint(359, 385) / 10, "°C", "Cel")
    ),
    lambda pen, day, clock, draw: observation(
        pen, day, clock, OXYGEN, amount(draw.randint(91, 100), "%", "%")
    ),
)


_OF_CHILDREN = _MEASURES[-2:]
_POINTS: Mapping[str, Sequence[tuple[float, int]]] = {
    # Royal College of Physicians, National Early Warning Score (NEWS) 2, 2017, chart 1, for
    # somebody alert who breathes air: up to this value, so many points.
    BREATHING.display: ((8, 3), (11, 1), (20, 0), (24, 2), (inf, 3)),
    OXYGEN.display: ((91, 3), (93, 2), (95, 1), (inf, 0)),
    SYSTOLIC.display: ((90, 3), (100, 2), (110, 1), (219, 0), (inf, 3)),
    PULSE.display: ((40, 3), (50, 1), (90, 0), (110, 1), (130, 2), (inf, 3)),
    TEMPERATURE.display: ((35, 3), (36, 1), (38, 0), (39, 1), (inf, 2)),
}


def early_warning_score(taken: Iterable[Observation]) -> int:
    """The NEWS2 of what was measured at once."""
    parts = ((part.code, part.value) for one in taken for part in _readings(one))
    return sum(
        next(points for most, points in _POINTS[code.display] if value.value <= most)
        for code, value in parts
        if isinstance(value, Quantity) and code.display in _POINTS
    )


def _readings(one: Observation) -> Iterable[Observation | ObservationComponent]:
    return one.components or (one,)


def ward_round(pen: Pen, day: date, clock: time) -> list[Observation]:
    """The set that a ward or a crew takes at once, with its early warning score."""
    draw = pen.draw
    if not pen.grown_up(day):
        # The adult's score and what is usual for adults say nothing of a child.
        return [measure(pen, day, clock, draw) for measure in _OF_CHILDREN]
    taken = [measure(pen, day, clock, draw) for measure in _MEASURES]
    score = observation(pen, day, clock, NEWS2, Quantity(value=early_warning_score(taken)))
    alert = observation(pen, day, clock, CONSCIOUSNESS, CodedValue(concept=ALERT))
    return [*taken, score, alert]


def check_up(
    pen: Pen,
    day: date,
    clock: time,
    kilograms: float,
    metres: float,
    smoking: str = SMOKING_STATUSES[0],
) -> list[Observation]:
    """What a practice measures in a yearly review."""
    draw = pen.draw
    return [
        _MEASURES[0](pen, day, clock, draw),
        _MEASURES[1](pen, day, clock, draw),
        observation(pen, day, clock, WEIGHT, amount(round(kilograms, 1), "kg", "kg")),
        observation(
            pen,
            day,
            clock,
            BODY_MASS_INDEX,
            amount(round(kilograms / metres**2, 1), "kg/m2", "kg/m2"),
        ),
        observation(pen, day, clock, SMOKING, TextValue(text=smoking)),
    ]

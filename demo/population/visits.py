"""Encounters and procedures, made to fit what is already written down: who measured, who treated.

A practice's check-up or course of antibiotics was a consultation; a set of vital signs at a
hospital was an attendance or a stay; a crew's was a call. Types of encounters stand in words: the
codes that are confirmed for them are American terms. Procedures are coded as in the Synthea and UK
Core examples, operations on hip and eye as in several public code lists.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from msgspec import Struct

from demo.model import Desk
from demo.population.pen import Pen, day_text
from demo.population.terms import snomed, spoken
from federation.records.base import Concept, Item, PartialDateTime
from federation.records.compare import custodian_code
from federation.records.encounters import Encounter
from federation.records.medications import Medication, PrescriptionKind
from federation.records.observations import Observation
from federation.records.procedures import Procedure

CONSULTATION = spoken("General practice consultation")
REVIEW = spoken("General practice review")
CLINIC = spoken("Outpatient clinic")
ATTENDANCE = spoken("Emergency department attendance")
STAY = spoken("Inpatient stay")
CALL = spoken("Ambulance call")
HOME_VISIT = spoken("Home visit")

CHEST_X_RAY = snomed("399208008", "Plain chest X-ray")
ELECTROCARDIOGRAM = snomed("268400002", "12 lead ECG")
ECHOCARDIOGRAM = snomed("433236007", "Transthoracic echocardiography")
COLONOSCOPY = snomed("73761001", "Colonoscopy")
CATARACT_OPERATION = snomed("54885007", "Extraction of cataract")
HIP_REPLACEMENT = snomed("52734007", "Total replacement of hip")

HOME = "Usual place of residence"
_REASONS = {
    16: ("Fever", "Wheezing", "Vomiting and diarrhoea", "Fall from a bicycle"),
    65: ("Chest pain", "Abdominal pain", "Palpitations", "Injury of the wrist"),
    200: ("Fall at home", "Shortness of breath", "Chest pain", "Confusion"),
}
"""Why people come to a hospital, by the age that they are below."""


_OF_THE_CHEST = frozenset(
    ("Wheezing", "Chest pain", "Palpitations", "Shortness of breath", "Chest infection")
)
"""What a film of the chest or a tracing of the heart is asked for."""
Desks = Mapping[str | None, Desk]
"""Desks by the codes of their organisations."""
MOST_VISITS = 4
"""So many visits of one person are kept at one node."""
_ONCE = frozenset((PrescriptionKind.ACUTE, PrescriptionKind.DISCHARGE))


class Operation(Struct, frozen=True, kw_only=True):
    """A planned procedure: from which age, in what share of people, with what outcome."""

    code: Concept
    from_age: int
    share: float
    outcome: str
    body_site: str | None = None


_PLANNED = (
    Operation(code=COLONOSCOPY, from_age=55, share=0.06, outcome="No abnormality found"),
    Operation(
        code=CATARACT_OPERATION,
        from_age=72,
        share=0.08,
        outcome="Uncomplicated",
        body_site="Left eye",
    ),
    Operation(
        code=HIP_REPLACEMENT,
        from_age=68,
        share=0.05,
        outcome="Uncomplicated",
        body_site="Right hip",
    ),
)


def encounters(pen: Pen, items: Sequence[Item], desks: Desks, age: int) -> list[Encounter]:
    """The visits at which these things were measured or prescribed: the newest of them."""
    found = [
        _visit(pen.at(desks[place]), began, ended, age)
        for (place, _day), (began, ended) in _measured(items).items()
        if place in desks
    ]
    found += [
        _course(pen.at(desks[place]), item)
        for item in items
        if isinstance(item, Medication)
        and item.kind in _ONCE
        and (place := custodian_code(item)) in desks
    ]
    return sorted(found, key=lambda one: str(one.start))[-MOST_VISITS:]


def encounter(pen: Pen, visit: Concept, start: datetime, **more: Any) -> Encounter:
    """One encounter at a desk, written down when it began."""
    given: dict[str, Any] = {
        "status": "finished",
        "place": pen.desk.organisation,
        "clinicians": (pen.draw.choice(pen.desk.staff),),
    }
    return Encounter(
        **pen.envelope(start.date(), clock=start.time()),
        type=visit,
        start=PartialDateTime(start.isoformat()),
        **(given | more),
    )


def consultation(
    pen: Pen, start: datetime, reason: str, visit: Concept = CONSULTATION
) -> Encounter:
    """Ten or so minutes at a practice."""
    return encounter(
        pen, visit, start, kind="ambulatory", reason=reason, end=_after(start, minutes=12)
    )


def attendance(pen: Pen, start: datetime, reason: str, hours: int = 4) -> Encounter:
    """An emergency department, left for home."""
    return encounter(
        pen,
        ATTENDANCE,
        start,
        kind="emergency",
        specialty="Emergency medicine",
        reason=reason,
        end=_after(start, minutes=60 * hours),
        discharged_to=HOME,
    )


def stay(pen: Pen, start: datetime, nights: int, reason: str, **more: Any) -> Encounter:
    """An unplanned stay in hospital, discharged home in the afternoon of its last day."""
    left = datetime.combine(start.date() + timedelta(days=nights), time(15, 30), UTC)
    given: dict[str, Any] = {
        "kind": "inpatient encounter",
        "specialty": "General internal medicine",
        "admission_method": "Emergency admission",
        "discharge_method": "Patient discharged on clinical advice or with clinical consent",
        "discharged_to": HOME,
        "end": PartialDateTime(left.isoformat()),
    }
    return encounter(pen, STAY, start, reason=reason, **(given | more))


def examinations(pen: Pen, visits: Iterable[Encounter], desks: Desks) -> list[Procedure]:
    """A film or a tracing at most visits to a hospital for heart or lungs."""
    draw = pen.draw
    return [
        procedure(
            pen.at(desks[custodian_code(visit) or ""]),
            draw.choice((CHEST_X_RAY, ELECTROCARDIOGRAM)),
            date.fromisoformat(str(visit.start)[:10]),
            outcome="No acute abnormality",
            reason=visit.reason,
        )
        for visit in visits
        if visit.type in {ATTENDANCE, STAY}
        and visit.reason in _OF_THE_CHEST
        and draw.random() < 0.6
    ]


def operations(pen: Pen, age: int) -> list[Procedure]:
    """What was planned and done some years ago."""
    return [
        procedure(
            pen, one.code, pen.earlier(200, 2200), outcome=one.outcome, body_site=one.body_site
        )
        for one in _PLANNED
        if age >= one.from_age and pen.draw.random() < one.share
    ]


def procedure(pen: Pen, code: Concept, day: date, **more: Any) -> Procedure:
    """One procedure that was done on a day."""
    return Procedure(
        **pen.envelope(day),
        code=code,
        status="completed",
        end=day_text(day),
        place=pen.desk.organisation,
        **more,
    )


def reason_of(pen: Pen, age: int) -> str:
    """Why somebody of this age comes to a hospital."""
    below = next(limit for limit in _REASONS if age < limit)
    return pen.draw.choice(_REASONS[below])


def _measured(items: Iterable[Item]) -> dict[tuple[str, str], tuple[datetime, datetime]]:
    """Where and on which day measurements were taken, from when until when."""
    times: dict[tuple[str, str], list[str]] = defaultdict(list)
    for item in items:
        if isinstance(item, Observation) and item.custodian and item.effective_at:
            times[item.custodian.ods_code or "", item.effective_at[:10]].append(item.effective_at)
    return {
        place: (datetime.fromisoformat(min(found)), datetime.fromisoformat(max(found)))
        for place, found in times.items()
    }


def _visit(pen: Pen, began: datetime, ended: datetime, age: int) -> Encounter:
    match pen.desk.organisation.kind:
        case "gp":
            return consultation(pen, began, "Yearly check of health and medicines", REVIEW)
        case "ambulance":
            return encounter(
                pen,
                CALL,
                began - timedelta(minutes=8),
                kind="field",
                reason=reason_of(pen, age),
                end=_after(ended, minutes=25),
                discharged_to="Emergency department",
            )
    start, reason = began - timedelta(minutes=35), reason_of(pen, age)
    nights = (pen.until - start.date()).days
    if ended == began or nights < 1:
        return attendance(pen, start, reason)
    return stay(pen, start, min(nights, pen.draw.randint(1, 5)), reason)


def _course(pen: Pen, medicine: Medication) -> Encounter:
    day = date.fromisoformat(str(medicine.start))
    start = datetime.combine(
        day, time(9 + pen.draw.randint(0, 7), 5 * pen.draw.randint(0, 11)), UTC
    )
    reason = medicine.indication or "Infection"
    if medicine.kind is PrescriptionKind.DISCHARGE:
        return attendance(pen, start, reason)
    return consultation(pen, start, reason)


def _after(moment: datetime, minutes: int) -> PartialDateTime:
    return PartialDateTime((moment + timedelta(minutes=minutes)).isoformat())

"""Rosalind Achebe, whom all four nodes know: the first person that a newcomer looks up."""

from __future__ import annotations

from datetime import date, time
from random import Random
from typing import Any

from msgspec.structs import replace

from demo.model import CARE_PLAN_NODE, HERTS, LONDON, MILTON_KEYNES, Story
from demo.population import formulary as pharmacy
from demo.population.allergens import ANAPHYLAXIS, CODEINE, NAUSEA, PENICILLIN, RASH
from demo.population.formulary import Medicine
from demo.population.pen import Pen, day_text, relay
from demo.population.plans import END_OF_LIFE, SUPPORT
from demo.population.registration import VERIFIED
from demo.population.services import PHARMACIES
from demo.population.stories.telling import held, pen, someone, tell
from demo.population.stories.whole_record import rest_of_the_record
from demo.population.vitals import (
    BODY_MASS_INDEX,
    OXYGEN,
    WEIGHT,
    amount,
    blood_pressure,
    observation,
    pulse,
    ward_round,
)
from demo.population.world import (
    LONDON_AMBULANCE,
    MILTON_KEYNES_HOSPITAL,
    PLAN_TEAM,
    PRACTICES,
    UCLH,
    WATFORD,
)
from federation.records.allergies import Allergy, AllergyType, Criticality
from federation.records.base import Concept, PartialDateTime
from federation.records.care_plans import CarePlan, CprDecision, CprKind, PlanStatus
from federation.records.clinical import ClinicalStatus, VerificationStatus
from federation.records.medications import Medication, MedicationStatus, PrescriptionKind
from federation.records.observations import Observation
from federation.records.person import Gender

SLUG = "everywhere"
STORY = (
    "Rosalind lives in Watford, had her heart looked after in London, fell ill while visiting her"
    " daughter in Milton Keynes, and has a Universal Care Plan: every node holds a piece of her."
)
GP = PRACTICES[HERTS][0]


def everywhere() -> Story:
    """Entries in all four nodes, some of them copies of each other."""
    person = replace(
        someone(
            "9990000018",
            "Mrs Rosalind Ifeoma Achebe",
            "1948-03-14",
            Gender.FEMALE,
            GP,
            ("41 Osiermead Lane", "Watford", "WD17 4XE"),
        ),
        number_status=VERIFIED,
        birth_sex="Female",
        ethnicity="Black or Black British - African",
        contact_preference="Telephone",
        nominated_pharmacy=PHARMACIES[HERTS],
    )
    gp = pen(SLUG, GP)
    penicillin = _penicillin(gp, "1986", ANAPHYLAXIS)
    medicines = _repeats(gp)
    clinic = pen(SLUG, UCLH)
    heart_failure_check = _clinic(clinic)
    draw = Random(SLUG)  # noqa: S311 - fixed ids
    rest = rest_of_the_record()
    return tell(
        SLUG,
        person,
        STORY,
        held(
            HERTS,
            person,
            (
                penicillin,
                *medicines,
                *_reviews(gp),
                *_emergency(),
                _support(gp),
                *rest[HERTS],
            ),
        ),
        held(
            LONDON,
            person,
            (
                relay(draw, penicillin, LONDON),
                _codeine(clinic),
                relay(draw, medicines[1], LONDON),
                *heart_failure_check,
                *ward_round(pen(SLUG, LONDON_AMBULANCE), date(2025, 11, 3), time(18, 40)),
                *rest[LONDON],
            ),
        ),
        held(
            MILTON_KEYNES,
            person,
            (
                _penicillin(pen(SLUG, MILTON_KEYNES_HOSPITAL), "1986-07", ANAPHYLAXIS, RASH),
                _chest_infection(pen("everywhere:discharge", MILTON_KEYNES_HOSPITAL)),
                *(relay(draw, one, MILTON_KEYNES) for one in heart_failure_check[:1]),
                *ward_round(
                    pen("everywhere:ward", MILTON_KEYNES_HOSPITAL), date(2026, 2, 9), time(7, 15)
                ),
                *rest[MILTON_KEYNES],
            ),
        ),
        held(CARE_PLAN_NODE, person, (_universal(pen(SLUG, PLAN_TEAM)), *rest[CARE_PLAN_NODE])),
    )


def _penicillin(at: Pen, onset: str, *reactions: Concept) -> Allergy:
    return Allergy(
        **at.envelope(date(2009, 5, 12)),
        substance=PENICILLIN,
        type=AllergyType.ALLERGY,
        clinical_status=ClinicalStatus.ACTIVE,
        verification_status=VerificationStatus.CONFIRMED,
        criticality=Criticality.HIGH,
        reactions=reactions,
        severity="severe",
        onset=PartialDateTime(onset),
    )


def _codeine(at: Pen) -> Allergy:
    return Allergy(
        **at.envelope(date(2019, 10, 2)),
        substance=CODEINE,
        type=AllergyType.INTOLERANCE,
        clinical_status=ClinicalStatus.ACTIVE,
        verification_status=VerificationStatus.CONFIRMED,
        criticality=Criticality.LOW,
        reactions=(NAUSEA,),
        severity="moderate",
    )


def _repeat(at: Pen, medicine: Medicine, since: date, **more: Any) -> Medication:
    return Medication(
        **at.envelope(since),
        medicine=medicine.concept,
        status=MedicationStatus.ACTIVE,
        kind=PrescriptionKind.REPEAT,
        form=medicine.form,
        dosage=medicine.directions[0],
        route=medicine.route,
        indication=medicine.indication,
        start=day_text(since),
        last_issued=day_text(date(2026, 6, 12)),
        quantity=medicine.quantity,
        **more,
    )


def _repeats(at: Pen) -> tuple[Medication, ...]:
    return (
        _repeat(at, pharmacy.FUROSEMIDE, date(2019, 10, 20), changed_recently=True),
        _repeat(at, pharmacy.APIXABAN, date(2018, 4, 3)),
        _repeat(at, pharmacy.BISOPROLOL, date(2018, 4, 3)),
        _repeat(at, pharmacy.RAMIPRIL, date(2014, 1, 15)),
        _repeat(at, pharmacy.METFORMIN, date(2011, 9, 8)),
        _repeat(at, pharmacy.ATORVASTATIN, date(2011, 9, 8)),
    )


def _chest_infection(at: Pen) -> Medication:
    medicine = pharmacy.DOXYCYCLINE
    started = date(2026, 2, 10)
    return Medication(
        **at.envelope(started),
        medicine=medicine.concept,
        status=MedicationStatus.COMPLETED,
        kind=PrescriptionKind.DISCHARGE,
        form=medicine.form,
        dosage=medicine.directions[0],
        route=medicine.route,
        indication=medicine.indication,
        start=day_text(started),
        end=day_text(date(2026, 2, 15)),
        last_issued=day_text(started),
        quantity=medicine.quantity,
    )


def _reviews(at: Pen) -> list[Observation]:
    taken: list[Observation] = []
    for year, systolic, kilograms in (
        (2023, 148, 81.0),
        (2024, 142, 79.5),
        (2025, 136, 77.2),
        (2026, 132, 78.4),
    ):
        day, clock = date(year, 4, 20), time(10, 20)
        taken += (
            blood_pressure(at, day, clock, systolic, systolic - 58),
            pulse(at, day, clock, 74),
            observation(at, day, clock, WEIGHT, amount(kilograms, "kg", "kg")),
            observation(
                at,
                day,
                clock,
                BODY_MASS_INDEX,
                amount(round(kilograms / 1.64**2, 1), "kg/m2", "kg/m2"),
            ),
        )
    return taken


def _emergency() -> list[Observation]:
    return ward_round(pen(SLUG, WATFORD), date(2025, 11, 3), time(19, 30))


def _clinic(at: Pen) -> tuple[Observation, ...]:
    day, clock = date(2026, 5, 6), time(11, 0)
    return (
        blood_pressure(at, day, clock, 128, 72),
        pulse(at, day, clock, 68),
        observation(at, day, clock, OXYGEN, amount(96, "%", "%")),
    )


def _support(at: Pen) -> CarePlan:
    return CarePlan(
        **at.envelope(date(2026, 4, 20)),
        plan_type=SUPPORT,
        name="Heart failure and diabetes plan",
        status=PlanStatus.ACTIVE,
        valid_until=day_text(date(2027, 4, 20)),
        goals=("To weigh herself each morning", "To walk to the corner shop again"),
    )


def _universal(at: Pen) -> CarePlan:
    signed, doctor = date(2026, 3, 2), at.desk.staff[0]
    return CarePlan(
        **at.envelope(signed, doctor),
        plan_type=END_OF_LIFE,
        name="Universal Care Plan",
        status=PlanStatus.ACTIVE,
        valid_until=day_text(date(2028, 3, 2)),
        last_confirmed_at=day_text(date(2026, 6, 1)),
        goals=(
            "To stay at home with the support of the district nurses",
            "To see the grandchildren at weekends",
        ),
        preferences="Wants her daughter to be rung before any move to hospital.",
        preferred_place_of_care="Home",
        preferred_place_of_death="Home",
        cpr=CprDecision(
            decision=CprKind.DO_NOT_ATTEMPT_CPR,
            decided_at=day_text(signed),
            clinician=doctor,
            discussed_with="Rosalind and her daughter",
        ),
        ceiling_of_treatment="Ward-based care, no intensive care",
        anticipatory_medicines="Kept at home in the blue box",
        advance_decision="None recorded",
    )

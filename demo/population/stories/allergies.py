"""Two stories about allergies: a contradiction between regions, and easily confused namesakes."""

from __future__ import annotations

from datetime import date, time

from demo.model import HERTS, LONDON, MILTON_KEYNES, Story
from demo.population.allergens import ANAPHYLAXIS, PENICILLIN
from demo.population.formulary import AMOXICILLIN, RAMIPRIL, SALBUTAMOL, course, repeat
from demo.population.pen import Pen
from demo.population.stories.telling import held, pen, someone, tell
from demo.population.vitals import blood_pressure, check_up, ward_round
from demo.population.world import PRACTICES, UCLH, WATFORD
from federation.records.allergies import Allergy, AllergyType, Criticality
from federation.records.base import PartialDateTime
from federation.records.clinical import ClinicalStatus, VerificationStatus
from federation.records.person import Gender


def _penicillin(at: Pen, day: date) -> Allergy:
    return Allergy(
        **at.envelope(day),
        substance=PENICILLIN,
        type=AllergyType.ALLERGY,
        clinical_status=ClinicalStatus.ACTIVE,
        verification_status=VerificationStatus.CONFIRMED,
        criticality=Criticality.HIGH,
        reactions=(ANAPHYLAXIS,),
        severity="severe",
        onset=PartialDateTime(str(day.year)),
    )


def allergy_contradiction() -> Story:
    """Herts asserts that no allergy is known; London has an active one that could kill."""
    slug, gp = "allergy-contradiction", PRACTICES[HERTS][1]
    person = someone(
        "9990000026",
        "Mr Tobias Adeyemi",
        "1979-08-25",
        Gender.MALE,
        gp,
        ("7 Tannery Way", "Watford", "WD18 2HL"),
    )
    practice, hospital = pen(slug, gp), pen(slug, UCLH)
    return tell(
        slug,
        person,
        "Tobias's practice wrote down that he has no known allergies; a London hospital once "
        "treated him for anaphylaxis after penicillin.",
        held(
            HERTS,
            person,
            (
                repeat(practice, SALBUTAMOL),
                blood_pressure(practice, date(2026, 1, 14), time(9, 10), 124, 78),
            ),
            no_allergies=True,
        ),
        held(
            LONDON,
            person,
            (
                _penicillin(hospital, date(2021, 2, 18)),
                *ward_round(hospital, date(2021, 2, 18), time(22, 5)),
            ),
        ),
    )


def namesakes() -> tuple[Story, Story]:
    """Two people whose names and numbers are easily confused, and whose medicines must not be."""
    first_gp, second_gp = PRACTICES[LONDON][2], PRACTICES[MILTON_KEYNES][1]
    first = someone(
        "9990000107",
        "Mr Jon Carter",
        "1962-02-11",
        Gender.MALE,
        first_gp,
        ("18 Gantry Street", "London", "N7 6PW"),
    )
    second = someone(
        "9990000115",
        "Mr John Carter",
        "1962-11-02",
        Gender.MALE,
        second_gp,
        ("3 Hopkiln Rise", "Bletchley", "MK3 8DA"),
    )
    one, other = pen("namesake-a", first_gp), pen("namesake-b", second_gp)
    ward = pen("namesake-a", WATFORD)
    return (
        tell(
            "namesake-a",
            first,
            "Jon is severely allergic to penicillin. His number and his name are a slip of the "
            "finger away from John Carter's.",
            held(
                LONDON,
                first,
                (
                    _penicillin(one, date(2003, 6, 30)),
                    repeat(one, RAMIPRIL),
                    *check_up(one, date(2025, 9, 16), time(14, 30), 84, 1.78),
                ),
            ),
            held(HERTS, first, (*ward_round(ward, date(2024, 12, 28), time(3, 45)),)),
        ),
        tell(
            "namesake-b",
            second,
            "John has no known allergies and had amoxicillin this year. Typing his number for Jon"
            " Carter could do harm; the birth date gives it away.",
            held(
                MILTON_KEYNES,
                second,
                (
                    course(other, AMOXICILLIN),
                    *check_up(other, date(2026, 3, 5), time(8, 50), 91, 1.81),
                ),
                no_allergies=True,
            ),
        ),
    )

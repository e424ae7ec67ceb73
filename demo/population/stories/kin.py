"""Stories of people who are easily taken for each other: twins, namesakes, a child's old name."""

from __future__ import annotations

from datetime import date, time

from msgspec.structs import replace

from demo.model import HERTS, LONDON, MILTON_KEYNES, Story, TracedNumber
from demo.population.allergens import ANGIOEDEMA, HAZARDS, PEANUT, allergy
from demo.population.circle import contact
from demo.population.conditions import ASTHMA, OTITIS, problem
from demo.population.formulary import AMOXICILLIN, SALBUTAMOL, course, repeat
from demo.population.pen import Pen
from demo.population.stories.telling import at, held, pen, someone, tell
from demo.population.vaccines import FOUR_IN_ONE, MMR, Vaccine, vaccination
from demo.population.visits import attendance, consultation
from demo.population.vitals import check_up, ward_round
from demo.population.world import PRACTICES, UCLH, WATFORD
from federation.nhs_number import NhsNumber
from federation.records.allergies import Allergy, AllergyType, Criticality
from federation.records.clinical import ClinicalStatus, VerificationStatus
from federation.records.immunisations import Immunisation
from federation.records.person import Gender, HumanName

_BORN = date(2019, 9, 3)


def twins() -> tuple[Story, Story]:
    """Born the same day, of one name and one address, registered one after the other."""
    gp, home = PRACTICES[LONDON][3], ("19 Weaverham Gardens", "London", "SW9 8TD")
    born, family = _BORN.isoformat(), "Oyelaran"
    one = someone("9990000158", f"Miss Taiwo {family}", born, Gender.FEMALE, gp, home)
    other = someone("9990000166", f"Miss Kehinde {family}", born, Gender.FEMALE, gp, home)
    first, second = (pen(slug, gp, born=_BORN) for slug in ("twin-a", "twin-b"))
    ward = pen("twin-b", UCLH, born=_BORN)
    return (
        tell(
            "twin-a",
            one,
            "Taiwo is allergic to peanuts. Her twin Kehinde has her birth date, family name, "
            "address and practice, and a number that differs in its last two digits.",
            held(
                LONDON,
                one,
                (
                    _peanut(first),
                    *_school_vaccines(first),
                    contact(first, f"Folake {family}", "Mother", next_of_kin=True, rank=1),
                ),
            ),
        ),
        tell(
            "twin-b",
            other,
            "Kehinde has asthma and no known allergies. Nothing of her twin Taiwo may ever stand in"
            " her record, and nothing of hers in Taiwo's.",
            held(
                LONDON,
                other,
                (
                    repeat(second, SALBUTAMOL),
                    problem(second, ASTHMA, date(2024, 11, 12)),
                    *_school_vaccines(second),
                    attendance(ward, at(date(2025, 12, 6), 21, 40), "Wheezing"),
                    *ward_round(ward, date(2025, 12, 6), time(22, 5)),
                    contact(second, f"Folake {family}", "Mother", next_of_kin=True, rank=1),
                ),
                no_allergies=True,
            ),
        ),
    )


def _peanut(by: Pen) -> Allergy:
    return Allergy(
        **by.envelope(date(2022, 5, 17)),
        substance=PEANUT,
        type=AllergyType.ALLERGY,
        clinical_status=ClinicalStatus.ACTIVE,
        verification_status=VerificationStatus.CONFIRMED,
        criticality=Criticality.HIGH,
        reactions=(ANGIOEDEMA,),
        severity="severe",
        substance_kinds=("food",),
    )


def _school_vaccines(by: Pen) -> tuple[Immunisation, ...]:
    # Both twins on the same day from the same box, as it happens with twins.
    doses: tuple[tuple[Vaccine, str], ...] = ((MMR, "2"), (FOUR_IN_ONE, "1"))
    return tuple(
        replace(vaccination(by, vaccine, date(2023, 1, 24), dose), lot_number="V4C1N")
        for vaccine, dose in doses
    )


def birthday_namesakes() -> tuple[Story, Story]:
    """One name and one birth date, neighbouring numbers: only number and place tell them apart."""
    gp, other_gp = PRACTICES[HERTS][1], PRACTICES[MILTON_KEYNES][0]
    name, born = "Ms Anjali Patel", "1988-05-17"
    one = someone(
        "9990000174", name, born, Gender.FEMALE, gp, ("28 Copperbeech Way", "Watford", "WD24 5LR")
    )
    other = someone(
        "9990000182",
        name,
        born,
        Gender.FEMALE,
        other_gp,
        ("60 Bellfounder Close", "Milton Keynes", "MK10 7UF"),
    )
    first, second = pen("birthday-namesake-a", gp), pen("birthday-namesake-b", other_gp)
    return (
        tell(
            "birthday-namesake-a",
            one,
            "Anjali of Watford is allergic to trimethoprim. In Milton Keynes lives another Anjali "
            "Patel, born the same day, whose number is the next valid one: the birth date cannot "
            "tell them apart, only the number and the place can.",
            held(
                HERTS,
                one,
                (
                    allergy(first, HAZARDS[2]),
                    consultation(first, at(date(2026, 3, 19), 10, 20), "Sore throat"),
                    *check_up(first, date(2025, 7, 1), time(9, 30), 63, 1.64),
                ),
            ),
        ),
        tell(
            "birthday-namesake-b",
            other,
            "Anjali of Milton Keynes has no known allergies and took amoxicillin this spring. Of "
            "the other Anjali Patel, born the same day, nothing may be shown here.",
            held(
                MILTON_KEYNES,
                other,
                (
                    course(second, AMOXICILLIN),
                    consultation(second, at(date(2026, 4, 8), 15, 0), "Chest infection"),
                ),
                no_allergies=True,
            ),
        ),
    )


def adopted_child() -> Story:
    """She has a new name and a new number; one node still files the old ones, and nobody says so.

    Tracing knows the old number only as one that names nobody.
    """
    slug, gp = "adopted-child", PRACTICES[LONDON][0]
    person = someone(
        "9990000190",
        "Miss Lily Harcourt",
        "2018-01-30",
        Gender.FEMALE,
        gp,
        ("5 Thistledown Rise", "London", "N19 3BX"),
    )
    old = NhsNumber("9990000212")
    before = replace(
        person,
        nhs_number=old,
        name=HumanName(text="Miss Lily Garrod", family="Garrod", given=("Lily",), prefix="Miss"),
        address=None,
        phones=(),
        gp_practice=PRACTICES[HERTS][2].organisation,
    )
    born = date(2018, 1, 30)
    practice, earlier = pen(slug, gp, born=born), pen(slug, WATFORD, born=born)
    return tell(
        slug,
        person,
        "Lily was adopted. Her record began anew under a new number and a new name; Hertfordshire "
        "still holds the old file under the old number. The two are never linked, and nothing in "
        "any answer says that there is something to link.",
        held(
            LONDON,
            person,
            (
                consultation(practice, at(date(2026, 2, 3), 16, 10), "Earache"),
                problem(practice, OTITIS, date(2026, 2, 3), significance="minor"),
                contact(practice, "Helen Harcourt", "Mother", next_of_kin=True, rank=1),
            ),
            no_allergies=True,
        ),
        held(
            HERTS,
            before,
            (
                attendance(earlier, at(date(2019, 6, 9), 23, 15), "Injury of the wrist"),
                *ward_round(earlier, date(2019, 6, 9), time(23, 40)),
            ),
        ),
        traced=(
            TracedNumber(number=person.nhs_number, person=person),
            TracedNumber(number=old, person=None),
        ),
        old_number=old,
    )

"""Stories of the first and the last days of a life: a newborn and her mother, and a death."""

from __future__ import annotations

from datetime import date, time

from msgspec.structs import replace

from demo.model import HERTS, LONDON, MILTON_KEYNES, Story
from demo.population.bookings import appointment
from demo.population.circle import contact
from demo.population.conditions import DEMENTIA, HEART_FAILURE, problem
from demo.population.formulary import FUROSEMIDE, repeat
from demo.population.labels import CLINICALLY_NEEDED, HIV, RESTRICTED, THIRD_PARTY
from demo.population.letters import DISCHARGE_SUMMARY, document
from demo.population.pen import Pen, day_text
from demo.population.registration import DEATH_NOTICE
from demo.population.stories.telling import at, held, labelled, pen, someone, tell
from demo.population.terms import spoken
from demo.population.visits import STAY, consultation, encounter, stay
from demo.population.vitals import WEIGHT, amount, observation, ward_round
from demo.population.world import LISTER, MILTON_KEYNES_HOSPITAL, PRACTICES, UCLH
from federation.records.base import Item
from federation.records.clinical import TextValue
from federation.records.person import Gender

BORN = date(2026, 6, 22)
HOME = ("11 Pollard Street", "London", "E8 4KY")


def newborn() -> Story:
    """Eight days old; part of what stands in her record is about her mother, and labelled so."""
    slug, gp = "newborn", PRACTICES[LONDON][4]
    person = someone("9990000220", "Miss Nia Mwangi", BORN.isoformat(), Gender.FEMALE, gp, HOME)
    ward = pen(slug, UCLH, born=BORN)
    return tell(
        slug,
        person,
        "Nia is eight days old. Her record holds what was found about her, and a note of her "
        "mother's infection: a fact about somebody else, labelled, and never shown as hers. What "
        "of it her own care cannot do without, the hospital marked as needed.",
        held(LONDON, person, (*_birth(ward), *_of_her_mother(ward))),
    )


def _birth(ward: Pen) -> tuple[Item, ...]:
    return (
        encounter(
            ward,
            STAY,
            at(BORN, 4, 52),
            kind="inpatient encounter",
            specialty="Obstetrics",
            reason="Born in hospital at 39 weeks",
            admission_method="Birth in hospital",
            discharged_to="Usual place of residence",
        ),
        observation(ward, BORN, time(5, 10), WEIGHT, amount(3.28, "kg", "kg")),
        observation(
            ward,
            date(2026, 6, 23),
            time(11, 0),
            spoken("Newborn hearing screen"),
            TextValue(text="Clear response in both ears"),
        ),
        document(
            ward,
            DISCHARGE_SUMMARY,
            "Discharge summary: newborn",
            date(2026, 6, 24),
            setting="Neonatal care",
            summary="Well at discharge. Feeding at the breast.",
        ),
        contact(ward, "Wanjiru Mwangi", "Mother", next_of_kin=True, emergency=True, rank=1),
    )


def _of_her_mother(ward: Pen) -> tuple[Item, ...]:
    exposure = observation(
        ward,
        BORN,
        time(6, 0),
        spoken("Mother's infection in pregnancy"),
        TextValue(text="Mother treated for HIV, viral load not detected; baby given prophylaxis"),
    )
    test_due = observation(
        ward,
        BORN,
        time(6, 10),
        spoken("Exposure before birth"),
        TextValue(text="Blood test at six weeks; finish the four weeks of prophylaxis"),
    )
    return (
        labelled(replace(exposure, area="Third party"), THIRD_PARTY, HIV, RESTRICTED),
        labelled(test_due, THIRD_PARTY, CLINICALLY_NEEDED),
    )


def new_mother() -> Story:
    """The newborn's mother, whose own record is another one."""
    slug, gp = "new-mother", PRACTICES[LONDON][4]
    person = someone("9990000239", "Ms Wanjiru Mwangi", "1994-02-08", Gender.FEMALE, gp, HOME)
    ward = pen(slug, UCLH)
    infection = problem(ward, spoken("HIV infection"), date(2021, 4, 6))
    return tell(
        slug,
        person,
        "Wanjiru gave birth to Nia. Her own condition stands in her own record, labelled by the "
        "hospital; her daughter's record may not tell it, and hers tells nothing of Nia's.",
        held(
            LONDON,
            person,
            (
                labelled(infection, HIV, RESTRICTED),
                stay(ward, at(date(2026, 6, 21), 22, 30), 3, "Labour at 39 weeks"),
                *ward_round(ward, date(2026, 6, 22), time(9, 0)),
                contact(pen(slug, gp), "Peter Mwangi", "Husband", next_of_kin=True, rank=1),
            ),
        ),
    )


def deceased() -> Story:
    """She died in April; one node has not heard of it and still lists her as alive."""
    slug, gp = "deceased", PRACTICES[HERTS][0]
    alive = someone(
        "9990000131",
        "Mrs Dorothy Pennington",
        "1934-08-19",
        Gender.FEMALE,
        gp,
        ("83 Rushlight Avenue", "Watford", "WD25 8AJ"),
    )
    died = date(2026, 4, 18)
    person = replace(
        alive,
        deceased=True,
        deceased_at=day_text(died),
        death_notification=DEATH_NOTICE,
    )
    practice, hospital = pen(slug, gp, until=died), pen(slug, LISTER)
    clinic = pen(slug, MILTON_KEYNES_HOSPITAL)
    return tell(
        slug,
        person,
        "Dorothy died on 18 April 2026. Hertfordshire and the tracing service know; Milton Keynes "
        "does not, and still has her down for a clinic in July.",
        held(
            HERTS,
            person,
            (
                problem(practice, HEART_FAILURE, date(2021, 10, 5)),
                problem(practice, DEMENTIA, date(2023, 3, 21)),
                repeat(practice, FUROSEMIDE),
                consultation(practice, at(date(2026, 4, 2), 11, 10), "Increasing frailty"),
                stay(
                    hospital,
                    at(date(2026, 4, 12), 8, 20),
                    6,
                    "Pneumonia",
                    discharge_method="Patient died",
                    discharged_to=None,
                ),
            ),
            no_allergies=True,
        ),
        held(
            MILTON_KEYNES,
            alive,
            (
                problem(clinic, HEART_FAILURE, date(2021, 11, 16)),
                appointment(
                    clinic,
                    "Heart failure clinic",
                    date(2026, 3, 3),
                    at(date(2026, 7, 14), 10, 30),
                    status="booked",
                    specialty="Cardiology",
                ),
            ),
        ),
    )

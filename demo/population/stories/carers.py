"""Stories of who treats somebody: a practice, an emergency department, a home, a pharmacy, nobody.

What ties each of them to whom stands in the demo's relationships, not here.
"""

from __future__ import annotations

from datetime import date, time

from msgspec.structs import replace

from demo.model import HERTS, LONDON, MILTON_KEYNES, Story
from demo.population.allergens import HAZARDS, allergy
from demo.population.conditions import ASTHMA, COPD, HEART_FAILURE, HYPERTENSION, problem
from demo.population.formulary import FUROSEMIDE, RAMIPRIL, SALBUTAMOL
from demo.population.labels import PSYCHIATRY, RESTRICTED
from demo.population.laboratory import panel_of, sampled
from demo.population.letters import CLINIC_LETTER, DISCHARGE_SUMMARY, document
from demo.population.panels import BLOOD_COUNT, KIDNEYS
from demo.population.services import COUNCILS, OXFORD_PRACTICE, PHARMACIES
from demo.population.stories.medicines import taken
from demo.population.stories.telling import at, held, labelled, pen, someone, tell
from demo.population.support import social_fact
from demo.population.terms import spoken
from demo.population.visits import attendance, consultation, stay
from demo.population.vitals import check_up, observation, ward_round
from demo.population.world import LISTER, MAUDSLEY, PRACTICES, ROYAL_FREE, UCLH, WATFORD
from federation.records.clinical import TextValue
from federation.records.person import Gender


def seen_in_watford() -> Story:
    """Registered in London, and brought to an emergency department in Watford."""
    slug, gp = "seen-in-watford", PRACTICES[LONDON][0]
    person = someone(
        "9990000468",
        "Mrs Noreen Maxted",
        "1957-04-11",
        Gender.FEMALE,
        gp,
        ("19 Gantry Road", "London", "W12 0PL"),
    )
    practice, ward = pen(slug, gp), pen(slug, WATFORD)
    blood = sampled(ward, date(2026, 6, 14), time(10, 20))
    return tell(
        slug,
        person,
        "Noreen fell ill while visiting her sister in Watford. The doctor there needs her London "
        "practice's medicines and allergies that night, and her practice the hospital's results "
        "next week.",
        held(
            LONDON,
            person,
            (
                allergy(practice, HAZARDS[0]),
                taken(practice, RAMIPRIL, date(2021, 5, 4)),
                problem(practice, HYPERTENSION, date(2021, 4, 20)),
                consultation(practice, at(date(2026, 3, 3), 9, 30), "Blood pressure"),
            ),
        ),
        held(
            HERTS,
            person,
            (
                attendance(ward, at(date(2026, 6, 14), 9, 45), "Chest pain"),
                *panel_of(ward, BLOOD_COUNT, blood, 69, Gender.FEMALE),
                *ward_round(ward, date(2026, 6, 14), time(10, 5)),
            ),
        ),
    )


def discharged_home() -> Story:
    """Home in Hertfordshire after a London hospital, visited by a community nurse."""
    slug, gp = "discharged-home", PRACTICES[HERTS][1]
    person = someone(
        "9990000476",
        "Mr Leonard Askwith",
        "1944-09-02",
        Gender.MALE,
        gp,
        ("6 Sedgebank Close", "Watford", "WD24 5FT"),
    )
    practice, hospital = pen(slug, gp), pen(slug, ROYAL_FREE)
    summary = document(
        hospital,
        DISCHARGE_SUMMARY,
        "Discharge summary: heart failure",
        date(2026, 6, 18),
        setting="Cardiology",
        summary="Furosemide increased. Wound on the left heel to be dressed twice a week.",
    )
    return tell(
        slug,
        person,
        "Leonard came home from a London hospital with a wound to be dressed. The community nurse "
        "who visits him reads the discharge summary at his kitchen table.",
        held(
            HERTS,
            person,
            (
                taken(practice, FUROSEMIDE, date(2026, 6, 19)),
                problem(practice, HEART_FAILURE, date(2022, 2, 2)),
            ),
            no_allergies=True,
        ),
        held(
            LONDON, person, (stay(hospital, at(date(2026, 6, 11), 14, 5), 7, "Breathless"), summary)
        ),
    )


def nominates_pharmacy() -> Story:
    """She nominated a pharmacy, which needs a part of her record and no more."""
    slug, gp = "nominates-pharmacy", PRACTICES[LONDON][2]
    person = replace(
        someone(
            "9990000506",
            "Ms Delphine Oduya",
            "1972-01-25",
            Gender.FEMALE,
            gp,
            ("88 Bellfounder Way", "London", "NW1 9QB"),
        ),
        nominated_pharmacy=PHARMACIES[LONDON],
    )
    practice, clinic = pen(slug, gp), pen(slug, MAUDSLEY)
    council = pen(slug, COUNCILS[LONDON])
    blood = sampled(practice, date(2026, 5, 20), time(8, 40))
    letter = document(clinic, CLINIC_LETTER, "Psychology letter", date(2026, 4, 2))
    return tell(
        slug,
        person,
        "Delphine nominated Copperbeech Pharmacy and agreed that it looks. It needs her medicines, "
        "allergies, problems and kidney function; what she told a psychologist and what the council"
        " arranged is not its business.",
        held(
            LONDON,
            person,
            (
                allergy(practice, HAZARDS[3]),
                taken(practice, RAMIPRIL, date(2020, 3, 3)),
                problem(practice, HYPERTENSION, date(2020, 2, 18)),
                *panel_of(practice, KIDNEYS, blood, 54, Gender.FEMALE),
                labelled(letter, PSYCHIATRY, RESTRICTED),
                social_fact(
                    council, spoken("Housing support"), "A key worker visits.", date(2026, 2, 4)
                ),
            ),
        ),
    )


def passing_through() -> Story:
    """Seen in London years ago; nobody who can be asked as in the demo treats him."""
    slug, gp = "passing-through", PRACTICES[MILTON_KEYNES][2]
    person = someone(
        "9990000514",
        "Mr Casimir Wolny",
        "1983-10-30",
        Gender.MALE,
        gp,
        ("14 Milestone Lane", "Bletchley", "MK3 6TT"),
    )
    practice, hospital = pen(slug, gp), pen(slug, LISTER)
    return tell(
        slug,
        person,
        "Casimir was once in an emergency department in Stevenage and has a practice in Bletchley. "
        "Whoever is not treating him has no business with his record, unless they say that they "
        "are, which is looked into.",
        held(
            MILTON_KEYNES,
            person,
            (
                taken(practice, SALBUTAMOL, date(2019, 6, 6)),
                problem(practice, ASTHMA, date(1995, 1, 1)),
            ),
            no_allergies=True,
        ),
        held(HERTS, person, (attendance(hospital, at(date(2023, 1, 8), 22, 10), "Wheezing"),)),
    )


def from_oxford() -> Story:
    """Registered where no node of the network answers, and in London for a week."""
    slug = "from-oxford"
    person = replace(
        someone(
            "9990000522",
            "Ms Harriet Quennell",
            "1999-03-21",
            Gender.FEMALE,
            PRACTICES[LONDON][0],
            ("3 Osiermead Rise", "Oxford", "OX4 2ZZ"),
        ),
        gp_practice=OXFORD_PRACTICE,
    )
    ward = pen(slug, UCLH)
    return tell(
        slug,
        person,
        "Harriet lives in Oxford, whose record no agreement opens, and broke her wrist in London. "
        "What London holds is shown, and that Oxford was not asked is said.",
        held(
            LONDON,
            person,
            (
                attendance(ward, at(date(2026, 6, 27), 16, 30), "Injury of the wrist"),
                *ward_round(ward, date(2026, 6, 27), time(16, 50)),
            ),
        ),
    )


def opted_out() -> Story:
    """Opted out of research and planning, which says nothing about his own care."""
    slug, gp = "opted-out", PRACTICES[LONDON][0]
    person = someone(
        "9990000530",
        "Mr Theodore Lumsden",
        "1960-12-12",
        Gender.MALE,
        gp,
        ("52 Cordwainer Street", "London", "W12 7RD"),
    )
    practice, ward = pen(slug, gp), pen(slug, WATFORD)
    choice = observation(
        practice,
        date(2021, 5, 25),
        time(12, 0),
        spoken("National data opt-out and type 1 opt-out"),
        TextValue(text="Opted out of uses beyond individual care"),
    )
    return tell(
        slug,
        person,
        "Theodore opted out of research and planning, nationally and at his practice. Neither is "
        "about his own care: whoever treats him sees what they would see of anybody.",
        held(
            LONDON,
            person,
            (
                choice,
                problem(practice, COPD, date(2018, 8, 1)),
                taken(practice, SALBUTAMOL, date(2018, 8, 14)),
                *check_up(practice, date(2026, 2, 10), time(11, 15), 74, 1.8),
            ),
        ),
        held(HERTS, person, (attendance(ward, at(date(2025, 10, 4), 3, 15), "Chest infection"),)),
    )

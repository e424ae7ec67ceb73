"""Stories of records that draw the curious or frighten crews: a famous man, a colleague, a crew."""

from __future__ import annotations

from datetime import date, time

from demo.model import HERTS, LONDON, Story
from demo.population.conditions import ASTHMA, HYPERTENSION, MIGRAINE, problem
from demo.population.formulary import RAMIPRIL, SALBUTAMOL
from demo.population.stories.medicines import taken
from demo.population.stories.telling import at, held, pen, someone, tell
from demo.population.visits import CALL, encounter, stay
from demo.population.vitals import check_up, ward_round
from demo.population.world import LONDON_AMBULANCE, PRACTICES, UCLH
from federation.records.person import Gender


def watched() -> Story:
    """Everybody knows his name; those who treat him see his record, and every look is reviewed."""
    slug, gp = "watched", PRACTICES[LONDON][4]
    person = someone(
        "9990000735",
        "Sir Lysander Beaumont",
        "1949-01-04",
        Gender.MALE,
        gp,
        ("90 Copperbeech Lane", "London", "SE15 1XZ"),
    )
    practice, ward = pen(slug, gp), pen(slug, UCLH)
    return tell(
        slug,
        person,
        "Lysander is an actor whom everybody knows, and lies in a London hospital. Who treats him "
        "sees all of it, and every look is reviewed the same day; a clerk who is curious sees "
        "nothing.",
        held(
            LONDON,
            person,
            (
                stay(ward, at(date(2026, 6, 24), 21, 0), 5, "Chest pain"),
                *ward_round(ward, date(2026, 6, 25), time(8, 0)),
                problem(practice, HYPERTENSION, date(2009, 9, 9)),
                taken(practice, RAMIPRIL, date(2009, 9, 20)),
            ),
            no_allergies=True,
        ),
    )


def colleagues() -> tuple[Story, Story]:
    """A community nurse as a person with a record, and her husband."""
    gp = PRACTICES[HERTS][1]
    home = ("70 Kingfisher Road", "Watford", "WD18 2JJ")
    nurse = someone("9990000743", "Mrs Maeve Tarrant", "1980-04-04", Gender.FEMALE, gp, home)
    husband = someone("9990000751", "Mr Ciaran Tarrant", "1978-12-27", Gender.MALE, gp, home)
    hers, his = pen("the-nurse-herself", gp), pen("the-nurses-husband", gp)
    return (
        tell(
            "the-nurse-herself",
            nurse,
            "Maeve is a community nurse and has a record like anybody. She reads it with her own "
            "account, as everybody does, and not from work.",
            held(HERTS, nurse, (problem(hers, MIGRAINE, date(2008, 8, 8)),), no_allergies=True),
        ),
        tell(
            "the-nurses-husband",
            husband,
            "Ciaran is Maeve's husband, and her team dresses his wound. Where it sends her she may "
            "look, and somebody asks her about it; on her own word she may not.",
            held(
                HERTS,
                husband,
                (
                    problem(his, HYPERTENSION, date(2019, 9, 9)),
                    taken(his, RAMIPRIL, date(2019, 10, 1)),
                ),
                no_allergies=True,
            ),
        ),
    )


def no_marker() -> Story:
    """Alike to the man whom crews are warned of, but for the warning."""
    slug, gp = "staff-safety-alike", PRACTICES[LONDON][3]
    person = someone(
        "9990000778",
        "Mr Duncan Frayne",
        "1981-07-20",
        Gender.MALE,
        gp,
        ("3 Nettlecombe Street", "London", "N19 5ED"),
    )
    practice, crew = pen(slug, gp), pen(slug, LONDON_AMBULANCE)
    return tell(
        slug,
        person,
        "Duncan's record is Craig's without the warning: what either reads of his own is the same.",
        held(
            LONDON,
            person,
            (
                taken(practice, SALBUTAMOL, date(2024, 1, 1)),
                problem(practice, ASTHMA, date(1994, 5, 1)),
                encounter(
                    crew,
                    CALL,
                    at(date(2026, 3, 8), 2, 15),
                    kind="field",
                    reason="Shortness of breath",
                ),
                *check_up(practice, date(2025, 9, 9), time(17, 30), 92, 1.8),
            ),
        ),
    )

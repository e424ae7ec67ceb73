"""Two people of one London care home: one lives there, one has moved to another."""

from __future__ import annotations

from datetime import date, time

from demo.model import CARE_PLAN_NODE, LONDON, Story
from demo.population.circle import contact, professional
from demo.population.conditions import DEMENTIA, HEART_FAILURE, problem
from demo.population.formulary import FUROSEMIDE, PARACETAMOL
from demo.population.laboratory import panel_of, sampled
from demo.population.letters import DISCHARGE_SUMMARY, document
from demo.population.panels import KIDNEYS
from demo.population.pen import Pen
from demo.population.plans import universal_plan
from demo.population.services import ELDER_COURT
from demo.population.stories.medicines import taken
from demo.population.stories.telling import at, held, pen, someone, tell
from demo.population.visits import stay
from demo.population.world import PLAN_TEAM, PRACTICES, UCLH
from federation.records.base import Item
from federation.records.person import Gender

HOME = ("Elder Court, 40 Harebell Gardens", "London", "SE15 3WD")


def elder_court_resident() -> Story:
    """She lives in the home, whose nurse reads the four things that homes read most."""
    slug, gp = "elder-court-resident", PRACTICES[LONDON][4]
    person = someone(
        "9990000484", "Mrs Philippa Grantchester", "1938-06-17", Gender.FEMALE, gp, HOME
    )
    practice, hospital, team = pen(slug, gp), pen(slug, UCLH), pen(slug, PLAN_TEAM)
    return tell(
        slug,
        person,
        "Philippa came back to Elder Court from hospital. The home's nurse reads the discharge "
        "summary, the results, the plan and the medicines before the evening round.",
        held(LONDON, person, (*_back_from(hospital), *_at_home(practice))),
        held(CARE_PLAN_NODE, person, (universal_plan(team),)),
    )


def moved_out() -> Story:
    """He lived in the same home until last month."""
    slug, gp = "moved-out", PRACTICES[LONDON][2]
    person = someone(
        "9990000492",
        "Mr Ambrose Tindall",
        "1941-02-02",
        Gender.MALE,
        gp,
        ("Tallow Lane House, 7 Fulling Close", "London", "NW1 2HG"),
    )
    practice = pen(slug, gp)
    return tell(
        slug,
        person,
        "Ambrose left Elder Court a month ago for Tallow Lane House, nearer his son. The old home "
        "has no business with his record any more, whoever still remembers him there; the new one's"
        " data-security assurance lapsed yesterday, and care does not stop overnight for that.",
        held(
            LONDON,
            person,
            (
                taken(practice, PARACETAMOL, date(2024, 4, 4)),
                problem(practice, DEMENTIA, date(2023, 7, 1)),
                contact(practice, "Rowland Tindall", "Son", next_of_kin=True, rank=1),
            ),
            no_allergies=True,
        ),
    )


def _back_from(hospital: Pen) -> tuple[Item, ...]:
    blood = sampled(hospital, date(2026, 6, 21), time(7, 30))
    return (
        stay(hospital, at(date(2026, 6, 19), 13, 20), 4, "Shortness of breath"),
        document(
            hospital,
            DISCHARGE_SUMMARY,
            "Discharge summary: shortness of breath",
            date(2026, 6, 23),
            summary="Furosemide doubled for five days. Weigh daily.",
        ),
        *panel_of(hospital, KIDNEYS, blood, 88, Gender.FEMALE),
    )


def _at_home(practice: Pen) -> tuple[Item, ...]:
    return (
        taken(practice, FUROSEMIDE, date(2025, 1, 7)),
        problem(practice, HEART_FAILURE, date(2024, 11, 12)),
        professional(practice, ELDER_COURT, "Nursing", rank=1),
    )

"""Stories of what only some may read: an infection, a therapy, a fertility treatment.

Where a thing is hidden there is a second person, alike but for it: an answer that hides it tells
the same of both.
"""

from __future__ import annotations

from datetime import date

from msgspec.structs import replace

from demo.model import HERTS, LONDON, Holding, Story
from demo.population.conditions import ASTHMA, DEPRESSION, HYPERTENSION, problem
from demo.population.formulary import ATORVASTATIN, SALBUTAMOL, Medicine
from demo.population.labels import (
    EMERGENCY_PATH,
    FERTILITY,
    HIV,
    PSYCHIATRY,
    PSYCHOTHERAPY,
    RESTRICTED,
)
from demo.population.letters import CLINIC_LETTER, document
from demo.population.pen import day_text
from demo.population.plans import CRISIS
from demo.population.services import FERTILITY_CLINIC, SEXUAL_HEALTH_CLINIC
from demo.population.stories.medicines import taken
from demo.population.stories.telling import at, held, labelled, pen, someone, tell
from demo.population.terms import spoken
from demo.population.visits import CLINIC, attendance, encounter, procedure
from demo.population.world import MAUDSLEY, PRACTICES, ROYAL_FREE, WATFORD
from federation.records.base import Item
from federation.records.care_plans import CarePlan, PlanStatus
from federation.records.person import Gender, Person

ANTIRETROVIRAL = Medicine(
    name="Dolutegravir 50mg / Lamivudine 300mg tablets",
    directions=("One tablet once a day",),
    quantity="30 tablets",
)


def hiv_medicines() -> Story:
    """A medicine that interacts with others, of which only its clinic says what it is for."""
    slug, gp = "hiv-medicines", PRACTICES[LONDON][1]
    person = someone(
        "9990000549",
        "Mr Lucian Abara",
        "1985-05-09",
        Gender.MALE,
        gp,
        ("21 Weaverham Road", "London", "E3 4LL"),
    )
    practice, clinic = pen(slug, gp), pen(slug, SEXUAL_HEALTH_CLINIC)
    medicine = replace(taken(clinic, ANTIRETROVIRAL, date(2022, 9, 6)), indication="HIV infection")
    return tell(
        slug,
        person,
        "Lucian takes a medicine that others interact with, and his clinic labels all that it "
        "writes. Whoever prescribes for him must see the medicine; from whom and what for opens "
        "only in an emergency, because the clinic lets it.",
        held(
            LONDON,
            person,
            (
                taken(practice, ATORVASTATIN, date(2024, 2, 2)),
                labelled(medicine, HIV, EMERGENCY_PATH, RESTRICTED),
                labelled(
                    problem(clinic, spoken("HIV infection"), date(2022, 8, 30)), HIV, RESTRICTED
                ),
            ),
            no_allergies=True,
        ),
    )


def fertility() -> tuple[Story, Story]:
    """Ill after fertility treatment, and somebody alike who had none."""
    slug, gp = "fertility", PRACTICES[HERTS][0]
    person = someone(
        "9990000557",
        "Ms Rosalind Peverell",
        "1989-07-23",
        Gender.FEMALE,
        gp,
        ("9 Thistledown Road", "Watford", "WD17 4CE"),
    )
    clinic = pen(slug, FERTILITY_CLINIC)
    ill = problem(clinic, spoken("Ovarian hyperstimulation syndrome"), date(2026, 6, 26))
    treated = procedure(
        clinic, spoken("Egg collection for in vitro fertilisation"), date(2026, 6, 22)
    )
    donor = document(clinic, CLINIC_LETTER, "Letter about a donor", date(2026, 5, 4))
    treatment = (
        labelled(ill, FERTILITY, EMERGENCY_PATH, RESTRICTED),
        labelled(treated, FERTILITY, EMERGENCY_PATH, RESTRICTED),
        labelled(donor, FERTILITY, RESTRICTED),
    )
    told = (
        "Rosalind has abdominal pain four days after an egg collection. The law hides fertility "
        "treatment from all who ask; her clinic marked what an emergency may open, and a letter "
        "about a donor it did not mark."
    )
    like = someone(
        "9990000565",
        "Ms Verity Holroyd",
        "1989-07-24",
        Gender.FEMALE,
        gp,
        ("12 Thistledown Road", "Watford", "WD17 4CF"),
    )
    return (
        tell(slug, person, told, *_in_watford(slug, person, treatment)),
        tell(
            "fertility-alike",
            like,
            "Verity has abdominal pain too, and no more to her record than can be seen: an answer "
            "about Rosalind tells the same.",
            *_in_watford("fertility-alike", like, ()),
        ),
    )


def mental_health() -> Story:
    """A narrative for those who treat her mind, and a crisis plan for all who meet her in one."""
    slug, gp = "mental-health", PRACTICES[LONDON][3]
    person = someone(
        "9990000611",
        "Ms Saskia Thorold",
        "1979-08-08",
        Gender.FEMALE,
        gp,
        ("5 Quillfeather Lane", "London", "N19 3DD"),
    )
    practice, clinic = pen(slug, gp), pen(slug, MAUDSLEY)
    seen = encounter(
        clinic,
        CLINIC,
        at(date(2026, 6, 2), 14, 0),
        kind="ambulatory",
        specialty="Adult mental illness",
        reason="Review",
    )
    narrative = document(clinic, CLINIC_LETTER, "Psychotherapy summary", date(2026, 6, 3))
    plan = CarePlan(
        **clinic.envelope(date(2026, 3, 12)),
        plan_type=CRISIS,
        name="Crisis plan",
        status=PlanStatus.ACTIVE,
        valid_until=day_text(date(2027, 3, 12)),
        goals=("To be spoken to quietly, by one person",),
        preferences="Ring the crisis line before the police. Do not hold her down.",
    )
    return tell(
        slug,
        person,
        "Saskia's therapist writes down what she says, for those who treat her mind. Her crisis "
        "plan is for everybody who meets her in a crisis.",
        held(
            LONDON,
            person,
            (
                problem(practice, DEPRESSION, date(2015, 1, 1)),
                plan,
                labelled(seen, PSYCHIATRY, RESTRICTED),
                labelled(narrative, PSYCHIATRY, PSYCHOTHERAPY, RESTRICTED),
            ),
            no_allergies=True,
        ),
    )


def _in_watford(slug: str, person: Person, treatment: tuple[Item, ...]) -> tuple[Holding, Holding]:
    """What both hold alike, and at a London hospital the treatment, or none."""
    practice, ward = pen(slug, PRACTICES[HERTS][0]), pen(slug, WATFORD)
    return (
        held(
            HERTS,
            person,
            (
                problem(practice, ASTHMA, date(1999, 1, 1)),
                taken(practice, SALBUTAMOL, date(2016, 1, 5)),
                attendance(ward, at(date(2026, 6, 26), 19, 5), "Abdominal pain"),
            ),
            no_allergies=True,
        ),
        held(
            LONDON,
            person,
            (
                problem(pen(f"{slug}:seen", ROYAL_FREE), HYPERTENSION, date(2024, 1, 9)),
                *treatment,
            ),
        ),
    )

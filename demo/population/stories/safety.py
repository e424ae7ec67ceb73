"""Stories of protection: a child with a plan, crews at risk, what a clinic labels as sensitive."""

from __future__ import annotations

from datetime import date, time

from msgspec.structs import replace

from demo.model import HERTS, LONDON, Story
from demo.population.circle import contact, professional
from demo.population.conditions import ASTHMA, problem
from demo.population.formulary import DOXYCYCLINE, SALBUTAMOL, course, repeat
from demo.population.labels import ABUSE, RESTRICTED, SAFEGUARDING, SEXUAL_HEALTH, STAFF_SAFETY
from demo.population.letters import CLINIC_LETTER, document
from demo.population.services import CHILDREN, SEXUAL_HEALTH_CLINIC
from demo.population.stories.telling import at, held, labelled, pen, someone, tell
from demo.population.support import alert, social_fact
from demo.population.terms import snomed, spoken
from demo.population.visits import CALL, CLINIC, attendance, encounter
from demo.population.vitals import check_up, ward_round
from demo.population.world import LONDON_AMBULANCE, PRACTICES, UCLH, WATFORD
from federation.records.person import Gender

# Source: UK FHIR value sets of child protection information sharing.
PROTECTION_PLAN = snomed("342191000000101", "Subject to child protection plan")
DANGER = spoken("Staff safety")


def child_protection() -> Story:
    """That a plan exists and whom to ring is for everybody who treats her; the rest is not."""
    slug, gp = "child-protection", PRACTICES[HERTS][0]
    person = someone(
        "9990000379",
        "Miss Ruby Tolland",
        "2022-02-15",
        Gender.FEMALE,
        gp,
        ("50 Tannery Lane", "Watford", "WD18 7PK"),
    )
    council, practice = pen(slug, CHILDREN[HERTS]), pen(slug, gp, born=date(2022, 2, 15))
    ward = pen(slug, WATFORD)
    london = pen(slug, UCLH, born=date(2022, 2, 15))
    phone = CHILDREN[HERTS].organisation.phone
    plan = alert(
        council,
        PROTECTION_PLAN,
        f"A child protection plan is in place. Social worker: Corinne Ashby, {phone}.",
        date(2026, 1, 27),
        severity="high",
        area="safeguarding",
        action="Ring the social worker before the child leaves.",
    )
    narrative = social_fact(
        council,
        spoken("Child protection conference"),
        "Harm at home is suspected; the grandmother is the protective adult.",
        date(2026, 1, 27),
    )
    return tell(
        slug,
        person,
        "Ruby is four and has a child protection plan. An emergency department in London needs to "
        "know that there is one, and the social worker's telephone number; what the conference "
        "heard is labelled and is for named roles.",
        held(
            HERTS,
            person,
            (
                plan,
                labelled(narrative, SAFEGUARDING, ABUSE, RESTRICTED),
                contact(practice, "Karen Tolland", "Mother", next_of_kin=True, rank=1),
                professional(practice, CHILDREN[HERTS], "Children's services", rank=2),
                attendance(ward, at(date(2026, 1, 19), 18, 30), "Bruising of the arm"),
            ),
            no_allergies=True,
        ),
        held(
            LONDON,
            person,
            (
                attendance(london, at(date(2026, 6, 20), 20, 10), "Injury of the wrist"),
                *ward_round(london, date(2026, 6, 20), time(20, 25)),
            ),
        ),
    )


def staff_safety() -> Story:
    """A marker for crews, which must not come back to the person by another way."""
    slug, gp = "staff-safety", PRACTICES[LONDON][3]
    person = someone(
        "9990000360",
        "Mr Craig Hollis",
        "1981-07-19",
        Gender.MALE,
        gp,
        ("2 Nettlecombe Street", "London", "N19 5EC"),
    )
    practice, crew = pen(slug, gp), pen(slug, LONDON_AMBULANCE)
    marker = alert(
        crew,
        DANGER,
        "Threatened a crew with a weapon in March 2026.",
        date(2026, 3, 8),
        severity="high",
        area="staff safety",
        action="Two crews, and police at the scene.",
        scope="Home address",
    )
    return tell(
        slug,
        person,
        "A crew was threatened at Craig's home. Whoever is sent there must see the marker; Craig "
        "and whoever acts for him must not.",
        held(
            LONDON,
            person,
            (
                labelled(marker, STAFF_SAFETY, RESTRICTED),
                repeat(practice, SALBUTAMOL),
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


def sensitive_items() -> Story:
    """What a sexual health clinic labels, beside what anybody may see."""
    slug, gp = "sensitive-items", PRACTICES[LONDON][2]
    person = someone(
        "9990000352",
        "Mr Daniel Ferreira",
        "1997-11-11",
        Gender.MALE,
        gp,
        ("13 Foxbury Way", "London", "NW1 5ZR"),
    )
    practice, clinic = pen(slug, gp), pen(f"{slug}:clinic", SEXUAL_HEALTH_CLINIC)
    visit = encounter(
        clinic,
        CLINIC,
        at(date(2026, 5, 6), 17, 40),
        kind="ambulatory",
        specialty="Genitourinary medicine",
        reason="Screening",
    )
    treatment = replace(course(clinic, DOXYCYCLINE), indication="Infection")
    letter = document(clinic, CLINIC_LETTER, "Sexual health clinic letter", date(2026, 5, 8))
    return tell(
        slug,
        person,
        "Daniel went to a sexual health clinic, which labels all that it writes. His asthma is "
        "everybody's business who treats him; of the rest an answer says only what it always says:"
        " that some things are never shown here.",
        held(
            LONDON,
            person,
            (
                repeat(practice, SALBUTAMOL),
                problem(practice, ASTHMA, date(2005, 4, 1)),
                labelled(visit, SEXUAL_HEALTH, RESTRICTED),
                labelled(letter, SEXUAL_HEALTH, RESTRICTED),
                labelled(treatment, SEXUAL_HEALTH, RESTRICTED),
                labelled(
                    problem(clinic, spoken("Chlamydial infection"), date(2026, 5, 6)),
                    SEXUAL_HEALTH,
                    RESTRICTED,
                ),
            ),
            no_allergies=True,
        ),
    )

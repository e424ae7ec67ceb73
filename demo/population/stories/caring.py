"""Stories of people who need much of others: at the end of life, and in another language."""

from __future__ import annotations

from datetime import date, time

from msgspec.structs import replace

from demo.model import CARE_PLAN_NODE, LONDON, MILTON_KEYNES, Story
from demo.population.bookings import appointment
from demo.population.circle import contact, professional, told
from demo.population.conditions import LUNG_CANCER, problem
from demo.population.formulary import Medicine
from demo.population.letters import CLINIC_LETTER, document
from demo.population.pen import Pen, day_text
from demo.population.services import COMMUNITY
from demo.population.stories.medicines import taken
from demo.population.stories.telling import at, held, pen, someone, tell
from demo.population.support import alert
from demo.population.terms import snomed, spoken
from demo.population.visits import CLINIC, HOME_VISIT, attendance, encounter
from demo.population.vitals import ward_round
from demo.population.world import (
    LONDON_AMBULANCE,
    MILTON_KEYNES_HOSPITAL,
    PLAN_LINE,
    PLAN_TEAM,
    PRACTICES,
    UCLH,
)
from federation.records.base import Item
from federation.records.care_plans import (
    CarePlan,
    CprDecision,
    CprKind,
    PlanContact,
    PlanStatus,
)
from federation.records.person import Gender

# Source: pointer types of the National Record Locator.
RESPECT = snomed(
    "1382601000000107", "ReSPECT (Recommended Summary Plan for Emergency Care and Treatment) form"
)
MORPHINE = Medicine(
    name="Morphine sulfate 10mg/5ml oral solution",
    code="322440003",
    directions=("2.5 mL when needed for pain or breathlessness, up to every hour",),
    form="Oral solution",
    indication="Pain and breathlessness",
    quantity="100 mL",
)


def palliative() -> Story:
    """A plan for emergencies with whom to ring and how to get in."""
    slug, gp = "palliative", PRACTICES[LONDON][4]
    person = someone(
        "9990000387",
        "Mr Joseph Nwachukwu",
        "1952-02-29",
        Gender.MALE,
        gp,
        ("37 Harebell Road", "London", "SE15 2XD"),
    )
    practice, hospital, team = pen(slug, gp), pen(slug, UCLH), pen(slug, PLAN_TEAM)
    crew, nurse = pen(slug, LONDON_AMBULANCE), pen(slug, COMMUNITY[LONDON])
    return tell(
        slug,
        person,
        "Joseph is dying of lung cancer and wants to be at home. His plan says how far to go, whom"
        " to ring, where the medicines are and how to get in; a crew at his door at night needs all"
        " of it at once, and nobody else needs the key.",
        held(
            LONDON,
            person,
            (
                problem(hospital, LUNG_CANCER, date(2025, 3, 18)),
                taken(practice, MORPHINE, date(2026, 4, 9), as_needed=True),
                encounter(
                    nurse,
                    HOME_VISIT,
                    at(date(2026, 6, 25), 10, 0),
                    kind="home health",
                    reason="Syringe pump and comfort",
                ),
                *ward_round(crew, date(2026, 6, 19), time(23, 50)),
                *_around_joseph(practice),
                told(practice, "What matters to me", "My own bed, the window open, the radio low."),
            ),
            no_allergies=True,
        ),
        held(CARE_PLAN_NODE, person, (_respect(team), *_around_joseph(team), _oxygen(team))),
    )


def _around_joseph(by: Pen) -> tuple[Item, ...]:
    return (
        contact(
            by,
            "Grace Nwachukwu",
            "Wife",
            phones=("07700 900387",),
            next_of_kin=True,
            emergency=True,
            carer=True,
            lasting_power_of_attorney="Health and welfare",
            rank=1,
        ),
        professional(by, PLAN_TEAM, "Community palliative care", rank=2, line=PLAN_LINE),
    )


def _oxygen(by: Pen) -> Item:
    return alert(
        by,
        spoken("Oxygen in the house"),
        "Oxygen concentrator and cylinders downstairs.",
        date(2026, 5, 2),
        area="safety",
        action="No open flames.",
    )


def _respect(by: Pen) -> CarePlan:
    signed, doctor = date(2026, 5, 6), by.desk.staff[0]
    return CarePlan(
        **by.envelope(signed, doctor),
        plan_type=RESPECT,
        name="Universal Care Plan",
        status=PlanStatus.ACTIVE,
        valid_until=day_text(date(2027, 5, 6)),
        last_confirmed_at=day_text(date(2026, 6, 20)),
        goals=("To be comfortable", "To be at home with Grace"),
        preferences="Does not want to go to hospital for anything that can be eased at home.",
        preferred_place_of_care="Home",
        preferred_place_of_death="Home",
        cpr=CprDecision(
            decision=CprKind.DO_NOT_ATTEMPT_CPR,
            decided_at=day_text(signed),
            clinician=doctor,
            discussed_with="Joseph and his wife",
        ),
        ceiling_of_treatment="Comfort at home; no ventilation, no intensive care",
        anticipatory_medicines="Morphine, midazolam, levomepromazine and glycopyrronium in the "
        "kitchen, top shelf",
        advance_decision="Refuses artificial ventilation, signed and witnessed on 6 May 2026",
        lasting_power_of_attorney="Grace Nwachukwu, health and welfare",
        contacts=(
            PlanContact(
                name="Northside Community Palliative Care, day and night",
                relationship="Palliative care team",
                phones=(PLAN_LINE,),
            ),
            PlanContact(name="Grace Nwachukwu", relationship="Wife", phones=("07700 900387",)),
        ),
        access_note="Key safe left of the door; the code is with the ambulance service.",
        activities=("District nurse daily", "Review of the syringe pump every day"),
        narrative="Breathlessness: sit up, fan, morphine 2.5 mg. Bleeding: dark towels, "
        "midazolam, stay with him.",
    )


def interpreter() -> Story:
    """She needs an interpreter, large print and time."""
    slug, gp = "interpreter", PRACTICES[LONDON][1]
    plain = someone(
        "9990000417",
        "Mrs Rokeya Chowdhury",
        "1961-04-14",
        Gender.FEMALE,
        gp,
        ("70 Wainwright Street", "London", "E3 2QL"),
    )
    person = replace(
        plain,
        language="Bengali",
        interpreter_needed=True,
        reasonable_adjustments=("Large print letters", "Longer appointments"),
        contact_preference="Letter",
    )
    practice, hospital = pen(slug, gp), pen(slug, UCLH)
    return tell(
        slug,
        person,
        "Rokeya speaks Bengali, sees badly and hears well. Who books her next visit needs to know "
        "it before she comes; Milton Keynes, where she was once, never wrote it down.",
        held(
            LONDON,
            person,
            (
                appointment(
                    hospital,
                    "Cataract clinic",
                    date(2026, 6, 3),
                    at(date(2026, 7, 21), 9, 0),
                    minutes=60,
                    status="booked",
                    specialty="Ophthalmology",
                    note="Bengali interpreter booked, reference given to the clinic.",
                ),
                told(
                    practice,
                    "How to communicate with me",
                    "With an interpreter, not through my son. Please speak to me, not to them.",
                ),
                alert(
                    practice,
                    spoken("Needs an interpreter"),
                    "Speaks Bengali; sees badly.",
                    date(2022, 10, 11),
                    area="contact",
                    action="Book an interpreter and an hour.",
                ),
                contact(practice, "Imran Chowdhury", "Son", next_of_kin=True, rank=1),
                document(
                    hospital,
                    CLINIC_LETTER,
                    "Cataract clinic letter, large print",
                    date(2026, 6, 4),
                ),
                encounter(
                    hospital,
                    CLINIC,
                    at(date(2026, 6, 3), 14, 0),
                    kind="ambulatory",
                    specialty="Ophthalmology",
                    reason="Blurred vision",
                ),
            ),
            no_allergies=True,
        ),
        held(
            MILTON_KEYNES,
            plain,
            (attendance(pen(slug, MILTON_KEYNES_HOSPITAL), at(date(2024, 8, 9), 12, 30), "Fall"),),
        ),
    )

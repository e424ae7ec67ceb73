"""Wilfred Amos, who lives in a care home: council, home and hospital each know a part."""

from __future__ import annotations

from datetime import date

from demo.model import CARE_PLAN_NODE, HERTS, LONDON, Story
from demo.population.circle import contact, professional, told
from demo.population.conditions import DEMENTIA, OSTEOPOROSIS, problem
from demo.population.formulary import PARACETAMOL, repeat
from demo.population.labels import RESTRICTED
from demo.population.pen import Pen, day_text
from demo.population.plans import ADVANCE
from demo.population.services import CARE_HOMES, COMMUNITY, COUNCILS
from demo.population.stories.telling import at, held, labelled, pen, someone, tell
from demo.population.support import FALLS, SWALLOWING, alert, social_fact
from demo.population.terms import spoken
from demo.population.visits import attendance
from demo.population.world import (
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


def care_home_resident() -> Story:
    """He lives in a care home; council, home and hospital each know a part."""
    slug, gp = "care-home-resident", PRACTICES[HERTS][2]
    home = CARE_HOMES[HERTS]
    person = someone(
        "9990000425",
        "Mr Wilfred Amos",
        "1936-01-11",
        Gender.MALE,
        gp,
        ("Ashgrove House, 1 Pollard Lane", "St Albans", "AL1 6WE"),
    )
    practice = pen(slug, gp)
    return tell(
        slug,
        person,
        "Wilfred has dementia and lives at Ashgrove House. Who finds him after a fall needs the "
        "home's nurse, his daughter who may decide for him, how he swallows and what was agreed; "
        "his placement and his deprivation of liberty are the council's to tell.",
        held(HERTS, person, (*_at_home(practice), *_arranged(pen(slug, COUNCILS[HERTS])))),
        held(
            LONDON,
            person,
            (
                attendance(pen(slug, UCLH), at(date(2025, 2, 2), 15, 45), "Fall"),
                professional(pen(f"{slug}:home", UCLH), home, "Nursing", rank=1),
            ),
        ),
        held(
            CARE_PLAN_NODE,
            person,
            (_advance(pen(slug, PLAN_TEAM)), *_daughter(pen(f"{slug}:daughter", PLAN_TEAM))),
        ),
    )


def _at_home(by: Pen) -> tuple[Item, ...]:
    home = CARE_HOMES[HERTS]
    return (
        problem(by, DEMENTIA, date(2020, 9, 1)),
        problem(by, OSTEOPOROSIS, date(2017, 1, 1)),
        repeat(by, PARACETAMOL),
        alert(
            by,
            FALLS,
            "Falls when he gets up at night.",
            date(2025, 2, 4),
            area="safety",
            action="Sensor mat; two to assist.",
        ),
        alert(
            by,
            SWALLOWING,
            "Needs thickened fluids and a soft diet.",
            date(2025, 11, 18),
            area="diet",
            action="Sit upright; no straws.",
        ),
        *_daughter(by),
        professional(by, home, "Nursing", rank=2),
        professional(by, COMMUNITY[HERTS], "Community nursing", rank=3),
        told(by, "What matters to me", "Being called Wilf. Brass bands. My chair by the window."),
    )


def _daughter(by: Pen) -> tuple[Item, ...]:
    return (
        contact(
            by,
            "Sandra Amos",
            "Daughter",
            phones=("07700 900425",),
            next_of_kin=True,
            emergency=True,
            lasting_power_of_attorney="Health and welfare; property and money",
            rank=1,
        ),
    )


def _arranged(by: Pen) -> tuple[Item, ...]:
    home = CARE_HOMES[HERTS].organisation
    liberty = social_fact(
        by,
        spoken("Deprivation of liberty"),
        "Standard authorisation; may not leave without an escort.",
        date(2025, 12, 2),
        end=day_text(date(2026, 12, 1)),
    )
    return (
        social_fact(
            by,
            spoken("Care home placement"),
            "Nursing care, permanent.",
            date(2024, 3, 12),
            provider=home,
        ),
        labelled(liberty, RESTRICTED),
    )


def _advance(by: Pen) -> CarePlan:
    signed, doctor = date(2025, 12, 9), by.desk.staff[0]
    return CarePlan(
        **by.envelope(signed, doctor),
        plan_type=ADVANCE,
        name="Universal Care Plan",
        status=PlanStatus.ACTIVE,
        valid_until=day_text(date(2026, 12, 9)),
        goals=("To be treated at Ashgrove House if at all possible",),
        preferred_place_of_care="Care home",
        preferred_place_of_death="Care home",
        cpr=CprDecision(
            decision=CprKind.DO_NOT_ATTEMPT_CPR,
            decided_at=day_text(signed),
            clinician=doctor,
            discussed_with="His daughter, who holds his power of attorney",
        ),
        ceiling_of_treatment="Antibiotics by mouth; hospital for a broken bone only",
        lasting_power_of_attorney="Sandra Amos, health and welfare",
        contacts=(
            PlanContact(name="Ashgrove House", relationship="Care home", phones=("01632 960261",)),
        ),
    )

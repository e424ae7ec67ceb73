"""What one node holds about one person: the record at home, one from elsewhere, a care plan.

Some facts were passed on from one node to another; such a relayed copy keeps its business
identifier and custodian.
"""

from __future__ import annotations

from datetime import date, time
from random import Random

from msgspec.structs import replace

from demo.model import Desk, Holding
from demo.population.allergens import allergies
from demo.population.formulary import COURSES, course, fitting, repeats, short_courses
from demo.population.pen import AS_OF, Pen, relay
from demo.population.plans import support_plan, universal_plan
from demo.population.vitals import SMOKING_STATUSES, check_up, ward_round
from demo.population.world import HOSPITALS, PLAN_TEAM, PRACTICES
from federation.model import Assertion, Category, NodeId, Organisation
from federation.records.base import Item
from federation.records.medications import Medication, MedicationStatus, PrescriptionKind
from federation.records.observations import Observation
from federation.records.person import Person


def home_record(draw: Random, person: Person, age: int, node: NodeId) -> Holding:
    """What the home region holds: the practice's record and, for some, stays in hospital."""
    pen = pen_of(draw, practice_of(node, person.gp_practice), person)
    observations = _reviews(pen, age)
    if draw.random() < 0.25:
        observations += _stay(pen_of(draw, draw.choice(HOSPITALS[node]), person))
    reactive = draw.random() < 0.3
    known = tuple(allergies(pen)) if reactive else ()
    items: dict[Category, tuple[Item, ...]] = {
        Category.ALLERGIES: known,
        Category.MEDICATIONS: fitting(pen, (*repeats(pen, age), *short_courses(pen, age)), known),
        Category.OBSERVATIONS: tuple(observations),
        Category.CARE_PLANS: (support_plan(pen),) if age > 60 and draw.random() < 0.15 else (),
    }
    return Holding(
        node=node,
        person=person,
        items=items,
        # Of those without an allergy, most were asked and said that there is none.
        assertions={Category.ALLERGIES: Assertion.NONE_KNOWN}
        if not reactive and draw.random() < 0.6
        else {},
    )


def elsewhere(draw: Random, home: Holding, node: NodeId) -> Holding:
    """What another region's hospital holds: its own findings, and copies that it was sent."""
    pen = pen_of(draw, draw.choice(HOSPITALS[node]), home.person)
    known = home.items[Category.ALLERGIES]
    medicines: list[Item] = [
        relay(draw, medicine, node)
        for medicine in home.items[Category.MEDICATIONS]
        if isinstance(medicine, Medication)
        and medicine.status is MedicationStatus.ACTIVE
        and draw.random() < 0.5
    ]
    if draw.random() < 0.5:
        given = course(pen, draw.choice(COURSES), PrescriptionKind.DISCHARGE)
        medicines += fitting(pen, (given,), known)
    return Holding(
        node=node,
        person=replace(home.person, reasonable_adjustments=()),
        items={
            Category.ALLERGIES: tuple(relay(draw, one, node) for one in known),
            Category.MEDICATIONS: tuple(medicines),
            Category.OBSERVATIONS: tuple(_stay(pen)),
        },
    )


def planned(draw: Random, person: Person, node: NodeId) -> Holding:
    """A care plan and the echo of whom it is for."""
    plan = universal_plan(pen_of(draw, PLAN_TEAM, person))
    return Holding(node=node, person=person, items={Category.CARE_PLANS: (plan,)})


def pen_of(draw: Random, desk: Desk, person: Person) -> Pen:
    """A pen that writes nothing before the person's birth or after their death."""
    return Pen(draw, desk, *life_of(person))


def life_of(person: Person) -> tuple[date, date]:
    """The first and the last day of somebody's life, as far as the population goes."""
    born = date.fromisoformat(person.birth_date) if person.birth_date else date.min
    died = date.fromisoformat(person.deceased_at) if person.deceased_at else AS_OF
    return born, died


def practice_of(node: NodeId, organisation: Organisation | None) -> Desk:
    """The desk of a practice; the region's first one for a person whose practice is protected."""
    return next(
        (desk for desk in PRACTICES[node] if desk.organisation == organisation), PRACTICES[node][0]
    )


def _reviews(pen: Pen, age: int) -> list[Observation]:
    draw = pen.draw
    if age < 16:
        return []
    kilograms, metres = draw.uniform(52, 108), draw.uniform(1.52, 1.9)
    smoking = draw.choice(SMOKING_STATUSES)  # one for life: nobody has never smoked after giving up
    taken: list[Observation] = []
    for _ in range(draw.randint(0, 1 + age // 20)):
        clock = time(draw.randint(8, 17), 5 * draw.randint(0, 11))
        kilograms += draw.uniform(-3, 3)
        day = pen.earlier(1, 2200)
        if pen.grown_up(day):
            taken += check_up(pen, day, clock, kilograms, metres, smoking)
    return taken


def _stay(pen: Pen) -> list[Observation]:
    draw = pen.draw
    day = pen.earlier(3, 1500)
    hours = range(6, 6 + 4 * draw.randint(1, 3), 4)
    return [one for hour in hours for one in ward_round(pen, day, time(hour, draw.randint(0, 59)))]

"""Fills a holding with every other category, to fit what already stands in it.

Each topic draws from a generator of its own, named after the person, the node and the topic, so
that whatever is added here later leaves all else as it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from random import Random

from msgspec import Struct
from msgspec.structs import replace

from demo.model import Desk, Holding
from demo.population.bookings import bookings, referred
from demo.population.circle import about_me, contacts
from demo.population.conditions import (
    ASTHMA,
    DIABETES,
    HEART_FAILURE,
    conditions_of,
    problems,
)
from demo.population.histories import practice_of
from demo.population.laboratory import on_admission, passed_on, watch
from demo.population.letters import clinic_letters, summaries
from demo.population.pen import Pen, relay
from demo.population.services import COMMUNITY, COUNCILS
from demo.population.support import alerts, social_care
from demo.population.vaccines import immunisations
from demo.population.visits import (
    ATTENDANCE,
    STAY,
    Desks,
    encounters,
    examinations,
    operations,
)
from demo.population.world import HOSPITALS, PLAN_TEAM
from federation.model import Category, NodeId
from federation.records.base import Item
from federation.records.compare import custodian_code
from federation.records.encounters import Encounter
from federation.records.medications import Medication
from federation.records.partial_date import first_instant
from federation.records.person import Gender, Person
from federation.records.results import Result

_AT_RISK = frozenset(one.display for one in (ASTHMA, DIABETES, HEART_FAILURE))
"""Who is offered the influenza vaccine at any age."""


class Chart(Struct, frozen=True, kw_only=True):
    """One person's holding at one node while it is being filled. `key` names both for chance.

    Nothing is written down before `born` or after `until`.
    """

    key: str
    holding: Holding
    age: int
    born: date
    until: date

    @property
    def person(self) -> Person:
        """Whose it is."""
        return self.holding.person

    @property
    def gender(self) -> Gender:
        """Their gender, by which ranges and risks go."""
        return self.person.gender or Gender.UNKNOWN

    def draw(self, topic: str) -> Random:
        """The chance of one topic."""
        return Random(f"{self.key}:{self.holding.node}:{topic}")  # noqa: S311 - synthetic people

    def pen(self, topic: str, desk: Desk) -> Pen:
        """A pen for one topic."""
        return Pen(self.draw(topic), desk, self.born, self.until)

    def found(self, category: Category) -> tuple[Item, ...]:
        """What already stands there."""
        return self.holding.items.get(category, ())


def whole_home(chart: Chart) -> Holding:
    """Everything that the home region holds."""
    node = chart.holding.node
    practice = practice_of(node, chart.person.gp_practice)
    medicines = [one for one in chart.found(Category.MEDICATIONS) if isinstance(one, Medication)]
    listed = problems(chart.pen("problems", practice), medicines, chart.age, chart.gender)
    conditions = conditions_of(listed)
    return _with(
        chart.holding,
        {Category.PROBLEMS: listed},
        _around(chart, practice, conditions),
        _helped(chart, practice),
        _seen(chart, (practice, *HOSPITALS[node])),
        _watched(chart, practice, conditions),
    )


def whole_elsewhere(chart: Chart, home: Holding) -> Holding:
    """Everything that another region's hospital holds: its own visits, copies of some facts."""
    draw, node = chart.draw("passed on"), chart.holding.node
    known = home.items.get(Category.PROBLEMS, ())
    return _with(
        chart.holding,
        {Category.PROBLEMS: [relay(draw, one, node) for one in known if draw.random() < 0.5]},
        _seen(chart, HOSPITALS[node]),
        {Category.RESULTS: _newest_report(draw, home, node)},
    )


def whole_plan(chart: Chart) -> Holding:
    """Whom the plan says to ring beside the plan itself, and what to know at the door."""
    around = contacts(chart.pen("contacts", PLAN_TEAM), chart.person, chart.age, None)
    return _with(
        chart.holding, {Category.CONTACTS: around, Category.ALERTS: _warnings(chart, PLAN_TEAM)}
    )


Part = Mapping[Category, Sequence[Item]]


def _with(holding: Holding, *parts: Part) -> Holding:
    items = dict(holding.items)
    for part in parts:
        for category, more in part.items():
            if more:
                items[category] = (*items.get(category, ()), *more)
    return replace(holding, items=items)


def _around(chart: Chart, practice: Desk, conditions: frozenset[str]) -> Part:
    """Vaccinations, and what to know at the door."""
    at_risk = not conditions.isdisjoint(_AT_RISK)
    given = immunisations(chart.pen("immunisations", practice), chart.age, at_risk)
    return {Category.IMMUNISATIONS: given, Category.ALERTS: _warnings(chart, practice)}


def _warnings(chart: Chart, desk: Desk) -> Sequence[Item]:
    return alerts(chart.pen("alerts", desk)) if chart.age >= 70 else ()


def _helped(chart: Chart, practice: Desk) -> Part:
    """Family, and for a quarter of the very old the council's help and what matters to them."""
    node = chart.holding.node
    helped = chart.age >= 78 and chart.draw("help").random() < 0.25
    visited = helped and not chart.person.deceased
    nurse = COMMUNITY[node] if visited else None
    family = contacts(chart.pen("contacts", practice), chart.person, chart.age, nurse)
    if not helped:
        return {Category.CONTACTS: family}
    return {
        Category.CONTACTS: family,
        Category.SOCIAL_CARE: social_care(chart.pen("social care", COUNCILS[node]), visited),
        Category.ABOUT_ME: about_me(chart.pen("about me", practice)),
    }


def _seen(chart: Chart, places: tuple[Desk, ...]) -> Part:
    """Visits that fit the measurements and prescriptions, and what came of them."""
    desks = {desk.organisation.ods_code: desk for desk in places}
    items = (*chart.found(Category.OBSERVATIONS), *chart.found(Category.MEDICATIONS))
    visits = encounters(chart.pen("encounters", places[0]), items, desks, chart.age)
    in_hospital = [one for one in visits if one.type in {ATTENDANCE, STAY}]
    if not in_hospital:
        return {Category.ENCOUNTERS: visits}
    return {
        Category.ENCOUNTERS: visits,
        Category.PROCEDURES: examinations(chart.pen("films", places[0]), in_hospital, desks),
        Category.DOCUMENTS: summaries(chart.pen("summaries", places[0]), in_hospital, desks),
        Category.RESULTS: _at_the_door(chart, in_hospital[-1], desks),
    }


def _watched(chart: Chart, practice: Desk, conditions: frozenset[str]) -> Part:
    """Blood tests, clinics, referrals, operations and appointments for what somebody has."""
    hospital, alive = HOSPITALS[chart.holding.node][0], not chart.person.deceased
    tests = watch(chart.pen("results", practice), conditions, chart.age, chart.gender)
    at_practice = bookings(chart.pen("appointments", practice), alive)
    few: dict[Category, Sequence[Item]] = {
        Category.RESULTS: tests,
        Category.APPOINTMENTS: at_practice,
    }
    if not conditions:
        return few
    sent, booked = referred(chart.pen("referrals", practice), hospital, conditions, alive)
    return few | {
        Category.DOCUMENTS: clinic_letters(chart.pen("letters", hospital), conditions),
        Category.REFERRALS: sent,
        Category.PROCEDURES: operations(chart.pen("operations", hospital), chart.age),
        Category.APPOINTMENTS: [*at_practice, *booked],
    }


def _at_the_door(chart: Chart, visit: Encounter, desks: Desks) -> list[Result]:
    """Blood taken half an hour after the last arrival at a hospital."""
    if chart.age < 16 or not visit.start:
        return []
    pen = chart.pen("blood", desks[custodian_code(visit)])
    taken = first_instant(visit.start) + timedelta(minutes=30)
    return on_admission(pen, taken, chart.age, chart.gender)


def _newest_report(draw: Random, home: Holding, node: NodeId) -> list[Result]:
    """The last report of the practice, as it was passed on, in half of all cases."""
    results = [one for one in home.items.get(Category.RESULTS, ()) if isinstance(one, Result)]
    if not results or draw.random() < 0.5:
        return []
    report = results[-1].report_id
    return passed_on(draw, [one for one in results if one.report_id == report], node)

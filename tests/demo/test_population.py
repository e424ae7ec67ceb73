"""The population: the same seed makes the same people, and all of it is valid."""

from __future__ import annotations

import sqlite3
import time
from datetime import date
from datetime import time as time_of_day
from itertools import islice
from pathlib import Path
from random import Random
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from demo.directory import key_of
from demo.model import CARE_PLAN_NODE, NODES, Resident
from demo.population import (
    allergens,
    bookings,
    build,
    conditions,
    formulary,
    letters,
    panels,
    plans,
    support,
    vaccines,
    visits,
    vitals,
)
from demo.population.build import DIRECTORY_NODES, MARKER, built, node_store
from demo.population.formulary import AMOXICILLIN, BISOPROLOL, COURSES, SALBUTAMOL, Medicine
from demo.population.laboratory import filtration
from demo.population.numbers import RESERVED, numbers
from demo.population.pen import Pen
from demo.population.people import residents
from demo.population.stories import caring, medicines, safety, stories
from demo.population.vaccines import CHILDHOOD
from demo.population.visits import MOST_VISITS
from demo.population.world import PRACTICES
from federation.model import Category, NodeId, Organisation, Practitioner
from federation.nhs_number import parse_nhs_number
from federation.node_kit.whole import whole
from federation.records.appointments import Appointment
from federation.records.base import Coding
from federation.records.clinical import Quantity
from federation.records.date_fields import dates_are_real
from federation.records.person import Gender
from federation.records.systems import SNOMED_SYSTEMS
from tests.demo.items import (
    codings_of,
    has_snomed_check_digit,
    held,
    holdings_of,
    items_of,
    texts_of,
    within,
)

HAPPENED = ("start", "end", "onset", "abated", "ended_at", "issued_at", "last_issued")
"""Fields of items that say when something was so, where it was."""
TABLES = (
    allergens,
    bookings,
    conditions,
    formulary,
    letters,
    panels,
    plans,
    support,
    vaccines,
    visits,
    vitals,
    caring,
    medicines,
    safety,
)


def files_of(directory: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(directory.iterdir())}


def people(count: int, seed: int = 1) -> list[Resident]:
    return list(residents(seed, numbers(seed), count))


def test_same_seed_same_bytes(tmp_path):
    """Building the same twice, in two places, gives the same bytes in every file."""
    build(tmp_path / "one", 40, seed=7)
    build(tmp_path / "other", 40, seed=7)
    assert files_of(tmp_path / "other") == files_of(tmp_path / "one")


def test_another_seed_makes_other_people():
    """The seed decides who the strangers are."""
    assert people(10, seed=2) != people(10, seed=1)


def test_a_larger_population_begins_with_the_same_people():
    """Asking for more people adds some and changes nobody."""
    assert people(60)[:20] == people(20)


def test_the_same_is_not_built_again(tmp_path):
    """A directory that holds what is wanted is left as it is."""
    build(tmp_path, 15)
    before = {path.name: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    build(tmp_path, 15)
    assert {path.name: path.stat().st_mtime_ns for path in tmp_path.iterdir()} == before


@pytest.mark.parametrize("wanted", [{"people": 20}, {"people": 15, "seed": 2}])
def test_other_wishes_are_built(tmp_path, wanted):
    """Another number of people or another seed replaces what was there."""
    build(tmp_path, 15)
    build(tmp_path, **wanted)
    found = built(tmp_path)
    assert found is not None
    assert (found.people, found.seed) == (wanted["people"], wanted.get("seed", 1))


def test_a_build_that_breaks_off_leaves_nothing_half_made(tmp_path):
    """When a build fails, no marker and no workshop stay behind, and the next one succeeds."""

    def stop(_done: int, _of: int) -> None:
        raise KeyboardInterrupt

    build(tmp_path, 15)
    with pytest.raises(KeyboardInterrupt):
        build(tmp_path, 20, progress=stop)
    assert built(tmp_path) is None
    assert not [path for path in tmp_path.iterdir() if path.is_dir()]
    build(tmp_path, 20)
    assert (tmp_path / MARKER).exists()


def test_progress_is_told_to_its_end(tmp_path):
    """Whoever listens hears how many are done, up to all of them."""
    heard: list[tuple[int, int]] = []
    build(tmp_path, 600, progress=lambda done, of: heard.append((done, of)))
    assert heard == [(500, 600), (600, 600)]


def test_five_hundred_people_are_quick(tmp_path):
    """A newcomer does not wait for the usual population; generous, for busy machines."""
    started = time.monotonic()
    build(tmp_path, 500)
    assert time.monotonic() - started < 30


@settings(deadline=None)
@given(seed=st.integers(min_value=0, max_value=10**6))
def test_numbers_are_valid_and_never_repeat(seed):
    """Every number is from the test range, valid, not a curated one, and comes once."""
    found = list(islice(numbers(seed), 2_000))
    assert len(set(found)) == len(found)
    for number in found:
        assert parse_nhs_number(number) == number
        assert number.startswith("999")
        assert int(number[3:9]) >= RESERVED


def test_there_are_numbers_for_a_hundred_thousand():
    """The walk through the range is long enough for the largest population."""
    found = list(islice(numbers(1), 110_000))
    assert len(set(found)) == 110_000


def test_everybody_is_registered_and_held_by_one_to_three_nodes():
    """A stranger is held by one to three nodes and known to the tracing service."""
    for resident in people(300):
        assert 1 <= len({holding.node for holding in resident.holdings}) <= 3
        person = resident.traced[0].person
        assert person is not None
        assert person.gp_practice is not None or person.restricted


def test_some_are_restricted_and_some_have_died():
    """Among many there are people whose whereabouts are protected, and people who have died."""
    known = [traced.person for resident in people(3_000) for traced in resident.traced]
    restricted = [person for person in known if person and person.restricted]
    assert restricted
    for person in restricted:
        assert (person.address, person.phones, person.gp_practice) == (None, (), None)
    assert any(person.deceased for person in known if person)


def test_every_item_fits_the_record():
    """Whatever is written down decodes strictly, and every date is a day that exists."""
    found = list(items_of([*(story.resident for story in stories()), *people(200)]))
    assert len(found) > 1_000
    for item in found:
        whole(item)
        assert dates_are_real(item)


def test_nothing_is_recorded_before_birth_or_after_death():
    """Whatever is written down about a stranger lies within their life."""
    for holding in holdings_of(people(1_500)):
        born, died = str(holding.person.birth_date), holding.person.deceased_at or "2026-06-30"
        for item in (one for some in holding.items.values() for one in some):
            for field in ("recorded_at", "effective_at", *HAPPENED):
                day = getattr(item, field, None)
                if day and not (isinstance(item, Appointment) and field in {"start", "end"}):
                    assert born[: len(day)] <= day[:10] <= died, (item, field)


def test_the_dead_have_no_appointments_to_come():
    """An appointment after the population's last day is that of somebody alive."""
    for holding in holdings_of(people(3_000)):
        for one in held(holding, Category.APPOINTMENTS):
            if str(one.start) > "2026-07-01":
                assert not holding.person.deceased
                assert one.status == "booked"


def test_every_category_is_there():
    """Among some hundred people every category of the record has entries."""
    found = {
        category
        for holding in holdings_of(people(500))
        for category, items in holding.items.items()
        if items
    }
    assert found == set(Category) - {Category.DEMOGRAPHICS}


PROBLEM_CODES = {
    "Heart failure": "84114007",
    "Atrial fibrillation": "49436004",
    "Asthma": "195967001",
    "Flare-up of asthma": "195967001",
    "Type 2 diabetes": "44054006",
    "High blood pressure": "59621000",
    "Prevention of heart disease": "55822004",
    "Acid reflux": "235595009",
    "Underactive thyroid": "40930008",
    "Depression": "35489007",
    "Pain": "279039007",
}
"""What an indication in the formulary is coded as on a problem list."""


def test_nobody_takes_a_medicine_without_the_problem_that_it_is_for():
    """Every indication in somebody's medicines at home stands on their problem list, coded."""
    met = set()
    for resident in people(400):
        home = resident.holdings[0]
        codes = {one.condition.codings[0].code for one in held(home, Category.PROBLEMS)}
        for medicine in held(home, Category.MEDICATIONS):
            if medicine.indication != "Chest infection":
                assert PROBLEM_CODES[medicine.indication] in codes
                met.add(medicine.indication)
    assert met == set(PROBLEM_CODES)


def test_results_of_one_report_belong_together():
    """They share the report's id, identifier, time and name; amounts have UCUM units."""
    reports: dict[tuple[NodeId, str], set[object]] = {}
    for holding in holdings_of(people(300)):
        for one in held(holding, Category.RESULTS):
            told = (one.identifiers[-1], one.effective_at, one.report, one.custodian)
            reports.setdefault((holding.node, one.report_id), set()).add(told)
            assert one.value.ucum
            assert one.reference_range
            assert one.effective_at <= one.issued_at
    assert len(reports) > 50
    assert all(len(told) == 1 for told in reports.values())


RATES = (
    # creatinine, age, gender, rate by CKD-EPI 2009
    (90.0, 50, Gender.MALE, 85),
    (90.0, 50, Gender.FEMALE, 64),
    (150.0, 75, Gender.FEMALE, 29),
)


@pytest.mark.parametrize(("creatinine", "age", "gender", "rate"), RATES)
def test_filtration_follows_the_formula(creatinine, age, gender, rate):
    """The estimated filtration rate is what CKD-EPI 2009 gives, to the nearest whole."""
    assert filtration(creatinine, age, gender) == rate


def test_vaccines_are_given_when_they_are_due():
    """No child has a dose before the age of the schedule, nobody one outside its season."""
    due: dict[tuple[str, str], list[int]] = {}
    for dose in CHILDHOOD:
        due.setdefault((dose.vaccine.concept.display, dose.dose), []).append(dose.days)
    checked = 0
    for resident in people(600):
        home = resident.holdings[0]
        born = date.fromisoformat(str(home.person.birth_date))
        for one in held(home, Category.IMMUNISATIONS):
            day = date.fromisoformat(str(one.effective_at))
            ages = due.get((one.vaccine.display, one.dose_number)) if one.given else None
            if ages:
                assert any(age <= (day - born).days <= age + 14 for age in ages)
                checked += 1
            if one.against == ("Influenza",) and one.given:
                assert day.month in {10, 11}
    assert checked > 100


def test_hospitals_saw_whom_they_measured():
    """Wherever a hospital took vital signs there is an attendance or a stay on that day."""
    for resident in people(200):
        for holding in resident.holdings:
            visits = held(holding, Category.ENCOUNTERS)
            if len(visits) == MOST_VISITS:
                continue
            days = {str(one.start)[:10] for one in visits}
            for one in held(holding, Category.OBSERVATIONS):
                assert str(one.effective_at)[:10] in days


def test_no_text_names_the_person():
    """Outside their demographics nothing holds their number, address, telephone or birth date."""
    for holding in holdings_of(people(300)):
        person = holding.person
        address = person.address
        secrets = [person.nhs_number, *person.phones, *((address.text,) if address else ())]
        for item in (one for some in holding.items.values() for one in some):
            text = "|".join(texts_of(item))
            assert not [secret for secret in secrets if secret in text]


def test_a_code_has_one_meaning_and_a_fitting_check_digit():
    """No SNOMED CT code is mistyped, and none is shown under two meanings."""
    meanings: dict[tuple[str, str], set[str | None]] = {}
    for item in items_of([*(story.resident for story in stories()), *people(400)]):
        for coding in codings_of(item):
            meanings.setdefault((coding.system, coding.code), set()).add(coding.display)
    for (system, code), said in meanings.items():
        assert len(said) == 1, (system, code, said)
        if system in SNOMED_SYSTEMS:
            assert has_snomed_check_digit(code), (code, said)


def test_codes_stand_in_the_tables():
    """Every code that anybody carries is one of the named concepts of the population's modules."""
    known = {coding for module in TABLES for coding in named_codings(module)}
    for item in items_of([*(story.resident for story in stories()), *people(400)]):
        assert set(codings_of(item)) <= known, item


def named_codings(module: ModuleType) -> set[Coding]:
    """The codings of a module's constants."""
    return {
        found
        for value in vars(module).values()
        for found in within(value.concept if isinstance(value, Medicine) else value)
        if isinstance(found, Coding)
    } | {
        coding
        for value in vars(module).values()
        if isinstance(value, tuple)
        for one in value
        if isinstance(one, Medicine)
        for coding in one.concept.codings
    }


def test_whoever_is_named_stands_in_the_directory(stores):
    """A node whose protocol refers to staff and organisations has all whom its items name."""
    for story in stories():
        for holding in story.resident.holdings:
            if holding.node not in DIRECTORY_NODES:
                continue
            for items in holding.items.values():
                for value in (one for item in items for one in within(item)):
                    if isinstance(value, (Organisation, Practitioner)):
                        assert stores[holding.node].listed(type(value), key_of(value)) == value


def test_source_ids_are_unique_at_a_node():
    """No two items of one node share an id."""
    seen: set[tuple[NodeId, str]] = set()
    for resident in [story.resident for story in stories()] + people(300):
        for holding in resident.holdings:
            for item in (one for some in holding.items.values() for one in some):
                assert (holding.node, item.source_id) not in seen
                seen.add((holding.node, item.source_id))


def test_some_facts_were_passed_on():
    """A relayed copy keeps business identifier and custodian, and has the other node's own id."""
    passed_on = 0
    for resident in people(300):
        by_identifier: dict[str, list[tuple[str, object]]] = {}
        for holding in resident.holdings:
            for item in (one for some in holding.items.values() for one in some):
                by_identifier.setdefault(item.identifiers[0].value, []).append(
                    (item.source_id, item.custodian)
                )
        for copies in by_identifier.values():
            assert len({source_id for source_id, _ in copies}) == len(copies)
            assert len({custodian for _, custodian in copies}) == 1
            passed_on += len(copies) > 1
    assert passed_on > 50


def test_the_care_plan_node_holds_what_it_offers(stores, population):
    """The Universal Care Plan has plans, contacts and alerts in its store, and nothing else."""
    with sqlite3.connect(node_store(population, CARE_PLAN_NODE)) as connection:
        found = connection.execute("SELECT DISTINCT category FROM parts").fetchall()
    assert {category for (category,) in found} == {"CARE_PLANS", "CONTACTS", "ALERTS"}
    assert set(stores) == set(NODES)


def test_nodes_name_people_by_keys_without_their_number(population):
    """The key by which a node calls somebody does not hold their number."""
    for node in NODES:
        with sqlite3.connect(node_store(population, node)) as connection:
            for number, key in connection.execute("SELECT number, key FROM people"):
                assert number not in key
                assert len(key) == 24


def test_nobody_is_given_what_they_must_not_have():
    """No penicillin to the allergic, no beta blocker in asthma, no adult's course to a child."""
    adult = {one.name: one.from_age for one in COURSES}
    for resident in people(600):
        born = date.fromisoformat(str(resident.holdings[0].person.birth_date))
        for holding in resident.holdings:
            allergens = {one.substance.display for one in held(holding, Category.ALLERGIES)}
            taken = held(holding, Category.MEDICATIONS)
            names = {one.medicine.display for one in taken}
            if allergens & {"Penicillin", "Amoxicillin"}:
                assert AMOXICILLIN.name not in names
            if holding is resident.holdings[0]:
                assert not {BISOPROLOL.name, SALBUTAMOL.name} <= names
            for one in taken:
                age = (date.fromisoformat(str(one.start)) - born).days / 366
                assert age >= adult.get(one.medicine.display, 0)


@pytest.mark.parametrize(
    ("rate", "oxygen", "systolic", "pulse", "temperature", "score"),
    [
        (16, 97, 120, 72, 37.0, 0),
        (23, 96, 120, 90, 37.0, 2),
        (21, 94, 109, 91, 36.0, 6),
        (25, 91, 90, 131, 39.1, 14),
        (8, 92, 220, 40, 35.0, 14),
    ],
)
def test_the_early_warning_score_is_that_of_its_chart(
    rate, oxygen, systolic, pulse, temperature, score
):
    """The points of NEWS2, chart 1 of the Royal College of Physicians, for somebody alert."""
    draw = Random(1)  # noqa: S311 - synthetic people
    pen, day, clock = Pen(draw, PRACTICES[NODES[0]][0]), date(2026, 1, 1), time_of_day(9)
    taken = [
        vitals.observation(pen, day, clock, vitals.BREATHING, Quantity(value=rate)),
        vitals.observation(pen, day, clock, vitals.OXYGEN, Quantity(value=oxygen)),
        vitals.blood_pressure(pen, day, clock, systolic, 70),
        vitals.pulse(pen, day, clock, pulse),
        vitals.observation(pen, day, clock, vitals.TEMPERATURE, Quantity(value=temperature)),
    ]
    assert vitals.early_warning_score(taken) == score


def test_vital_signs_fit_each_other_and_whose_they_are():
    """A score is that of what was measured at once, no child has one, smoking is one story."""
    scored = 0
    for resident in people(400):
        born = date.fromisoformat(str(resident.holdings[0].person.birth_date))
        for holding in resident.holdings:
            at_once: dict[str, list[Any]] = {}
            for one in held(holding, Category.OBSERVATIONS):
                at_once.setdefault(str(one.effective_at), []).append(one)
            smoking = {
                one.value.text
                for some in at_once.values()
                for one in some
                if one.code == vitals.SMOKING
            }
            assert len(smoking) <= 1
            for when, some in at_once.items():
                scores = [one.value.value for one in some if one.code == vitals.NEWS2]
                assert scores in ([], [vitals.early_warning_score(some)])
                if (date.fromisoformat(when[:10]) - born).days < 16 * 365:
                    assert not {vitals.NEWS2, vitals.SMOKING} & {one.code for one in some}
                scored += len(scores)
    assert scored > 50

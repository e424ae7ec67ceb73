"""The population: the same seed makes the same people, and all of it is valid."""

from __future__ import annotations

import sqlite3
import time
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demo.model import CARE_PLAN_NODE, NODES, Resident
from demo.population import build
from demo.population.build import MARKER, built, node_store
from demo.population.numbers import RESERVED, numbers
from demo.population.people import residents
from demo.population.stories import stories
from federation.model import NodeId
from federation.nhs_number import parse_nhs_number
from federation.node_kit.whole import whole
from federation.records.partial_date import is_date


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
    residents_ = [story.resident for story in stories()] + people(200)
    items = [
        item
        for resident in residents_
        for holding in resident.holdings
        for held in holding.items.values()
        for item in held
    ]
    assert len(items) > 1_000
    for item in items:
        whole(item)
        for when in (item.recorded_at, item.effective_at):
            assert when is None or is_date(when)


def test_nothing_is_recorded_before_birth_or_after_death():
    """Whatever is written down about a stranger lies within their life."""
    for resident in people(1_500):
        for holding in resident.holdings:
            person = holding.person
            for item in (one for held in holding.items.values() for one in held):
                day = str(item.recorded_at)[:10]
                assert str(person.birth_date) <= day <= (person.deceased_at or "2026-06-30")


def test_source_ids_are_unique_at_a_node():
    """No two items of one node share an id."""
    seen: set[tuple[NodeId, str]] = set()
    for resident in [story.resident for story in stories()] + people(300):
        for holding in resident.holdings:
            for item in (one for held in holding.items.values() for one in held):
                assert (holding.node, item.source_id) not in seen
                seen.add((holding.node, item.source_id))


def test_some_facts_were_passed_on():
    """A relayed copy keeps business identifier and custodian, and has the other node's own id."""
    passed_on = 0
    for resident in people(300):
        by_identifier: dict[str, list[tuple[str, object]]] = {}
        for holding in resident.holdings:
            for item in (one for held in holding.items.values() for one in held):
                by_identifier.setdefault(item.identifiers[0].value, []).append(
                    (item.source_id, item.custodian)
                )
        for copies in by_identifier.values():
            assert len({source_id for source_id, _ in copies}) == len(copies)
            assert len({custodian for _, custodian in copies}) == 1
            passed_on += len(copies) > 1
    assert passed_on > 50


def test_the_care_plan_node_holds_care_plans_alone(stores, population):
    """The Universal Care Plan has no other category in its store."""
    with sqlite3.connect(node_store(population, CARE_PLAN_NODE)) as connection:
        found = connection.execute("SELECT DISTINCT category FROM parts").fetchall()
    assert found == [("CARE_PLANS",)]
    assert set(stores) == set(NODES)


def test_nodes_name_people_by_keys_without_their_number(population):
    """The key by which a node calls somebody does not hold their number."""
    for node in NODES:
        with sqlite3.connect(node_store(population, node)) as connection:
            for number, key in connection.execute("SELECT number, key FROM people"):
                assert number not in key
                assert len(key) == 24

"""Nothing that names a person or lets somebody in stands where it should not."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections import defaultdict
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner

from demo.model import NODES
from demo.population.build import node_store
from demo.population.stories import stories
from demo.store import NodeStore
from federation.model import Category, NodeId
from federation.records.care_plans import CarePlan
from federation.records.contacts import Contact
from federation.records.person import Person
from gateway.cli.feeds import relationship
from tests.scenarios.leaks import Search
from tests.scenarios.network import Exchange, System
from tests.scenarios.runner import Runner

CONCURRENT = 200
TITLES = {"Dr", "Mr", "Mrs", "Ms", "Miss"}
EVERYTHING = """
query ($nhsNumber: NHSNumber!, $birthDate: Date!) {
  patient(nhsNumber: $nhsNumber, purpose: DIRECT_CARE, confirm: { birthDate: $birthDate },
  answerWithinMs: 8000) {
    id
    nhsNumber
    viewId
    coverage { asked answered }
    demographics { person { name { text } birthDate } }
    allergies { entries { id items { id sourceId source { id } } } }
    medications { entries { id items { id sourceId source { id } } } }
    carePlans { entries { id items { id sourceId source { id } } } }
    observations(first: 500) { entries { id items { id sourceId source { id } } } }
  }
}
"""
FILLED = (Category.ALLERGIES, Category.MEDICATIONS, Category.CARE_PLANS, Category.OBSERVATIONS)
SECTIONS = ("allergies", "medications", "carePlans", "observations")
Holdings = dict[str, set[tuple[str, str]]]
AFTER_EACH_PART = pytest.mark.parametrize("_part", ["scenarios", "acceptance"])
"""In the process of each part of the suite, which has a system of its own."""


class Population:
    """Who is in the nodes' stores, by the number in use, and which source ids are theirs."""

    def __init__(self, system: System) -> None:
        self.people: dict[str, Person] = {}
        self.holdings: Holdings = defaultdict(set)
        replaced = json.loads((system.place.population / "superseded.json").read_text())
        self._in_use: dict[str, str] = {row["old"]: row["current"] for row in replaced}
        for node in NODES:
            self._read(node, node_store(system.place.population, node))

    def _read(self, node: NodeId, path: Path) -> None:
        connection = sqlite3.connect(path)
        numbers = [number for (number,) in connection.execute("SELECT number FROM people")]
        connection.close()
        store = NodeStore(path)
        for held in store.people(numbers):
            number = self._in_use.get(held.person.nhs_number, held.person.nhs_number)
            self.people.setdefault(number, held.person)
            self.holdings[number] |= {
                (node, item.source_id)
                for category in FILLED
                for item in store.part(held, category).items
            }
        store.close()

    def numbers(self) -> set[str]:
        return {*self.people, *self._in_use}

    def names(self) -> set[str]:
        return {
            word
            for person in self.people.values()
            if person.name
            for word in person.name.text.replace("-", " ").split()
            if word not in TITLES
        }


class Told:
    """What the records of the curated people tell of others, and of where they are."""

    def __init__(self) -> None:
        holdings = [one for story in stories() for one in story.resident.holdings]
        items = [one for held in holdings for some in held.items.values() for one in some]
        contacts = [one for one in items if isinstance(one, Contact)]
        plans = [one for one in items if isinstance(one, CarePlan)]
        rung = [*contacts, *(one for plan in plans for one in plan.contacts)]
        places = [one.person.address for one in holdings if one.person.address]
        # A plan's contact may be a service, whose name is made of everyday words.
        self.contacts = {one.name for one in contacts}
        self.staff = {one.author.name for one in items if one.author}
        self.addresses = {place.lines[0] for place in places}
        self.addresses |= {place.postcode for place in places if place.postcode}
        self.phones = {phone for one in rung for phone in one.phones}
        self.phones |= {phone for one in holdings for phone in one.person.phones}


@pytest.fixture(scope="module")
def population(system: System) -> Population:
    return Population(system)


@pytest.fixture(scope="module")
def early_search(system: System, population: Population) -> Search:
    return search_for(system, population)


@pytest.fixture
def search(system: System, population: Population) -> Search:
    """For all that was used in the run, so ask for it at its end."""
    return search_for(system, population)


def search_for(system: System, population: Population) -> Search:
    people = system.people.stories.values()
    old = {story.old_number for story in people if story.old_number}
    wrong = {
        system.people.fill(f"<number of {slug} with a wrong check digit>")
        for slug in system.people.stories
    }
    personas = {name for name in system.tokens.names() if name}
    told = Told()
    return Search(
        numbers={*population.numbers(), *(story.nhs_number for story in people), *old, *wrong},
        names={
            *population.names(),
            *(story.name for story in people),
            *told.contacts,
            *personas,
        },
        tokens=system.tokens.used,
        staff=told.staff,
        addresses=told.addresses,
        phones=told.phones,
    )


def refer(system: System, numbers: list[str], settings: Path) -> None:
    """Let a feed say, by the operator's command, that the practice was sent these people."""
    feed = system.folder / "referred.csv"
    rows = [f"{number},REFERRAL,Z99101,2026-01-01" for number in numbers]
    feed.write_text("\n".join(("number,kind,organisation,from", *rows)))
    loaded = CliRunner().invoke(
        relationship, ["load", str(feed), "--feed", "referred", "--settings", str(settings)]
    )
    assert loaded.exit_code == 0, loaded.output


async def test_two_hundred_people_at_once(system: System, runner: Runner, population: Population):
    """Of two hundred concurrent requests for different people, each is answered with its own."""
    ordinary = sorted(
        (number, person)
        for number, person in population.people.items()
        if not number.startswith("9990000") and not person.deceased
    )
    chosen = ordinary[:CONCURRENT]
    assert len(chosen) == CONCURRENT
    gateway = system.gateway({})
    await asyncio.to_thread(refer, system, [number for number, _ in chosen], gateway.settings_file)
    token = system.tokens.token("gp-london")

    async def ask(number: str, person: Person) -> Any:
        variables = {"nhsNumber": number, "birthDate": person.birth_date}
        response = await runner.post(gateway, token, {"query": EVERYTHING, "variables": variables})
        return response.json()

    answers = await asyncio.gather(*(ask(number, person) for number, person in chosen))
    seen: set[str] = set()
    whole = 0
    for (number, person), answer in zip(chosen, answers, strict=True):
        if "errors" in answer:
            # A busy machine may not get it written down in time: then nothing is shown.
            assert answer["errors"][0]["extensions"]["code"] == "AUDIT_UNAVAILABLE"
            assert answer["data"] == {"patient": None}
            continue
        patient = answer["data"]["patient"]
        assert patient["nhsNumber"] == number
        told = patient["demographics"]["person"]
        assert told is None or told["birthDate"] == person.birth_date
        assert shown_of(patient) <= population.holdings[number]
        if patient["coverage"] == {"asked": 4, "answered": 4}:
            # A node that was too late is told of. Nothing else may be left out.
            assert shown_of(patient) == population.holdings[number]
            whole += 1
        ids = {patient["viewId"], patient["id"], *(item["id"] for item in items_of(patient))}
        assert not ids & seen, "an id of one person stands in another's answer"
        seen |= ids
    assert whole >= CONCURRENT // 10


def items_of(patient: Any) -> list[Any]:
    return [
        item
        for section in SECTIONS
        for entry in patient[section]["entries"]
        for item in entry["items"]
    ]


def shown_of(patient: Any) -> set[tuple[str, str]]:
    return {(item["source"]["id"], item["sourceId"]) for item in items_of(patient)}


@AFTER_EACH_PART
@pytest.mark.usefixtures("_part")
@pytest.mark.after_all_scenarios
async def test_refusals_name_nobody(system: System, runner: Runner, search: Search):
    """No error text, and no answer to a refused request, names anybody or tells where they are."""
    await refuse_one(system, runner)
    assert any(exchange.refused for exchange in system.exchanges)
    found = [line for exchange in system.exchanges for line in leaks_of(exchange, search)]
    assert found == []


@AFTER_EACH_PART
@pytest.mark.usefixtures("_part")
@pytest.mark.after_all_scenarios
async def test_logs_name_nobody(system: System, runner: Runner, search: Search):
    """No line that any process logged, the gateway at debug level, names anybody."""
    await refuse_one(system, runner)
    logs = {path.name: path.read_text("utf-8") for path in system.log_files()}
    assert '"level":"debug"' in logs["gateways.log"].replace(" ", ""), "not at debug level"
    assert [line for name, text in logs.items() for line in search.found(name, text)] == []


@pytest.mark.parametrize(
    "planted",
    [
        "GET /Patient/<number of everywhere>",
        "patient <number of superseded with a wrong check digit> is unknown",
        "asked about <name of two-doses>",
        "asked about Mrs <family name of two-cpr-decisions>, twice",
        "by Dr Ada Fenwick",
        "ring Grace, her wife",
        "seen by Alastair Kemble",
        "seen by Dr Gwen Pritchard today",
        "lives at 37 Harebell Road",
        "GET /places?line=37+harebell+road",
        "in SE15 2XD and",
        "in se152xd and",
        "call 07700 900387 first",
        "call 07700900387 first",
        "call +020 7946 0455",
        "token TOKEN",
        "signature SIGNATURE of it",
    ],
)
def test_search_finds_what_is_planted(planted: str, system: System, early_search: Search):
    """The search can fail: it finds each kind of secret in a line."""
    token = system.tokens.token("gp-london") or ""
    signed = Search(tokens={token})
    line = system.people.fill(planted)
    line = line.replace("TOKEN", token).replace("SIGNATURE", token.rpartition(".")[2])
    assert [*early_search.found("", f"nothing\n{line}"), *signed.found("", f"nothing\n{line}")]


def test_search_finds_a_number_with_spaces(early_search: Search):
    """A number is found as it is typed, too."""
    assert early_search.found("here", "asked for 999 000 0018 again")


def test_search_finds_nothing_in_plain_words(early_search: Search):
    """What names nobody is left alone, and so is a number of somebody who is not there."""
    assert early_search.found("here", "GET /graphql 200, request 9, node milton-keynes") == []


def leaks_of(exchange: Exchange, search: Search) -> list[str]:
    found = search.found("an error", exchange.errors)
    return found + (search.found("a refusal", exchange.text) if exchange.refused else [])


async def refuse_one(system: System, runner: Runner) -> None:
    """Ask for a namesake, so that there is something to search whatever else has run."""
    people = system.people
    variables = {
        "nhsNumber": people.fill("<number of namesake-b>"),
        "birthDate": people.fill("<birth date of namesake-a>"),
    }
    token = system.tokens.token("gp-london")
    response: httpx.Response = await runner.post(
        system.gateway({}), token, {"query": EVERYTHING, "variables": variables}
    )
    assert response.json()["errors"][0]["extensions"]["code"] == "IDENTITY_NOT_CONFIRMED"

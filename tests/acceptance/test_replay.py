"""`watling sharing replay` at a gateway that runs: what a sheet would have done to real looks."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from click.testing import CliRunner, Result

from demo.personas import personas
from gateway.cli import main
from gateway.cli.sharing.terminal import today
from tests.acceptance.asking import As, Caller
from tests.acceptance.publishing import (
    HERTS,
    LONDON,
    OWN_SIGNER,
    SECOND_PAIR_OF_EYES,
    Desk,
)
from tests.scenarios.network import RunningGateway, System

PERSON = "seen-in-watford"
CATEGORIES = ("ALLERGIES", "PROBLEMS", "RESULTS")
CLOSES = """
[[rule]]
id = "no-results-for-practices"
template = "role-may-not-see"
roles = ["R0260"]
categories = ["RESULTS"]
reason = "the hospital rings them up"
"""


AGREES = """
[[agreement]]
id = "immunisations-for-social-workers"
version = "1"
requester_region = "hertfordshire-west-essex"
organisation_kinds = ["local-authority"]
roles = ["R1330"]
categories = ["IMMUNISATIONS"]
purposes = ["DIRECT_CARE"]
valid_from = 2026-01-01
signatories = ["Bram Ockley, Hertfordshire and West Essex", "Ines Calloway, London"]
"""


OPENS = ('"ABOUT_ME", "ENCOUNTERS",', '"ABOUT_ME", "ENCOUNTERS", "IMMUNISATIONS",')
"""Of what is agreed with adult social care, and of the rule that leaves it nothing else."""
BESIDE = ("CONTACTS", "IMMUNISATIONS", "RESULTS")


class Table:
    """A gateway of its own, whose log has nothing but this test's looks."""

    def __init__(self, system: System, gateway: RunningGateway, as_: As, to: Path) -> None:
        self.system = system
        self.gateway = gateway
        self._as = as_
        self.desk = Desk(system, gateway, as_("gp-london", gateway), to)

    async def looks(
        self, persona: str, about: str = PERSON, categories: Iterable[str] = CATEGORIES
    ) -> str:
        """One look, and its id."""
        caller: Caller = self._as(persona, self.gateway)
        before = len(await caller.events("VIEW"))
        await caller.asks(about=about, categories=categories)
        events = await caller.events("VIEW")
        assert len(events) == before + 1
        return str(events[-1]["viewId"])

    async def replays(self, bundle: Path, *options: str) -> Result:
        words = ["sharing", "replay", str(bundle), "--settings", str(self.desk.settings), *options]
        return await asyncio.to_thread(CliRunner().invoke, main, words)

    async def found(self, bundle: Path, *options: str) -> dict[str, Any]:
        done = await self.replays(bundle, "--json", *options)
        assert done.exit_code in {0, 3}, done.output
        told: dict[str, Any] = json.loads(done.stdout)
        assert (done.exit_code == 3) == bool(told["changes"])
        return told


@pytest_asyncio.fixture
async def table(system: System, as_: As, request: pytest.FixtureRequest, tmp_path: Path) -> Table:
    gateway = system.gateway_of(request.node.nodeid, lambda _: None)
    return Table(system, gateway, as_, tmp_path)


def changed(told: dict[str, Any]) -> list[tuple[Any, ...]]:
    """What the list says, without when."""
    return [
        (one["viewId"], one["direction"], one["node"], one["category"], one["role"], one["classes"])
        for one in told["changes"]
    ]


async def test_what_a_candidate_closes_is_listed_and_nothing_else(table: Table):
    """One category for one role: the practice's looks, and not the hospital's."""
    first = await table.looks("gp-london")
    await table.looks("ed-doctor-watford")
    second = await table.looks("gp-london")
    bundle = table.desk.edited(HERTS, lambda text: text + CLOSES)

    told = await table.found(bundle)
    assert told["looks"] == 3
    assert changed(told) == [
        (look, "closes", HERTS, "RESULTS", "R0260", ["ordinary things"]) for look in (first, second)
    ]
    assert told["totals"] == {"closes": 2}
    assert told["changes"][0]["because"] == [f"node:{HERTS}/no-results-for-practices"]
    assert told["movedAlready"] == told["unsettled"] == []


async def test_what_a_candidate_opens_is_listed_and_nothing_else(table: Table):
    """Also what was refused before any node was asked."""
    look = await table.looks("social-worker-herts", "care-home-resident", BESIDE)
    await table.looks("gp-london", PERSON, BESIDE)

    told = await table.found(table.desk.edited(HERTS, lambda text: text.replace(*OPENS)))
    kinds = ["ordinary things", "their own organisation's"]
    assert changed(told) == [(look, "opens", HERTS, "IMMUNISATIONS", "R1330", kinds)]
    (change,) = told["changes"]
    assert change["recorded"]["outcome"] == "not-asked"
    assert change["candidate"]["outcome"] == "permit"
    assert change["because"] == [f"without node:{HERTS}/social-care"]


async def test_an_agreement_that_opens_nothing_is_told_with_what_stands_in_its_way(table: Table):
    """The node's own rule keeps back what the new agreement speaks of."""
    look = await table.looks("social-worker-herts", "care-home-resident", BESIDE)

    told = await table.found(table.desk.edited(HERTS, lambda text: text + AGREES))
    kinds = ["ordinary things", "their own organisation's"]
    assert changed(told) == [(look, "explains", HERTS, "IMMUNISATIONS", "R1330", kinds)]
    assert told["changes"][0]["because"] == [f"node:{HERTS}/social-care"]


async def test_people_are_not_named(table: Table):
    """Neither who looked nor at whom, by name, number or account."""
    look = await table.looks("gp-london")
    bundle = table.desk.edited(HERTS, lambda text: text + CLOSES)

    story = table.system.people.stories[PERSON]
    person = story.resident.traced[0].person
    looked = personas()["gp-london"]
    for options in ((), ("--json",)):
        done = await table.replays(bundle, *options)
        assert (done.exit_code, done.stderr) == (3, "")
        assert look in done.stdout
        for secret in (story.nhs_number, person.name.family, looked.subject, looked.name):
            assert secret not in done.stdout, secret


async def test_what_has_changed_since_is_not_the_candidate_s_doing(table: Table):
    """A bundle was published after the look; another that adds nothing to it changes nothing."""
    await table.looks("gp-london")
    published = table.desk.edited(HERTS, lambda text: text + CLOSES)
    await table.desk.sign(published, OWN_SIGNER[HERTS], SECOND_PAIR_OF_EYES)
    assert not await table.desk.publish(published)

    told = await table.found(published)
    assert told["changes"] == []
    (moved,) = told["movedAlready"]
    assert (moved["node"], moved["category"], moved["count"]) == (HERTS, "RESULTS", 1)
    before = await table.found(table.desk.edited(HERTS, str))
    assert [one["direction"] for one in before["changes"]] == ["opens"]
    assert before["changes"][0]["recorded"]["outcome"] == "permit"
    assert before["changes"][0]["now"]["outcome"] == "withhold"


async def test_looks_are_chosen_by_day_organisation_and_node(table: Table):
    """None of another day, another organisation or about another node."""
    await table.looks("gp-london")
    bundle = table.desk.edited(HERTS, lambda text: text + CLOSES)

    day = str(today())
    chosen = ("--since", day, "--until", day, "--organisation", "Z99101", "--node", HERTS)
    assert len((await table.found(bundle, *chosen))["changes"]) == 1
    for others in (("--organisation", "RRV"), ("--until", "2026-01-01"), ("--since", "2100-01-01")):
        told = await table.found(bundle, *others)
        assert (told["looks"], told["changes"]) == (0, [])
    assert (await table.found(bundle, "--node", LONDON))["changes"] == []


async def test_what_cannot_be_read_is_a_fault(table: Table, tmp_path: Path):
    """Exit code 1, which no list of changes has."""
    bundle = table.desk.edited(HERTS, lambda text: text + CLOSES.replace("role-may", "roll-may"))
    refused = await table.replays(bundle)
    assert refused.exit_code == 1
    assert "roll-may-not-see" in refused.output
    whole = table.desk.edited(HERTS, str)
    missing = await table.replays(whole, "--settings", str(tmp_path / "none.toml"))
    assert missing.exit_code == 1

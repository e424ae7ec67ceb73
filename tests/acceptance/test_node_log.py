"""A region reads what was asked of it, over HTTP, and nobody else does."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import fhirkit
import pytest
import pytest_asyncio
from click.testing import CliRunner

from demo.personas import personas
from gateway.cli import main
from tests.acceptance.answer import Answer
from tests.acceptance.asking import As, Caller
from tests.acceptance.launching import Launched
from tests.scenarios.network import RunningGateway, System

LONDON, HERTS, MILTON_KEYNES = "london-care-record", "herts-west-essex", "milton-keynes"
PERSON = "seen-in-watford"
OFFICER = {
    LONDON: "privacy-officer-london",
    HERTS: "privacy-officer-herts",
    MILTON_KEYNES: "privacy-officer-milton-keynes",
}
BACKWARDS = {"since": "2026-02-02", "until": "2026-02-01"}
QUERY = """
query ($node: ID!, $since: Date, $until: Date, $first: Int! = 50, $after: String) {
  nodeAccessLog(node: $node, since: $since, until: $until, first: $first, after: $after) {
    pageInfo { hasNextPage endCursor }
    edges { cursor node {
      id at kind actingAs role organisation { odsCode name kind } purpose emergency
      evidence { kind source } categories refused rules state code
      released withheld mismatches
    } }
  }
}"""


class Region:
    """A gateway of its own, whose log has nothing but this test's looks."""

    def __init__(self, system: System, gateway: RunningGateway, as_: As) -> None:
        self.system = system
        self.gateway = gateway
        self._as = as_

    def caller(self, persona: str) -> Caller:
        caller: Caller = self._as(persona, self.gateway)
        return caller

    async def asks(self, node: str, persona: str | None = None, **given: Any) -> Answer:
        caller = self.caller(persona or OFFICER[node])
        return await caller.sends(QUERY, {"node": node} | given)

    async def watling(self, *words: str) -> str:
        """What a command about the audit log of this gateway prints."""
        command = ["audit", *words, "--settings", str(self.gateway.settings_file)]
        done = await asyncio.to_thread(CliRunner().invoke, main, command)
        assert done.exit_code == 0, done.output
        return done.stdout

    async def log(self, node: str, **given: Any) -> list[Any]:
        answer = await self.asks(node, **given)
        assert not answer.body.get("errors"), answer
        return [edge["node"] for edge in answer.body["data"]["nodeAccessLog"]["edges"]]


@pytest_asyncio.fixture
async def region(system: System, as_: As, request: pytest.FixtureRequest) -> Region:
    return Region(system, system.gateway_of(request.node.nodeid, lambda _: None), as_)


async def test_a_region_reads_who_asked_it_for_what(region: Region):
    """Organisation, role, purpose, evidence, rules, and how much was shown; newest first."""
    await region.caller("gp-london").asks(about="everywhere", categories=("ALLERGIES", "PROBLEMS"))
    await region.caller("ed-doctor-watford").asks(about=PERSON, categories=("ALLERGIES",))
    second, first = await region.log(HERTS)
    assert (second["organisation"]["odsCode"], first["organisation"]["odsCode"]) == (
        "RWG",
        "Z99101",
    )
    assert first["organisation"]["kind"] == "gp"
    assert first["organisation"]["name"] != "Z99101"
    assert (first["kind"], first["role"], first["actingAs"], first["purpose"]) == (
        "VIEW",
        "R0260",
        "PROFESSIONAL",
        "DIRECT_CARE",
    )
    assert first["categories"] == ["ALLERGIES", "PROBLEMS"]
    assert first["evidence"]
    assert first["rules"]
    assert first["released"] > 0
    assert (first["mismatches"], first["state"], first["emergency"]) == (0, None, False)


async def test_what_its_rules_kept_back_is_counted(region: Region):
    """A category that its agreement does not open is refused, whether or not anything is held."""
    await region.caller("social-worker-herts").asks(
        about="care-home-resident", categories=("CONTACTS", "RESULTS")
    )
    (look,) = await region.log(HERTS)
    assert look["refused"] == ["RESULTS"]
    assert look["categories"] == ["CONTACTS"]
    assert look["rules"]


async def test_a_node_that_was_not_asked_reads_that_its_rules_said_no(region: Region):
    """Results are agreed with no social worker, so nobody asked; that is told all the same."""
    await region.caller("social-worker-herts").asks(
        about="care-home-resident", categories=("RESULTS",)
    )
    (look,) = await region.log(MILTON_KEYNES)
    assert (look["categories"], look["refused"]) == ([], ["RESULTS"])
    assert look["released"] == 0


async def test_emergency_access_is_in_the_log_of_whom_it_reaches(region: Region):
    """And of nobody else."""
    doctor = region.caller("ed-doctor-watford")
    granted = await doctor.does(
        "breakGlass",
        "id",
        PERSON,
        reasonCode="LACKS_CAPACITY",
        reason="found unconscious in the street",
        sources=[LONDON],
    )
    assert granted.refused_with is None
    (look,) = await region.log(LONDON)
    assert (look["kind"], look["emergency"], look["organisation"]["odsCode"]) == (
        "BREAK_GLASS",
        True,
        "RWG",
    )
    assert await region.log(HERTS) == []


@pytest.mark.parametrize(
    "persona",
    [
        OFFICER[LONDON],
        OFFICER[MILTON_KEYNES],
        "operator",
        "approver-herts",
        "ed-doctor-watford",
        "social-worker-herts",
        "citizen",
    ],
)
async def test_nobody_else_reads_it(region: Region, persona: str):
    """FORBIDDEN, one answer whatever is in it; and the attempt is on the record."""
    await region.caller("gp-london").asks(about=PERSON, categories=("ALLERGIES",))
    answer = await region.asks(HERTS, persona)
    assert answer.refused_with == "FORBIDDEN"
    assert answer.body.get("data") is None
    *_, attempt = await region.caller(persona).events("REFUSAL")
    assert (attempt["deed"], attempt["nodes"]) == ("READ_NODE_LOG", [HERTS])


async def test_nothing_of_the_person_or_of_other_nodes_is_in_it(region: Region):
    """No number, name, birth date, item, reason or other node, in any entry or cursor."""
    await region.caller("gp-london").asks(about=PERSON, categories=("ALLERGIES", "MEDICATIONS"))
    doctor = region.caller("ed-doctor-watford")
    await doctor.does("breakGlass", "id", PERSON, reasonCode="RISK_TO_LIFE", reason="not breathing")
    answer = await region.asks(HERTS)
    text = json.dumps(answer.body)
    story = region.system.people.stories[PERSON]
    person = story.resident.traced[0].person
    looked = [personas()[one] for one in ("gp-london", "ed-doctor-watford")]
    secrets = [story.nhs_number, story.birth_date, person.name.family, "not breathing"]
    secrets += [one.name for one in looked] + [one.subject for one in looked]
    secrets += [f'"{node}"' for node in (LONDON, MILTON_KEYNES, "universal-care-plan")]
    assert [secret for secret in secrets if secret in text] == []
    assert len(answer.body["data"]["nodeAccessLog"]["edges"]) == 2


async def test_a_node_that_was_retired_has_its_log_still(region: Region):
    """Over the schema, as before, for its own officers alone; and their queue of alerts."""
    await region.caller("gp-london").asks(about=PERSON, categories=("ALLERGIES",))
    settings = ("--settings", str(region.gateway.settings_file))
    retired = ["node", "retire", HERTS, "--reason", "it is over", *settings]
    done = await asyncio.to_thread(CliRunner().invoke, main, retired)
    assert done.exit_code == 0, done.output
    caller = region.caller(OFFICER[HERTS])
    while HERTS in str((await caller.sends("{ recordNodes { id } }", {})).body):
        pass
    assert len(await region.log(HERTS)) == 1
    assert (await region.asks(HERTS, OFFICER[LONDON])).refused_with == "FORBIDDEN"
    queue = f'{{ accessReviews(node: "{HERTS}", first: 5) {{ edges {{ cursor }} }} }}'
    assert (await caller.sends(queue, {})).refused_with is None
    recalls = f'{{ recalls(node: "{HERTS}", first: 5) {{ edges {{ cursor }} }} }}'
    assert (await caller.sends(recalls, {})).refused_with is None
    assert (await region.caller(OFFICER[LONDON]).sends(recalls, {})).refused_with == "FORBIDDEN"


async def test_each_reading_is_on_the_record(region: Region):
    """Which node and page, and how many entries; and it is no look of its own."""
    await region.caller("gp-london").asks(about=PERSON, categories=("ALLERGIES",))
    assert len(await region.log(HERTS)) == len(await region.log(HERTS)) == 1
    *_, read = await region.caller(OFFICER[HERTS]).events("READ_NODE_LOG")
    assert read["nodes"] == [HERTS]
    assert read["logRead"] == {"first": 50, "entries": 1}
    assert read["sealed"]["name"] == personas()[OFFICER[HERTS]].name


async def test_pages_and_bad_arguments(region: Region):
    """A page has its cursor; a node that is none, and a page out of range, are named."""
    for _ in range(3):
        await region.caller("gp-london").asks(about=PERSON, categories=("ALLERGIES",))
    whole = [look["id"] for look in await region.log(HERTS)]
    first = (await region.asks(HERTS, first=2)).body["data"]["nodeAccessLog"]
    assert first["pageInfo"]["hasNextPage"]
    rest = await region.log(HERTS, first=2, after=first["pageInfo"]["endCursor"])
    assert [edge["node"]["id"] for edge in first["edges"]] + [one["id"] for one in rest] == whole
    assert len(whole) == 3
    bad = {
        "BAD_USER_INPUT": ({"first": 0}, {"first": 501}, BACKWARDS),
        "INVALID_CURSOR": ({"after": "00ff"},),
    }
    for code, given in bad.items():
        for one in given:
            assert (await region.asks(HERTS, **one)).refused_with == code
    unknown = await region.asks("no-such-node", OFFICER[HERTS])
    assert unknown.refused_with == "BAD_USER_INPUT"
    assert "no-such-node" not in json.dumps(unknown.body)


async def test_one_log_a_request(region: Region):
    """As one person a request: two in one document are refused."""
    caller = region.caller(OFFICER[HERTS])
    one = f"nodeAccessLog(node: {json.dumps(HERTS)}) {{ edges {{ cursor }} }}"
    assert (
        await caller.sends(f"{{ a: {one} b: {one} }}", {})
    ).refused_with == "ONE_PERSON_PER_REQUEST"


async def test_what_a_rule_hides_is_counted_for_whose_rule_it_is(
    region: Region, launched: Launched
):
    """Whoever asked reads nothing of it; the node's own officers read how much it was."""
    about = "sensitive-items"
    launch = await launched("gp-london", about, "REFERRAL", at=region.gateway)
    answer = await region.caller("gp-london").asks(
        about=about, categories=("PROBLEMS",), launch=launch
    )
    assert answer.titles("PROBLEMS") == ["Asthma"]
    assert answer.states("PROBLEMS")[LONDON] == "FRESH"
    (look,) = await region.log(LONDON)
    assert (look["released"], look["withheld"]) == (1, 1)


async def test_receipt_log_and_export_tell_the_same(region: Region, tmp_path: Path):
    """Of a gateway that runs: totals are the log's entries added up, and the export has both."""
    for persona in ("gp-london", "gp-london", "ed-doctor-watford"):
        await region.caller(persona).asks(about="everywhere", categories=("ALLERGIES", "RESULTS"))
    looks = await region.log(HERTS)
    month = looks[0]["at"][:7]

    told = json.loads(await region.watling("receipt", "--node", HERTS, "--month", month))
    total = told["receipt"]["total"]
    for count in ("released", "withheld", "mismatches"):
        assert total[count] == sum(look[count] for look in looks), count
    assert total["looks"] == len(looks) == 3
    assert total["refused"] == sum(bool(look["refused"]) for look in looks)
    by_organisation = {line["organisation"]: line["looks"] for line in told["receipt"]["lines"]}
    assert by_organisation == {"Z99101": 2, "RWG": 1}
    file = tmp_path / "receipt.json"
    file.write_text(json.dumps(told))
    assert "as it was signed" in await region.watling("receipt", "verify", str(file))

    lines = (await region.watling("export", "--format", "fhir", "--node", HERTS)).splitlines()
    events = [json.loads(line) for line in lines]
    assert [str(issue) for event in events for issue in fhirkit.validate(event)] == []
    kinds = [event["subtype"][-1]["code"] for event in events]
    assert (kinds.count("NODE_CALL"), kinds.count("READ_NODE_LOG")) == (3, 1)
    assert kinds.count("RECEIPT_MADE") == 1
    number = region.system.people.stories["everywhere"].nhs_number
    assert number not in "".join(lines)

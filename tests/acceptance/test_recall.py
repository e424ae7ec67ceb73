"""A source calls an item back: whoever was shown it is told, and its region sees who has read that.

Over HTTP and by command, with the gateway killed in between.
"""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from typing import Any

import pytest
from click.testing import CliRunner

from federation.model import NodeId
from gateway.cli import main
from gateway.settings import load_settings
from tests.acceptance.answer import Answer
from tests.acceptance.asking import As, Caller
from tests.acceptance.test_second_look import told
from tests.scenarios.network import RunningGateway, System

HERTS = NodeId("herts-west-essex")
OFFICER, ANOTHER = "privacy-officer-herts", "privacy-officer-london"
ABOUT = "everywhere"
_FIELDS = "id views viewers notified others acknowledged unread next"
_RECALL = (
    f"mutation ($input: RecallItemInput!) {{ recallItem(input: $input) {{ {_FIELDS} reason }} }}"
)
_RECALLS = (
    f"query ($node: ID!) {{ recalls(node: $node) {{ edges {{ node {{ {_FIELDS} sourceId }} }} }} }}"
)
_ACKNOWLEDGE = "mutation ($id: ID!) { acknowledgeFollowUp(id: $id) { acknowledgedAt } }"


class Region:
    """A gateway in a process of its own, where a node's allergy was seen."""

    def __init__(self, system: System, as_: As) -> None:
        self._system, self._as = system, as_
        self.gateway: RunningGateway = system.own_gateway(lambda _: None)
        self.item = ""

    def as_(self, persona: str) -> Caller:
        return self._as(persona, self.gateway)

    async def sees(self, persona: str) -> list[str]:
        """The node's items on the screen of somebody who looks."""
        caller = self.as_(persona)
        answer = await caller.asks(about=ABOUT, categories=("ALLERGIES",))
        assert answer.refused_with is None, answer
        view = (await caller.events("VIEW"))[-1]
        return [
            item[1]
            for section in view["sealed"].get("shown", ())
            for line in section.get("lines", ())
            for item in line
            if item[0] == HERTS
        ]

    async def recalls(self, persona: str = OFFICER, **given: Any) -> Answer:
        what = {"node": HERTS, "sourceId": self.item, "reason": "WITHDRAWN"} | given
        return await self.as_(persona).sends(_RECALL, {"input": what})

    async def stands(self) -> Any:
        answer = await self.as_(OFFICER).sends(_RECALLS, {"node": HERTS})
        assert answer.refused_with is None, answer
        (edge,) = answer.body["data"]["recalls"]["edges"]
        return edge["node"]

    async def watling(self, *words: str) -> str:
        command = ["recall", "--node", HERTS, *words]
        command += ["--settings", str(self.gateway.settings_file)]
        done = await asyncio.to_thread(
            CliRunner().invoke, main, command, env={"COLUMNS": "200"}, catch_exceptions=False
        )
        assert done.exit_code == 0, done.output
        return done.stdout

    def store(self, statement: str) -> None:
        url = load_settings(self.gateway.settings_file, {}).storage_url.reveal()
        path = url.removeprefix("sqlite:///")
        with closing(sqlite3.connect(path, timeout=10)) as database, database:
            database.execute(statement)

    def killed(self) -> None:
        self.gateway = self._system.restarted(self.gateway)


@pytest.fixture
def region(system: System, as_: As) -> Region:
    return Region(system, as_)


async def two_have_seen_it(region: Region) -> None:
    """Two of different organisations; from a third the person's objection keeps it."""
    region.item = (await region.sees("gp-herts"))[0]
    assert region.item in await region.sees("gp-london")
    said = await region.as_("gp-herts").does(
        "recordObjection", "id", ABOUT, effect="OBJECT", source=HERTS, inEmergency=True
    )
    assert said.refused_with is None, said
    assert region.item not in await region.sees("gp-milton-keynes")


async def test_only_who_was_shown_it_is_told(region: Region):
    """Two are told in one sentence and say that they read it; the region sees how many have."""
    await two_have_seen_it(region)
    refused = await region.recalls(ANOTHER)
    assert refused.refused_with == "FORBIDDEN"
    assert await told(region.as_("gp-herts")) == []

    answer = await region.recalls()

    assert answer.refused_with is None, answer
    done = answer.body["data"]["recallItem"]
    assert (done["views"], done["viewers"], done["notified"]) == (2, 2, 2)
    assert (done["others"], done["acknowledged"], done["unread"], done["next"]) == (0, 0, 0, None)
    for persona in ("gp-herts", "gp-london"):
        (one,) = await told(region.as_(persona))
        assert (one["kind"], one["category"], one["source"]["id"]) == ("RECALL", "ALLERGIES", HERTS)
        assert one["sentence"] == (
            "0 minutes after your view: Hertfordshire and West Essex has withdrawn an entry under"
            " allergies that you were shown: do not rely on it, and look again"
        )
        assert one["viewId"] == (await region.as_(persona).events("VIEW"))[-1]["viewId"]
    assert await told(region.as_("gp-milton-keynes")) == []

    (one,) = await told(region.as_("gp-london"))
    said = await region.as_("gp-london").sends(_ACKNOWLEDGE, {"id": one["id"]})
    assert said.refused_with is None, said
    assert (await region.stands())["acknowledged"] == 1
    assert (await region.stands())["notified"] == 2


async def test_a_recall_that_was_broken_off_goes_on(region: Region):
    """Nothing can be written, the gateway is killed: asked for again it tells each of them once."""
    await two_have_seen_it(region)
    region.store(
        "CREATE TRIGGER full BEFORE INSERT ON audit_event WHEN NEW.kind = 'RECALL_NOTICE'"
        " BEGIN SELECT RAISE(ABORT, 'no room'); END"
    )
    assert (await region.recalls()).refused_with == "AUDIT_UNAVAILABLE"
    assert await told(region.as_("gp-herts")) == []
    region.killed()
    region.store("DROP TRIGGER full")
    assert (await region.stands())["views"] == 0
    for _ in range(2):
        done = (await region.recalls()).body["data"]["recallItem"]
        assert (done["views"], done["notified"]) == (2, 2)
    region.killed()
    assert len(await told(region.as_("gp-herts"))) == 1
    assert len(await told(region.as_("gp-london"))) == 1


async def test_by_command_beside_the_gateway(region: Region):
    """What it would tell, then that it did; the gateway's callers read it once, however often."""
    await two_have_seen_it(region)
    words = ("--source-id", region.item, "--reason", "WITHDRAWN")
    tried = await region.watling(*words, "--dry-run")
    assert "nobody was told" in tried
    assert await told(region.as_("gp-herts")) == []
    done = await region.watling(*words)
    assert region.item in done
    (one,) = await told(region.as_("gp-herts"))
    assert one["kind"] == "RECALL"
    await region.watling(*words)
    assert (await region.recalls()).body["data"]["recallItem"]["notified"] == 2
    assert len(await told(region.as_("gp-herts"))) == 1
    await region.as_("gp-herts").sends(_ACKNOWLEDGE, {"id": one["id"]})
    row = next(line for line in (await region.watling("--status")).splitlines() if "WITHD" in line)
    assert [word.strip() for word in row.strip("│ ").split("│")][-5:] == ["2", "2", "2", "0", "1"]

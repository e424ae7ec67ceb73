"""From an empty folder to the merged record, beside traffic that notices nothing.

A region begins with `watling node new`, has its node checked, and joins a gateway that answers all
the while and is never restarted.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import tomllib
from collections.abc import Mapping
from contextlib import ExitStack
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from graphql import get_introspection_query

from demo.model import GATEWAY
from demo.signing import private_key
from federation.audit.wanted import local_day
from federation.conformance import Outcome, report_in
from federation.joining.signing import unverified
from gateway.cli.sharing.terminal import now
from tests.acceptance.answer import Answer
from tests.acceptance.asking import As
from tests.acceptance.joining import KID, MANY, Asking, Joiner
from tests.acceptance.publishing import SECOND_PAIR_OF_EYES
from tests.acceptance.test_node_kit import about
from tests.scaffolding import a_project, replace_in, run_in, served, set_node
from tests.scenarios.network import RunningGateway, System

NODE = "chiltern-care"
"""What the scaffold was begun for: the region, and its node."""
CHECKER = "urn:watling:conformance"
TESTERS = "Z99101"
TESTER, OTHER, NEIGHBOUR = "gp-london", "gp-herts", "approver-herts"
MANY_ANSWERS, LOOKS = 50, 300
COMING, FRESH = "NOT_ASKED NODE_NOT_LIVE", "FRESH"
HELD = "Latex"
"""An allergy that nobody but the new node holds."""


class Newcomer(Joiner):
    """A region that writes its node itself: a test endpoint, and a live one of the same project."""

    def __init__(
        self, system: System, gateway: RunningGateway, as_: As, project: Path, live: Path
    ) -> None:
        super().__init__(gateway, as_, project, NODE)
        self.system = system
        self.live = live
        self._running = ExitStack()
        self._tested = ExitStack()

    async def serves(self) -> None:
        """Both endpoints, as processes: the test people at one, one whom all know at the other."""
        about(self.system, self.live)
        for folder in (self.folder, self.live):
            made = await asyncio.to_thread(run_in, folder, "make_example.py")
            assert made.returncode == 0, made.stderr
        self.knows(self.live, GATEWAY, f"{self.gateway.url}/.well-known/jwks.json")
        told = await self._start(self._running, self.live)
        await self.watling("keys", "make", self.folder / "checker.json", settings=False)
        keys = await self.watling("node", "jwks", self.folder / "checker.json", settings=False)
        (self.folder / "checkers.json").write_text(keys)
        proposed = (self.folder / "node.toml").read_text().replace("# test_", "test_")
        (self.folder / "node.toml").write_text(proposed)
        assert tomllib.loads(proposed)["test_people"]
        self.knows(self.folder, CHECKER, "checkers.json")
        tried = await self._start(self._tested, self.folder)
        self.describe(test=tried["url"], live=told["url"])

    async def believes_the_gateway(self) -> None:
        """The test endpoint at the same address again, for the gateway that it is to join."""
        port = urlsplit(self.test).port or 0
        await asyncio.to_thread(self._tested.close)
        self.knows(self.folder, GATEWAY, f"{self.gateway.url}/.well-known/jwks.json")
        await self._start(self._tested, self.folder, port)

    def ends(self) -> None:
        self._tested.close()
        self._running.close()

    def knows(self, folder: Path, gateway: str, keys: str) -> None:
        set_node(folder, gateway=gateway, gateway_keys=keys)

    def describe(self, test: str, live: str) -> None:
        """What the scaffold leaves to be filled in, of the descriptor and of the rules."""
        self.test = test
        offered = tomllib.loads(self.descriptor.read_text())
        replace_in(
            self.descriptor,
            {
                f'endpoint = "{offered["test"]["endpoint"]}"': f'endpoint = "{test}"\nhooks = '
                f'"{test.replace("/graphql", "/rehearsal")}"',
                f'endpoint = "{offered["live"]["endpoint"]}"': f'endpoint = "{live}"',
                offered["keys"][0]["sha256"]: self.mark,
                # A busy machine is nobody's fault.
                "timeout_seconds = 5": "timeout_seconds = 30\np95_seconds = 30",
            },
        )
        rules = self.folder / "sharing.toml"
        head, _, agreement = rules.read_text().partition("[[agreement]]")
        for region in ("london", "hertfordshire-west-essex"):
            with_them = agreement.replace(
                f'requester_region = "{NODE}"', f'requester_region = "{region}"'
            )
            head += "[[agreement]]" + with_them.replace(f'id = "{NODE}-to-', f'id = "{region}-')
        rules.write_text(head)

    async def publishes(self) -> None:
        """Its rules: signed by the region itself, and by the network's second pair of eyes."""
        rules = self.folder / "sharing.toml"
        signers = {
            KID: self.key,
            SECOND_PAIR_OF_EYES: private_key(self.system.place, SECOND_PAIR_OF_EYES),
        }
        for signer, key in signers.items():
            given = ("--key", key, "--as", signer)
            await self.watling("sharing", "sign", rules, *given, settings=False)
        await self.watling("sharing", "publish", rules)

    async def shadowed(self) -> Any:
        """What the page of today says, once a look was made beside the traffic and answered."""
        file = self.folder / "day.json"
        for _ in range(MANY):
            day = ("--day", local_day(now()).isoformat(), "--json", file)
            await self.watling("node", "shadow-day", NODE, *day)
            said = json.loads(file.read_text())
            if said["answered"]:
                return said
        raise AssertionError("nobody was asked beside the traffic")

    async def _start(self, stack: ExitStack, folder: Path, port: int = 0) -> Mapping[str, Any]:
        return await asyncio.to_thread(stack.enter_context, served(folder, port))


@pytest.mark.timeout(600)
async def test_from_an_empty_folder_to_the_merged_record(
    system: System, as_: As, tmp_path: Path
) -> None:
    """Each step is seen by readers as it should be; no request fails, and no schema changes."""
    gateway = system.own_gateway(settings={"examine_nodes": True})
    project = await asyncio.to_thread(a_project, tmp_path / "node")
    live = Path(shutil.copytree(project, tmp_path / "live"))
    region = Newcomer(system, gateway, as_, project, live)
    schema = await _schema(region)
    try:
        caller = region.caller(TESTER)
        async with Asking(caller, node=NODE, category="ALLERGIES", most=LOOKS) as asking:
            before = await asking.until(None)
            await _it_is_checked_at_home(region)
            await _it_is_submitted(region)
            await _it_is_approved(region, asking)
            await _it_runs_in_the_shadow(region, asking)
            others = await _it_is_tried(region, asking)
            await _it_is_live(region, others)
            after = await asking.until(FRESH)
        assert gateway.host.is_running
        assert await _schema(region) == schema
        # One that starts later believes the region's signature under its rules as well.
        region.gateway = await asyncio.to_thread(system.restarted, gateway)
        later = await _seen_elsewhere(region)
    finally:
        await asyncio.to_thread(region.ends)
    assert _without(after) == _without(before)
    assert later.states("ALLERGIES")[NODE] == FRESH
    assert len(asking.answers) > MANY_ANSWERS
    assert not asking.unanswered


async def _it_is_checked_at_home(region: Newcomer) -> None:
    await region.serves()
    await region.watling("node", "digests", region.descriptor, settings=False)
    key = ("--key", region.folder / "checker.json", "--load-seconds", "1")
    told = await region.watling("node", "check", region.descriptor, *key, settings=False)
    assert "25 PASS, 0 FAIL, 1 NOT TESTABLE" in told


async def _it_is_submitted(region: Newcomer) -> None:
    """The gateway checks it by itself, and readers are told nothing."""
    await region.enrol()
    await region.sign()
    await region.believes_the_gateway()
    await region.submit()
    told = await region.reported()
    assert (told["state"], told["reportPassed"]) == ("AWAITING_APPROVAL", True)
    report = report_in(unverified(told["report"]))
    assert report.descriptor_digest == region.digest
    # There is no TLS on one's own machine.
    assert [one.letter for one in report.results if one.outcome is not Outcome.PASS] == ["x"]
    assert NODE not in await _states(region)


async def _it_is_approved(region: Newcomer, asking: Asking) -> None:
    await region.approve()
    assert (await asking.until(None)).states("ALLERGIES").get(NODE) is None
    assert await region.approves(NEIGHBOUR) == "SHADOW"
    assert (await asking.until(COMING)).states("ALLERGIES")[NODE] == COMING


async def _it_runs_in_the_shadow(region: Newcomer, asking: Asking) -> None:
    """By its rules, which are published now; it is asked beside the traffic and shown nowhere."""
    await region.publishes()
    day = await region.shadowed()
    (allergies,) = [one for one in day["categories"] if one["category"] == "ALLERGIES"]
    assert (allergies["shared"] > 0, day["mismatched"]) == (True, 0)
    assert (region.live / "looks.jsonl").read_text()
    assert not any(NODE in _sources(one) for one in asking.answers)


async def _it_is_tried(region: Newcomer, asking: Asking) -> Answer:
    """Its testers see it of their own patients, and nobody else does: what those see."""
    await region.watling("node", "safety-only", NODE, "--tester", TESTERS)
    tried = await asking.until(FRESH)
    assert (tried.states("ALLERGIES")[NODE], NODE in _sources(tried)) == (FRESH, True)
    others = await _seen_elsewhere(region)
    assert (others.states("ALLERGIES")[NODE], NODE in _sources(others)) == (COMING, False)
    return others


async def _it_is_live(region: Newcomer, before: Answer) -> None:
    """Everybody sees its data, beside what they saw before."""
    await region.watling("node", "live", NODE)
    for _ in range(MANY):
        after = await _seen_elsewhere(region)
        if after.states("ALLERGIES")[NODE] != COMING:
            break
    assert (await _states(region))[NODE] == "LIVE"
    assert after.states("ALLERGIES")[NODE] == FRESH
    assert HELD in after.titles("ALLERGIES")
    assert _sources(before)
    assert _sources(after) == {NODE, *_sources(before)}
    assert _without(after) == _without(before)


async def _seen_elsewhere(region: Newcomer) -> Answer:
    return await region.caller(OTHER).asks(about="everywhere", categories=("ALLERGIES",))


async def _schema(region: Joiner) -> str:
    told = await region.caller(TESTER).sends(get_introspection_query(), {})
    assert told.refused_with is None, told
    return sha256(json.dumps(told.body).encode()).hexdigest()


async def _states(region: Joiner) -> dict[str, str]:
    told = await region.caller(OTHER).sends("{ recordNodes { id state } }", {})
    return {one["id"]: one["state"] for one in told.body["data"]["recordNodes"]}


def _sources(answer: Answer) -> set[str]:
    return {item["source"]["id"] for item in answer.items("ALLERGIES")}


def _without(answer: Answer) -> dict[str, str]:
    return {node: said for node, said in answer.states("ALLERGIES").items() if node != NODE}

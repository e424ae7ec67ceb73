"""As many nodes as England has integrated care boards, all joined at one gateway that runs."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from demo.signing import private_key
from federation.conformance import canonical
from federation.joining.signing import sign as signed_descriptor
from federation.joining.steps import Enrolment, RegionKey, Report
from federation.sharing.signatures import sign as signed_rules
from federation.storage import open_storage
from gateway.cli.sharing.terminal import now
from gateway.joining.operating import operating
from gateway.settings import load_settings
from gateway.sharing import read_bundle, read_signing_key, signature_file
from gateway.sharing.follower import row_of
from tests.acceptance.answer import Answer
from tests.acceptance.asking import As
from tests.acceptance.joining import KID, MANY, Region, called, passed
from tests.acceptance.publishing import SECOND_PAIR_OF_EYES
from tests.scenarios.network import RunningGateway, System
from tests.scenarios.processes import Process
from tests.stubs.many_nodes import substance

NAMES = tuple(f"board-{number:02}" for number in range(1, 43))
MORTAL = frozenset(NAMES[-5:])
"""Those that are killed in the end."""
OPERATOR, NEIGHBOUR, PRACTICE = "operator", "approver-herts", "gp-london"
LOOKS = 100
FRESH, DOWN = "FRESH", "UNAVAILABLE CONNECTION_REFUSED"
RULES = """[bundle]
owner = "node:{node}"
version = "1"
effective_from = 2026-01-01T00:00:00Z
title = "{node}: sharing rules"
contact = "{node} service desk, 01632 960000"

[[agreement]]
id = "{node}-to-london"
version = "1"
requester_region = "london"
organisation_kinds = ["gp"]
roles = ["R0260"]
categories = ["DEMOGRAPHICS", "ALLERGIES"]
purposes = ["DIRECT_CARE"]
valid_from = 2026-01-01
signatories = ["Rosa Tindle, {node}"]
"""


class Boards:
    """Forty-two regions with a node each, and the operator of the gateway that they join.

    What the tool does of each in a process of its own is done here over a store that is opened
    once: to enrol, to file a report, to publish. The other steps go over the schema.
    """

    def __init__(self, system: System, gateway: RunningGateway, as_: As, folder: Path) -> None:
        self.system = system
        self.gateway = gateway
        self.practice = as_(PRACTICE, gateway)
        self._settings = load_settings(gateway.settings_file, {})
        lasting, addresses = system.many_nodes([one for one in NAMES if one not in MORTAL])
        self.mortal, more = system.many_nodes(sorted(MORTAL))
        self.lasting: Process = lasting
        self.all = [
            self._board(as_, folder / name, name, {**addresses, **more}[name]) for name in NAMES
        ]

    def _board(self, as_: As, folder: Path, name: str, address: str) -> Region:
        folder.mkdir()
        rules = RULES.format(node=name)
        board = Region(self.system, self.gateway, as_, folder, name, live=address, rules=rules)
        board.offers = ("DEMOGRAPHICS", "ALLERGIES")
        board.write(1)
        return board

    async def join(self) -> None:
        """All of them, step by step, until the last one is live."""
        async with operating(self._settings, now) as steps:
            for one in self.all:
                await steps.take(_enrolment(one), one.node)
        for one in self.all:
            await _submits(one)
        async with operating(self._settings, now) as steps:
            for one in self.all:
                report = one.signs(canonical(passed(one.digest, one.node)))
                filed = Report(passed=True, signed=report)
                await steps.take(filed, one.node, one.node, one.digest)
        for one in self.all:
            await one.approves(OPERATOR)
            assert await one.approves(NEIGHBOUR) == "SHADOW"
        await self._publish()
        for one in self.all:
            for to, more in (("SAFETY_ONLY", {"testers": ["Z99101"]}), ("LIVE", {})):
                told = await one.does(OPERATOR, "promoteNode", id=one.node, to=to, **more)
                assert told.refused_with is None, told

    async def _publish(self) -> None:
        eyes = read_signing_key(private_key(self.system.place, SECOND_PAIR_OF_EYES))
        storage = await open_storage(self._settings.storage_url.reveal())
        try:
            for one in self.all:
                rules = one.folder / "sharing.toml"
                for signer, key in ((KID, read_signing_key(one.key)), (SECOND_PAIR_OF_EYES, eyes)):
                    signature = signed_rules(rules.read_bytes(), signer, key)
                    signature_file(rules, signer).write_text(signature)
                await storage.bundles.publish(row_of(read_bundle(rules), now(), "the boards"))
        finally:
            await storage.close()

    async def states(self) -> dict[str, str]:
        told = await self.practice.sends("{ recordNodes { id state } }", {})
        return {one["id"]: one["state"] for one in told.body["data"]["recordNodes"]}

    async def asks(self) -> Answer:
        return await self.practice.asks(about="everywhere", categories=("ALLERGIES",), first=100)

    async def until(self, there: Callable[[Answer], bool]) -> Answer:
        """The first answer that is so."""
        for _ in range(LOOKS):
            answer = await self.asks()
            if there(answer):
                return answer
        raise AssertionError(answer)


def _enrolment(board: Region) -> Enrolment:
    jwk = json.loads((board.folder / "region.json").read_text())
    key = RegionKey(kid=KID, jwk=jwk)
    return Enrolment(
        region=board.node, name=called(board.node), keys=(key,), networks=("127.0.0.0/8",)
    )


async def _submits(board: Region) -> None:
    body = board.descriptor.read_bytes()
    given = {
        "descriptor": signed_descriptor(body, KID, read_signing_key(board.key)),
        "expectations": (board.folder / "people.toml").read_text(),
        "bundle": (board.folder / "sharing.toml").read_text(),
    }
    told = await board.does(OPERATOR, "submitNode", **given)
    assert told.refused_with is None, told


def _of_the_boards(states: dict[str, str]) -> dict[str, str]:
    return {node: said for node, said in states.items() if node in NAMES}


def _own_items(answer: Answer) -> Counter[tuple[Any, Any]]:
    """How often each node's own line is there, by node."""
    return Counter(
        (item["source"]["id"], entry["title"])
        for entry in answer.section("ALLERGIES")["entries"]
        for item in entry["items"]
        if item["source"]["id"] in NAMES
    )


def _each_once(names: Sequence[str]) -> Counter[tuple[Any, Any]]:
    return Counter((name, substance(name)) for name in names)


@pytest.mark.long
@pytest.mark.timeout(600)
async def test_forty_two_nodes_join_and_are_in_one_record(
    system: System, as_: As, tmp_path: Path
) -> None:
    """Every one is asked and gives its own, once; where some are down, the others are there."""
    boards = Boards(system, system.own_gateway(), as_, tmp_path)
    before = await boards.asks()
    await boards.join()
    for _ in range(MANY):
        states = _of_the_boards(await boards.states())
        if set(states.values()) == {"LIVE"}:
            break
    assert states == dict.fromkeys(NAMES, "LIVE")

    everywhere = dict.fromkeys(NAMES, FRESH)
    whole = await boards.until(lambda one: _of_the_boards(one.states("ALLERGIES")) == everywhere)
    assert _own_items(whole) == _each_once(NAMES)
    assert set(before.titles("ALLERGIES")) < set(whole.titles("ALLERGIES"))

    boards.mortal.kill()
    partly = await boards.asks()
    said = _of_the_boards(partly.states("ALLERGIES"))
    assert said == {name: DOWN if name in MORTAL else FRESH for name in NAMES}
    assert _own_items(partly) == _each_once([name for name in NAMES if name not in MORTAL])
    assert partly.record["coverage"]["state"] == "SOME_SOURCES_MISSING"
    assert boards.gateway.host.is_running

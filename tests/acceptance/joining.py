"""A region that joins a gateway which runs, with the real tool: enrol, sign, submit and so on."""

from __future__ import annotations

import asyncio
import json
import shutil
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Any, Self

from click.testing import CliRunner
from joserfc.jwk import ECKey

from federation.conformance import CHECKS, Outcome, Report, Result, canonical
from federation.joining.signing import REPORT, sign, thumbprint
from federation.model import NodeId, NodeProtocol
from gateway.cli import main
from gateway.cli.sharing.terminal import now
from gateway.sharing import read_signing_key
from tests.acceptance.answer import Answer
from tests.acceptance.asking import As, Caller
from tests.scenarios.network import RunningGateway, System

NODE, KID = "milton-keynes", "key-1"
MANY = 20_000
"""No wait is longer than so many questions."""
OK = 200
LOOK_SECONDS = 0.2
"""Between two looks at what keeps the gateway and a node busy."""
SOON = 2.0
"""Whatever is asked so many seconds after a step is asked of the network that it makes."""
_DEMO = Path(__file__).parents[2] / "demo"
_OFFERED = ("DEMOGRAPHICS", "ALLERGIES", "MEDICATIONS", "PROBLEMS", "RESULTS")
NOWHERE = "http://127.0.0.1:1/graphql"


def without_the_node(network: dict[str, Any], node: str = NODE) -> None:
    """The network before it joined."""
    network["node"] = [row for row in network["node"] if row["id"] != node]


class Joiner:
    """A region with a descriptor in its folder, and the operator of the gateway that it joins."""

    def __init__(self, gateway: RunningGateway, as_: As, folder: Path, node: str) -> None:
        self.gateway = gateway
        self.as_ = as_
        self.folder = folder
        self.node = node
        self.descriptor = folder / "descriptor.toml"
        key = ECKey.generate_key("P-256", auto_kid=False)
        self.key = folder / "region.private.json"
        self.key.write_text(json.dumps(key.as_dict(private=True)))
        (folder / "region.json").write_text(json.dumps(key.as_dict(private=False)))
        self.mark = thumbprint(key)

    @property
    def digest(self) -> str:
        """What is approved."""
        return sha256(self.descriptor.read_bytes()).hexdigest()

    async def watling(self, *words: object, settings: bool = True) -> str:
        """One command of the real tool, which must not fail."""
        output, failed = await self.tries(*words, settings=settings)
        assert not failed, output
        return output

    async def tries(self, *words: object, settings: bool = True) -> tuple[str, bool]:
        """One command of the real tool, and whether it failed."""
        given = [str(word) for word in words]
        if settings:
            given += ["--settings", str(self.gateway.settings_file)]
        done = await asyncio.to_thread(CliRunner().invoke, main, given)
        assert done.exit_code in {0, 1}, done.output
        return done.output, bool(done.exit_code)

    async def enrol(self) -> None:
        key = f"{KID}={self.folder / 'region.json'}"
        named = ("--name", self.node, "--key", key, "--network", "127.0.0.0/8")
        await self.watling("region", "enrol", self.node, *named)

    async def sign(self) -> None:
        key = ("--key", self.key, "--as", KID)
        await self.watling("node", "sign", self.descriptor, *key, settings=False)

    async def submit(self) -> None:
        await self.watling("node", "submit", self.descriptor)

    async def approve(self) -> None:
        """As the operator."""
        await self.watling("node", "approve", self.node, "--digest", self.digest)

    def caller(self, persona: str) -> Caller:
        return self.as_(persona, self.gateway)

    async def does(self, persona: str, mutation: str, **given: Any) -> Answer:
        """A step over the schema."""
        kind = f"{mutation[0].upper()}{mutation[1:]}Input"
        query = f"mutation ($i: {kind}!) {{ {mutation}(input: $i) {{ id state }} }}"
        return await self.caller(persona).sends(query, {"i": given})

    async def approves(self, persona: str) -> str:
        """The same over the schema, by a neighbour; what state the node is in then."""
        given = {"id": self.node, "descriptorDigest": self.digest}
        answer = await self.does(persona, "approveNode", **given)
        assert answer.refused_with is None, answer
        return str(answer.body["data"]["approveNode"]["state"])

    async def reported(self) -> Any:
        """How the node stands once a report is filed."""
        query = "{ nodeSubmissions { id state reportPassed report } }"
        for _ in range(MANY):
            told = await self.caller("operator").sends(query, {})
            submitted = {one["id"]: one for one in told.body["data"]["nodeSubmissions"]}
            if submitted[self.node]["reportPassed"] is not None:
                return submitted[self.node]
            await asyncio.sleep(LOOK_SECONDS)
        raise AssertionError("no report was filed")


class Region(Joiner):
    """A region whose node runs: one of the demo, unless it is said where and by which rules."""

    def __init__(
        self,
        system: System,
        gateway: RunningGateway,
        as_: As,
        folder: Path,
        node: str = NODE,
        *,
        live: str | None = None,
        rules: str | None = None,
    ) -> None:
        super().__init__(gateway, as_, folder, node)
        self.system = system
        self.protocol = "GRAPHQL"
        self.test, self.live = NOWHERE, live or system.nodes[NodeId(node)]
        self.offers: tuple[str, ...] = _OFFERED
        self.limits = "calls_per_second = 5\np95_seconds = 30"
        self.more = ""
        rules = rules or (_DEMO / "sharing" / f"{node}.toml").read_text("utf-8")
        (folder / "sharing.toml").write_text(rules)
        (folder / "people.toml").write_text("# nobody\n")
        self.write(1)

    def write(self, version: int) -> None:
        """Its descriptor, in this version."""
        offers = "".join(
            f'[[categories]]\ncategory = "{one}"\ncurrent_within_minutes = 5\n'
            for one in self.offers
        )
        native = self.protocol == "GRAPHQL"
        hooks = f'hooks = "{self.test.replace("/graphql", "/rehearsal")}"' if native else ""
        name = called(self.node)
        contact = '{ name = "Suki Harland", phone = "01632 960333", email = "a@mk.example" }'
        self.descriptor.write_text(f"""
[node]
id = "{self.node}"
name = "{name}"
region = "{name}"
region_id = "{self.node}"
version = "{version}"
protocol = "{self.protocol}"
contact_route = "Milton Keynes service desk, 01632 960333"
{"echoes_request = true" if native else "verifies_requesters = false"}
[[controllers]]
name = "Milton Keynes Hospital"
ods_code = "RD8"
from = 2026-01-01
[test]
endpoint = "{self.test}"
{hooks}
[live]
endpoint = "{self.live}"
[limits]
{self.limits}
[contacts]
service_desk = {contact}
ig_lead = {contact}
caldicott_guardian = {contact}
clinical_safety_officer = {contact}
[[keys]]
use = "SIGNING"
sha256 = "{self.mark}"
[sharing]
file = "sharing.toml"
sha256 = "{_digest(self.folder / "sharing.toml")}"
[expectations]
file = "people.toml"
sha256 = "{_digest(self.folder / "people.toml")}"
{offers}{self.more}""")

    async def report(self) -> None:
        """What the checks came to, as if they had been run: all passed."""
        said, failed = await self.files(self.signs(canonical(passed(self.digest, self.node))))
        assert not failed, said

    def signs(self, body: bytes, kid: str = KID, key: ECKey | None = None) -> str:
        """A report under this key, or the region's."""
        return sign(body, kid, key or read_signing_key(self.key), REPORT)

    async def files(self, report: str) -> tuple[str, bool]:
        """What the tool says of this report, and whether it was refused."""
        file = self.folder / "report.jws"
        file.write_text(report)
        return await self.tries(
            "node", "report", self.node, "--digest", self.digest, "--file", file
        )

    def brings(self, test: str, offers: tuple[str, ...]) -> None:
        """Its test endpoint and the demo's test people, in its descriptor."""
        people = _DEMO / "conformance" / f"{self.node}.toml"
        shutil.copy(people, self.folder / "people.toml")
        self.test, self.offers = test, offers
        self.write(1)


def called(node: str) -> str:
    """What people call it."""
    return node.replace("-", " ").title()


def passed(digest: str, node: str = NODE) -> Report:
    moment = now()
    done = {"outcome": Outcome.PASS, "evidence": ("looked at",), "seconds": 0.1}
    return Report(
        node=node,
        name=called(node),
        protocol=NodeProtocol.GRAPHQL,
        endpoint="http://127.0.0.1:1/graphql",
        descriptor_digest=digest,
        categories=(),
        started_at=moment,
        finished_at=moment,
        rate_per_second=50,
        p95_seconds=3,
        people=1,
        people_digest="0" * 64,
        results=tuple(
            Result(letter=one.letter, title=one.title, why=one.why, mandatory=True, **done)
            for one in CHECKS
        ),
    )


def _digest(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()


class Asking:
    """Somebody who asks all the while, and what they were told.

    `most`: what is waited for is waited for as many answers, instead of for `SOON`.
    """

    def __init__(
        self,
        caller: Caller,
        *,
        node: str = NODE,
        category: str = "MEDICATIONS",
        most: int | None = None,
    ) -> None:
        self._caller = caller
        self._node = node
        self._category = category
        self._most = most
        self._task: asyncio.Task[None] | None = None
        self._answered = asyncio.Event()
        self.answers: list[Answer] = []

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._ask())
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._task
        self._task.cancel()
        # A request that failed for whatever reason is the test's to fail by.
        with suppress(asyncio.CancelledError):
            await self._task

    async def _ask(self) -> None:
        try:
            while True:
                self.answers.append(await self._caller.asks(about="everywhere"))
                self._answered.set()
        finally:
            self._answered.set()

    async def until(self, state: str | None) -> Answer:
        """The first answer in which the node's row is so, begun no later than it has to be."""
        clock = asyncio.get_running_loop().time
        begun, before = clock(), len(self.answers)
        while True:
            late = clock() > begun + SOON
            if self._most is not None:
                late = len(self.answers) > before + self._most
            self._answered.clear()
            assert self._task
            assert not self._task.done(), "somebody's request failed"
            await self._answered.wait()
            answer = self.answers[-1]
            if answer.states(self._category).get(self._node) == state or late:
                return answer

    @property
    def unanswered(self) -> list[Answer]:
        """What was no answer: there must be none."""
        return [one for one in self.answers if one.status != OK or one.refused_with is not None]

"""A region and a neighbour act from their own machines, over the schema, with the real tool."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import pytest_asyncio

from tests.acceptance.asking import As
from tests.acceptance.joining import NODE, Region, without_the_node
from tests.certificates import HERE, Authority, server_tls
from tests.scenarios.network import System
from tests.stubs.proxy import joined_with

OWN = "hertfordshire-west-essex"
"""The region whose approver the demo has, and here a second node of theirs."""
FOUNDER = "herts-west-essex"
_DEMO = Path(__file__).parents[2] / "demo"
_RULES = (_DEMO / "sharing" / f"{FOUNDER}.toml").read_text("utf-8")


class Remote:
    """Somebody at a machine of their own, with nothing of the gateway but its address."""

    def __init__(self, region: Region, persona: str) -> None:
        self._region = region
        self._at = region.gateway.url
        self.token = region.folder / f"{persona}.token"
        self.token.write_text(region.system.tokens.token(persona) + "\n")

    async def tries(self, *words: object, at: str | None = None, **given: object) -> str:
        """What `watling node` says, which is to fail."""
        return await self._does(words, at, given, fails=True)

    async def does(self, *words: object, at: str | None = None, **given: object) -> str:
        """What `watling node` says, which must not fail."""
        return await self._does(words, at, given, fails=False)

    async def _does(
        self, words: tuple[object, ...], at: str | None, given: dict[str, object], *, fails: bool
    ) -> str:
        more = [one for name, value in given.items() for one in (f"--{name}", value)]
        way = ("--gateway", at or self._at, "--token-file", self.token)
        said, failed = await self._region.tries("node", *words, *more, *way, settings=False)
        assert failed is fails, said
        assert self.token.read_text().strip() not in said
        return said


@pytest_asyncio.fixture
async def own(system: System, as_: As, request: pytest.FixtureRequest, tmp_path: Path) -> Region:
    """The region's own node, not submitted yet."""
    gateway = system.gateway_of(request.node.nodeid, without_the_node)
    rules = _RULES.replace(f"node:{FOUNDER}", f"node:{OWN}")
    nowhere = "http://127.0.0.1:2/graphql"
    region = Region(system, gateway, as_, tmp_path, OWN, live=nowhere, rules=rules)
    await region.enrol()
    return region


async def test_a_region_submits_from_its_own_machine(own: Region):
    """Without the operator's settings; it reads how its node stands, and does not approve it."""
    region = Remote(own, "approver-herts")
    said = await region.tries("submit", own.descriptor)
    assert "descriptor.toml.jws" in said
    await own.sign()
    assert f": {own.digest}" in await region.does("submit", own.descriptor)
    assert "SUBMITTED" in await region.does("status", OWN)
    refused = await region.tries("read", OWN, report=own.folder / "report.html")
    assert "watling: no report has been filed yet" in refused
    await own.report()
    page, text = own.folder / "report.html", own.folder / "read.toml"
    told = await region.does("read", OWN, report=page, descriptor=text)
    assert own.digest in told
    assert text.read_bytes() == own.descriptor.read_bytes()
    assert "Hertfordshire West Essex" in page.read_text()
    stands = await region.does("status", OWN)
    assert ("AWAITING_APPROVAL" in stands, "passed" in stands) == (True, True)
    refused = await region.tries("approve", OWN, digest=own.digest)
    assert refused.startswith("watling: FORBIDDEN: a region does not approve its own node")


async def test_a_fault_is_told_with_its_line_as_the_gateway_says_it(own: Region):
    """What only the gateway knows: here, in which networks the region may be."""
    outside = '"https://10.9.9.9/graphql"'
    live = '"http://127.0.0.1:2/graphql"\n[limits]'
    text = own.descriptor.read_text().replace(live, f"{outside}\n[limits]")
    own.descriptor.write_text(text)
    line = next(number for number, each in enumerate(text.splitlines(), start=1) if outside in each)
    await own.sign()
    said = await Remote(own, "approver-herts").tries("submit", own.descriptor)
    assert said.startswith(f"watling: BAD_USER_INPUT: `descriptor` is wrong in line {line};")


async def test_who_may_not_is_refused_over_the_schema(own: Region):
    """A clinician's token, and one that nobody gave."""
    await own.sign()
    said = await Remote(own, "gp-london").tries("submit", own.descriptor)
    assert said.startswith("watling: FORBIDDEN: ")
    nobody = Remote(own, "approver-herts")
    nobody.token.write_text("nobody.gave.this")
    said = await nobody.tries("submit", own.descriptor)
    assert said.startswith("watling: UNAUTHENTICATED: ")


async def test_a_region_suspends_its_node_from_its_own_machine(own: Region):
    """And resumes it; the operator does not resume what the region suspended."""
    region, operator = Remote(own, "approver-herts"), Remote(own, "operator")
    why = {"reason": "an incident"}
    assert await region.does("suspend", FOUNDER, **why) == f"{FOUNDER} is SUSPENDED\n"
    said = await operator.tries("resume", FOUNDER)
    assert said.startswith("watling: FORBIDDEN: only the side that suspended may resume")
    assert await region.does("resume", FOUNDER) == f"{FOUNDER} is LIVE\n"
    partly = {"category": "MEDICATIONS", **why}
    assert await region.does("suspend", FOUNDER, **partly) == f"{FOUNDER} is LIVE\n"
    assert await region.does("resume", FOUNDER, category="MEDICATIONS") == f"{FOUNDER} is LIVE\n"
    assert await region.does("retire", FOUNDER, **why) == f"{FOUNDER} is RETIRED\n"


async def test_a_neighbour_approves_and_rejects_from_their_own_machine(
    system: System, as_: As, request: pytest.FixtureRequest, tmp_path: Path
):
    """Beside the operator, of whom it is all one whether they sit at the gateway or elsewhere."""
    gateway = system.gateway_of(request.node.nodeid, without_the_node)
    joining = Region(system, gateway, as_, tmp_path)
    await joining.enrol()
    await joining.sign()
    neighbour, operator = Remote(joining, "approver-herts"), Remote(joining, "operator")
    said = await neighbour.tries("submit", joining.descriptor)
    assert said.startswith("watling: FORBIDDEN: ")
    await operator.does("submit", joining.descriptor)
    await joining.report()
    why = {"reason": "wrong doses"}
    said = await neighbour.tries("reject", NODE, digest="0" * 64, **why)
    assert said.startswith("watling: CONFLICT: ")
    await operator.does("approve", NODE, digest=joining.digest)
    said = await neighbour.does("approve", NODE, digest=joining.digest)
    assert said == f"{NODE} is SHADOW\n"
    joining.write(2)
    await joining.sign()
    await operator.does("submit", joining.descriptor)
    said = await neighbour.does("reject", NODE, digest=joining.digest, **why)
    assert said == f"{NODE} is SHADOW\n"


async def test_the_gateway_is_reached_by_tls_of_a_private_authority(own: Region):
    """With `--ca`, through whatever speaks TLS for the gateway; without it the token stays here."""
    await own.sign()
    region = Remote(own, "approver-herts")
    ours = Authority("ours")
    async with _in_front(own, ours) as url:
        said = await region.tries("submit", own.descriptor, at=url)
        assert said.startswith("watling: GATEWAY_NOT_TRUSTED: ")
        ca = ours.write(own.folder, "ca")
        assert own.digest in await region.does("submit", own.descriptor, at=url, ca=ca)


@asynccontextmanager
async def _in_front(region: Region, authority: Authority) -> AsyncIterator[str]:
    port = urlsplit(region.gateway.url).port or 0
    tls = server_tls(authority.issue(HERE), region.folder)
    listener = await asyncio.start_server(partial(joined_with, port), HERE, 0, ssl=tls)
    async with listener:
        yield f"https://{HERE}:{listener.sockets[0].getsockname()[1]}"

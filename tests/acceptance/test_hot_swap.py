"""Rules that are published while a gateway answers: what changes, how soon, and for whom."""

from __future__ import annotations

import asyncio
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
import pytest_asyncio
from click.testing import CliRunner
from msgspec.structs import replace

from demo.signing import private_key
from federation.storage import BundleRow, open_storage
from gateway.cli import main
from gateway.cli.sharing.terminal import now
from gateway.settings import load_settings
from gateway.sharing import read_bundle
from gateway.sharing.follower import row_of
from tests.acceptance.answer import Answer
from tests.acceptance.asking import As, Caller
from tests.scenarios.network import RunningGateway, System

HERTS, LONDON = "herts-west-essex", "london-care-record"
OWN_SIGNER = {HERTS: "bram-ockley", LONDON: "ines-calloway"}
SECOND_PAIR_OF_EYES = "joan-petrie"
SOON = 2.0
"""Whatever is asked so many seconds after a publication is decided by it."""
CATEGORIES = ("ALLERGIES", "PROBLEMS", "RESULTS")


class Desk:
    """Whoever publishes for one gateway, and whoever asks there."""

    def __init__(self, system: System, gateway: RunningGateway, caller: Caller, to: Path) -> None:
        self._keys = system.place
        self._caller = caller
        self._folder = to
        self.settings = gateway.settings_file

    async def asks(self) -> Answer:
        return await self._caller.asks(about="seen-in-watford", categories=CATEGORIES)

    async def until(self, there: Callable[[Answer], bool]) -> Answer:
        """The first answer that is so, asked for no later than it has to be."""
        clock = asyncio.get_running_loop().time
        published = clock()
        while True:
            begun = clock()
            answer = await self.asks()
            if there(answer) or begun > published + SOON:
                return answer

    async def watling(self, *words: object) -> str:
        """One command of the real tool; what it says where it fails, and nothing where not."""
        done = await asyncio.to_thread(CliRunner().invoke, main, [str(word) for word in words])
        assert done.exit_code in {0, 1}, done.output
        return done.output if done.exit_code else ""

    def withholding(self, node: str, category: str) -> Path:
        """The node's own bundle in a higher version, with one rule more."""
        path = self.settings.parent / "sharing" / f"{node}.toml"
        text = path.read_text("utf-8")
        known = tomllib.loads(text)["bundle"]["version"]
        text = text.replace(f'version = "{known}"', f'version = "{int(known) + 1}"', 1)
        made = self._folder / f"{node}.toml"
        made.write_text(
            f'{text}\n[[rule]]\nid = "for-now"\ntemplate = "rule"\n'
            f'categories = ["{category}"]\nreason = "it is being looked into"\n'
        )
        return made

    async def sign(self, bundle: Path, *signers: str) -> None:
        for signer in signers:
            key = private_key(self._keys, signer)
            assert not await self.watling("sharing", "sign", bundle, "--key", key, "--as", signer)

    async def publish(self, bundle: Path) -> str:
        return await self.watling("sharing", "publish", bundle, "--settings", self.settings)

    async def slip_in(self, row: BundleRow) -> None:
        """Past every check of the tool, as somebody would who can write to the store."""
        storage = await open_storage(load_settings(self.settings).storage_url.reveal())
        try:
            await storage.bundles.publish(row)
        finally:
            await storage.close()


@pytest_asyncio.fixture
async def desk(system: System, as_: As, request: pytest.FixtureRequest, tmp_path: Path) -> Desk:
    gateway = system.gateway_of(request.node.name, lambda _: None)
    return Desk(system, gateway, as_("gp-london", gateway), tmp_path)


def state(category: str, node: str) -> Callable[[Answer], str]:
    return lambda answer: answer.states(category)[node]


def but_for(answer: Answer, category: str, node: str) -> dict[str, str]:
    """Every other row."""
    return {
        f"{one} of {source}": said
        for one in CATEGORIES
        for source, said in answer.states(one).items()
        if (one, source) != (category, node)
    }


async def test_a_published_rule_decides_and_rolls_back_while_the_gateway_runs(desk: Desk):
    """One node withholds a category from now on, no other row changes, and it can be taken back."""
    herts = state("RESULTS", HERTS)
    before = await desk.asks()
    assert herts(before) == "FRESH"
    bundle = desk.withholding(HERTS, "RESULTS")
    await desk.sign(bundle, OWN_SIGNER[HERTS], SECOND_PAIR_OF_EYES)

    assert not await desk.publish(bundle)
    after = await desk.until(lambda answer: herts(answer) != "FRESH")
    assert herts(after) == "WITHHELD NOT_PERMITTED"
    assert not any(item["source"]["id"] == HERTS for item in after.items("RESULTS"))
    assert but_for(after, "RESULTS", HERTS) == but_for(before, "RESULTS", HERTS)

    rollback = ("sharing", "rollback", f"node:{HERTS}", "--settings", desk.settings)
    assert not await desk.watling(*rollback)
    back = await desk.until(lambda answer: herts(answer) == "FRESH")
    assert back.titles("RESULTS") == before.titles("RESULTS")
    assert but_for(back, "", "") == but_for(before, "", "")


@pytest.mark.parametrize("fault", ["one signature", "a broken body", "another's signature"])
async def test_what_does_not_hold_changes_nothing(desk: Desk, fault: str):
    """Refused where it is published; and where it gets into the store, by every gateway."""
    before = await desk.asks()
    bundle = desk.withholding(HERTS, "RESULTS")
    own = OWN_SIGNER[LONDON if fault == "another's signature" else HERTS]
    await desk.sign(bundle, *(() if fault == "one signature" else (own,)), SECOND_PAIR_OF_EYES)
    row = row_of(read_bundle(bundle), now(), "nobody")
    if fault == "a broken body":
        broken = row.body.replace(b'"rule"', b'"ruin"')
        row = replace(row, body=broken)
        bundle.write_bytes(broken)

    assert "watling: " in await desk.publish(bundle)
    await desk.slip_in(row)
    # What another node publishes after it is followed after it.
    good = desk.withholding(LONDON, "PROBLEMS")
    await desk.sign(good, OWN_SIGNER[LONDON], SECOND_PAIR_OF_EYES)
    assert not await desk.publish(good)
    london = state("PROBLEMS", LONDON)
    after = await desk.until(lambda answer: london(answer) != "FRESH")
    assert london(after) == "WITHHELD NOT_PERMITTED"
    assert but_for(after, "PROBLEMS", LONDON) == but_for(before, "PROBLEMS", LONDON)

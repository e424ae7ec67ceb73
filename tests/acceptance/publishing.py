"""Publishing at a gateway that runs, with the real tool and the demo's own signers."""

from __future__ import annotations

import asyncio
import tomllib
from collections.abc import Awaitable, Callable
from pathlib import Path

from click.testing import CliRunner

from demo.signing import private_key
from federation.storage import BundleRow, open_storage
from gateway.cli import main
from gateway.settings import load_settings
from tests.acceptance.answer import Answer
from tests.acceptance.asking import Caller
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

    async def until(
        self,
        there: Callable[[Answer], bool],
        asks: Callable[[], Awaitable[Answer]] | None = None,
    ) -> Answer:
        """The first answer that is so, asked for no later than it has to be."""
        asks = asks or self.asks
        clock = asyncio.get_running_loop().time
        published = clock()
        while True:
            begun = clock()
            answer = await asks()
            if there(answer) or begun > published + SOON:
                return answer

    async def watling(self, *words: object) -> str:
        """One command of the real tool; what it says where it fails, and nothing where not."""
        done = await asyncio.to_thread(CliRunner().invoke, main, [str(word) for word in words])
        assert done.exit_code in {0, 1}, done.output
        return done.output if done.exit_code else ""

    def withholding(self, node: str, category: str) -> Path:
        """The node's own bundle in a higher version, with one rule more."""
        rule = (
            f'\n[[rule]]\nid = "for-now"\ntemplate = "rule"\n'
            f'categories = ["{category}"]\nreason = "it is being looked into"\n'
        )
        return self.edited(node, lambda text: text + rule)

    def edited(self, node: str, edit: Callable[[str], str]) -> Path:
        """The node's own bundle in a higher version, changed by `edit`."""
        path = self.settings.parent / "sharing" / f"{node}.toml"
        text = path.read_text("utf-8")
        known = tomllib.loads(text)["bundle"]["version"]
        text = text.replace(f'version = "{known}"', f'version = "{int(known) + 1}"', 1)
        made = self._folder / f"{node}.toml"
        made.write_text(edit(text))
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

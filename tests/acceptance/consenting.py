"""Records what a person wished to be shown, with the real tool: a feed of consents."""

from __future__ import annotations

import asyncio
from pathlib import Path

from click.testing import CliRunner

from gateway.cli import main
from tests.scenarios.network import RunningGateway, System


async def consents(
    system: System, gateway: RunningGateway, folder: Path, about: str, **releases: str
) -> None:
    """Load the feed anew, in place of what it said: each class with the days it holds.

    `FERTILITY="2026-01-01,"` has no end; `FERTILITY="2026-01-01,2026-02-01"` ended then.
    """
    number = system.people.stories[about].nhs_number
    rows = [f"{number},{name},{days}" for name, days in releases.items()]
    file = folder / "consents.csv"
    file.write_text("\n".join(["number,releases,from,until", *rows, ""]), "utf-8")
    words = ["consent", "load", str(file), "--feed", "wishes", "--settings"]
    arguments = [*words, str(gateway.settings_file)]
    done = await asyncio.to_thread(CliRunner().invoke, main, arguments)
    assert done.exit_code == 0, done.output

"""Loads marks of people with the real tool, as whoever runs such a feed does."""

from __future__ import annotations

import asyncio
from pathlib import Path

from click.testing import CliRunner

from demo.personas import personas
from gateway.cli import main
from tests.scenarios.network import RunningGateway, System


async def keeps_out(
    system: System, gateway: RunningGateway, folder: Path, about: str, *whom: str
) -> None:
    """Load the feed of approved exceptions anew: looks of these personas at this person."""
    number = system.people.stories[about].nhs_number
    rows = [f"{number},UNLISTED,{personas()[one].issuer},{personas()[one].subject}" for one in whom]
    file = folder / "exceptions.csv"
    file.write_text("\n".join(["number,kind,issuer,subject", *rows, ""]), "utf-8")
    words = ["mark", "load", str(file), "--feed", "exceptions", "--settings"]
    arguments = [*words, str(gateway.settings_file)]
    done = await asyncio.to_thread(CliRunner().invoke, main, arguments)
    assert done.exit_code == 0, done.output

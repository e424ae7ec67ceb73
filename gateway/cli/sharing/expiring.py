"""`watling sharing expiring`: agreements that are about to end."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click

from federation.sharing.expiring import WARNED_DAYS_BEFORE
from federation.sharing.expiring import expiring as expiring_of
from federation.sharing.rulebook import RulesNow
from federation.storage import open_storage
from gateway.cli.sharing.published import rules_of
from gateway.cli.sharing.terminal import SETTINGS, plain_errors, show, table, today
from gateway.settings import Settings, load_settings


@click.command()
@click.option(
    "--within",
    type=click.IntRange(min=1),
    default=WARNED_DAYS_BEFORE[0],
    show_default=True,
    help="Days from today.",
)
@SETTINGS
def expiring(within: int, settings: Path | None) -> None:
    """Agreements that end within so many days, of those that gateways decide by now."""
    with plain_errors():
        chosen = load_settings(settings)
        rules = asyncio.run(_in_force(chosen))
    made = table("node", "agreement", "version", "with region", "ends", "days")
    for one in expiring_of(rules.agreements, today(), within):
        made.add_row(one.node, one.agreement, one.version, one.region, f"{one.ends}", str(one.days))
    show(made)


async def _in_force(settings: Settings) -> RulesNow:
    storage = await open_storage(settings.storage_url.reveal(), read_only=True)
    try:
        return await rules_of(storage, settings)
    finally:
        await storage.close()

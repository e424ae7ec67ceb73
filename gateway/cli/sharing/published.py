"""What decides now at a deployment, as its store of published bundles has it."""

from __future__ import annotations

import click

from federation.access.joining import read_joining
from federation.registry import load_network
from federation.sharing.rulebook import RuleBook, RulesNow
from federation.storage import Storage
from gateway.cli.sharing.terminal import now
from gateway.settings import Settings
from gateway.sharing import Signers, load_signers


async def rules_of(storage: Storage, settings: Settings) -> RulesNow:
    """The rules that gateways with these settings decide by now; what does not hold is said."""
    # Read before the regions: whoever published knew those who sign.
    rows = await storage.bundles.after(0)
    book = RuleBook((await signers_of(storage, settings)).of, 0.0)
    for refused in book.hear(rows, now(), 0.0):
        click.echo(f"watling: no. {refused.sequence} is refused: {refused.why}", err=True)
    return book.now(0.0)


async def signers_of(storage: Storage, settings: Settings) -> Signers:
    """Who may sign bundles off, as gateways with these settings know it now."""
    founders = load_network(settings.network_file).nodes
    joining, _ = await read_joining(storage.joining, founders)
    return Signers(load_signers(settings.signers), lambda: joining)

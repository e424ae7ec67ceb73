"""What decides now at a deployment, and what is in the shadow, as its store of bundles has it."""

from __future__ import annotations

from collections.abc import Mapping

import click

from federation.access.joining import Steps
from federation.registry import load_network
from federation.sharing.rulebook import RuleBook, RulesNow
from federation.sharing.shadow_book import put_last
from federation.storage import ShadowRow, Storage
from gateway.cli.sharing.terminal import now
from gateway.settings import Settings
from gateway.sharing import Signers, load_signers


async def rules_of(storage: Storage, settings: Settings) -> RulesNow:
    """The rules that gateways with these settings decide by now; what does not hold is said."""
    return (await book_of(storage, settings)).now(0.0)


async def book_of(storage: Storage, settings: Settings) -> RuleBook:
    """The book of those rules; its clock stands at 0."""
    # Read before the regions: whoever published knew those who sign.
    rows = await storage.bundles.after(0)
    book = RuleBook((await signers_of(storage, settings)).of, 0.0)
    for refused in book.hear(rows, now(), 0.0):
        click.echo(f"watling: no. {refused.sequence} is refused: {refused.why}", err=True)
    return book


async def signers_of(storage: Storage, settings: Settings) -> Signers:
    """Who may sign bundles off, as gateways with these settings know it now."""
    founders = load_network(settings.network_file).nodes
    joining, _ = await Steps(storage.joining, founders).read()
    return Signers(load_signers(settings.signers), lambda: joining)


async def in_the_shadow(storage: Storage, settings: Settings) -> Mapping[str, ShadowRow]:
    """What each owner has in the shadow now."""
    put = put_last(await storage.bundles.shadowed_after(0))
    if not put:
        return {}
    book = await book_of(storage, settings)
    return {
        owner: row for owner, row in put.items() if not book.has_begun(owner, row.version, now())
    }

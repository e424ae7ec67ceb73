"""`watling sharing shadow` and `unshadow`: a bundle that is tried beside live traffic."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import click
from msgspec.structs import replace

from federation.audit import AuditEvent
from federation.audit.done import RulesChanged
from federation.audit.operations import (
    Operation,
    rules_put_in_shadow,
    rules_taken_from_shadow,
)
from federation.errors import PolicyInvalidError
from federation.sharing.shadow_book import check_shadow, make_ready
from federation.storage import ShadowRow, Storage, open_storage
from gateway.cli.sharing.publish import check_higher
from gateway.cli.sharing.published import book_of, in_the_shadow, signers_of
from gateway.cli.sharing.terminal import BUNDLE, SETTINGS, now, plain_errors
from gateway.operators import commands_trail, record_rules
from gateway.settings import Settings, load_settings
from gateway.sharing import BundleFiles, read_bundle


@click.command()
@BUNDLE
@SETTINGS
def shadow(bundle: Path, settings: Path | None) -> None:
    """Put BUNDLE in the shadow: running gateways try it beside live looks, and show nothing.

    It decides nothing. It takes the place of what its owner had there, and leaves the shadow when
    it is published, or a higher version is. One signature of the owner's own is enough.
    """
    with plain_errors():
        chosen = load_settings(settings)
        kept = asyncio.run(_put(chosen, _row_of(read_bundle(bundle), chosen)))
    click.echo(f"{kept.owner} version {kept.version} is in the shadow")


@click.command()
@click.argument("owner")
@SETTINGS
def unshadow(owner: str, settings: Path | None) -> None:
    """Take what OWNER has in the shadow away. What decides stays as it is."""
    with plain_errors():
        gone = asyncio.run(_take(load_settings(settings), owner))
    click.echo(f"{gone.owner} version {gone.version} is in the shadow no more")


def _row_of(found: BundleFiles, settings: Settings) -> ShadowRow:
    head = found.sheet.head
    return ShadowRow(
        sequence=0,
        owner=head.owner,
        version=head.version,
        digest=found.sheet.digest,
        body=found.body,
        signatures=found.signatures,
        at=now(),
        by=f"{len(found.signatures)} signatures, {settings.audit_writer}",
    )


async def _put(settings: Settings, row: ShadowRow) -> ShadowRow:
    storage = await open_storage(settings.storage_url.reveal())
    try:
        sheet = check_shadow(row, (await signers_of(storage, settings)).of(row.owner))
        check_higher(row, await storage.bundles.after(0))
        # Said here, where somebody hears it, if it does not hold together with the others'.
        make_ready(sheet, (await book_of(storage, settings)).now(0.0))
        return await _append(settings, storage, row, rules_put_in_shadow)
    finally:
        await storage.close()


async def _take(settings: Settings, owner: str) -> ShadowRow:
    storage = await open_storage(settings.storage_url.reveal())
    try:
        there = (await in_the_shadow(storage, settings)).get(owner)
        if there is None:
            raise PolicyInvalidError(f"`{owner}` has nothing in the shadow")
        row = replace(there, body=None, signatures=(), at=now(), by=settings.audit_writer)
        return await _append(settings, storage, row, rules_taken_from_shadow)
    finally:
        await storage.close()


async def _append(
    settings: Settings,
    storage: Storage,
    row: ShadowRow,
    event: Callable[[Operation, RulesChanged], AuditEvent],
) -> ShadowRow:
    async with commands_trail(settings, storage, now) as trail:
        await record_rules(event, row, trail, row.at)
    return await storage.bundles.shadow(row)

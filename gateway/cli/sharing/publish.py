"""`watling sharing publish`, `rollback` and `list`: what running gateways decide by."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from pathlib import Path

import click
from msgspec.structs import replace
from rich.table import Table
from rich.text import Text

from federation.audit.operations import rules_published, rules_rolled_back
from federation.errors import PolicyInvalidError
from federation.sharing.rulebook import check_publication, number_of
from federation.storage import BundleRow, ShadowRow, Storage, open_storage
from gateway.cli.sharing.published import in_the_shadow, signers_of
from gateway.cli.sharing.terminal import BUNDLE, SETTINGS, now, plain_errors, show, table
from gateway.operators import commands_trail, record_rules
from gateway.settings import Settings, load_settings
from gateway.sharing import read_bundle
from gateway.sharing.follower import row_of


@click.command()
@BUNDLE
@SETTINGS
def publish(bundle: Path, settings: Path | None) -> None:
    """Publish BUNDLE: every running gateway decides by it within two seconds, or when it begins."""
    with plain_errors():
        chosen = load_settings(settings)
        found = read_bundle(bundle)
        row = row_of(found, now(), _signed_by(chosen, found.signatures))
        kept = asyncio.run(_publish(chosen, row))
    click.echo(f"published {kept.owner} version {kept.version}, from {kept.effective_from}")


@click.command()
@click.argument("owner")
@SETTINGS
def rollback(owner: str, settings: Path | None) -> None:
    """Publish what was in force before the last publication of OWNER once more."""
    with plain_errors():
        kept = asyncio.run(_rollback(load_settings(settings), owner))
    click.echo(f"published {kept.owner} version {kept.version} once more")


@click.command("list")
@SETTINGS
def list_(settings: Path | None) -> None:
    """What was published, by whom, and when it began; and what is in the shadow."""
    with plain_errors():
        rows, put = asyncio.run(_published(load_settings(settings)))
    made = table("no.", "owner", "version", "decides from", "published", "by", "SHA-256")
    for row in rows:
        made.add_row(
            str(row.sequence),
            row.owner,
            row.version,
            f"{row.effective_from:%Y-%m-%d %H:%M}",
            f"{row.published_at:%Y-%m-%d %H:%M}",
            Text(row.published_by),
            row.digest[:16],
        )
    show(made)
    if put:
        show(_in_the_shadow(put))


def _in_the_shadow(put: Iterable[ShadowRow]) -> Table:
    made = table("in the shadow", "version", "since", "by", "SHA-256")
    for row in put:
        made.add_row(
            row.owner, row.version, f"{row.at:%Y-%m-%d %H:%M}", Text(row.by), row.digest[:16]
        )
    return made


def _signed_by(settings: Settings, signatures: Sequence[str]) -> str:
    return f"{len(signatures)} signatures, {settings.audit_writer}"


async def _publish(settings: Settings, row: BundleRow) -> BundleRow:
    storage = await open_storage(settings.storage_url.reveal())
    try:
        await _check(row, storage, settings)
        check_higher(row, await storage.bundles.after(0))
        async with commands_trail(settings, storage, now) as trail:
            await record_rules(rules_published, row, trail, row.published_at)
        return await storage.bundles.publish(row)
    finally:
        await storage.close()


async def _check(row: BundleRow, storage: Storage, settings: Settings) -> None:
    check_publication(row, (await signers_of(storage, settings)).of(row.owner))


def check_higher(row: BundleRow | ShadowRow, published: Sequence[BundleRow]) -> None:
    """A version is higher than any that its owner published: a number is never used twice."""
    known = [number_of(one.version) for one in published if one.owner == row.owner]
    if known and number_of(row.version) <= max(known):
        highest = ".".join(map(str, max(known)))
        raise PolicyInvalidError(
            f"{row.owner}: version {row.version} is not higher than {highest}, which is published"
        )


async def _rollback(settings: Settings, owner: str) -> BundleRow:
    storage = await open_storage(settings.storage_url.reveal())
    try:
        before = _before(owner, await storage.bundles.after(0))
        row = replace(before, effective_from=now(), published_at=now(), published_by="rollback")
        await _check(row, storage, settings)
        async with commands_trail(settings, storage, now) as trail:
            await record_rules(rules_rolled_back, row, trail, row.published_at)
        return await storage.bundles.publish(row)
    finally:
        await storage.close()


def _before(owner: str, published: Sequence[BundleRow]) -> BundleRow:
    """The newest publication with another body than the last one's, of those before it."""
    ours = [one for one in published if one.owner == owner]
    last = ours[-1] if ours else None
    if last is None:
        raise PolicyInvalidError(f"`{owner}` has published nothing")
    others = [one for one in ours if one.digest != last.digest]
    if not others:
        raise PolicyInvalidError(f"`{owner}` has published nothing before version {last.version}")
    return others[-1]


async def _published(
    settings: Settings,
) -> tuple[Sequence[BundleRow], Sequence[ShadowRow]]:
    storage = await open_storage(settings.storage_url.reveal(), read_only=True)
    try:
        rows = await storage.bundles.after(0)
        return rows, tuple((await in_the_shadow(storage, settings)).values())
    finally:
        await storage.close()

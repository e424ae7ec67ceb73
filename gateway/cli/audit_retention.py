"""`watling audit archive` and `purge`: old events leave the store, and one day the archives."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from federation.audit.archive import Archived
from federation.audit.holds import Holding, earlier_numbers, of_holds
from federation.audit.retention import Fate, Looked, archive, purge
from federation.errors import AuditBrokenError, SettingsError
from gateway.cli.audit_hold import placed_and_gone
from gateway.cli.audit_parts import ARCHIVES, SETTINGS, printable, run
from gateway.cli.audit_upkeep import Kept, log_to_change
from gateway.cli.sharing.terminal import now

_FOLDER = click.Path(path_type=Path, file_okay=False, exists=True, writable=True)
_DATE = click.DateTime(["%Y-%m-%d"])


@click.command("archive")
@click.option(
    "--before", type=_DATE, required=True, help="Events that were signed before this day."
)
@click.option("--to", "folder", type=_FOLDER, required=True, help="The folder for the archives.")
@SETTINGS
def archive_log(before: datetime, folder: Path, settings: Path | None) -> None:
    """Move old events into archives, each up to a checkpoint, and take them out of the store.

    Nothing is taken out before its archive was read back and found whole. Looks that were archived
    are no longer found for a person or an officer; `watling audit view --archive` reads them.
    """
    moved = run(_archive(before.replace(tzinfo=UTC), folder, settings))
    for one in moved:
        click.echo(printable(f"{one.file}: events {one.first} to {one.last} of {one.writer}"))
    if not moved:
        click.echo("there is nothing to archive: no checkpoint but the newest is old enough")


@click.command("purge")
@ARCHIVES
@click.option(
    "--older-than",
    type=click.IntRange(1),
    metavar="YEARS",
    help="How old the newest event of an archive is at least; the settings' retention by default.",
)
@SETTINGS
def purge_log(archives: tuple[Path, ...], older_than: int | None, settings: Path | None) -> None:
    """Delete archives that are old enough and not held; a signed proof of each stays in the store.

    Exit code 1 where one of them is not as it was signed: that one stays.
    """
    looked = run(_purge(archives, older_than, settings))
    for one in looked:
        click.echo(printable(f"{one.file}: {_WORDS[one.fate]}{f': {one.why}' if one.why else ''}"))
    if not looked:
        click.echo("there is no archive of this log in these folders")
    if any(one.fate is Fate.BROKEN for one in looked):
        sys.exit(1)


_WORDS = {
    Fate.PURGED: "deleted",
    Fate.TOO_YOUNG: "kept, it is too young",
    Fate.HELD: "kept, it is held",
    Fate.BROKEN: "kept, it is broken",
}


async def _archive(before: datetime, folder: Path, chosen: Path | None) -> tuple[Archived, ...]:
    async with log_to_change(chosen) as log:
        try:
            return tuple([moved async for moved in archive(log.upkeep, before, folder)])
        except OSError as error:
            raise SettingsError(f"`{folder}`: cannot be written ({error.strerror})") from None


async def _purge(
    archives: tuple[Path, ...], older_than: int | None, chosen: Path | None
) -> tuple[Looked, ...]:
    async with log_to_change(chosen) as log:
        retention = log.settings.audit_retention_years
        years = retention if older_than is None else older_than
        if years < retention:
            raise SettingsError(
                f"`audit_retention_years` is {retention}: nothing younger is deleted"
            )
        holding = await _holding(log)
        try:
            looking = purge(log.upkeep, _years_before(now(), years), holding, archives)
            return tuple([looked async for looked in looking])
        except OSError as error:
            raise SettingsError(f"an archive cannot be deleted ({error.strerror})") from None


async def _holding(log: Kept) -> Holding:
    upkeep = log.upkeep
    kept = of_holds(await upkeep.keeping.holds(), upkeep.key.public)
    if missing := await placed_and_gone(log, kept):
        raise AuditBrokenError(
            f"the hold {missing[0]!r} was placed, and is not kept any more: `watling audit hold"
            " lift` lifts it, if it should not hold"
        )
    in_force = [hold for hold, lifted in kept.values() if lifted is None]
    earlier = earlier_numbers(await log.storage.numbers.all_superseded())
    return Holding(in_force, upkeep.sealer, earlier)


def _years_before(moment: datetime, years: int) -> datetime:
    try:
        return moment.replace(year=moment.year - years)
    except ValueError:
        # The 29th of February: the day before it keeps, rather than deletes, what is in doubt.
        return moment.replace(year=moment.year - years, day=28)

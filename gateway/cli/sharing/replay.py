"""`watling sharing replay`: what a bundle would have done to looks that were really made.

Reads the audit log, and writes nothing but that it was read. Exit codes: 0 where nothing would come
out otherwise, 3 where something would, 1 where a file, the log or its keys cannot be read, or the
log cannot be written.
"""

from __future__ import annotations

import asyncio
import sys
from datetime import date, datetime
from pathlib import Path

import click

from federation.audit.wanted import Wanted
from federation.model import NodeId
from federation.sharing.replay import Replay
from federation.sharing.rulebook import instead
from federation.sharing.sheet import Sheet
from gateway.cli.audit_opened import log_of, opened_for
from gateway.cli.sharing.published import rules_of
from gateway.cli.sharing.replayed import Found, print_json, print_text
from gateway.cli.sharing.terminal import BUNDLE, SETTINGS, plain_errors
from gateway.settings import Settings, load_settings
from gateway.sharing import read_bundle
from gateway.sharing.looks import Looks

CHANGES_FOUND = 3
_DAY = click.DateTime(["%Y-%m-%d"])


@click.command()
@BUNDLE
@SETTINGS
@click.option("--since", type=_DAY, help="The first day of the looks (local).")
@click.option("--until", type=_DAY, help="The last day of the looks.")
@click.option("--organisation", metavar="ODS", help="Only looks by this organisation's staff.")
@click.option("--node", help="Only what was decided about this node.")
@click.option("--on", type=_DAY, help="Decide as if every look had been made on this day.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def replay(
    bundle: Path,
    settings: Path | None,
    since: datetime | None,
    until: datetime | None,
    organisation: str | None,
    node: str | None,
    on: datetime | None,
    *,
    as_json: bool,
) -> None:
    """List what BUNDLE, in the place of its owner's, would have changed of looks that were made.

    Each decision that the audit log has is made again, by the rules that are published now and by
    the same with BUNDLE, which need not be signed. Nobody is named. Exits with 3 where anything
    would come out otherwise.
    """
    wanted = Wanted(since=_day(since), until=_day(until), organisation=organisation)
    with plain_errors():
        chosen = load_settings(settings)
        sheet = read_bundle(bundle).sheet
        found = asyncio.run(_replayed(chosen, sheet, wanted, node, _day(on)))
    (print_json if as_json else print_text)(found, sheet)
    sys.exit(CHANGES_FOUND if found.changes or found.turned else 0)


async def _replayed(
    settings: Settings, sheet: Sheet, wanted: Wanted, node: str | None, on: date | None
) -> Found:
    async with log_of(settings) as log:
        now = await rules_of(log.stores, settings)
        candidate = instead(now, sheet)
        again = Replay(now, candidate, sheet, node=NodeId(node) if node else None, on=on)
        await log.tell(opened_for("sharing replay", wanted, node))
        looks = Looks(log.stores.audit, log.keys, wanted)
        found = Found(now=now.version, looks=looks, on=on)
        async for look in looks.read():
            found.add(look, again.of(look))
        return found


def _day(given: datetime | None) -> date | None:
    return given.date() if given else None

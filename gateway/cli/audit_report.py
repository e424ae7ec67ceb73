"""`watling audit report` and `watling audit reviews`: counts, and alerts. Never a person.

Both go through the whole chain that is in the store, and not by its index, so that nothing is left
out that the index lacks.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import datetime
from pathlib import Path
from typing import TypeVar

import click
from rich.console import Console

from federation.audit import Opened
from federation.audit.chain import open_row
from federation.audit.report import Report, Waiting, waits
from federation.audit.wanted import Wanted
from gateway.cli.audit_opened import log_of, opened_for
from gateway.cli.audit_parts import SETTINGS, make_table, run, to_text
from gateway.cli.chosen import chosen_settings
from gateway.cli.sharing.terminal import now

_DAY = click.DateTime(["%Y-%m-%d"])
_ROLES = 20
F = TypeVar("F", bound=Callable[..., None])


def _which(command: F) -> F:
    for option in (
        SETTINGS,
        click.option("--node", metavar="ID", help="Alerts for this node; events that it is in."),
        click.option("--organisation", metavar="CODE", help="Of this organisation's staff."),
        click.option("--until", type=_DAY, help="Asked for on this day or earlier."),
        click.option("--since", type=_DAY, help="Asked for on this day or later."),
    ):
        command = option(command)
    return command


@click.command("report")
@_which
def report(
    since: datetime | None,
    until: datetime | None,
    organisation: str | None,
    node: str | None,
    settings: Path | None,
) -> None:
    """Count events by kind, alerts by reason and by whom they are for, and looks by role."""
    counted = run(_count("audit report", _wanted(since, until, organisation, node), settings))
    console = Console()
    for title, counts in (
        ("events", counted.events.most_common()),
        ("alerts, by reason", counted.reasons.most_common()),
        ("alerts, by whom they are for", counted.alerts.most_common()),
        (f"looks, by role (the {_ROLES} most)", counted.looks.most_common(_ROLES)),
    ):
        table = make_table("what", "count", title=title)
        for name, count in sorted(counts, key=lambda each: (-each[1], each[0])):
            table.add_row(to_text(name), str(count))
        console.print(table)
    click.echo(f"{counted.overdue} alerts are past their day")


@click.command("reviews")
@_which
def reviews(
    since: datetime | None,
    until: datetime | None,
    organisation: str | None,
    node: str | None,
    settings: Path | None,
) -> None:
    """List alerts: for whom, why and by when, first due first; never about whom or of whom."""
    found = run(_waiting("audit reviews", _wanted(since, until, organisation, node), settings))
    table = make_table("due", "for", "what", "why", "view")
    for one in sorted(found, key=lambda each: (each.due, each.to, each.id)):
        due = f"{one.due:%Y-%m-%d %H:%M}{' overdue' if one.overdue else ''}"
        table.add_row(*map(to_text, (due, one.to, one.kind.value, ", ".join(one.why), one.id)))
    Console().print(table)


def _wanted(
    since: datetime | None, until: datetime | None, organisation: str | None, node: str | None
) -> Wanted:
    return Wanted(
        since=since.date() if since else None,
        until=until.date() if until else None,
        organisation=organisation,
        node=node,
    )


async def _count(command: str, wanted: Wanted, chosen: Path | None) -> Report:
    counted, at = Report(), now()
    async for event in _events(command, wanted, chosen):
        counted.add(event, wanted, at)
    return counted


async def _waiting(command: str, wanted: Wanted, chosen: Path | None) -> list[Waiting]:
    at, events = now(), _events(command, wanted, chosen)
    return [one async for event in events for one in waits(event, wanted, at)]


async def _events(command: str, wanted: Wanted, chosen: Path | None) -> AsyncIterator[Opened]:
    async with log_of(chosen_settings(chosen)) as log:
        await log.tell(opened_for(command, wanted))
        sealer = log.sealer
        async for row in log.stores.audit.read():
            if wanted.may_hold(row) and wanted.means(event := open_row(row, sealer)):
                yield event

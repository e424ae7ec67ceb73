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
from federation.audit.event import EventKind
from federation.audit.report import Queued, Report, Waiting
from federation.audit.wanted import Wanted
from federation.deeds import ReviewOutcome, ReviewState
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
    """Count events by kind, alerts by reason, addressee and outcome, and looks by role."""
    counted = run(_count("audit report", _wanted(since, until, organisation, node), settings))
    console = Console()
    for title, counts in (
        ("events", counted.events.most_common()),
        ("alerts, by reason", counted.reasons.most_common()),
        ("alerts, by whom they are for", counted.alerts.most_common()),
        ("alerts, by what was found", counted.found.most_common()),
        (f"looks, by role (the {_ROLES} most)", counted.looks.most_common(_ROLES)),
    ):
        table = make_table("what", "count", title=title)
        for name, count in sorted(counts, key=lambda each: (-each[1], each[0])):
            table.add_row(to_text(name), str(count))
        console.print(table)
    inquiries = counted.found[ReviewOutcome.NEEDS_INQUIRY]
    click.echo(f"{inquiries} alerts are open as inquiries")
    click.echo(f"{counted.overdue} alerts are past their day, and nobody has looked into them")


@click.command("reviews")
@click.option("--all", "closed_too", is_flag=True, help="Those too that were closed.")
@_which
def reviews(
    since: datetime | None,
    until: datetime | None,
    organisation: str | None,
    node: str | None,
    settings: Path | None,
    *,
    closed_too: bool,
) -> None:
    """List alerts that nobody closed: for whom, why and by when, first due first.

    Never about whom or of whom.
    """
    wanted = _wanted(since, until, organisation, node)
    found = run(_waiting("audit reviews", wanted, settings))
    table = make_table("due", "found", "for", "what", "why", "view")
    for one in found:
        if closed_too or one.state is not ReviewState.CLOSED:
            table.add_row(*map(to_text, _line(one)))
    Console().print(table)


def _line(one: Waiting) -> tuple[str, ...]:
    due = f"{one.due:%Y-%m-%d %H:%M}{' overdue' if one.overdue else ''}"
    found = (one.outcome or one.state).value
    return (due, found, one.to, one.kind.value, ", ".join(one.why), one.id)


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
    counted, queued = Report(), Queued(wanted)
    async for event in _events(command, wanted, chosen):
        queued.add(event)
        if wanted.means(event):
            counted.add(event)
    counted.add_alerts(queued.told(now()))
    return counted


async def _waiting(command: str, wanted: Wanted, chosen: Path | None) -> tuple[Waiting, ...]:
    queued = Queued(wanted)
    async for event in _events(command, wanted, chosen):
        queued.add(event)
    return queued.told(now())


async def _events(command: str, wanted: Wanted, chosen: Path | None) -> AsyncIterator[Opened]:
    async with log_of(chosen_settings(chosen)) as log:
        await log.tell(opened_for(command, wanted))
        async for row in log.stores.audit.read():
            # A review counts whenever it was made: what it is of may be among those wanted.
            if row.kind == EventKind.REVIEWED or wanted.may_hold(row):
                yield open_row(row, log.sealer)

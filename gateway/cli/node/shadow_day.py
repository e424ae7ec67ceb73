"""`watling node shadow-day`: what a node in the shadow would have done on one day.

For those who decide whether it goes on: as a table, as a page for a board, as JSON. Counts alone.
"""

from __future__ import annotations

from contextlib import aclosing
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from federation.audit import EventKind
from federation.audit.clues import node as node_clue
from federation.audit.shadow_page import ShadowDay
from federation.audit.wanted import Wanted
from federation.model import NodeId
from gateway.cli.audit_opened import log_of, opened_for
from gateway.cli.audit_parts import make_table, run, to_text
from gateway.cli.chosen import chosen_settings
from gateway.cli.shadow_days import day_options, events_since, percentiles, which, write_forms


@click.command("shadow-day")
@click.argument("node")
@day_options
def shadow_day(
    node: str, day: datetime | None, html: Path | None, as_json: Path | None, settings: Path | None
) -> None:
    """Say what a NODE in the shadow would have shared, withheld and mixed up, and how quickly.

    Nothing of it was shown to anybody. It has counts, and of no person anything.
    """
    said = told(run(_count(NodeId(node), which(day), settings)))
    write_forms(said, _title(said), "node/shadow_day.html", html, as_json)
    _print(said)


async def _count(node: NodeId, day: date, chosen: Path | None) -> ShadowDay:
    counted = ShadowDay(node=node, day=day)
    wanted = Wanted(since=day, until=day, node=node, kinds=frozenset((EventKind.SHADOW_LOOK,)))
    async with log_of(chosen_settings(chosen)) as log:
        await log.tell(opened_for("node shadow-day", wanted))
        async with aclosing(events_since(log, node_clue(node), day)) as events:
            async for event in events:
                counted.add(event)
    return counted


def told(day: ShadowDay) -> dict[str, Any]:
    """The day as plain values, for every form."""
    return {
        "node": day.node,
        "day": day.day.isoformat(),
        "looks": day.looks,
        "asked": day.asked,
        "answered": day.answered,
        "brokenOff": day.broken_off,
        "notHeld": day.not_held,
        "mismatched": day.mismatched,
        "failures": _counts(day.failures),
        "milliseconds": percentiles(day.milliseconds),
        "categories": [
            {
                "category": category,
                "looks": one.looks,
                "sharedIn": one.shared_in,
                "shared": one.shared,
                "withheldIn": one.withheld_in,
                "withheld": one.withheld,
                "rows": _counts(one.rows),
            }
            for category, one in sorted(day.categories.items())
        ],
    }


def _counts(rows: Any) -> dict[str, int]:
    return {
        " ".join(filter(None, (state, code))): count for (state, code), count in rows.most_common()
    }


def _print(said: dict[str, Any]) -> None:
    console = Console()
    table = make_table(
        "category", "looks", "shared in", "items", "withheld in", "items", title=_title(said)
    )
    for one in said["categories"]:
        cells = (one["category"], *(one[name] for name in _COLUMNS))
        table.add_row(*(to_text(str(cell)) for cell in cells))
    console.print(table)
    click.echo(
        f"{said['looks']} looks, asked beside {said['asked']}, answered {said['answered']},"
        f" nothing held in {said['notHeld']}, for somebody else {said['mismatched']}"
    )
    for what, count in said["failures"].items():
        click.echo(f"{count} times {what}")
    if said["brokenOff"]:
        click.echo(f"{said['brokenOff']} times broken off when this gateway ended or failed")
    times = said["milliseconds"].items()
    quick = ", ".join(f"{name} {ms} ms" for name, ms in times if ms is not None)
    if quick:
        click.echo(quick)


_COLUMNS = ("looks", "sharedIn", "shared", "withheldIn", "withheld")


def _title(said: dict[str, Any]) -> str:
    return f"{said['node']} in the shadow on {said['day']}"

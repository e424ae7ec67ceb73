"""`watling node shadow-day`: what a node in the shadow would have done on one day.

For those who decide whether it goes on: as a table, as a page for a board, as JSON. Counts alone.
"""

from __future__ import annotations

from contextlib import aclosing
from datetime import date, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any

import click
import msgspec
from jinja2 import Environment, StrictUndefined
from rich.console import Console

from federation.audit import EventKind, find
from federation.audit.clues import node as node_clue
from federation.audit.shadow_page import ShadowDay, quantile
from federation.audit.wanted import Wanted, local_day
from federation.model import NodeId
from gateway.cli.audit_opened import log_of, opened_for
from gateway.cli.audit_parts import FILE, SETTINGS, make_table, run, to_text
from gateway.cli.chosen import chosen_settings
from gateway.cli.sharing.terminal import now

_WRITTEN_WITHIN = timedelta(days=1)


@click.command("shadow-day")
@click.argument("node")
@click.option("--day", type=click.DateTime(["%Y-%m-%d"]), help="Which day; yesterday if not said.")
@click.option("--html", type=FILE, help="Write a page that explains itself here.")
@click.option("--json", "as_json", type=FILE, help="Write the counts here.")
@SETTINGS
def shadow_day(
    node: str, day: datetime | None, html: Path | None, as_json: Path | None, settings: Path | None
) -> None:
    """Say what a NODE in the shadow would have shared, withheld and mixed up, and how quickly.

    Nothing of it was shown to anybody. It has counts, and of no person anything.
    """
    which = day.date() if day else local_day(now()) - timedelta(days=1)
    counted = run(_count(NodeId(node), which, settings))
    said = told(counted)
    if html:
        html.write_text(_page(said), "utf-8")
    if as_json:
        as_json.write_bytes(msgspec.json.format(msgspec.json.encode(said)) + b"\n")
    _print(said)


async def _count(node: NodeId, day: date, chosen: Path | None) -> ShadowDay:
    counted = ShadowDay(node=node, day=day)
    wanted = Wanted(since=day, until=day, node=node, kinds=frozenset((EventKind.SHADOW_LOOK,)))
    async with log_of(chosen_settings(chosen)) as log:
        await log.tell(opened_for("node shadow-day", wanted))
        found = find(log.stores.audit, log.sealer, (node_clue(node),))
        async with aclosing(found) as events:
            async for event in events:
                if local_day(event.written_at + _WRITTEN_WITHIN) < day:
                    break
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
        "milliseconds": {
            name: quantile(day.milliseconds, part)
            for name, part in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99))
        },
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


def _page(said: dict[str, Any]) -> str:
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    text = files("gateway.cli.node").joinpath("shadow_day.html").read_text("utf-8")
    return environment.from_string(text).render(said, title=_title(said))

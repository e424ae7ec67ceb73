"""`watling sharing shadow-day`: what rules in the shadow would have made of one day's looks.

For those who decide whether they are published: as a table, as a page for a board, as JSON. Counts
alone.
"""

from __future__ import annotations

from contextlib import aclosing
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from federation.audit import EventKind
from federation.audit.clues import kind
from federation.audit.shadow_rules_page import BundleDay, CategoryBeside, Row, ShadowRulesDay
from federation.audit.wanted import Wanted
from gateway.cli.audit_opened import log_of, opened_for
from gateway.cli.audit_parts import make_table, run, to_text
from gateway.cli.chosen import chosen_settings
from gateway.cli.shadow_days import day_options, events_since, percentiles, which, write_forms


@click.command("shadow-day")
@click.argument("owner")
@day_options
def shadow_day(
    owner: str, day: datetime | None, html: Path | None, as_json: Path | None, settings: Path | None
) -> None:
    """Say what OWNER's rules in the shadow would have shared and withheld, and how quickly.

    Nothing of it was shown to anybody. It has counts, and of no person anything.
    """
    said = told(run(_count(owner, which(day), settings)))
    title = f"{owner}: rules in the shadow on {said['day']}"
    write_forms(said, title, "sharing/shadow_day.html", html, as_json)
    _print(said)


async def _count(owner: str, day: date, chosen: Path | None) -> ShadowRulesDay:
    counted = ShadowRulesDay(owner=owner, day=day)
    layer, _, name = owner.partition(":")
    wanted = Wanted(since=day, until=day, organisation=name if layer == "organisation" else None)
    async with log_of(chosen_settings(chosen)) as log:
        await log.tell(opened_for("sharing shadow-day", wanted, name if layer == "node" else None))
        async with aclosing(events_since(log, kind(EventKind.SHADOW_RULES), day)) as events:
            async for event in events:
                counted.add(event)
    return counted


def told(day: ShadowRulesDay) -> dict[str, Any]:
    """The day as plain values, for every form."""
    return {
        "owner": day.owner,
        "day": day.day.isoformat(),
        "bundles": [_bundle(one) for one in day.bundles.values()],
    }


def _bundle(one: BundleDay) -> dict[str, Any]:
    return {
        "version": one.version,
        "sha256": one.digest,
        "looks": one.looks,
        "differing": one.differing,
        "leftOut": one.left_out,
        "refused": dict(one.refused.most_common()),
        "microseconds": percentiles(one.microseconds),
        "categories": [_category(name, part) for name, part in sorted(one.categories.items())],
    }


def _category(name: str, part: CategoryBeside) -> dict[str, Any]:
    return {
        "category": name,
        "rows": part.rows,
        "differing": part.differing,
        "shared": part.shared,
        "more": part.more,
        "fewer": part.fewer,
        "otherwise": part.otherwise,
        "unasked": part.unasked,
        "directions": dict(part.directions.most_common()),
        "because": dict(part.because.most_common()),
        "turned": {
            f"{_row(was)} > {_row(would)}": count
            for (was, would), count in part.turned.most_common()
        },
    }


def _row(said: Row) -> str:
    state, code = said
    return " ".join(filter(None, (state, code))) if state else "would have been asked"


def _print(said: dict[str, Any]) -> None:
    console = Console()
    for one in said["bundles"]:
        table = make_table("category", *_COLUMNS, title=_title(said, one))
        for part in one["categories"]:
            cells = (part["category"], *(part[name] for name in _COLUMNS))
            table.add_row(*(to_text(str(cell)) for cell in cells))
        console.print(table)
        for part in one["categories"]:
            _print_reasons(part)
        click.echo(
            f"{one['looks']} looks decided again, {one['differing']} otherwise,"
            f" {one['leftOut']} left out"
        )
        for code, count in one["refused"].items():
            click.echo(f"{count} refused whole: {code}")
        quick = ", ".join(
            f"{name} {us} \N{MICRO SIGN}s" for name, us in one["microseconds"].items() if us
        )
        if quick:
            click.echo(quick)
    if not said["bundles"]:
        click.echo(f"{said['owner']} had nothing in the shadow on {said['day']} that was asked")


def _print_reasons(part: dict[str, Any]) -> None:
    if part["directions"]:
        ways, rules = _counted(part["directions"]), _counted(part["because"])
        click.echo(f"{part['category']}: {ways}, by {rules}")


def _counted(counts: dict[str, int]) -> str:
    return ", ".join(f"{name} ({count})" for name, count in counts.items())


_COLUMNS = ("rows", "differing", "shared", "more", "fewer", "otherwise", "unasked")


def _title(said: dict[str, Any], one: dict[str, Any]) -> str:
    return f"{said['owner']} version {one['version']} in the shadow on {said['day']}"

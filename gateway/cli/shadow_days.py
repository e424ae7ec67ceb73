"""What the pages of a day in the shadow have in common: which day, its events, and its forms."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from datetime import date, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any

import click
import msgspec
from jinja2 import DictLoader, Environment, StrictUndefined

from federation.audit import Clue, Opened, find
from federation.audit.shadow_page import quantile
from federation.audit.wanted import local_day
from gateway.cli.audit_opened import OpenLog
from gateway.cli.audit_parts import FILE, SETTINGS
from gateway.cli.sharing.terminal import now

_WRITTEN_WITHIN = timedelta(days=1)


def day_options(command: Callable[..., None]) -> Callable[..., None]:
    """`--day`, `--html`, `--json` and `--settings`."""
    for option in (
        SETTINGS,
        click.option("--json", "as_json", type=FILE, help="Write the counts here."),
        click.option("--html", type=FILE, help="Write a page that explains itself here."),
        click.option(
            "--day", type=click.DateTime(["%Y-%m-%d"]), help="Which day; yesterday if not said."
        ),
    ):
        command = option(command)
    return command


def which(day: datetime | None) -> date:
    """The day that was said, else yesterday."""
    return day.date() if day else local_day(now()) - timedelta(days=1)


async def events_since(log: OpenLog, sought: Clue, day: date) -> AsyncGenerator[Opened]:
    """Newest first, down to the last one that may be of this day; those of later days as well."""
    async with aclosing(find(log.stores.audit, log.sealer, (sought,))) as events:
        async for event in events:
            if local_day(event.written_at + _WRITTEN_WITHIN) < day:
                return
            yield event


def percentiles(took: Sequence[int]) -> dict[str, int | None]:
    """Of what was counted by how long it took."""
    return {
        name: quantile(took, part) for name, part in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99))
    }


def write_forms(
    said: dict[str, Any], title: str, page: str, html: Path | None, as_json: Path | None
) -> None:
    """As a page, whose template is `page`, and as JSON: wherever each is wanted."""
    if html:
        html.write_text(_page(said, title, page), "utf-8")
    if as_json:
        as_json.write_bytes(msgspec.json.format(msgspec.json.encode(said)) + b"\n")


def _page(said: dict[str, Any], title: str, page: str) -> str:
    folder = files("gateway.cli")
    names = ("shadow_day.html", page)
    templates = {name: folder.joinpath(name).read_text("utf-8") for name in names}
    environment = Environment(
        loader=DictLoader(templates), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    return environment.get_template(page).render(said, title=title)
